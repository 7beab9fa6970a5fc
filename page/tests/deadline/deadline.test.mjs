// Jobs whose hold ends before they do. The system under test gives a hold a few seconds.
import { test } from "node:test";
import {
  go,
  held,
  land,
  make,
  TIMEOUT,
  reachable,
  shot,
  stage,
  runCron,
  tokenOf,
  until,
  visitor,
} from "../browser.mjs";

test("a job that takes too long returns the credits, and is waived if it still succeeds", async () => {
  const { page, done } = await visitor();
  await land(page);
  const work = held();
  const job = await make(page, work.words);
  const expired = stage(page, "expired", job);
  await expired
    .filter({ hasText: /took too long.*in your pictures, free.*You weren't charged/ })
    .waitFor({ timeout: TIMEOUT });
  await page.locator(".balance", { hasText: /^20 credits$/ }).waitFor();
  await shot(page, "expired");
  // The provider is polled once more, and has nothing yet.
  await runCron();
  await work.complete();
  await until(await tokenOf(page), job, "completed", runCron);
  await page.reload();
  await stage(page, "completed", job).waitFor();
  await page.getByText("It arrived after we had returned your credits").waitFor();
  await page.locator(".balance", { hasText: /^20 credits$/ }).waitFor();
  await reachable(page, "a waived picture");
  await shot(page, "waived");
  await go(page, "#/credits");
  await page.locator("tbody tr", { hasText: "Free, not charged" }).waitFor();
  await done();
});
