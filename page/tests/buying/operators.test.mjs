// Orders, refunds and revenue on the operators' page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { address, PHONE, reachable, shot } from "../browser.mjs";
import { buyer, example, later, money, order, problem } from "./till.mjs";

const OVERVIEW = {
  at: "2026-11-30T12:00:00.000Z",
  reconciled_at: "2026-11-30T11:59:00.000Z",
  jobs: {},
  oldest_open: null,
  holds_past_deadline: 0,
  unlisted_hosts: [],
  providers: [],
  credits: { granted: 70, remaining: 50, held: 0, spent: 20, expired: 0, clawed_back: 0 },
  liability: [],
  models: [],
  margins: [],
};

const ACCOUNT = "acc_7JX8M2Q4R6T0V3W5Y9ZBCDEFGH";
const admins = (status, more) => ({
  ...order(status),
  account: ACCOUNT,
  payment: "pi_3PxYzA",
  session: "cs_test_a1b2c3",
  processor: "stripe",
  anomaly: null,
  refundable: money(320),
  ...more,
});

const ORDERS = [
  admins("paid", { id: "ord_01AAAAAAAA01", package: "pkg_01M7W02NY08N7ZH2XRN1S4S0FC" }),
  admins("refunded", { id: "ord_01AAAAAAAA02", refunded: money(500), credits_taken_back: 38, shortage: 12 }),
  admins("failed", { id: "ord_01AAAAAAAA03", anomaly: "paid 400 of 500 usd" }),
];

const MONTHS = [
  {
    month: "2026-11",
    currency: "usd",
    sold: money(52_490),
    refunded: money(500),
    credits_sold: 5300,
    earned: money(21_000),
    owed: money(30_990),
  },
  {
    month: "2026-11",
    currency: "jpy",
    sold: money(3200, "jpy"),
    refunded: money(0, "jpy"),
    credits_sold: 250,
    earned: money(800, "jpy"),
    owed: money(2400, "jpy"),
  },
];

const REFUND = "POST /v1/admin/orders/ord_01AAAAAAAA01/refund";
const refunded = (minor, more = {}) => ({
  order: { ...order("partly_refunded", { id: "ord_01AAAAAAAA01", refunded: money(minor) }), ...more },
  refund: { id: "re_1", status: "succeeded", ...money(minor) },
});

/** An operator at their page. */
async function operator(options = {}, changed = {}) {
  const at = await buyer(options, {
    "GET /v1/admin/overview": OVERVIEW,
    "GET /v1/admin/jobs": { jobs: [], next_cursor: null },
    "GET /v1/admin/orders": { orders: ORDERS, next_cursor: null },
    "GET /v1/admin/revenue": { months: MONTHS },
    ...changed,
  });
  await at.page.goto(`${address}/admin`);
  await at.page.locator("input[name=token]").fill("token");
  await at.page.locator("form.entrance button").click();
  return { ...at, refunds: () => at.sent.filter(({ name }) => name === REFUND) };
}

const row = (page, text) => page.locator("tbody tr", { hasText: text });

async function detail(page) {
  await page.getByRole("button", { name: "Order AAAA01, details" }).click();
  const dialog = page.getByRole("dialog", { name: "Order AAAA01" });
  await dialog.waitFor();
  return dialog;
}

test("orders are listed, filtered, and marked where somebody has to look", async () => {
  const { page, api, done } = await operator();
  await row(page, "paid 400 of 500 usd").locator(".late", { hasText: "Anomaly" }).waitFor();
  await row(page, "Refunded").locator(".late", { hasText: "12 credits short · 38 credits taken back" }).waitFor();
  await row(page, "AAAA01").getByText("US$5.00").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await reachable(page, `orders (${colorScheme})`);
    await shot(page, `admin-orders-${colorScheme}`);
  }
  api["GET /v1/admin/orders"] = { orders: [ORDERS[1]], next_cursor: null };
  await page.getByLabel("Status", { exact: true }).selectOption("refunded");
  await row(page, "Anomaly").waitFor({ state: "detached" });
  const asked = page.waitForRequest((request) => request.url().includes(`account=${ACCOUNT}`));
  await page.getByLabel("Buyer").fill(ACCOUNT);
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(new URL((await asked).url()).searchParams.get("status"), "refunded");
  await row(page, "Refunded").waitFor();
  await done();
});

test("revenue is shown by month and currency", async () => {
  const { page, done } = await operator();
  const usd = page.locator("tbody tr", { hasText: "US$524.90" });
  for (const text of ["2026-11", "US$5.00", "5,300", "US$210.00", "US$309.90"]) await usd.getByText(text).waitFor();
  await page.locator("tbody tr", { hasText: "JP¥3,200" }).getByText("JP¥2,400").waitFor();
  await done();
});

test("the orders are saved as a file, as the operator", async () => {
  const { page, api, done } = await operator();
  let token;
  api["GET /v1/admin/orders.csv"] = (request) => {
    token = request.headers()["authorization"];
    return { contentType: "text/csv", body: "id,status\r\nord_1,paid\r\n" };
  };
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("section", { hasText: "Orders" }).getByRole("button", { name: "Save as CSV" }).click(),
  ]);
  assert.equal(file.suggestedFilename(), "atelier-orders.csv");
  assert.equal(await readFile(await file.path(), "utf8"), "id,status\r\nord_1,paid\r\n");
  assert.equal(token, "Bearer token");
  await done();
});

test("the unspent share is refunded with one click, and once", async () => {
  const { page, api, refunds, done } = await operator();
  const { given, release } = later({ json: refunded(320) });
  api[REFUND] = given;
  const dialog = await detail(page);
  await dialog.getByText("pi_3PxYzA").waitFor();
  assert.equal(await dialog.getByLabel("Amount in USD").inputValue(), "3.20");
  await dialog.getByText("The unspent credits are worth US$3.20.").waitFor();
  await reachable(page, "an order");
  await shot(page, "admin-order");
  await dialog.getByLabel("Reason").fill("asked for it");
  await dialog.getByRole("button", { name: "Refund", exact: true }).dblclick();
  release();
  await dialog.getByText("US$3.20 refunded (re_1, succeeded).").waitFor();
  await dialog.getByText("Partly refunded").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Refund", exact: true }).count(), 0);
  assert.equal(refunds().length, 1);
  assert.deepEqual(JSON.parse(refunds()[0].body), { reason: "asked for it", amount: 320 });
  assert.match(refunds()[0].key, /^[0-9a-f-]{36}$/);
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  await done();
});

test("more than the unspent share shows its loss, and is confirmed", async () => {
  const { page, api, refunds, done } = await operator();
  api[REFUND] = { json: refunded(500, { status: "refunded" }) };
  const dialog = await detail(page);
  const amount = dialog.getByLabel("Amount in USD");
  const press = () => dialog.getByRole("button", { name: "Refund", exact: true }).click();
  await dialog.getByLabel("Reason").fill("goodwill");
  for (const wrong of ["five", "5.005", "0", "-1"]) {
    await amount.fill(wrong);
    await press();
    await dialog.getByText("That isn't an amount in USD.").waitFor();
  }
  await amount.fill("5");
  await press();
  const loss = "US$5.00 is US$1.80 more than the unspent credits are worth (US$3.20)";
  await dialog.getByRole("alert").filter({ hasText: loss }).waitFor();
  await reachable(page, "a refund with a loss");
  await shot(page, "admin-order-loss");
  await dialog.getByRole("button", { name: "Change the amount" }).click();
  assert.equal(refunds().length, 0);
  await press();
  await dialog.getByRole("button", { name: "Refund and accept the loss" }).click();
  await dialog.getByText("US$5.00 refunded (re_1, succeeded).").waitFor();
  assert.deepEqual(JSON.parse(refunds()[0].body), { reason: "goodwill", amount: 500, accept_loss: true });
  await done();
});

test("what was spent meanwhile is the API's to say, and confirmed just so", async () => {
  const { page, api, refunds, done } = await operator();
  const detailText = "US$3.20 is more than the unspent share, which is 1.00 USD.";
  api[REFUND] = problem(409, "conflict", { detail: detailText });
  const dialog = await detail(page);
  await dialog.getByLabel("Reason").fill("asked for it");
  await dialog.getByRole("button", { name: "Refund", exact: true }).click();
  await dialog.getByRole("alert").filter({ hasText: detailText }).waitFor();
  api[REFUND] = { json: refunded(320) };
  await dialog.getByRole("button", { name: "Refund and accept the loss" }).click();
  await dialog.getByText("US$3.20 refunded").waitFor();
  assert.deepEqual(
    refunds().map(({ body }) => JSON.parse(body).accept_loss),
    [undefined, true],
  );
  await done();
});

test("a refund whose answer was lost keeps its key", async () => {
  const { page, api, refunds, done } = await operator();
  api[REFUND] = "abort";
  const dialog = await detail(page);
  await dialog.getByLabel("Reason").fill("asked for it");
  const press = () => dialog.getByRole("button", { name: "Refund", exact: true }).click();
  await press();
  await dialog.getByText("Nobody knows whether it was refunded.").waitFor();
  api[REFUND] = { json: refunded(320) };
  await press();
  await dialog.getByText("US$3.20 refunded").waitFor();
  assert.equal(refunds()[0].key, refunds()[1].key);
  await done();
});

test("where nothing was ever sold, the operators' page is as it was", async () => {
  const { page, done } = await operator(
    {},
    {
      "GET /v1/site": { ...example("/v1/site"), demo: true, ways_in: [], offers: [], processor: null },
      "GET /v1/admin/orders": { orders: [], next_cursor: null },
      "GET /v1/admin/revenue": { months: [] },
    },
  );
  await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  assert.equal(await page.getByRole("heading", { name: /Orders|Revenue/ }).count(), 0);
  await done();
});

test("orders and a refund in Chinese, on a phone", async () => {
  const { page, done } = await operator({ locale: "zh-CN", viewport: PHONE, colorScheme: "dark" });
  await page.getByRole("button", { name: "订单 AAAA01，详情" }).click();
  await page.getByRole("dialog").getByText("未使用的积分价值 US$3.20。").waitFor();
  await reachable(page, "an order in Chinese");
  await shot(page, "admin-order-zh");
  await done();
});
