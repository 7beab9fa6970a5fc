// What is sold, and the tap that opens the payment page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, button, focusOn, heading, PHONE, reachable, shot } from "../browser.mjs";
import { buyer, example, later, OFFERS, open, problem, processor, SIGNED_OUT } from "./till.mjs";

const CHECKOUT = "POST /v1/checkout";
const PAY = `${processor}/stripe/pay/cs_1`;
const offer = (page, id) => page.locator(`[data-offer="${id}"]`);
const tap = (page, id = "small") => offer(page, id).getByRole("button").click();
const paying = (page, url = PAY) => page.waitForURL(url);

test("offers have their price, what it buys, and when it ends; another currency is a choice that stays", async () => {
  const { page, done } = await buyer();
  await open(page, "#/get-credits", "Get credits");
  const [small, large] = [offer(page, "small"), offer(page, "large")];
  await small.getByText("US$5.00", { exact: true }).waitFor();
  // 4 credits a picture: 12 whole ones of 50, and 500 cents × 4 / 50.
  await small.getByText("About 12 pictures").waitFor();
  await small.getByText("about US$0.40 a picture").waitFor();
  await small.getByText("No expiry").waitFor();
  await large.getByText("250 credits", { exact: true }).waitFor();
  await large.getByText("about US$0.32 a picture").waitFor();
  await large.getByText("Valid for 90 days").waitFor();
  await large.getByText("Recommended").waitFor();
  assert.equal(await small.getByText("Recommended").count(), 0);
  await page.getByText("Counted with Nano Banana 2 Lite, at 4 credits a picture.").waitFor();
  await page.getByLabel("Currency").selectOption("jpy");
  await small.getByText("JP¥800", { exact: true }).waitFor();
  await small.getByText("about JP¥64 a picture").waitFor();
  await page.reload();
  await small.getByText("JP¥800", { exact: true }).waitFor();
  await done();
});

test("a price whose digits this browser counts otherwise is shown as the API writes it", async () => {
  const { page, done } = await buyer({}, { "GET /v1/site": { ...site(), offers: [odd()] } });
  await open(page, "#/get-credits", "Get credits");
  await offer(page, "odd").getByText("5000.00 JPY", { exact: true }).waitFor();
  await offer(page, "odd").getByText("About 12 pictures").waitFor();
  assert.equal(await page.getByText("a picture", { exact: false }).filter({ hasText: "about" }).count(), 0);
  await done();
});

const site = () => ({ ...example("/v1/site"), local: true, demo: true, ways_in: [], processor: "stripe" });
const odd = () => ({
  ...OFFERS[0],
  id: "odd",
  prices: [{ currency: "jpy", minor: 500000, text: "5000.00 JPY" }],
});

test("where nothing is sold, nothing is about buying", async () => {
  const { page, sent, done } = await buyer({}, { "GET /v1/site": { ...site(), offers: [] } });
  await page.goto(`${address}/#/credits`);
  await page.getByRole("heading", { name: "History" }).waitFor();
  assert.equal(await page.getByText(/Get credits|Purchases|Buy/).count(), 0);
  await open(page, "#/get-credits", "Get credits");
  await page.getByText("Credits can't be bought here at the moment.").waitFor();
  assert(!sent.some(({ name }) => name === "GET /v1/orders"));
  await done();
});

test("too few credits: the way to more is at the button, in the header and on the credits page", async () => {
  const few = { ...example("/v1/credits"), available: 2 };
  const { page, done } = await buyer({}, { "GET /v1/credits": few });
  await open(page, "", "Try on any outfit");
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.getByText(/You need 4 credits and have 2/).waitFor();
  assert.equal(await button(page).getAttribute("aria-disabled"), "true");
  await reachable(page, "too few credits");
  await shot(page, "buy-short");
  await page.locator("#costs").getByRole("link", { name: "Get credits" }).click();
  await focusOn(page, "Get credits");
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await page.getByRole("heading", { level: 2, name: "Get credits" }).waitFor();
  await page.locator(".bar").getByRole("link", { name: "Get credits" }).click();
  await focusOn(page, "Get credits");
  await done();
});

test("a picture that is refused for want of credits leads to more of them", async () => {
  const { page, api, done } = await buyer();
  api["POST /v1/uploads"] = { status: 201, json: example("/v1/uploads", "post") };
  api["POST /v1/generate"] = problem(402, "insufficient_credits", { needed: 4, available: 2 });
  await open(page, "", "Try on any outfit");
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.locator("[data-dress]", { hasText: "4 credits" }).waitFor();
  await page.locator("#costs", { hasText: "left after" }).waitFor();
  api["GET /v1/credits"] = { ...example("/v1/credits"), available: 2 };
  await button(page).click();
  await page
    .getByRole("alert")
    .filter({ hasText: /have 2\.\s*Nothing was charged\./ })
    .waitFor();
  await page.locator("#costs").getByRole("link", { name: "Get credits" }).click();
  await focusOn(page, "Get credits");
  await done();
});

test("a double tap, and Enter held down, are one checkout", async () => {
  for (const press of [
    (page) => offer(page, "small").getByRole("button").dblclick(),
    async (page) => {
      await offer(page, "small").getByRole("button").focus();
      for (let count = 0; count < 5; count++) await page.keyboard.down("Enter");
    },
  ]) {
    const { page, api, checkouts, done } = await buyer();
    const answer = api[CHECKOUT];
    api[CHECKOUT] = () => new Promise((resolve) => setTimeout(() => resolve(answer), 300));
    await open(page, "#/get-credits", "Get credits");
    await press(page);
    await paying(page);
    assert.equal(checkouts().length, 1);
    assert.deepEqual(JSON.parse(checkouts()[0].body), { offer: "small", currency: "usd" });
    await done();
  }
});

test("while the payment page opens the button says so, and no offer can be tapped", async () => {
  const { page, api, checkouts, done } = await buyer();
  const { given, release } = later(problem(503, "payments_unavailable"));
  api[CHECKOUT] = given;
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await offer(page, "small").getByRole("button", { name: "Opening the payment page…" }).waitFor();
  await offer(page, "large").locator('[aria-disabled="true"]').click({ force: true });
  release();
  await page.getByRole("alert").waitFor();
  assert.equal(checkouts().length, 1);
  assert.equal(await offer(page, "large").getByRole("button").getAttribute("aria-disabled"), "false");
  await done();
});

test("a checkout whose answers were lost keeps its key: over retries, a press and a reload", async () => {
  const { page, api, checkouts, done } = await buyer();
  await page.clock.install();
  const answer = api[CHECKOUT];
  api[CHECKOUT] = "abort";
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await page.getByText("Connection trouble. Trying again").waitFor();
  for (let tries = 0; tries < 200 && (await page.getByRole("alert").count()) === 0; tries++)
    await page.clock.runFor(100);
  await page.getByRole("alert").filter({ hasText: "Nothing was charged: you only pay on the next page." }).waitFor();
  assert.equal(checkouts().length, 4);
  await page.reload();
  api[CHECKOUT] = problem(503, "payments_unavailable");
  await tap(page);
  await page.getByRole("alert").filter({ hasText: "The payment service isn't answering" }).waitFor();
  await tap(page, "large");
  await page.getByRole("alert").waitFor();
  api[CHECKOUT] = answer;
  await tap(page);
  await paying(page);
  const keys = checkouts().map(({ key, body }) => `${JSON.parse(body).offer} ${key}`);
  const [first] = keys;
  assert.deepEqual(
    keys.filter((key) => key.startsWith("small")),
    Array(6).fill(first),
  );
  assert.notEqual(keys.find((key) => key.startsWith("large")).split(" ")[1], first.split(" ")[1]);
  // Once it was answered, the next purchase of the same is another one.
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await paying(page);
  assert.notEqual(`small ${checkouts().at(-1).key}`, first);
  await done();
});

test("the browser's back button brings back a page on which one can buy", async () => {
  const { page, done } = await buyer();
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await paying(page);
  await page.goBack();
  await heading(page, "Get credits").waitFor();
  await tap(page, "large");
  await paying(page);
  await done();
});

const REFUSALS = [
  [
    "429",
    problem(429, "rate_limited", { limit: 10, limit_name: "checkouts_per_hour" }, { "retry-after": "720" }),
    /You can start 0 of 10 purchases this hour\. Too many requests\. Try again in 12 minutes\. Nothing was charged\./,
  ],
  [
    "a shortage",
    problem(409, "conflict", { reason: "shortage" }),
    /An earlier purchase was refunded after some of its credits were spent.*contact us/,
  ],
  ["a dispute", problem(409, "conflict", { reason: "disputed" }), /The bank disputes an earlier payment/],
  [
    "a processor that is silent",
    problem(503, "payments_unavailable"),
    /The payment service isn't answering right now\. Nothing was charged/,
  ],
  ["a blocked account", problem(403, "account_blocked"), /This account is blocked/],
  [
    "an offer that has changed",
    problem(422, "invalid_request", { errors: [{ field: "offer", message: "is not sold" }] }),
    /This offer has changed/,
  ],
  [
    "a key of another purchase",
    problem(422, "idempotency_mismatch"),
    /Something went wrong on our side.*Nothing was charged/,
  ],
];

for (const [what, refusal, text] of REFUSALS) {
  test(`what is refused is said in plain words: ${what}`, async () => {
    const { page, checkouts, done } = await buyer({}, { [CHECKOUT]: refusal });
    await open(page, "#/get-credits", "Get credits");
    await tap(page);
    await page.getByRole("alert").filter({ hasText: text }).waitFor();
    assert.equal(checkouts().length, 1);
    assert.match(page.url(), /#\/get-credits$/);
    await reachable(page, what);
    await done();
  });
}

for (const url of [
  "http://pay.example/cs_1",
  "javascript:alert(1)",
  "//pay.example/cs_1",
  "http://127.0.0.1.pay.example/",
]) {
  test(`a payment page at ${url} is not opened`, async () => {
    const { page, done } = await buyer({}, { [CHECKOUT]: { status: 201, json: { order: "ord_1", url } } });
    await open(page, "#/get-credits", "Get credits");
    await tap(page);
    await page.getByRole("alert").filter({ hasText: "an address that we don't trust" }).waitFor();
    assert.match(page.url(), /#\/get-credits$/);
    await done();
  });
}

test("this machine's own payment page is opened on this machine alone, and https anywhere", async () => {
  const live = { ...site(), local: false, offers: OFFERS };
  const { page, api, done } = await buyer({}, { "GET /v1/site": live });
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await page.getByRole("alert").filter({ hasText: "an address that we don't trust" }).waitFor();
  api[CHECKOUT] = { status: 201, json: { order: "ord_1", url: "https://pay.example/cs_1" } };
  await tap(page);
  await paying(page, "https://pay.example/cs_1");
  await done();
});

test("a payment page that is ready late does not take away whoever has turned to something else", async () => {
  const { page, api, done } = await buyer();
  const { given, release } = later(api[CHECKOUT]);
  api[CHECKOUT] = given;
  await open(page, "#/get-credits", "Get credits");
  await tap(page);
  await page.getByLabel("Currency").focus();
  release();
  await page.getByText("The payment page is ready.").waitFor();
  await reachable(page, "a payment page that is ready");
  await page.getByRole("link", { name: "Continue to payment" }).click();
  await paying(page);
  await done();
});

test("a visitor reads the offers, signs in at the tap, and goes on with one more", async () => {
  const { page, api, checkouts, done } = await buyer({}, SIGNED_OUT);
  await open(page, "", "Try on any outfit");
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await focusOn(page, "Get credits");
  await page.getByText("You'll sign in first.").waitFor();
  await tap(page);
  await focusOn(page, "Sign in");
  assert.equal(checkouts().length, 0);
  // Another tab has signed them in.
  api["GET /v1/me"] = example("/v1/me");
  await page.evaluate(() =>
    window.dispatchEvent(new StorageEvent("storage", { key: "atelier.user", newValue: "ada" })),
  );
  await page.getByText("You're signed in. Press once more to go to the payment page.").waitFor();
  await focusOn(page, "Get credits");
  await tap(page);
  await paying(page);
  assert.equal(checkouts().length, 1);
  await done();
});

test("a session that has ended leads to the sign-in, and nothing is lost", async () => {
  const { page, api, done } = await buyer({}, { ...SIGNED_OUT, "GET /v1/me": example("/v1/me") });
  await open(page, "#/get-credits", "Get credits");
  await page.locator(".balance").waitFor();
  api["GET /v1/me"] = problem(401, "unauthenticated");
  api[CHECKOUT] = problem(401, "unauthenticated");
  await tap(page);
  await heading(page, "Sign in").waitFor();
  assert.match(page.url(), /return_to=%2F%23%2Fget-credits/);
  await done();
});

for (const [locale, title, viewport] of [
  ["en-GB", "Get credits", { width: 320, height: 568 }],
  ["zh-CN", "购买积分", PHONE],
]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`offers are accessible (${locale}, ${viewport.width} pixels, ${colorScheme})`, async () => {
      const { page, done } = await buyer({ locale, viewport, colorScheme });
      await open(page, "#/get-credits", title);
      await offer(page, "large").waitFor();
      await reachable(page, "the offers");
      const buttons = await page.locator("[data-offer] button, .bar .get, select").all();
      for (const one of buttons) {
        const { width, height } = await one.boundingBox();
        assert(width >= 44 && height >= 44, `${await one.textContent()} is ${width} × ${height}`);
      }
      await shot(page, `buy-offers-${locale}-${colorScheme}`);
      await done();
    });
  }
}

test("a price in Chinese is in Chinese", async () => {
  const { page, done } = await buyer({ locale: "zh-CN", viewport: PHONE });
  await open(page, "#/get-credits", "购买积分");
  await offer(page, "small").getByText("约 12 张图片").waitFor();
  await offer(page, "small").getByText("50 积分", { exact: true }).waitFor();
  await offer(page, "large").getByRole("button", { name: "US$19.99 购买：Wardrobe" }).waitFor();
  await done();
});
