// The clients of the processors of payments, each against the emulator: create, pay, read, list, refund, and
// errors as the client tells them; and whether each takes the events that the emulator signs.
//
// What each is pointed elsewhere with, without a change to it:
//   stripe           its options `host`, `port` and `protocol`; for the path an `httpClient` that puts it in front
//   @polar-sh/sdk    its option `baseUrl`
import { expect, refused } from "./tally.mjs";

const PRODUCT = "c4ed1700-0000-4000-8000-000000000001";
const FORM = "application/x-www-form-urlencoded";

/** Posts a form to a page of the emulator, as a buyer or an operator does. */
async function post(address, fields = {}) {
  const headers = { "content-type": FORM };
  const body = new URLSearchParams(fields).toString();
  return fetch(address, { method: "POST", headers, body, redirect: "manual" });
}

async function isPaid(url) {
  const answer = await post(url, { do: "pay", email: "ada@example.com" });
  expect(answer.status === 303, `the page where one pays answers ${answer.status}`);
}

/** The first event of a kind about something, once it was delivered. */
async function event(events, path, kind, id) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const all = events.filter((one) => one.path === path).map((one) => ({ ...one, told: JSON.parse(one.body) }));
    const found = all.find(({ body, told }) => told.type === kind && body.includes(id));
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`no ${kind} of ${id}: ${all.map(({ told }) => told.type)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const session = (different = {}) => ({
  mode: "payment",
  line_items: [
    { quantity: 1, price_data: { currency: "usd", unit_amount: 500, product_data: { name: "50 credits" } } },
  ],
  success_url: "http://127.0.0.1:8787/#/orders/ord_1?s={CHECKOUT_SESSION_ID}",
  cancel_url: "http://127.0.0.1:8787/#/credits",
  client_reference_id: "ord_1",
  metadata: { order: "ord_1" },
  payment_intent_data: { metadata: { order: "ord_1" } },
  ...different,
});

/** Stripe's client, with a key. */
function stripeOf(Stripe, base, key, options = {}) {
  const { hostname: host, port } = new URL(base);
  const httpClient = Stripe.createNodeHttpClient();
  const send = httpClient.makeRequest.bind(httpClient);
  httpClient.makeRequest = (host, port, path, ...rest) => send(host, port, `/stripe${path}`, ...rest);
  return new Stripe(key, {
    host,
    port,
    protocol: "http",
    httpClient,
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });
}

export async function stripe(given) {
  const { default: Stripe } = await given.load("stripe", "esm/stripe.esm.node.js");
  const context = { ...given, Stripe, stripe: stripeOf(Stripe, given.base, given.key) };
  await stripeSessions(context);
  await stripeMoney(context);
  await stripeErrors(context);
}

async function stripeSessions({ tally, client, stripe, Stripe, events, secret }) {
  const { sessions } = stripe.checkout;
  await tally.call(client, "checkout.sessions: create, retrieve, listLineItems", async () => {
    const made = await sessions.create(session());
    expect(made.status === "open" && made.url.endsWith(made.id), JSON.stringify(made));
    const read = await sessions.retrieve(made.id, { expand: ["line_items"] });
    expect(read.amount_total === 500 && read.line_items.data[0].quantity === 1, JSON.stringify(read));
    const { data } = await sessions.listLineItems(made.id);
    expect(data[0].description === "50 credits", JSON.stringify(data));
  });
  await tally.call(client, "checkout.sessions.list: pages", async () => {
    const made = [];
    for (let number = 0; number < 5; number += 1)
      made.unshift((await sessions.create(session({ metadata: { page: `${number}` } }))).id);
    const listed = [];
    for await (const { id } of sessions.list({ limit: 2, status: "open", created: { gte: 1 } })) listed.push(id);
    expect(
      made.every((id, place) => listed[place] === id),
      JSON.stringify({ made, listed }),
    );
  });
  await tally.call(client, "checkout.sessions.expire", async () => {
    const { id } = await sessions.create(session());
    expect((await sessions.expire(id)).status === "expired", "it is not expired");
    await refused(
      () => sessions.expire(id),
      (error) => error instanceof Stripe.errors.StripeInvalidRequestError,
    );
  });
  await tally.call(client, "webhooks.constructEvent: what the emulator signs", async () => {
    const { id, url } = await sessions.create(session());
    await isPaid(url);
    const { headers, body } = await event(events, "/events/stripe", "checkout.session.completed", id);
    const told = stripe.webhooks.constructEvent(body, headers["stripe-signature"], secret);
    expect(told.data.object.payment_status === "paid" && told.livemode === false, body);
    await refused(
      async () => stripe.webhooks.constructEvent(body, headers["stripe-signature"], `${secret}x`),
      (error) => error instanceof Stripe.errors.StripeSignatureVerificationError,
    );
    expect((await sessions.retrieve(id)).payment_status === "paid", "it is not paid");
  });
}

async function stripeMoney({ tally, client, stripe, Stripe, base }) {
  const paid = async () => {
    const { id, url } = await stripe.checkout.sessions.create(session());
    await isPaid(url);
    return stripe.checkout.sessions.retrieve(id, { expand: ["payment_intent.latest_charge"] });
  };
  await tally.call(client, "paymentIntents, charges: retrieve", async () => {
    const { payment_intent: intent } = await paid();
    expect(intent.status === "succeeded" && intent.metadata.order === "ord_1", JSON.stringify(intent));
    expect((await fetch(intent.latest_charge.receipt_url)).status === 200, "no receipt");
    const read = await stripe.paymentIntents.retrieve(intent.id);
    expect(read.latest_charge === intent.latest_charge.id, JSON.stringify(read));
    const charge = await stripe.charges.retrieve(read.latest_charge, { expand: ["refunds"] });
    expect(charge.paid && charge.refunds.data.length === 0, JSON.stringify(charge));
  });
  await tally.call(client, "refunds: create, retrieve, list", async () => {
    const { payment_intent: intent } = await paid();
    const made = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 200,
      reason: "requested_by_customer",
    });
    expect(made.status === "succeeded" && made.amount === 200, JSON.stringify(made));
    expect((await stripe.refunds.retrieve(made.id)).id === made.id, "another refund");
    const rest = await stripe.refunds.create({ charge: intent.latest_charge.id });
    const listed = [];
    for await (const { id } of stripe.refunds.list({ payment_intent: intent.id, limit: 1 })) listed.push(id);
    expect(String(listed) === String([rest.id, made.id]), listed.join());
    await refused(
      () => stripe.refunds.create({ payment_intent: intent.id }),
      (error) => error.code === "charge_already_refunded" && error instanceof Stripe.errors.StripeInvalidRequestError,
    );
  });
  await tally.call(client, "disputes: list, retrieve; a disputed refund", async () => {
    const { payment_intent: intent } = await paid();
    const answer = await post(`${base}/stripe/dashboard/${intent.id}/dispute`);
    expect(answer.status === 200, await answer.text());
    const { data } = await stripe.disputes.list({ payment_intent: intent.id });
    expect(data.length === 1 && data[0].status === "needs_response", JSON.stringify(data));
    expect((await stripe.disputes.retrieve(data[0].id)).amount === 500, "another amount");
    await refused(
      () => stripe.refunds.create({ payment_intent: intent.id }),
      (error) => error.code === "charge_disputed",
    );
  });
  await tally.call(client, "events: list, retrieve", async () => {
    const { id } = await paid();
    const types = ["checkout.session.completed", "checkout.session.expired"];
    const { data } = await stripe.events.list({ types, created: { gte: 1 }, delivery_success: true });
    expect(data[0].data.object.id === id, JSON.stringify(data[0]));
    expect((await stripe.events.retrieve(data[0].id)).type === types[0], "another event");
  });
}

async function stripeErrors({ tally, client, stripe, Stripe, base, key }) {
  const { errors } = Stripe;
  const { sessions } = stripe.checkout;
  const is =
    (kind, test = () => true) =>
    (error) =>
      error instanceof errors[kind] && test(error);
  await tally.call(client, "an idempotency key: replayed, and misused", async () => {
    const options = { idempotencyKey: "order_1" };
    const first = await sessions.create(session(), options);
    const again = await sessions.create(session(), options);
    expect(first.id === again.id, "another session");
    expect(again.lastResponse.headers["idempotent-replayed"] === "true", "it is not said to be replayed");
    await refused(() => sessions.create(session({ locale: "de" }), options), is("StripeIdempotencyError"));
  });
  await tally.call(client, "error: Stripe's own, replayed under its key", async () => {
    await post(`${base}/stripe/faults`, { faults: "500" });
    for (let time = 0; time < 2; time += 1)
      await refused(() => sessions.create(session(), { idempotencyKey: "order_2" }), is("StripeAPIError"));
    expect((await sessions.create(session(), { idempotencyKey: "order_2_1" })).status === "open", "not even another");
  });
  await tally.call(client, "error: an answer that is lost", async () => {
    await post(`${base}/stripe/faults`, { faults: "hang" });
    const options = { idempotencyKey: "order_3" };
    await refused(() => sessions.create(session(), { ...options, timeout: 500 }), is("StripeConnectionError"));
    const { data } = await sessions.list({ limit: 1 });
    expect((await sessions.create(session(), options)).id === data[0].id, "another session");
  });
  await tally.call(client, "error: too many requests", async () => {
    await post(`${base}/stripe/faults`, { faults: "429" });
    await refused(() => sessions.create(session()), is("StripeRateLimitError"));
  });
  await tally.call(client, "error: wrong parameters", async () => {
    const wrong = is(
      "StripeInvalidRequestError",
      ({ code, param }) => code === "parameter_unknown" && param === "amount",
    );
    await refused(() => sessions.create(session({ amount: 5 })), wrong);
    const missing = is("StripeInvalidRequestError", ({ param }) => param === "mode");
    await refused(() => sessions.create(session({ mode: undefined })), missing);
  });
  await tally.call(client, "error: what is not there", async () => {
    const missing = ({ code, statusCode, requestId }) => code === "resource_missing" && statusCode === 404 && requestId;
    await refused(() => sessions.retrieve("cs_test_none"), is("StripeInvalidRequestError", missing));
  });
  await tally.call(client, "error: a wrong key", async () => {
    const stranger = stripeOf(Stripe, base, `${key}x`);
    await refused(() => stranger.checkout.sessions.create(session()), is("StripeAuthenticationError"));
  });
}

export async function polar({ tally, client, load, base, key, events, secret }) {
  const { createPolar, errors, webhooks } = await load("@polar-sh/sdk", "dist/2026-10/index.mjs");
  const { PolarClientError, PolarRateLimitError, PolarServerError } = await load("@polar-sh/sdk", "dist/index.mjs");
  const of = (accessToken) => createPolar({ accessToken, baseUrl: `${base}/polar` });
  const polar = of(key);
  const body = { products: [PRODUCT], amount: 500, currency: "eur", metadata: { order: "ord_1" } };
  const sold = async () => {
    const { id, url } = await polar.checkouts.create(body);
    await isPaid(url);
    const { items } = await polar.orders.list({ checkout_id: id });
    return items[0];
  };
  await tally.call(client, "checkouts: create, get, list", async () => {
    const made = await polar.checkouts.create(body);
    const read = await polar.checkouts.get(made.id);
    expect(read.status === "open" && read.total_amount === 500, JSON.stringify(read));
    const second = await polar.checkouts.create(body);
    const listed = [];
    for await (const { id } of polar.checkouts.iterList({ limit: 1 })) listed.push(id);
    expect(String(listed) === String([second.id, made.id]), listed.join());
  });
  await tally.call(client, "orders: list by checkout, get", async () => {
    const order = await sold();
    expect(order.paid && order.total_amount === 500 && order.metadata.order === "ord_1", JSON.stringify(order));
    expect((await polar.orders.get(order.id)).status === "paid", "it is not paid");
  });
  await tally.call(client, "refunds: create, list", async () => {
    const { id: order_id } = await sold();
    const reason = "customer_request";
    const part = await polar.refunds.create({ order_id, reason, amount: 200 });
    expect(part.status === "succeeded" && part.dispute === null, JSON.stringify(part));
    await refused(
      () => polar.refunds.create({ order_id, reason, amount: 301 }),
      (error) => error instanceof errors.HTTPValidationError,
    );
    await polar.refunds.create({ order_id, reason, amount: 300 });
    const listed = [];
    for await (const { amount } of polar.refunds.iterList({ order_id, limit: 1 })) listed.push(amount);
    expect(String(listed) === "300,200", listed.join());
    await refused(
      () => polar.refunds.create({ order_id, reason, amount: 1 }),
      (error) => error instanceof errors.RefundedAlready,
    );
    expect((await polar.orders.get(order_id)).status === "refunded", "it is not refunded");
  });
  await tally.call(client, "disputes: list, get", async () => {
    const { id: order_id } = await sold();
    await post(`${base}/polar/dashboard/${order_id}/dispute`);
    const { items } = await polar.disputes.list({ order_id });
    expect((await polar.disputes.get(items[0].id)).status === "needs_response", JSON.stringify(items));
  });
  await tally.call(client, "validateEvent: what the emulator signs", async () => {
    const order = await sold();
    const { headers, body } = await event(events, "/events/polar", "order.paid", order.id);
    const told = await webhooks.validateEvent(body, headers, secret);
    expect(told.data.id === order.id, body);
    await refused(
      () => webhooks.validateEvent(body, headers, `${secret}x`),
      (error) => error instanceof webhooks.PolarWebhookVerificationError,
    );
  });
  const is = (kind) => (error) => error instanceof kind;
  const unknown = { ...body, products: ["x"] };
  for (const [name, attempt, isExpected] of [
    ["a field that there is not", () => polar.checkouts.create({ ...body, price: 5 }), is(errors.HTTPValidationError)],
    ["a product that there is not", () => polar.checkouts.create(unknown), is(errors.HTTPValidationError)],
    ["what is not there", () => polar.checkouts.get("none"), is(errors.ResourceNotFound)],
    [
      "a wrong key",
      () => of("wrong").checkouts.create(body),
      (error) => is(PolarClientError)(error) && error.statusCode === 401,
    ],
  ])
    await tally.call(client, `error: ${name}`, () => refused(attempt, isExpected));
  for (const [faults, kind] of [
    ["500", PolarServerError],
    ["429", PolarRateLimitError],
  ])
    await tally.call(client, `error: ${faults} on demand`, async () => {
      await post(`${base}/polar/faults`, { faults });
      await refused(
        () => polar.checkouts.create(body),
        (error) => error instanceof kind,
      );
    });
}
