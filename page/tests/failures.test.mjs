// Failures of providers, caused by hashtags, and what the page says about them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dress, land, TIMEOUT, shot, stage, visitor } from "./browser.mjs";

const unavailable = /isn't available right now/;
const unfetched = /couldn't retrieve it/;
const failures = {
  "#fail": /couldn't be made/,
  "#refused": /doesn't allow/,
  "#unreadable": /couldn't use these photos/,
  "#500": unavailable,
  "#429": unavailable,
  "#402": unavailable,
  "#html": unfetched,
  "#svg": unfetched,
  "#ssrf": unfetched,
  "#huge": unfetched,
};

for (const [words, why] of Object.entries(failures)) {
  test(`${words} is explained in plain words, and costs nothing`, async () => {
    const { page, done } = await visitor();
    await land(page);
    await dress(page, words);
    const failed = stage(page, "failed");
    await failed.waitFor({ timeout: TIMEOUT });
    assert.match(await failed.textContent(), why);
    assert.match(await failed.textContent(), /You weren't charged/);
    await page.locator(".balance", { hasText: /^20 credits$/ }).waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await shot(page, `failed-${words.slice(1)}`);
    await done();
  });
}
