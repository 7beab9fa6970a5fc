// Late answers, of the storage or the server, do not navigate a user who has gone elsewhere, take no
// focus, and change nothing that was chosen since.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  address,
  arrived,
  button,
  dress,
  focusOn,
  go,
  heading,
  held,
  hold,
  jobsOf,
  land,
  leadsToJob,
  make,
  TIMEOUT,
  samples,
  stage,
  visitor,
} from "./browser.mjs";

/** In the page: waits until pending promises have continued and their changes are rendered, including effects. */
const frames = async () => {
  for (let count = 0; count < 3; count++) await new Promise(requestAnimationFrame);
};

/** A visitor whose browser's storage is slow: 300 ms, like a slow phone's, and then when the test says so. */
async function withLateStorage(more) {
  const { context, page, done } = await visitor(more);
  await page.addInitScript(() => {
    const waiting = [];
    window.storage = { isHeld: false, waiting, release: () => waiting.splice(0).forEach((answer) => answer()) };
    const { set, get, configurable } = Object.getOwnPropertyDescriptor(IDBRequest.prototype, "onsuccess");
    Object.defineProperty(IDBRequest.prototype, "onsuccess", {
      configurable,
      get,
      set(handler) {
        const late = (event) => {
          const answer = () => handler.call(this, event);
          if (window.storage.isHeld) waiting.push(answer);
          else setTimeout(answer, 300);
        };
        set.call(this, handler === null ? null : late);
      },
    });
  });
  return { context, page, done };
}

const holdStorage = (page) => page.evaluate(() => void (window.storage.isHeld = true));
const storageIsAsked = (page) => page.waitForFunction(() => window.storage.waiting.length > 0);
/** Lets the storage answer, and waits for the consequences. */
async function releaseStorage(page) {
  await page.evaluate(() => {
    window.storage.isHeld = false;
    window.storage.release();
  });
  await page.evaluate(frames);
}

const toCredits = async (page) => {
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await arrived(page, "#/credits");
};
const where = (page) => new URL(page.url()).hash;

for (const name of ["Change something", "Try again"]) {
  test(`${name}, then Credits: the user stays there, and nothing is begun, however late the storage answers`, async () => {
    const { page, done } = await withLateStorage();
    await land(page);
    const job = await make(page, "#fail");
    await stage(page, "failed", job).waitFor({ timeout: TIMEOUT });
    await page.locator("textarea").fill("something else");
    await holdStorage(page);
    await page.getByRole("button", { name }).click();
    await storageIsAsked(page);
    await toCredits(page);
    await releaseStorage(page);
    assert.equal(where(page), "#/credits");
    assert.deepEqual(await jobsOf(page), [job]);
    await go(page, "#/");
    assert.equal(await page.locator("textarea").inputValue(), "something else");
    await done();
  });
}

test("Edit and remake, then a box that is entered: the text that is typed there stays", async () => {
  const { page, done } = await withLateStorage();
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await holdStorage(page);
  await page.getByRole("button", { name: "Edit and remake" }).click();
  await storageIsAsked(page);
  await page.locator("textarea").fill("tucked in");
  await releaseStorage(page);
  assert.equal(await page.locator("textarea").inputValue(), "tucked in");
  assert.equal(where(page), `#/jobs/${job}`);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  await done();
});

test("Change something shows the restored form, once the storage has answered, if the user waits for it", async () => {
  const { page, done } = await withLateStorage();
  await land(page);
  const job = await make(page, "#fail");
  await stage(page, "failed", job).waitFor({ timeout: TIMEOUT });
  await page.locator("textarea").fill("");
  await page.locator("h1").click();
  await page.getByRole("button", { name: "Change something" }).click();
  await arrived(page, "#/");
  assert.equal(await page.locator("textarea").inputValue(), "#fail");
  await done();
});

test("the answer to a click does not navigate a user who writes something else meanwhile", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const release = await hold(context, "**/v1/generate");
  await dress(page);
  await page.locator("textarea").fill("and a hat");
  release();
  // The answer has arrived, and the text is another choice by now.
  await page.locator(".balance", { hasText: "4 reserved" }).waitFor();
  await button(page).filter({ hasText: "Try it on · 4 credits" }).waitFor();
  assert.equal(where(page), "");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  assert.equal(await page.locator("textarea").inputValue(), "and a hat");
  await page.locator(".recent .tile").waitFor();
  await done();
});

test("a user who chooses something else while no answer comes sees that, and not what was sent", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const bodies = [];
  await context.route("**/v1/generate", async (route) => {
    bodies.push(route.request().postDataJSON());
    if (bodies.length < 5) await route.abort();
    else await route.fallback();
  });
  await dress(page, "with a belt");
  await page.locator("textarea").fill("with a hat");
  // All attempts were lost, and nothing is said of them, since something else is chosen by now.
  await button(page).filter({ hasText: "Try it on · 4 credits" }).waitFor();
  assert.equal(await page.locator(".go").getByRole("alert").count(), 0);
  const job = await leadsToJob(page, () => button(page).click());
  assert.deepEqual(
    bodies.map(({ prompt }) => prompt),
    [...Array(4).fill("with a belt"), "with a hat"],
  );
  assert.deepEqual(await jobsOf(page), [job]);
  await done();
});

test("a link that is clicked as the answer comes is followed", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const release = await hold(context, "**/v1/generate");
  await dress(page);
  const answered = page.waitForResponse("**/v1/generate");
  // The URL changes at once; the event about it comes later.
  await page.evaluate(() => {
    window.addEventListener("hashchange", (event) => event.stopImmediatePropagation(), { capture: true, once: true });
    location.hash = "#/credits";
  });
  release();
  await answered;
  await page.locator(".balance", { hasText: "4 reserved" }).waitFor();
  assert.equal(where(page), "#/credits");
  await done();
});

test("a late list of jobs does not navigate a user who has begun to choose", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const work = held();
  const job = await make(page, work.words);
  const release = await hold(context, "**/v1/jobs?**");
  await land(page);
  await page.getByRole("button", { name: "Knit sweater" }).click();
  release();
  await page.locator(".recent .tile").waitFor();
  assert.equal(where(page), "");
  await work.complete();
  await page.locator(".recent .tile img").waitFor({ timeout: TIMEOUT });
  assert.deepEqual(await jobsOf(page), [job]);
  await done();
});

test("the focus stays in a box that was entered before the page had come to its heading", async () => {
  const { page, done } = await visitor();
  await land(page);
  const job = await make(page, "#fail");
  await stage(page, "failed", job).waitFor({ timeout: TIMEOUT });
  // An effect runs after the frame that shows the page: a user may be faster.
  await page.evaluate(() => {
    location.hash = "#/";
    addEventListener("hashchange", () => document.querySelector("textarea").focus(), { once: true });
  });
  await heading(page, "Try on any outfit").waitFor();
  await page.evaluate(frames);
  await page.keyboard.type("!");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  assert.match(await page.locator("textarea").inputValue(), /!/);
  await done();
});

test("a photo that is slow to read does not replace one that was chosen after it", async () => {
  const { page, done } = await visitor();
  await page.addInitScript(() => {
    const decode = window.createImageBitmap.bind(window);
    window.createImageBitmap = async (...what) => {
      const bitmap = await decode(...what);
      window.isDecoded = true;
      await new Promise((resolve) => (window.goOn = resolve));
      return bitmap;
    };
  });
  await land(page);
  const garment = page.locator('[data-input="garment"]');
  await garment.locator("input").first().setInputFiles(`${samples}garment-knit-sweater.png`);
  await page.waitForFunction(() => window.isDecoded);
  await page.getByRole("button", { name: "Denim jacket" }).click();
  await page.evaluate(() => window.goOn());
  await page.evaluate(frames);
  await page.getByRole("button", { name: "Denim jacket", pressed: true }).waitFor();
  assert.equal(await garment.locator('img[src^="blob:"]').count(), 0);
  await done();
});

test("what is chosen while all pictures are being deleted is kept, and earlier choices are removed", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await page.locator("textarea").fill("before");
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await go(page, "#/history");
  const release = await hold(context, "**/v1/account");
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all my pictures" }).click();
  const deleted = page.waitForResponse("**/v1/account");
  await go(page, "#/");
  await page.getByRole("button", { name: "Knit sweater" }).click();
  release();
  await deleted;
  await page.waitForFunction(() => document.querySelector("textarea").value === "");
  await page.getByRole("button", { name: "Knit sweater", pressed: true }).waitFor();
  await done();
});

test("a page of the journal that is requested twice is shown once", async () => {
  const { context, page, done } = await visitor();
  const entry = (seq) => ({
    seq,
    at: new Date(Date.now() - 90 * 86_400_000).toISOString(),
    kind: "settle",
    amount: 1,
    package: "pkg_00000000000000000000000000",
    job: null,
    remaining_after: 0,
    held_after: 0,
  });
  let goOn;
  const waiting = new Promise((resolve) => (goOn = resolve));
  let asked = 0;
  await context.route("**/v1/credits/history?**", async (route) => {
    const isFirst = !route.request().url().includes("cursor");
    if (!isFirst) asked++;
    if (!isFirst) await waiting;
    await route.fulfill({ json: { entries: [entry(isFirst ? 2 : 1)], next_cursor: isFirst ? "2" : null } });
  });
  await page.goto(`${address}/#/credits`);
  const more = page.getByRole("button", { name: "Show more" });
  await more.click();
  await more.click();
  goOn();
  await more.waitFor({ state: "detached" });
  assert.equal(asked, 2);
  assert.equal(await page.locator("tbody tr").count(), 2);
  await done();
});
