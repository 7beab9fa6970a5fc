// Every state of a job, caused by hashtags, and what the page says about it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrived,
  button,
  dress,
  held,
  hold,
  land,
  make,
  model,
  TIMEOUT,
  reachable,
  shot,
  stage,
  visitor,
} from "./browser.mjs";

test("a job is sent, made, and shown", async () => {
  const { page, done } = await visitor();
  await land(page);
  const work = held("#dup #forged #reorder");
  const job = await make(page, work.words);
  await stage(page, "running", job)
    .filter({ hasText: /4 credits reserved/ })
    .waitFor();
  await shot(page, "running");
  await work.complete();
  const completed = stage(page, "completed", job);
  await completed.waitFor({ timeout: TIMEOUT });
  await page.locator(".receipt", { hasText: "4 credits charged" }).first().waitFor();
  await shot(page, "completed");
  await done();
});

test("a result that cannot be fetched yet shows as being saved, not as failed", async () => {
  const { page, done } = await visitor();
  await land(page);
  await dress(page, "#expired");
  const storing = stage(page, "storing");
  await storing.waitFor({ timeout: TIMEOUT });
  assert.match(await storing.textContent(), /being saved/);
  await shot(page, "storing");
  await done();
});

test("fewer pictures than requested cost that much less", async () => {
  const { page, done } = await visitor();
  await land(page);
  await model(page, "evolink/seedream-4");
  await page.locator("fieldset", { hasText: "How many" }).getByText("2", { exact: true }).click();
  await dress(page, "#partial");
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await page.getByText("1 of 2 pictures worked. You were charged for 1.").waitFor();
  await page.locator(".receipt li", { hasText: "3 returned" }).waitFor();
  await shot(page, "completed-partly");
  await done();
});

test("a job whose answer was lost is queued, then being checked, and its credits are returned if it does not arrive", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  // Its end is only reported after the page was checked.
  const release = await hold(context, /\/v1\/jobs\/job_\w+$/);
  await make(page, "#hang");
  await stage(page, "queued")
    .filter({ hasText: /In the queue.*4 credits reserved/ })
    .waitFor();
  await shot(page, "queued");
  release();
  const uncertain = stage(page, "uncertain");
  await uncertain.waitFor({ timeout: 60_000 });
  assert.match(await uncertain.textContent(), /haven't heard back.*your 4 credits are returned/);
  await reachable(page, "what is being checked");
  await shot(page, "uncertain");
  await done();
});

test("a canceled job costs nothing, once the provider has stopped it", async () => {
  const { page, done } = await visitor();
  await land(page);
  await model(page, "replicate/nano-banana-2");
  const job = await make(page, held().words);
  const canceled = stage(page, "canceled", job);
  await stage(page, "running", job).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await canceled.waitFor({ timeout: TIMEOUT });
  assert.match(await canceled.textContent(), /You canceled this one.*You weren't charged/);
  await shot(page, "canceled");
  await done();
});

test("a model that is unavailable cannot be chosen, and the others can", async () => {
  const { context, page, done } = await visitor();
  await context.route("**/v1/models", async (route) => {
    const response = await route.fetch();
    const offers = await response.json();
    for (const model of offers.models) model.available = model.provider !== "replicate";
    await route.fulfill({ response, json: offers });
  });
  await land(page);
  await page.locator(".settings summary").click();
  await page.locator(".model", { hasText: "replicate" }).getByText("Not available right now").first().waitFor();
  assert(await page.locator('input[value="replicate/nano-banana-2"]').isDisabled());
  assert(await page.locator('input[value="evolink/seedream-4"]').isEnabled());
  await reachable(page, "an unavailable model");
  await shot(page, "model-unavailable");
  await done();
});

test("with too few credits the click says so", async () => {
  const { page, done } = await visitor();
  await land(page);
  await model(page, "evolink/nano-banana-pro");
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  await page.locator(".balance", { hasText: /^8 credits$/ }).waitFor();
  await page.getByRole("link", { name: "Atelier" }).click();
  await arrived(page, "#/");
  await page.getByText(/You need 12 credits and have 8/).waitFor();
  assert.equal(await button(page).getAttribute("aria-disabled"), "true");
  await shot(page, "insufficient");
  await done();
});

test("a model that supports no description says so, and has no field for one", async () => {
  const { context, page, done } = await visitor();
  await context.route("**/v1/models", async (route) => {
    const response = await route.fetch();
    const offers = await response.json();
    for (const model of offers.models)
      if (model.id === "replicate/idm-vton") model.takes = { garment: "required", prompt: "unsupported" };
    await route.fulfill({ response, json: offers });
  });
  await land(page);
  await page.locator("textarea").fill("tucked in");
  await model(page, "replicate/idm-vton");
  await page.getByText("IDM VTON uses the garment photo only").waitFor();
  assert.equal(await page.locator("textarea").count(), 0);
  assert.match(await page.locator("#costs").textContent(), /^Add a garment\.$/);
  await shot(page, "no-words");
  await model(page, "evolink/nano-banana-2");
  assert.equal(await page.locator("textarea").inputValue(), "tucked in");
  await done();
});
