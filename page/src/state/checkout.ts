// One tap on an offer: one checkout, however often it is sent, and then the processor's page.

import { batch, signal } from "@preact/signals";
import { answer, NoAnswer, Refusal, SignedOut } from "../client";
import type { Checkout, Money, NewCheckout, Offer } from "../api";
import { api, needsSignIn, site } from "../session";
import { local, session } from "../storage";
import { saveDraft } from "./draft";
import { go, here, lastDressed, links } from "./route";

/** The pauses before each retry, in milliseconds. */
const WAITS_MS = [500, 2000, 4000];
/** The offer that somebody chose who then had to sign in. */
const WANTS = "atelier.wants";
/** Where the user goes on once they have paid. */
const BUYING = "atelier.buying";

/** The offer whose payment page is being opened. */
export const opening = signal<string | null>(null);
export const isRetrying = signal(false);
/** The offer that was tapped last. */
export const tapped = signal<string | null>(null);
/** Why that opened none. */
export const refused = signal<unknown>(null);
/** A payment page that was ready when the user had turned to something else already. */
export const ready = signal<string | null>(null);

/** The payment page's address is not one to which anybody should be sent. */
export class UnsafeAddress extends Error {}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Whether an address of the processor's may be opened: by https, and on somebody's own machine also there. */
export function isSafe(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === "https:") return true;
  return url?.protocol === "http:" && LOOPBACK.includes(url.hostname) && site.peek()?.local === true;
}

// ---- The keys

/** A checkout that was asked for and not answered yet. */
interface Unanswered {
  /** The offer and the currency. */
  what: string;
  /** The idempotency key, the same however often it is sent. */
  key: string;
  at: number;
}

const UNANSWERED = "atelier.checkouts";
/** After this time a tap means another purchase. */
const LIFE_MS = 3_600_000;

function unanswered(): Unanswered[] {
  const all: unknown = JSON.parse(local.getItem(UNANSWERED) ?? "[]");
  return Array.isArray(all) ? (all as Unanswered[]).filter(({ at }) => Date.now() - at < LIFE_MS) : [];
}

const keep = (all: Unanswered[]): void => local.setItem(UNANSWERED, JSON.stringify(all));

/** The key for a checkout: that of the last time it was asked for, if nobody knows what became of it. */
function keyFor(what: string): string {
  const all = unanswered();
  const known = all.find((one) => one.what === what);
  if (known !== undefined) return known.key;
  const key = crypto.randomUUID();
  keep([{ what, key, at: Date.now() }, ...all]);
  return key;
}

const forget = (key: string): void => keep(unanswered().filter((one) => one.key !== key));

/** An order of an offer is over: the next one is another, also if an answer about this one was lost. */
export const forgetCheckoutsOf = (offer: string): void =>
  keep(unanswered().filter(({ what }) => (JSON.parse(what) as [string])[0] !== offer));

// ---- The tap

/** Opens the payment page for an offer. */
export async function buy(offer: Offer, price: Money): Promise<void> {
  if (opening.peek() !== null) return;
  if (needsSignIn.peek()) return askToSignIn(offer);
  const isHere = here();
  batch(() => {
    opening.value = tapped.value = offer.id;
    refused.value = null;
    ready.value = null;
  });
  session.removeItem(WANTS);
  let isLeaving = false;
  try {
    await saveDraft();
    const { url } = await inOneTab({ offer: offer.id, currency: price.currency });
    if (!isSafe(url)) throw new UnsafeAddress();
    if (isHere()) {
      session.setItem(BUYING, lastDressed());
      location.assign(url);
      isLeaving = true;
    } else ready.value = url;
  } catch (error) {
    if (error instanceof SignedOut && needsSignIn.peek()) {
      if (isHere()) askToSignIn(offer);
    } else refused.value = error;
  } finally {
    // Until the payment page is there, a second tap of a double click is none.
    if (!isLeaving) opening.value = null;
  }
}

// Back from the payment page, by the browser's own button.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) opening.value = null;
});

/** Asks for a checkout while no other tab does, with the same key. */
async function inOneTab(wanted: NewCheckout): Promise<Checkout> {
  const what = JSON.stringify([wanted.offer, wanted.currency]);
  return await navigator.locks.request(`atelier.checkout ${what}`, async () => {
    const key = keyFor(what);
    try {
      const checkout = await send(wanted, key);
      // From now on the API itself knows which one is open.
      forget(key);
      return checkout;
    } catch (error) {
      if (isDefinite(error)) forget(key);
      throw error;
    }
  });
}

/** Whether it is certain that the key has made no order. */
const isDefinite = (error: unknown): boolean =>
  error instanceof Refusal && error.isOurs && error.problem.status < 500 && error.problem.status !== 429;

async function send(body: NewCheckout, key: string): Promise<Checkout> {
  const params = { header: { "Idempotency-Key": key } };
  for (const wait of [...WAITS_MS, null]) {
    try {
      return (await answer(api.POST("/v1/checkout", { params, body }))).data;
    } catch (error) {
      const wasLost = error instanceof NoAnswer || (error instanceof Refusal && error.isPassing);
      if (!wasLost || wait === null) throw error;
      isRetrying.value = true;
      await new Promise((done) => setTimeout(done, wait));
      isRetrying.value = false;
    }
  }
  throw new NoAnswer();
}

// ---- Before and after

function askToSignIn(offer: Offer): void {
  session.setItem(WANTS, offer.id);
  go(links.signIn(`/${location.hash}`));
}

/** The offer that was chosen before signing in. */
export const wanted = (): string | null => session.getItem(WANTS);

/** Where the user goes on after a purchase: what they had chosen is there. */
export const comesFrom = (): string => session.getItem(BUYING) ?? links.dress;
