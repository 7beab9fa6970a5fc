import assert from "node:assert/strict";
import { test } from "node:test";
import { address, api, button, dress, land, PATIENCE, samples, shot, stage, visitor } from "./browser.mjs";

const ids = async (page) => (await api(page, "GET", "/v1/jobs")).data.jobs.map(({ id }) => id);

test("a reload in the middle loses nothing", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#slow");
  await stage(page, "running").waitFor();
  await page.reload();
  await stage(page, "running").waitFor();
  await page.goto(`${address}/`);
  await page.locator(".stage [data-status]").waitFor();
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.getByRole("slider").waitFor();
  await done();
});

test("a closed page finds its picture when it is back", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "running").waitFor();
  await page.close();
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const back = await context.newPage();
  await back.goto(`${address}/#/history`);
  await back.locator(".entry img").waitFor();
  await back.locator(".entry", { hasText: "4 paid" }).waitFor();
  await done();
});

test("two tabs show the same, also what the other one begins", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const other = await context.newPage();
  await land(other);
  await dress(page);
  await stage(page, "running").waitFor();
  await other.locator(".recent .tile").waitFor();
  await other.locator(".recent .tile").click();
  await stage(other, "completed").waitFor({ timeout: PATIENCE });
  await other.locator(".balance", { hasText: /^16 credits$/ }).waitFor();
  await done();
});

test("an answer lost on its way makes one job, not two", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  let lost = 0;
  await context.route("**/v1/generate", async (route) => {
    if (lost++ > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  assert(lost > 2);
  assert.equal((await ids(page)).length, 1);
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
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  assert.equal((await ids(page)).length, 1);
  await done();
});

test("a failure is tried again at one click", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#fail");
  await stage(page, "failed").waitFor({ timeout: PATIENCE });
  const before = page.url();
  await page.getByRole("button", { name: "Try again" }).click();
  await stage(page, "running").waitFor();
  assert.notEqual(page.url(), before);
  await stage(page, "failed").waitFor({ timeout: PATIENCE });
  await page.getByRole("button", { name: "Change something" }).click();
  assert.equal(await page.locator("textarea").inputValue(), "#fail");
  await done();
});

test("several at once, one of them canceled, all of them in the history", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#slow");
  await stage(page, "running").waitFor();
  await page.getByRole("link", { name: "Make another meanwhile" }).click();
  await dress(page, "");
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.locator(".recent .tile", { hasText: "Being made" }).click();
  await stage(page, "running").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Asked to stop").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Pictures" }).click();
  await page.locator(".entry").nth(1).waitFor();
  await page.waitForLoadState("networkidle");
  await shot(page, "history");
  await page.getByRole("button", { name: "Done" }).click();
  assert.equal(await page.locator(".entry").count(), 1);
  await done();
});

test("a picture is deleted once that was confirmed", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await stage(page, "completed").waitFor({ state: "detached" });
  assert.equal(await page.locator(".tile img").count(), 0);
  await done();
});

test("credits: what there is, what it went for, and all of it as a file", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await page.locator("tbody tr").nth(2).waitFor();
  await page.getByRole("img", { name: /4 credits in 30 days/ }).waitFor();
  await shot(page, "credits");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  assert.equal((await download).suggestedFilename(), "atelier-credits.csv");
  await done();
});

test("a sign-in that has ended is renewed, for the same account", async () => {
  const { page, done } = await visitor();
  await land(page);
  const account = () => page.evaluate(() => localStorage.getItem("atelier.account"));
  const before = await account();
  await page.evaluate(() => localStorage.setItem("atelier.token", "ended"));
  await land(page);
  await dress(page);
  await stage(page, "running").waitFor();
  assert.equal(await account(), before);
  await done();
});

test("where nobody can sign in here, the page says where to go, and shows all the rest", async () => {
  const { context, page, done } = await visitor();
  const problem = { code: "not_found", detail: "There is no such thing.", status: 404, title: "Not Found", type: "" };
  await context.route("**/v1/session", (route) => route.fulfill({ status: 404, json: problem }));
  await page.goto(address);
  await page.getByRole("alert").filter({ hasText: "Sign in where you have your account" }).waitFor();
  await page.locator("[data-dress]", { hasText: "4 credits" }).waitFor();
  await done();
});

test("an open job is asked about as often as the server says, and more seldom by a tab that nobody sees", async () => {
  const { page, done } = await visitor();
  await land(page);
  const looks = [];
  page.on("response", (response) => {
    if (/\/v1\/jobs\/job_\w+$/.test(response.url())) looks.push({ at: Date.now(), status: response.status() });
  });
  await dress(page, "#slow");
  await stage(page, "running").waitFor();
  await page.waitForTimeout(9000);
  const waits = looks.slice(1).map(({ at }, index) => at - looks[index].at);
  assert(
    waits.every((wait) => wait > 1500),
    `waited ${waits} ms`,
  );
  assert(looks.some(({ status }) => status === 304));
  // A tab that nobody sees asks much more seldom.
  await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true, configurable: true }));
  await page.waitForTimeout(3000);
  const before = looks.length;
  await page.waitForTimeout(8000);
  assert.equal(looks.length, before);
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForTimeout(1000);
  assert(looks.length > before);
  await done();
});

test("all of one's pictures can be deleted at once", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.goto(`${address}/#/history`);
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByText(/3 files deleted/).waitFor();
  await page.getByText("Nothing here yet.").waitFor();
  await done();
});

test("a reload while the pictures are sent starts nothing, says so, and keeps what was chosen", async () => {
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
  assert.deepEqual(await ids(page), []);
  await context.unroute("**/v1/uploads");
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.goto(`${address}/#/history`);
  await page.getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all my pictures" }).click();
  await page.getByText("Nothing here yet.").waitFor();
  await page.goto(`${address}/#/`);
  await page.getByRole("button", { name: "A woman", pressed: true }).waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "");
  await done();
});

test("a job from another browser asks for its photo again, and one from this one knows its samples", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#fail");
  await stage(page, "failed").waitFor({ timeout: PATIENCE });
  await page.getByRole("button", { name: "Change something" }).click();
  await page.getByRole("button", { name: "Linen shirt", pressed: true }).waitFor();
  await page.getByRole("button", { name: "A woman", pressed: true }).waitFor();
  await page.goBack();
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

test("a picture is dressed further under a fresh link once its own has ended", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  const link = await page.getByRole("link", { name: "Download" }).getAttribute("href");
  await page.getByRole("button", { name: "Dress it further" }).click();
  const once = { times: 1 };
  await context.route(
    (url) => url.pathname + url.search === link,
    (route) => route.fulfill({ status: 403 }),
    once,
  );
  await dress(page);
  await stage(page, "running").waitFor();
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  assert.equal((await ids(page)).length, 2);
  await done();
});
