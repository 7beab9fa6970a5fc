// The page that the payment leads back to, in each state of an order, and the list of purchases.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, button, focusOn, heading, PHONE, reachable, shot } from "../browser.mjs";
import { buyer, example, later, money, open, order, problem, processor, SIGNED_OUT } from "./till.mjs";

const ID = order("open").id;
const AT = `#/orders/${ID}`;
const ORDER = `GET /v1/orders/${ID}`;
const RECEIPT = "https://pay.example/receipts/1";
const state = (page, status) => page.locator(`[data-order="${status}"]`);
const asked = (sent) => sent.filter(({ name }) => name === ORDER).length;

/** Advances the page's clock until something is so. */
async function passes(page, isSo, most = 120_000) {
  for (let passed = 0; passed < most; passed += 500) {
    if (await isSo()) return passed;
    await page.clock.runFor(500);
  }
  assert.fail(`it is not so after ${most} ms`);
}

test("a payment is waited for, more and more slowly, and then the way leads back to what was chosen", async () => {
  const few = { ...example("/v1/credits"), available: 2 };
  const { page, api, sent, done } = await buyer({}, { "GET /v1/credits": few, [ORDER]: order("open") });
  await page.clock.install();
  await open(page, "", "Try on any outfit");
  await page.getByRole("button", { name: "Knit sweater" }).click();
  await page.locator("textarea").fill("with a belt");
  await page.locator("#costs").getByRole("link", { name: "Get credits" }).click();
  await page.locator('[data-offer="small"]').getByRole("button").click();
  await page.waitForURL(`${processor}/**`);
  // The processor sends the browser here.
  await open(page, AT, "Waiting for your payment");
  await state(page, "open").getByText("We're waiting for the payment to arrive.").waitFor();
  await reachable(page, "waiting");
  await shot(page, "order-waiting");
  const before = asked(sent);
  assert(before >= 1);
  await passes(page, () => asked(sent) > before);
  assert.equal(await page.getByText("Continue paying").count(), 0);
  await passes(page, async () => (await page.getByText("You can close this page").count()) > 0);
  await page.locator("[data-announcer]", { hasText: "the credits come by themselves" }).waitFor();
  await page.getByRole("link", { name: "Continue paying" }).waitFor();
  // Every 10 s by now.
  const since = asked(sent);
  await page.clock.runFor(40_000);
  await passes(page, () => asked(sent) >= since + 3);
  assert(asked(sent) <= since + 5, `asked ${asked(sent) - since} times`);
  api["GET /v1/credits"] = { ...few, available: 52 };
  api[ORDER] = order("paid", { receipt_url: RECEIPT });
  await passes(page, async () => (await heading(page, "Your credits are here").count()) > 0);
  await state(page, "paid").getByText("50 credits were added. You now have 52 credits.").waitFor();
  await page.locator("[data-announcer]", { hasText: "Your credits are here" }).waitFor();
  await page.locator(".balance", { hasText: "52 credits" }).waitFor();
  const paid = asked(sent);
  await page.clock.runFor(60_000);
  assert.equal(asked(sent), paid);
  await page.getByRole("link", { name: "Back to your outfit" }).click();
  await focusOn(page, "Try on any outfit");
  await page.locator('button[aria-pressed="true"][aria-label="Knit sweater"]').waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "with a belt");
  await button(page).and(page.locator('[aria-disabled="false"]')).waitFor();
  await done();
});

const STATES = [
  ["created", {}, "Waiting for your payment", [/waiting for the payment/]],
  ["pending", {}, "Your payment is under way", [/Your bank needs some days/]],
  ["paid", { receipt_url: RECEIPT }, "Your credits are here", [/50 credits were added\. You now have 16 credits\./]],
  ["failed", {}, "The payment didn't work", [/Nothing was charged/]],
  ["expired", {}, "This purchase has expired", [/nothing was charged/]],
  [
    "refunded",
    { refunded: money(500), credits_taken_back: 38, shortage: 12 },
    "This purchase was refunded",
    [/US\$5\.00 went back/, /38 credits of it were taken back/, /12 credits of it were spent already.*you can't buy/],
  ],
  [
    "partly_refunded",
    { refunded: money(200), credits_taken_back: 20 },
    "Part of this purchase was refunded",
    [/US\$2\.00 went back/, /20 credits of it were taken back/],
  ],
  [
    "disputed",
    { credits_taken_back: 1, shortage: 49 },
    "This payment is disputed",
    [/The bank disputes this payment/, /1 credit of it was taken back/, /49 credits of it were spent/],
  ],
];

for (const [status, more, title, texts] of STATES) {
  test(`an order that is ${status} is said plainly, also after a reload`, async () => {
    const { page, done } = await buyer({}, { [ORDER]: order(status, more) });
    await open(page, AT, title);
    for (const text of texts) await state(page, status).getByText(text).waitFor();
    await reachable(page, status);
    await shot(page, `order-${status}`);
    await page.reload();
    await heading(page, title).waitFor();
    if (status === "failed" || status === "expired") {
      await page.getByRole("link", { name: "Try again" }).click();
      await focusOn(page, "Get credits");
    }
    await done();
  });
}

test("the payment receipt opens in a new tab, which learns nothing of this one", async () => {
  const { page, context, done } = await buyer({}, { [ORDER]: order("paid", { receipt_url: RECEIPT }) });
  await open(page, AT, "Your credits are here");
  const link = page.getByRole("link", { name: /^Payment receipt/ });
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  const [tab] = await Promise.all([context.waitForEvent("page"), link.click()]);
  await tab.waitForURL(RECEIPT);
  assert.equal(await tab.evaluate(() => window.opener), null);
  await done();
});

test("an address of a receipt or a payment that cannot be trusted is no link", async () => {
  const odd = { receipt_url: "javascript:alert(1)", url: "http://pay.example/cs_1" };
  const { page, done } = await buyer({}, { [ORDER]: order("open", odd), "GET /v1/orders": list([order("open", odd)]) });
  await page.clock.install();
  await open(page, AT, "Waiting for your payment");
  await passes(page, async () => (await page.getByText("You can close this page").count()) > 0);
  await open(page, "#/credits", "Your credits");
  await page.getByRole("heading", { name: "Purchases" }).waitFor();
  assert.equal(await page.getByRole("link", { name: /Continue paying|Payment receipt/ }).count(), 0);
  await done();
});

const list = (orders, next_cursor = null) => ({ orders, next_cursor });

test("an order of somebody else is not there", async () => {
  const { page, done } = await buyer({}, { [ORDER]: problem(404, "not_found") });
  await open(page, AT, "We can't find this purchase");
  await reachable(page, "no such order");
  await page.getByRole("link", { name: "See your credits" }).waitFor();
  await done();
});

test("whoever is signed out signs in in place of the order, and then sees it", async () => {
  const { page, api, done } = await buyer({}, { ...SIGNED_OUT, [ORDER]: order("paid") });
  await open(page, AT, "Sign in");
  assert.equal(new URL(page.url()).hash, AT);
  api["GET /v1/me"] = example("/v1/me");
  await page.evaluate(() =>
    window.dispatchEvent(new StorageEvent("storage", { key: "atelier.user", newValue: "ada" })),
  );
  await heading(page, "Your credits are here").waitFor();
  await done();
});

test("lost answers and a server in trouble are said, and do not end the waiting", async () => {
  const { page, api, done } = await buyer({}, { [ORDER]: "abort" });
  await page.clock.install();
  await open(page, AT, "Your purchase");
  await page.getByText("We can't reach the server.").waitFor();
  api[ORDER] = order("open");
  await passes(page, async () => (await state(page, "open").count()) > 0);
  assert.equal(await page.getByText("We can't reach the server.").count(), 0);
  api[ORDER] = problem(503, "overloaded");
  await passes(page, async () => (await page.getByText("We can't look it up right now.").count()) > 0);
  await reachable(page, "an order that cannot be looked up");
  api[ORDER] = order("paid");
  await passes(page, async () => (await state(page, "paid").count()) > 0);
  await done();
});

test("purchases are listed with what became of them, page by page", async () => {
  const first = [
    order("open", { id: "ord_5" }),
    order("paid", { id: "ord_4", name: "Wardrobe", price: money(1999), receipt_url: RECEIPT }),
    order("refunded", { id: "ord_3", refunded: money(500), credits_taken_back: 38, shortage: 12 }),
  ];
  const { page, api, done } = await buyer();
  api["GET /v1/orders"] = (request) =>
    new URL(request.url()).searchParams.has("cursor") ? list([order("failed", { id: "ord_2" })]) : list(first, "older");
  const history = example("/v1/credits/history");
  const moved = (kind, seq) => ({ ...history.entries[0], kind, seq, job: null, amount: 38 });
  api["GET /v1/credits/history"] = {
    ...history,
    entries: [moved("reinstatement", 5), moved("clawback", 4), ...history.entries],
  };
  await page.goto(`${address}/#/credits`);
  const section = page.locator("section", { has: page.getByRole("heading", { name: "Purchases" }) });
  const entry = (name) => section.locator("li").filter({ hasText: name });
  await entry("Refunded").getByText("US$5.00 refunded · 38 credits taken back · 12 credits missing").waitFor();
  await page.getByText("12 credits of refunded purchases were spent already.").waitFor();
  await entry("Not paid yet")
    .getByRole("link", { name: /^Continue paying/ })
    .waitFor();
  await entry("Wardrobe")
    .getByRole("link", { name: /^Payment receipt/ })
    .waitFor();
  await page.locator("tbody tr", { hasText: "Given back" }).getByText("+38").waitFor();
  await page.locator("tbody tr", { hasText: "Taken back" }).getByText("−38").waitFor();
  await reachable(page, "purchases");
  await shot(page, "purchases");
  const more = section.getByRole("button", { name: "Show more" });
  await more.dblclick();
  await entry("Failed").waitFor();
  await more.waitFor({ state: "detached" });
  assert.equal(await section.locator("li").count(), 4);
  const { given, release } = later(first[1]);
  api["GET /v1/orders/ord_4"] = given;
  await entry("Wardrobe").getByRole("link", { name: "Wardrobe", exact: true }).click();
  // The heading keeps the focus when it comes to say more.
  await focusOn(page, "Your purchase");
  release();
  await focusOn(page, "Your credits are here");
  await done();
});

test("whoever bought something still sees it where nothing is sold any more", async () => {
  const [site, have] = [example("/v1/site"), example("/v1/credits")];
  have.packages[0].kind = "paid";
  const { page, done } = await buyer(
    {},
    {
      "GET /v1/site": { ...site, demo: true, ways_in: [], offers: [], processor: null },
      "GET /v1/credits": have,
      "GET /v1/orders": list([order("paid")]),
    },
  );
  await page.goto(`${address}/#/credits`);
  await page.getByRole("heading", { name: "Purchases" }).waitFor();
  assert.equal(await page.getByText("Get credits").count(), 0);
  await done();
});

for (const viewport of [PHONE, { width: 320, height: 568 }]) {
  test(`a purchase in Chinese, on a phone of ${viewport.width} pixels`, async () => {
    const { page, api, done } = await buyer(
      { locale: "zh-CN", viewport, colorScheme: "dark" },
      { [ORDER]: order("open") },
    );
    await page.clock.install();
    await open(page, AT, "正在等待付款");
    await page.screenshot({ path: `test-artefacts/page-order-waiting-zh-${viewport.width}.png`, fullPage: true });
    api[ORDER] = order("paid", { receipt_url: RECEIPT });
    await passes(page, async () => (await heading(page, "积分已到账").count()) > 0);
    await page.getByText("已增加 50 积分。您现在有 16 积分。").first().waitFor();
    await reachable(page, "an order in Chinese");
    await page.screenshot({ path: `test-artefacts/page-order-paid-zh-${viewport.width}.png`, fullPage: true });
    api["GET /v1/orders"] = list([order("paid", { receipt_url: RECEIPT }), order("open")]);
    await open(page, "#/credits", "我的积分");
    await page.getByRole("heading", { name: "购买记录" }).waitFor();
    await reachable(page, "purchases in Chinese");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${over} pixels too wide`);
    await page.screenshot({ path: `test-artefacts/page-purchases-zh-${viewport.width}.png`, fullPage: true });
    await done();
  });
}
