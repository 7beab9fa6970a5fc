// Buying with everything there is: the Worker, the emulated processor and its page, the reconciler.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  address,
  api,
  arrived,
  button,
  emulator,
  focusOn,
  go,
  heading,
  land,
  leadsToJob,
  make,
  model,
  PHONE,
  runCron,
  stage,
  TIMEOUT,
  tokenOf,
  visitor,
  WIDE,
} from "../browser.mjs";

/** A payment that nobody tells of is first looked at after a minute. */
const LOOKED_AT = 120_000;

const customer = (options = {}) => visitor({ elsewhere: [emulator], ...options });
const balance = (page, count) => page.locator(".balance", { hasText: new RegExp(`^${count} credits$`) }).waitFor();
const tap = (page) => page.locator("[data-offer]").first().getByRole("button").click();
const atThePaymentPage = (page) => page.waitForURL((url) => url.origin === emulator);
const pay = (page, name = "Pay") => page.getByRole("button", { name, exact: true }).click();
const returned = (page) => page.waitForURL((url) => url.origin === address && url.hash.startsWith("#/orders/ord_"));

/** How many credits the first offer has. */
const sold = async (page) => (await api(page, "GET", "/v1/site")).data.offers[0].credits;

/** Goes from the landing page to the payment page of the first offer. */
async function toThePaymentPage(page) {
  await page.locator(".bar").getByRole("link", { name: "Get credits" }).click();
  await focusOn(page, "Get credits");
  await tap(page);
  await atThePaymentPage(page);
}

for (const [name, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  test(`out of credits: they are bought, and the picture is made (${name})`, async () => {
    const { page, done } = await customer({ viewport });
    await land(page);
    const credits = await sold(page);
    await model(page, "evolink/nano-banana-pro");
    await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
    await balance(page, 8);
    await go(page, "#/");
    await page.getByRole("button", { name: "Knit sweater" }).click();
    await page.getByText(/You need 12 credits and have 8/).waitFor();
    await page.locator("#costs").getByRole("link", { name: "Get credits" }).click();
    await focusOn(page, "Get credits");
    await tap(page);
    await atThePaymentPage(page);
    await pay(page);
    await returned(page);
    await heading(page, "Your credits are here").waitFor({ timeout: TIMEOUT });
    await balance(page, 8 + credits);
    await page.getByRole("link", { name: "Back to your outfit" }).click();
    await arrived(page, "#/");
    await page.locator('button[aria-pressed="true"][aria-label="Knit sweater"]').waitFor();
    await button(page).and(page.locator('[aria-disabled="false"]')).waitFor();
    const job = await leadsToJob(page, () => button(page).click());
    await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
    await balance(page, 8 + credits - 12);
    await go(page, "#/credits");
    await page.locator(".purchase", { hasText: "Paid" }).waitFor();
    await page.locator("tbody tr", { hasText: "Received" }).getByText(`+${credits}`).first().waitFor();
    await done();
  });
}

test("a tab that is closed before the return, and an event that is lost: the reconciler finds the payment", async () => {
  const { context, page, done } = await customer();
  await land(page);
  const [credits, token] = [await sold(page), await tokenOf(page)];
  await toThePaymentPage(page);
  await page.getByLabel("Events").selectOption("lost");
  // The browser is gone before it is back.
  const isLeaving = page.waitForRequest((request) => request.url().startsWith(`${address}/`));
  await page.route(`${address}/**`, (route) => route.abort());
  await pay(page);
  await isLeaving;
  await page.close();
  const headers = { authorization: `Bearer ${token}` };
  const available = async () => (await (await fetch(`${address}/v1/credits`, { headers })).json()).available;
  const until = Date.now() + LOOKED_AT;
  while ((await available()) !== 20 + credits) {
    assert(Date.now() < until, `there are ${await available()} credits still`);
    await runCron();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const back = await context.newPage();
  await back.goto(`${address}/#/credits`);
  await back.locator(".purchase", { hasText: "Paid" }).waitFor();
  await balance(back, 20 + credits);
  await done();
});

test("an event that is lost is no matter to whoever returns", async () => {
  const { page, done } = await customer();
  await land(page);
  const credits = await sold(page);
  await toThePaymentPage(page);
  await page.getByLabel("Events").selectOption("lost");
  await pay(page);
  await returned(page);
  await heading(page, "Your credits are here").waitFor({ timeout: TIMEOUT });
  await balance(page, 20 + credits);
  await done();
});

test("whoever turns back at the payment page finds it again, and it is the same order", async () => {
  const { page, done } = await customer();
  await land(page);
  const credits = await sold(page);
  await toThePaymentPage(page);
  const first = page.url();
  await pay(page, "Back");
  await page.waitForURL(`${address}/#/credits`);
  await balance(page, 20);
  // Pressed again, and from the list of purchases.
  await tap(page);
  await atThePaymentPage(page);
  assert.equal(page.url(), first);
  await page.goBack();
  await page.getByRole("link", { name: /^Continue paying/ }).click();
  await atThePaymentPage(page);
  assert.equal(page.url(), first);
  await pay(page);
  await returned(page);
  await balance(page, 20 + credits);
  assert.equal((await api(page, "GET", "/v1/orders")).data.orders.length, 1);
  await done();
});

test("a card that is declined can be replaced, and a payment that takes days grants nothing yet", async () => {
  const { page, done } = await customer();
  await land(page);
  await toThePaymentPage(page);
  await pay(page, "Decline");
  await page.getByText("Your card was declined.").waitFor();
  await pay(page, "Pay later");
  await returned(page);
  await heading(page, "Your payment is under way").waitFor({ timeout: TIMEOUT });
  await balance(page, 20);
  await done();
});
