// Buying credits as the API has it: the types that docs/openapi.json does not have yet. Once it has them, they are in
// api.ts like all others: then this file goes, and with it `& OrderPaths`, `OrderProblem` and `OrderReason` in
// client.ts, and `Selling` in state/offers.ts.

import type { Problem } from "./api";

/** An amount of money, tax included. */
export interface Money {
  /** The ISO 4217 code, in lower case. */
  currency: string;
  /** In minor units: cents, or yen. */
  minor: number;
  /** The same for people, such as `5.00 USD`. */
  text: string;
}

/** Credits that are sold together. */
export interface Offer {
  id: string;
  name: string;
  credits: number;
  /** The first one is the default. */
  prices: Money[];
  /** Null if they never expire. */
  expires_after_days: number | null;
  is_highlighted: boolean;
}

/** What `GET /v1/site` says about buying. */
export interface Selling {
  offers: Offer[];
  processor: "stripe" | "polar" | null;
}

export type OrderStatus =
  "created" | "open" | "pending" | "paid" | "failed" | "expired" | "refunded" | "partly_refunded" | "disputed";

export interface Order {
  id: string;
  status: OrderStatus;
  /** The offer's id. */
  offer: string;
  name: string;
  credits: number;
  price: Money;
  created_at: string;
  updated_at: string;
  paid_at: string | null;
  /** Where to pay, while it is open. */
  url: string | null;
  /** The credits' package, once they are granted. */
  package: string | null;
  /** The processor's payment receipt. */
  receipt_url: string | null;
  refunded: Money;
  credits_taken_back: number;
  /** How many credits could not be taken back, since they were spent. */
  shortage: number;
}

export interface Orders {
  orders: Order[];
  next_cursor: string | null;
}

export interface NewCheckout {
  offer: string;
  currency?: string;
}

export interface Checkout {
  /** The order's id. */
  order: string;
  /** Where to pay. */
  url: string;
}

export interface AdminOrder extends Order {
  account: string;
  payment: string | null;
  session: string | null;
  processor: string;
  anomaly: string | null;
  /** The price of the credits that are unspent: what can be refunded without a loss. */
  refundable?: Money | null;
}

export interface AdminOrders {
  orders: AdminOrder[];
  next_cursor: string | null;
}

export interface NewRefund {
  /** In minor units; the unspent share without it. */
  amount?: number;
  reason: string;
  accept_loss?: boolean;
}

export interface Refund extends Money {
  id: string;
  status: string;
}

export interface Refunded {
  order: Order;
  refund: Refund;
}

/** What was sold in a month in one currency, before fees. */
export interface RevenueLine {
  /** Such as `2026-11`. */
  month: string;
  currency: string;
  sold: Money;
  refunded: Money;
  credits_sold: number;
  /** The price of what was spent. */
  earned: Money;
  /** The price of what is still to be spent. */
  owed: Money;
}

export interface Revenue {
  months: RevenueLine[];
}

export type OrderProblem = "payments_unavailable";
export type OrderReason = "shortage" | "disputed";

interface Answer<T> {
  headers: Record<string, unknown>;
  content: { "application/json": T };
}

type WithPath<Path> = [Path] extends [never] ? { path?: never } : { path: Path };

interface Get<T, Query = never, Path = never> {
  get: { parameters: { query?: Query } & WithPath<Path>; responses: { 200: Answer<T>; 404: Answer<Problem> } };
}

interface Post<Body, Status extends number, T, Path = never> {
  post: {
    parameters: { header?: { "Idempotency-Key"?: string } } & WithPath<Path>;
    requestBody: { content: { "application/json": Body } };
    responses: Record<Status, Answer<T>>;
  };
}

/** The routes, as openapi-typescript would have them. */
export interface OrderPaths {
  "/v1/checkout": Post<NewCheckout, 201, Checkout>;
  "/v1/orders": Get<Orders, { limit?: number; cursor?: string }>;
  "/v1/orders/{id}": Get<Order, never, { id: string }>;
  "/v1/admin/orders": Get<AdminOrders, { status?: string; account?: string; cursor?: string }>;
  "/v1/admin/orders/{id}/refund": Post<NewRefund, 200, Refunded, { id: string }>;
  "/v1/admin/revenue": Get<Revenue, { months?: number }>;
  "/v1/admin/orders.csv": {
    get: { parameters: { query?: never }; responses: { 200: { headers: object; content: { "text/csv": string } } } };
  };
}
