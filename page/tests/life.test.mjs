import assert from "node:assert/strict";
import { test } from "node:test";
import {
  address,
  arrived,
  button,
  dress,
  go,
  held,
  jobsOf,
  land,
  leadsToJob,
  make,
  TIMEOUT,
  samples,
  shot,
  stage,
  tokenOf,
  until,
  visitor,
} from "./browser.mjs";

test("a reload in the middle loses nothing", async () => {
  const { page, done } = await visitor();
  await land(page);
  const work = held();
  const job = await make(page, work.words);
  await stage(page, "running", job).waitFor();
  await page.reload();
  await stage(page, "running", job).waitFor();
  await page.goto(`${address}/`);
  await stage(page, "running", job).waitFor();
  await work.complete();
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await page.getByRole("slider").waitFor();
  await done();
});

test("a closed page finds its picture when it is back", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const work = held();
  const [job, token] = [await make(page, work.words), await tokenOf(page)];
  await page.close();
  await work.complete();
  await until(token, job, "completed");
  const back = await context.newPage();
  await back.goto(`${address}/#/history`);
  await back.locator(".entry img").waitFor();
  await back.locator(".entry", { hasText: "4 credits charged" }).waitFor();
  await done();
});

test("two tabs show the same, including what the other one begins", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const other = await context.newPage();
  await land(other);
  const work = held();
  const job = await make(page, work.words);
  await other.locator(".recent .tile").click();
  await stage(other, "running", job).waitFor();
  await work.complete();
  await stage(other, "completed", job).waitFor({ timeout: TIMEOUT });
  await other.locator(".balance", { hasText: /^16 credits$/ }).waitFor();
  await done();
});

test("a lost answer makes one job, not two", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  let lost = 0;
  await context.route("**/v1/generate", async (route) => {
    if (lost++ > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  assert(lost > 2);
  assert.equal((await jobsOf(page)).length, 1);
  await page.locator(".balance", { hasText: /^16 credits$/ }).waitFor();
  await done();
});

test("a reload while the answer is awaited makes one job too", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  let arrived;
  const sent = new Promise((resolve) => (arrived = resolve));
  await context.route("**/v1/generate", async (route) => {
    await route.fetch();
    await context.unroute("**/v1/generate");
    arrived();
  });
  await dress(page);
  await sent;
  await page.reload();
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  assert.equal((await jobsOf(page)).length, 1);
  await done();
});

test("a failure is retried with one click", async () => {
  const { page, done } = await visitor();
  await land(page);
  await stage(page, "failed", await make(page, "#fail")).waitFor({ timeout: TIMEOUT });
  const retried = await leadsToJob(page, () => page.getByRole("button", { name: "Try again" }).click());
  await stage(page, "failed", retried).waitFor({ timeout: TIMEOUT });
  await page.getByRole("button", { name: "Change something" }).click();
  await arrived(page, "#/");
  assert.equal(await page.locator("textarea").inputValue(), "#fail");
  await done();
});

test("several at a time, one of them canceled, all of them in the history", async () => {
  const { page, done } = await visitor();
  await land(page);
  const slow = await make(page, held().words);
  await stage(page, "running", slow).waitFor();
  await page.getByRole("link", { name: "Start another" }).click();
  await arrived(page, "#/");
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  await page.locator(".recent .tile", { hasText: "In progress" }).click();
  await stage(page, "running", slow).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("asked the model's provider to stop").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Pictures" }).click();
  await page.locator(".entry").nth(1).waitFor();
  await shot(page, "history");
  await page.getByRole("button", { name: "Done" }).click();
  await page.locator(".entry").nth(1).waitFor({ state: "detached" });
  assert.equal(await page.locator(".entry").count(), 1);
  await done();
});

test("a picture is deleted once that was confirmed", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await stage(page, "completed").waitFor({ state: "detached" });
  await page.locator(".tile img").waitFor({ state: "detached" });
  await done();
});

test("credits: the balance, the history, and its export", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await page.locator("tbody tr").nth(2).waitFor();
  await page.getByRole("img", { name: /4 credits in 30 days/ }).waitFor();
  await shot(page, "credits");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  assert.equal((await download).suggestedFilename(), "atelier-credits.csv");
  await done();
});

test("an expired session is renewed, for the same account", async () => {
  const { page, done } = await visitor();
  await land(page);
  const account = () => page.evaluate(() => localStorage.getItem("atelier.account"));
  const before = await account();
  await page.evaluate(() => localStorage.setItem("atelier.token", "ended"));
  await land(page);
  await make(page);
  assert.equal(await account(), before);
  await done();
});

test("without sign-in here, the page says where to go, and shows everything else", async () => {
  const { context, page, done } = await visitor();
  const problem = { code: "not_found", detail: "We can't find that.", status: 404, title: "Not Found", type: "" };
  await context.route("**/v1/session", (route) => route.fulfill({ status: 404, json: problem }));
  await page.goto(address);
  await page.getByRole("alert").filter({ hasText: "Use the site where you have your account" }).waitFor();
  await page.locator("[data-dress]", { hasText: "4 credits" }).waitFor();
  await done();
});

test("an open job is polled as often as the server says, and less often by a hidden tab", async () => {
  const { page, done } = await visitor();
  // The page's clock stands still, and advances only as the test says.
  await page.clock.install();
  await land(page);
  const isLook = (what) => /\/v1\/jobs\/job_\w+$/.test(what.url());
  const statuses = [];
  let asked = 0;
  page.on("request", (request) => (asked += isLook(request) ? 1 : 0));
  page.on("response", (response) => isLook(response) && statuses.push(response.status()));
  const work = held();
  const job = await make(page, work.words);
  await stage(page, "running", job).waitFor();
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 10_000);
  /** Advances the clock until the page polls; returns the time that passed, in ms, and the answer. */
  const nextLook = async () => {
    const asking = page.waitForRequest(isLook);
    const before = asked;
    let passed = 0;
    for (; asked === before && passed < 60_000; passed += 250) await page.clock.runFor(250);
    const answer = await (await asking).response();
    await answer.finished();
    return { passed, answer };
  };
  await nextLook();
  let { answer } = await nextLook();
  for (let looks = 0; looks < 3; looks++) {
    const wait = Number(await answer.headerValue("retry-after")) * 1000;
    assert(wait >= 1000, `the server says ${wait} ms`);
    const next = await nextLook();
    assert(next.passed >= wait && next.passed <= wait + 2000, `waited ${next.passed} ms instead of ${wait}`);
    ({ answer } = next);
  }
  assert(statuses.includes(304));
  // The pause before it began while the tab was visible.
  await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true, configurable: true }));
  await nextLook();
  const { passed } = await nextLook();
  assert(passed >= 30_000, `a tab that nobody sees waited ${passed} ms`);
  const seen = page.waitForRequest(isLook);
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await seen;
  await page.clock.resume();
  await work.complete();
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await done();
});

test("all pictures of a user can be deleted at once", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await go(page, "#/history");
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByText(/All your pictures are deleted/).waitFor();
  await page.getByText("Nothing here yet.").waitFor();
  await done();
});

test("a reload during the upload starts nothing, says so, and keeps what was chosen", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const person = page.locator('[data-input="person"]');
  await person.locator("input").first().setInputFiles(`${samples}person-woman.jpg`);
  await person.locator('.picture img[src^="blob:"]').waitFor();
  const sent = page.waitForRequest("**/v1/uploads");
  await context.route("**/v1/uploads", () => {});
  await dress(page, "tucked in");
  await sent;
  await page.reload();
  await page.locator(".go").getByRole("alert").filter({ hasText: "nothing was started" }).waitFor();
  await person.locator('.picture img[src^="blob:"]').waitFor();
  assert.equal(await page.getByRole("button", { name: "Linen shirt" }).getAttribute("aria-pressed"), "true");
  assert.equal(await page.locator("textarea").inputValue(), "tucked in");
  assert.deepEqual(await jobsOf(page), []);
  await context.unroute("**/v1/uploads");
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await go(page, "#/history");
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByText("Nothing here yet.").waitFor();
  await go(page, "#/");
  await page.getByRole("button", { name: "A woman", pressed: true }).waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "");
  await done();
});

test("a job from another browser asks for its photo again, and one from this one knows its samples", async () => {
  const { page, done } = await visitor();
  await land(page);
  const job = await make(page, "#fail");
  await stage(page, "failed", job).waitFor({ timeout: TIMEOUT });
  await page.getByRole("button", { name: "Change something" }).click();
  await arrived(page, "#/");
  await page.getByRole("button", { name: "Linen shirt", pressed: true }).waitFor();
  await page.getByRole("button", { name: "A woman", pressed: true }).waitFor();
  await page.goBack();
  await stage(page, "failed", job).waitFor();
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const open = indexedDB.open("atelier");
        open.onsuccess = () => {
          const clearing = open.result.transaction("jobs", "readwrite").objectStore("jobs").clear();
          clearing.onsuccess = resolve;
        };
      }),
  );
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".go").getByRole("alert").filter({ hasText: "choose it again" }).waitFor();
  await shot(page, "photo-elsewhere");
  await done();
});

test("another garment is added with a fresh link once the old one has expired", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  const link = await page.getByRole("link", { name: "Download" }).getAttribute("href");
  await page.getByRole("button", { name: "Add a garment" }).click();
  await arrived(page, "#/");
  const once = { times: 1 };
  await context.route(
    (url) => url.pathname + url.search === link,
    (route) => route.fulfill({ status: 403 }),
    once,
  );
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  assert.equal((await jobsOf(page)).length, 2);
  await done();
});
