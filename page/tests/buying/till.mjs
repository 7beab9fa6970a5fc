// The page in front of an API that says what a test wants, so that every answer of a payment can be had at once. Its
// other answers are the examples of the API's document. The page is the built one, with its own policy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import * as browser from "../browser.mjs";

const { address } = browser;
const root = new URL("../../", import.meta.url);
const dist = new URL("dist/", root).pathname;
const document = JSON.parse(readFileSync(new URL("../docs/openapi.json", root), "utf8"));
const policy = readFileSync(`${dist}_headers`, "utf8").match(/Content-Security-Policy: (.*)/)[1];
const TYPES = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
};

/** Where the payment pages are. */
export const processor = "http://127.0.0.1:8788";

/** The example of an answer in the API's document. */
export function example(path, method = "get") {
  const { responses } = document.paths[path][method];
  const status = Object.keys(responses).find((code) => code.startsWith("2"));
  return structuredClone(responses[status].content["application/json"].example);
}

export const money = (minor, currency = "usd") => ({
  currency,
  minor,
  text: currency === "jpy" ? `${minor} JPY` : `${(minor / 100).toFixed(2)} ${currency.toUpperCase()}`,
});

export const OFFERS = [
  {
    id: "small",
    name: "50 credits",
    credits: 50,
    prices: [money(500), money(800, "jpy")],
    expires_after_days: null,
    is_highlighted: false,
  },
  {
    id: "large",
    name: "Wardrobe",
    credits: 250,
    prices: [money(1999), money(3200, "jpy")],
    expires_after_days: 90,
    is_highlighted: true,
  },
];

/** An order, as the API has it. */
export const order = (status, more = {}) => ({
  id: "ord_01M7W02NY08N7ZH2XRN1S4S0FC",
  status,
  offer: "small",
  name: "50 credits",
  credits: 50,
  price: money(500),
  created_at: "2026-11-20T08:09:00.000Z",
  updated_at: "2026-11-20T08:09:00.000Z",
  paid_at: status === "paid" ? "2026-11-20T08:10:00.000Z" : null,
  url: status === "open" ? `${processor}/stripe/pay/cs_1` : null,
  package: null,
  receipt_url: null,
  refunded: money(0),
  credits_taken_back: 0,
  shortage: 0,
  ...more,
});

export const problem = (status, code, more = {}, headers = {}) => ({
  status,
  headers,
  json: { type: `urn:atelier:problem:${code}`, title: code, status, code, detail: "As the API says it.", ...more },
});

/** An answer that comes when the test releases it. */
export function later(answer) {
  const { promise, resolve } = Promise.withResolvers();
  return { given: () => promise, release: () => resolve(answer) };
}

/** What the API answers unless a test says otherwise: `"METHOD /path"`, to an answer or to what makes one. */
function answers() {
  const site = { ...example("/v1/site"), local: true, demo: true, ways_in: [], offers: OFFERS, processor: "stripe" };
  return {
    "GET /v1/site": site,
    "POST /v1/session": { status: 201, json: example("/v1/session", "post") },
    "GET /v1/me": example("/v1/me"),
    "GET /v1/models": example("/v1/models"),
    "GET /v1/jobs": { jobs: [], next_cursor: null },
    "GET /v1/credits": example("/v1/credits"),
    "GET /v1/credits/history": example("/v1/credits/history"),
    "POST /v1/quotes": example("/v1/quotes", "post"),
    "GET /v1/orders": { orders: [], next_cursor: null },
    "POST /v1/checkout": {
      status: 201,
      json: { order: "ord_01M7W02NY08N7ZH2XRN1S4S0FC", url: `${processor}/stripe/pay/cs_1` },
    },
  };
}

function asset(path) {
  const name = { "/": "/index.html", "/admin": "/admin.html" }[path] ?? path;
  const contentType = TYPES[extname(name)] ?? "text/html";
  return { body: readFileSync(dist + name.slice(1)), contentType, headers: { "content-security-policy": policy } };
}

async function respond(route, given) {
  if (given === "abort") return route.abort();
  return route.fulfill("json" in given || "body" in given ? given : { json: given });
}

/** A visitor, what the API answers them, and what they sent: changing `api` changes the next answer. */
export async function buyer(options = {}, changed = {}) {
  const { page, context, done } = await browser.visitor({ elsewhere: [processor, "https://pay.example"], ...options });
  const api = { ...answers(), ...changed };
  const sent = [];
  await context.route(`${address}/**`, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/v1/")) return route.fulfill(asset(pathname));
    const name = `${request.method()} ${pathname}`;
    assert(name in api, `the page asks for ${name}`);
    sent.push({ name, key: request.headers()["idempotency-key"], body: request.postData(), url: request.url() });
    const given = api[name];
    return respond(route, typeof given === "function" ? await given(request) : given);
  });
  // The payment page.
  await context.route(/\/(stripe\/pay|receipts)\/|^https:\/\/pay\.example/, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Pay</title><h1>The payment page</h1>" }),
  );
  const checkouts = () => sent.filter(({ name }) => name === "POST /v1/checkout");
  return { page, context, done, api, sent, checkouts };
}

/** Opens a page of the site, and waits for its heading to have the focus or be there. */
export async function open(page, hash, title) {
  await page.goto(address + "/" + hash);
  await browser.heading(page, title).waitFor();
}

/** Answers for somebody who is not signed in, at a site that signs people in. */
export const SIGNED_OUT = {
  "GET /v1/site": { ...example("/v1/site"), local: true, offers: OFFERS, processor: "stripe" },
  "GET /v1/me": problem(401, "unauthenticated"),
};
