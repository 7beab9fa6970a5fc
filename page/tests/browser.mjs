// A browser on a running system, whose URL is ATELIER_URL.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { after } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

export const address = process.env.ATELIER_URL ?? "http://127.0.0.1:8787";
export const emulator = process.env.ATELIER_EMULATOR_URL ?? "http://127.0.0.1:8788";
export const samples = new URL("../../samples/", import.meta.url).pathname;
const artefacts = new URL("../../test-artefacts/", import.meta.url).pathname;
mkdirSync(artefacts, { recursive: true });

const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const candidates = names.map((name) => `/usr/bin/${name}`);
const executablePath = process.env.CHROMIUM ?? candidates.find((path) => existsSync(path));
assert(executablePath, "no Chromium is here: install one (`apt-get install chromium-headless-shell`), or set CHROMIUM");
// As root, Chromium has no sandbox.
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
after(() => browser.close());

export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 375, height: 812 };
/** The longest that a job may take here, including polling and a run of cron. */
export const TIMEOUT = 45_000;

/** A new visitor. Errors of the page fail the test at `done`, and so do requests to other origins than `elsewhere`. */
export async function visitor(options = {}) {
  const { viewport = WIDE, colorScheme = "light", locale = "en-GB", elsewhere = [], ...more } = options;
  const isPhone = viewport.width < 500;
  // Without animations, which are slow to draw without a GPU.
  const reducedMotion = "reduce";
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale,
    hasTouch: isPhone,
    reducedMotion,
    ...more,
  });
  context.setDefaultTimeout(30_000);
  const wrongs = [];
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== address && !elsewhere.includes(origin))
      wrongs.push(`a request to ${origin}`);
  });
  context.on("weberror", (error) => wrongs.push(String(error.error())));
  context.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) wrongs.push(message.text());
  });
  const page = await context.newPage();
  const done = async () => {
    // Delayed or pending requests are not awaited.
    await context.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
    assert.deepEqual(wrongs, []);
  };
  return { context, page, done };
}

export const button = (page) => page.locator("[data-dress]");
export const heading = (page, name) => page.getByRole("heading", { level: 1, name });
/** The card of a job in a state; of a certain job, if there are several. */
export const stage = (page, status, job) =>
  page.locator(`${job === undefined ? "" : `[data-job="${job}"] `}[data-status="${status}"]`);

/** The landing page, once it has loaded prices and the balance. */
export async function land(page, path = "/") {
  await page.goto(address + path);
  await page.locator(".balance").waitFor();
  await page.locator("[data-dress]", { hasText: /\d/ }).waitFor();
}

/** Waits until the focused element has this text. */
export const focusOn = (page, text) =>
  page.waitForFunction((text) => document.activeElement?.textContent === text, text);

const HEADINGS = {
  "#/": ["Try on any outfit", "AI 换装，上身效果一看就知道。"],
  "#/history": ["Your pictures", "我的作品"],
  "#/credits": ["Your credits", "我的积分"],
  "#/account": ["Your account", "我的账户"],
  "#/get-credits": ["Get credits", "购买积分"],
};

/** Waits until navigation to a page is done: it is shown, and its heading has the focus. */
export const arrived = (page, at) =>
  page.waitForFunction((headings) => headings.includes(document.activeElement?.textContent), HEADINGS[at]);

/** Goes to another page, and waits until it is shown. */
export async function go(page, to) {
  await page.evaluate((to) => void (location.hash = to), to);
  await arrived(page, to);
}

/** Dresses the sample person, with a prompt that the emulator reads. */
export async function dress(page, words = "", garment = "Linen shirt") {
  const sample = page.getByRole("button", { name: garment });
  if ((await sample.getAttribute("aria-pressed")) === "false") await sample.click();
  await page.locator("textarea").fill(words);
  await button(page).click();
}

/** The job that the page shows after a click. If the page's clock stands still, it is advanced a little each time. */
export async function leadsToJob(page, click, turn) {
  const before = page.url();
  await click();
  const isThere = (url) => url.hash.startsWith("#/jobs/") && url.href !== before;
  const until = Date.now() + TIMEOUT;
  while (turn !== undefined && !isThere(new URL(page.url())) && Date.now() < until) await turn();
  await page.waitForURL(isThere);
  const job = new URL(page.url()).hash.split("/").at(-1);
  await page.locator(`[data-job="${job}"] [data-status]`).waitFor();
  return job;
}

/** Dresses the sample person, and returns the job. */
export const make = (page, words, garment) => leadsToJob(page, () => dress(page, words, garment));

/** A prompt for a job that the provider works on until it is told to finish. */
export function held(words = "") {
  const mark = randomUUID();
  const complete = async () => {
    const response = await fetch(`${emulator}/manual/complete?prompt=${mark}`, { method: "POST" });
    assert(response.ok, `the emulator answers ${response.status}`);
  };
  return { words: `#slow ${words} ${mark}`, complete };
}

/** Delays the answer to a request of the page until the test releases it. */
export async function hold(context, what) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await context.route(what, async (route) => {
    await released;
    await route.fallback();
  });
  return release;
}

/** Chooses the model. */
export async function model(page, id) {
  const settings = page.locator(".settings");
  if (!(await settings.evaluate((element) => element.open))) await settings.locator("summary").click();
  await settings.locator(`input[value="${id}"]`).check();
}

/** Runs the cron. */
export async function runCron() {
  const response = await fetch(`${address}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
  assert(response.ok, `cron answers ${response.status}`);
}

/** The page's token, for calls to the API after the page is closed. */
export const tokenOf = (page) => page.evaluate(() => localStorage.getItem("atelier.token"));

/** Waits until a job is in a state, by the API. */
export async function until(token, job, status, meanwhile = async () => {}) {
  const before = Date.now();
  for (;;) {
    const headers = { authorization: `Bearer ${token}` };
    const now = (await (await fetch(`${address}/v1/jobs/${job}`, { headers })).json()).status;
    if (now === status) return;
    assert(Date.now() - before < TIMEOUT, `the job is ${now} still, and not ${status}`);
    await meanwhile();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The ids of all jobs of the page's user. */
export const jobsOf = async (page) => (await api(page, "GET", "/v1/jobs")).data.jobs.map(({ id }) => id);

/** Calls the API as the page's user. */
export function api(page, method, path) {
  return page.evaluate(
    async ([method, path]) => {
      const headers = { authorization: `Bearer ${localStorage.getItem("atelier.token")}` };
      const response = await fetch(path, { method, headers });
      return { status: response.status, data: await response.json().catch(() => null) };
    },
    [method, path],
  );
}

/** Screenshots on a desktop and on a phone, once all pictures are loaded. */
export async function shot(page, name) {
  const before = page.viewportSize();
  // A screenshot of the whole page has no lower edge of the screen that the button could stick to.
  const stick = (position) =>
    page.evaluate(([position]) => document.querySelector(".go")?.style.setProperty("position", position), [position]);
  await stick("static");
  for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.loading === "lazy"));
    await page.screenshot({ path: `${artefacts}page-${name}-${size}.png`, fullPage: true });
  }
  await stick("");
  await page.setViewportSize(before);
}

/** Checks accessibility automatically, on a desktop and on a phone. */
export async function reachable(page, what) {
  const before = page.viewportSize();
  for (const viewport of [WIDE, PHONE]) {
    await page.setViewportSize(viewport);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
    );
    assert.deepEqual(found, [], `${what}, at ${viewport.width} pixels`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${what} is ${over} pixels too wide`);
  }
  await page.setViewportSize(before);
}
