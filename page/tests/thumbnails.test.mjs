// Small versions of finished pictures: made where one is seen first, and all that a list of pictures loads afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, heading, land, make, stage, TIMEOUT, tokenOf, visitor } from "./browser.mjs";

/** A tile 126 pixels wide is sharp on a dense screen by then. */
const MOST_BYTES = 40_000;

const smallTile = (page) => page.locator('.tile img[src*="/v1/images/thumbnails/"]').first();
const wholeTile = (page) => page.locator('.tile img[src*="/v1/images/results/"]').first();

/** A new tab of the same person, on another device. */
async function elsewhere(token) {
  const { context, page, done } = await visitor();
  await context.addInitScript((token) => localStorage.setItem("atelier.token", token), token);
  const loaded = [];
  page.on("response", (response) => {
    if (response.url().includes("/v1/images/")) loaded.push(response);
  });
  return { page, done, loaded };
}

test("a list of pictures loads their thumbnails alone, once the pictures were seen", async () => {
  const { page, done } = await visitor();
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await smallTile(page).waitFor();
  const token = await tokenOf(page);
  await done();

  const other = await elsewhere(token);
  await other.page.goto(`${address}/#/history`);
  await heading(other.page, "Your pictures").waitFor();
  await smallTile(other.page).waitFor();
  await other.page.waitForLoadState("networkidle");
  assert.deepEqual(
    other.loaded.map((response) => new URL(response.url()).pathname),
    [`/v1/images/thumbnails/${job}/0`],
  );
  const [thumbnail] = other.loaded;
  assert.equal(thumbnail.headers()["content-type"], "image/webp");
  const size = (await thumbnail.body()).length;
  assert(size > 500 && size < MOST_BYTES, `it has ${size} bytes`);
  const [width, height] = await smallTile(other.page).evaluate((image) => [image.naturalWidth, image.naturalHeight]);
  assert.deepEqual([width, height > width], [320, true]);
  // A link is good for a day, and what it leads to is not asked for again.
  const again = await other.page.evaluate(async (url) => {
    performance.clearResourceTimings();
    await (await fetch(url)).blob();
    return performance.getEntriesByType("resource").map(({ transferSize }) => transferSize);
  }, thumbnail.url());
  assert.deepEqual(again, [0]);
  await other.done();
});

test("a thumbnail that cannot be stored is made at the next visit, and the picture is shown meanwhile", async () => {
  const { context, page, done } = await visitor();
  let refused = 0;
  await context.route("**/v1/jobs/*/thumbnails/*", (route) => {
    refused += 1;
    return route.fulfill({ status: 503, body: "" });
  });
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await wholeTile(page).waitFor();
  await page.waitForLoadState("networkidle");
  assert.equal(refused, 1);
  await context.unroute("**/v1/jobs/*/thumbnails/*");
  await page.reload();
  await smallTile(page).waitFor();
  await done();
});

test("a picture that is deleted while its thumbnail is on its way stays deleted", async () => {
  const { context, page, done } = await visitor();
  let store, asked;
  const begun = new Promise((resolve) => (asked = resolve));
  const stored = new Promise((resolve) => (store = resolve));
  await context.route("**/v1/jobs/*/thumbnails/*", async (route) => {
    asked();
    await stored;
    await route.continue();
  });
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await begun;
  await page.getByRole("button", { name: /^Delete, / }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("status").filter({ hasText: "What it cost stays" }).waitFor();
  const answered = page.waitForResponse("**/v1/jobs/*/thumbnails/*");
  store();
  assert.equal((await answered).status(), 404);
  assert.equal(await page.locator(".tile").count(), 0);
  await done();
});
