// Jobs in the history: listed, found again, deleted, and the messages when that fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  address,
  arrived,
  focusOn,
  go,
  heading,
  held,
  hold,
  land,
  make,
  TIMEOUT,
  PHONE,
  stage,
  tokenOf,
  until,
  visitor,
} from "./browser.mjs";

const UNKNOWN = "job_00000000000000000000000000";

/** A finished picture of the page's user. */
async function picture(page) {
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  return job;
}

test("a deleted picture says so, and what it cost stays in the journal", async () => {
  const { page, done } = await visitor();
  await picture(page);
  const link = page.url();
  await page.getByRole("button", { name: /^Delete, / }).click();
  // A premature Enter deletes nothing.
  await focusOn(page, "Keep it");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await focusOn(page, "This picture was deleted");
  await page.getByRole("status").filter({ hasText: "What it cost stays" }).waitFor();
  await page.getByRole("link", { name: "See your credits" }).click();
  await page.locator("tbody tr", { hasText: "−4" }).getByRole("link").click();
  await heading(page, "This picture was deleted").waitFor();
  await page.goto("about:blank");
  await page.goto(link);
  await heading(page, "We can't find that picture").waitFor();
  await done();
});

test("a link to an unknown picture says so", async () => {
  const { page, done } = await visitor();
  await page.goto(`${address}/#/jobs/${UNKNOWN}`);
  await heading(page, "We can't find that picture").waitFor();
  await done();
});

test("a picture that is still loading is not said to be missing", async () => {
  const { context, page, done } = await visitor();
  await picture(page);
  const release = await hold(context, "**/v1/jobs**");
  await page.reload();
  await heading(page, "Loading your picture…").waitFor();
  await go(page, "#/history");
  await page.getByRole("status").filter({ hasText: "Loading…" }).waitFor();
  release();
  await page.locator(".entry img").waitFor();
  await done();
});

test("a history that cannot be loaded says so, and loads when it is retried", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await context.route("**/v1/jobs?**", (route) => route.fulfill({ status: 503, body: "" }));
  await page.goto("about:blank");
  await page.goto(`${address}/#/history`);
  await page.getByRole("alert").filter({ hasText: "couldn't load your pictures" }).waitFor();
  assert.equal(await page.getByText("Nothing here yet").count(), 0);
  await context.unroute("**/v1/jobs?**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Nothing here yet").waitFor();
  await done();
});

test("the history filters on the server, and keeps its state", async () => {
  const { page, done } = await visitor({ viewport: PHONE });
  await picture(page);
  await go(page, "#/history");
  const asked = page.waitForRequest(/\/v1\/jobs\?.*status=failed/);
  await page.getByRole("button", { name: "Failed" }).click();
  await asked;
  await page.getByText("Nothing here.").waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.locator(".entry").waitFor();
  assert.match(page.url(), /#\/history\/done$/);
  await page.evaluate(() => window.scrollTo(0, 80));
  await page.waitForFunction(() => history.state?.y === window.scrollY && window.scrollY > 0);
  const left = await page.evaluate(() => window.scrollY);
  await page.locator(".entry a").click();
  await heading(page, "Your picture is ready").waitFor();
  await page.waitForFunction(() => window.scrollY === 0);
  await page.goBack();
  await page.getByRole("button", { name: "Done", pressed: true }).waitFor();
  await page.waitForFunction((left) => window.scrollY === left, left);
  await done();
});

test("what one tab deletes disappears from the others", async () => {
  const { context, page, done } = await visitor();
  await picture(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await stage(other, "completed").waitFor();
  await go(page, "#/history");
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Anything in progress is asked to stop").waitFor();
  await dialog.getByRole("button", { name: "Delete all my pictures" }).click();
  await heading(other, "This picture was deleted").waitFor();
  await other.locator(".tile").waitFor({ state: "detached" });
  await done();
});

test("the focus moves from a deleted picture to the next, and to the heading after the last", async () => {
  const { page, done } = await visitor();
  await picture(page);
  await picture(page);
  await go(page, "#/history");
  await page.locator(".entry").nth(1).waitFor();
  const label = await page.locator(".entry a").nth(1).getAttribute("aria-label");
  const removeFirst = async () => {
    await page
      .getByRole("button", { name: /^Delete, / })
      .first()
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await removeFirst();
  await page.waitForFunction((label) => document.activeElement?.getAttribute("aria-label") === label, label);
  await removeFirst();
  await page.getByText("Nothing here yet").waitFor();
  await focusOn(page, "Your pictures");
  await done();
});

test("starting again focuses the heading", async () => {
  const { page, done } = await visitor();
  const job = await picture(page);
  for (const name of ["Edit and remake", "Add a garment"]) {
    await page.getByRole("button", { name }).click();
    await arrived(page, "#/");
    await page.goBack();
    await stage(page, "completed", job).waitFor();
  }
  await done();
});

test("a cancel is sent once, says what it may cost, and says when it did not work", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const work = held();
  await stage(page, "running", await make(page, work.words)).waitFor();
  const release = await hold(context, "**/cancel");
  let calls = 0;
  await context.route("**/cancel", async (route) => {
    calls++;
    return calls === 1 ? route.fulfill({ status: 500, body: "" }) : route.fallback();
  });
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alert").filter({ hasText: "It wasn't canceled" }).waitFor();
  // From the history, which shows the time left, too.
  await go(page, "#/history");
  await page.locator(".entry", { hasText: /left|taking longer/ }).waitFor();
  await page.getByRole("button", { name: /^Cancel, / }).click();
  await page.getByRole("button", { name: "Canceling…" }).click({ force: true });
  release();
  await focusOn(
    page,
    "We've asked the model's provider to stop. If it finishes anyway, you keep the picture and are charged.",
  );
  assert.equal(calls, 2);
  await work.complete();
  await page.locator(".entry", { hasText: "4 credits charged" }).waitFor();
  await done();
});

test("a server that cannot tell a job's status is reported", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const work = held();
  const job = await make(page, work.words);
  await stage(page, "running", job).waitFor();
  await context.route(/\/v1\/jobs\/job_\w+$/, (route) => route.fulfill({ status: 500, body: "" }));
  await page.getByText("We can't get an update right now").waitFor();
  await context.unroute(/\/v1\/jobs\/job_\w+$/);
  await page.getByText("We can't get an update right now").waitFor({ state: "detached" });
  await work.complete();
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await done();
});

test("an expired link is renewed once, and then the picture is said to be unavailable", async () => {
  const { context, page, done } = await visitor();
  await picture(page);
  const image = await page.locator(".canvas img").last().getAttribute("src");
  // Its thumbnail, too, was loaded before: only one picture is missed then.
  await page.waitForFunction(() => {
    const tile = document.querySelector(".tile img");
    return tile.src.includes("/thumbnails/") && tile.complete && tile.naturalWidth > 0;
  });
  const [job, place] = image.split("?")[0].split("/").slice(-2);
  await context.route(`**/v1/images/*/${job}/${place}?*`, (route) => route.fulfill({ status: 403, body: "" }));
  let looks = 0;
  page.on("request", (request) => (looks += /\/v1\/jobs\/job_\w+$/.test(request.url()) ? 1 : 0));
  await page.getByRole("link", { name: "Download", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "couldn't be downloaded" }).waitFor();
  assert.equal(looks, 1);
  await page.reload();
  await page.locator(".tile", { hasText: "can't be shown" }).waitFor();
  await page.getByRole("alert").filter({ hasText: "can't be shown" }).waitFor();
  await done();
});

test("the tab's title shows the page, and that a picture came while the tab was hidden", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const title = (wanted) => page.waitForFunction((wanted) => document.title === wanted, wanted, { timeout: TIMEOUT });
  const work = held();
  const job = await make(page, work.words);
  await title("In progress · Atelier");
  const release = await hold(context, /\/v1\/jobs\/job_\w+$/);
  await work.complete();
  await until(await tokenOf(page), job, "completed");
  await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true, configurable: true }));
  release();
  await title("Your picture is ready · Atelier");
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await title("Done · Atelier");
  await page.getByRole("link", { name: "Credits", exact: true }).click();
  await title("Your credits · Atelier");
  await page.getByRole("button", { name: "中文" }).click();
  await title("我的积分 · Atelier");
  await done();
});

test("spending is added up over all pages of the journal", async () => {
  const { context, page, done } = await visitor();
  const hour = 3_600_000;
  const entry = (seq) => ({
    seq,
    at: new Date(Date.now() - (150 - seq) * hour).toISOString(),
    kind: "settle",
    amount: 1,
    package: "pkg_00000000000000000000000000",
    job: UNKNOWN,
    remaining_after: 0,
    held_after: 0,
  });
  await context.route("**/v1/credits/history?**", (route) => {
    const isFirst = !route.request().url().includes("cursor");
    const entries = isFirst ? Array.from({ length: 100 }, (_, index) => entry(150 - index)) : [entry(50), entry(49)];
    return route.fulfill({ json: { entries, next_cursor: isFirst ? "50" : null } });
  });
  await page.goto(`${address}/#/credits`);
  await page.getByRole("img", { name: /102 credits in 30 days/ }).waitFor();
  await done();
});

test("full size is opened where it was clicked, or by a button", async () => {
  const { page, done } = await visitor({ viewport: PHONE });
  await picture(page);
  await page.getByRole("button", { name: "Zoom" }).click();
  const dialog = page.getByRole("dialog");
  const scrolled = () => page.locator(".scroller").evaluate(({ scrollLeft }) => scrollLeft);
  const image = dialog.getByRole("img");
  await page.waitForFunction(() => document.querySelector(".zoom img")?.clientWidth > 100);
  const { width, height } = await image.boundingBox();
  await image.click({ position: { x: width - 2, y: height / 2 } });
  await page.getByRole("button", { name: "Full size", pressed: true }).waitFor();
  const right = await scrolled();
  await image.click();
  await page.getByRole("button", { name: "Full size", pressed: false }).waitFor();
  await image.click({ position: { x: 2, y: height / 2 } });
  await page.getByRole("button", { name: "Full size", pressed: true }).waitFor();
  assert.equal(await scrolled(), 0);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Zoom" }).click();
  await page.getByRole("button", { name: "Full size" }).press("Enter");
  await page.getByRole("button", { name: "Full size", pressed: true }).waitFor();
  const middle = await scrolled();
  assert(middle > 0 && middle < right, `${middle} is not between 0 and ${right}`);
  await done();
});

test("nothing overflows its card between phone and desktop widths", async () => {
  const { page, done } = await visitor();
  await land(page);
  for (const width of [640, 768, 832, 850, 900, 1023, 1024, 1100]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(
      () =>
        [...document.querySelectorAll(".card, .guide li")].filter(
          (element) => element.scrollWidth > element.clientWidth + 1,
        ).length,
    );
    assert.equal(over, 0, `at ${width} pixels`);
  }
  await done();
});
