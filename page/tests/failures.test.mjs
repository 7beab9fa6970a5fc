import assert from "node:assert/strict";
import { test } from "node:test";
import { button, dress, land, PATIENCE, shot, stage, visitor } from "./browser.mjs";

const failures = {
  "#fail": /did not come out/,
  "#refused": /does not allow/,
  "#html": /could not be fetched/,
  "#svg": /could not be fetched/,
  "#ssrf": /could not be fetched/,
  "#huge": /could not be fetched/,
};

for (const [words, why] of Object.entries(failures)) {
  test(`${words} is told in plain words, and costs nothing`, async () => {
    const { page, done } = await visitor();
    await land(page);
    await dress(page, words);
    const failed = stage(page, "failed");
    await failed.waitFor({ timeout: PATIENCE });
    assert.match(await failed.textContent(), why);
    assert.match(await failed.textContent(), /You were not charged/);
    await page.locator(".balance", { hasText: /^20 credits$/ }).waitFor();
    if (words === "#fail") await shot(page, "failure");
    await done();
  });
}

test("a result that cannot be fetched yet is being saved, and not given up", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#expired");
  const storing = stage(page, "storing");
  await storing.waitFor({ timeout: PATIENCE });
  assert.match(await storing.textContent(), /being saved/);
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

test("fewer pictures than asked for cost that much less", async () => {
  const { page, done } = await visitor();
  await land(page);
  await page.locator(".settings summary").click();
  await page.getByText("Seedream 4", { exact: true }).click();
  await page.locator("fieldset", { hasText: "How many" }).getByText("2", { exact: true }).click();
  await dress(page, "#partial");
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.getByText("1 of 2 came out. You paid for 1.").waitFor();
  await page.locator(".receipt li", { hasText: "3 came back" }).waitFor();
  await done();
});

test("an answer that the provider lost is being checked, and the credits are safe", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#hang");
  const uncertain = stage(page, "uncertain");
  await uncertain.waitFor({ timeout: 60_000 });
  assert.match(await uncertain.textContent(), /checking.*Your 4 credits are safe/);
  await shot(page, "uncertain");
  await done();
});

test("with too few credits the click says so instead", async () => {
  const { page, done } = await visitor();
  await land(page);
  await page.locator(".settings summary").click();
  await page.getByText("Nano Banana Pro", { exact: true }).click();
  for (const left of [12, 4]) {
    await dress(page);
    await stage(page, "completed").waitFor({ timeout: PATIENCE });
    await page.locator(".balance", { hasText: new RegExp(`^${left} credits$`) }).waitFor();
    await page.getByRole("link", { name: "Atelier" }).click();
  }
  await page.getByText(/This takes 8 credits, and you have 4/).waitFor();
  assert.equal(await button(page).getAttribute("aria-disabled"), "true");
  await shot(page, "insufficient");
  await done();
});
