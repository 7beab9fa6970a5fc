import assert from "node:assert/strict";
import { test } from "node:test";
import { address, visitor } from "./browser.mjs";

test("the API's reference shows every operation, within the page's policy, and contacts no other host", async () => {
  const { page, done } = await visitor();
  await page.goto(`${address}/docs`);
  await page.locator(".opblock").first().waitFor();
  const document = await (await fetch(`${address}/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
  assert.equal(await page.locator(".opblock").count(), operations.length);

  const generate = page.locator("#operations-generations-generate");
  await generate.locator(".opblock-summary-control").click();
  await generate.locator("option[value=insufficient_credits]").first().waitFor({ state: "attached" });

  const health = page.locator("#operations-system-health");
  await health.locator(".opblock-summary-control").click();
  await health.getByRole("button", { name: "Try it out" }).click();
  await health.getByRole("button", { name: "Execute" }).click();
  await health.locator(".live-responses-table").waitFor();
  await done();
});
