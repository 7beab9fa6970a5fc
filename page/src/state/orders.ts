// The user's purchases: their list, and one that is waited for.

import { signal } from "@preact/signals";
import { answer, NoAnswer, Refusal, SignedOut } from "../client";
import type { Order, Orders, OrderStatus } from "../api";
import { api } from "../session";
import { forgetCheckoutsOf } from "./checkout";
import { loadCredits } from "./credits";

// ---- The list

const PAGE = 10;

/** Newest first, as far as they are loaded; null until then. */
export const orders = signal<Order[] | null>(null);
export const olderOrders = signal<string | null>(null);

const page = async (cursor: string | null): Promise<Orders> => {
  const query = { limit: PAGE, ...(cursor !== null && { cursor }) };
  return (await answer(api.GET("/v1/orders", { params: { query } }))).data;
};

/** Loads the newest ones; older pages stay listed. */
export async function loadOrders(): Promise<void> {
  const newest = await page(null);
  const known = orders.peek();
  const ids = new Set(newest.orders.map(({ id }) => id));
  orders.value = [...newest.orders, ...(known ?? []).filter(({ id }) => !ids.has(id))];
  if (known === null) olderOrders.value = newest.next_cursor;
}

export async function loadOlderOrders(): Promise<void> {
  const cursor = olderOrders.peek();
  const older = await page(cursor);
  // A page that was requested twice, by a double click, is added once.
  if (olderOrders.peek() !== cursor) return;
  orders.value = [...(orders.peek() ?? []), ...older.orders];
  olderOrders.value = older.next_cursor;
}

// ---- One of them

const SECOND = 1000;
const FIRST_MS = 2 * SECOND;
const MOST_MS = 10 * SECOND;
const FACTOR = 1.5;
/** A bank that needs days is not asked about every few seconds. */
const PENDING_MS = 60 * SECOND;

/** Whether the money may still arrive. */
export const isAwaited = (status: OrderStatus): boolean =>
  status === "created" || status === "open" || status === "pending";

export interface Followed {
  /** The order, as far as it is known. */
  order: Order | null;
  /** Nobody has this order, or somebody else. */
  isAbsent: boolean;
  /** Why the last answer did not come, if it did not. */
  trouble: unknown;
}

/**
 * Reads an order again and again, until no money can be expected of it: after 2 s, then less and less often, up to
 * every 10 s, and not while nobody looks. Returns how to stop.
 */
export function follow(id: string, tell: (now: Followed) => void): () => void {
  let [order, wait]: [Order | null, number] = [null, FIRST_MS];
  let timer: number | undefined;
  let isOver = false;
  let isAsking = false;

  async function look(): Promise<void> {
    if (isOver || isAsking) return;
    clearTimeout(timer);
    isAsking = true;
    try {
      order = await read(id, order);
      if (isOver) return;
      tell({ order, isAbsent: false, trouble: null });
      if (isAwaited(order.status)) schedule(order.status === "pending" ? PENDING_MS : wait);
    } catch (error) {
      // Whoever is signed out is asked to sign in, in place of this page.
      if (isOver || error instanceof SignedOut) return;
      const isAbsent = error instanceof Refusal && error.problem.status === 404;
      tell({ order, isAbsent, trouble: isAbsent ? null : error });
      const mayPass = error instanceof NoAnswer || (error instanceof Refusal && (error.isPassing || !error.isOurs));
      if (mayPass || (error instanceof Refusal && error.problem.status === 429)) schedule(wait);
    } finally {
      isAsking = false;
    }
  }

  function schedule(after: number): void {
    wait = Math.min(wait * FACTOR, MOST_MS);
    timer = window.setTimeout(() => void (document.hidden || look()), after);
  }

  const onShown = () => void (document.hidden || (order !== null && !isAwaited(order.status)) || look());
  document.addEventListener("visibilitychange", onShown);
  window.addEventListener("online", onShown);
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onShown);
    window.removeEventListener("online", onShown);
  };
}

/** Reads an order. Before it is told that its credits are there, the balance has them. */
async function read(id: string, before: Order | null): Promise<Order> {
  const { data } = await answer(api.GET("/v1/orders/{id}", { params: { path: { id } } }));
  if (!isAwaited(data.status) && before?.status !== data.status) {
    forgetCheckoutsOf(data.offer);
    await loadCredits();
  }
  return data;
}
