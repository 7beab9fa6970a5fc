// What was requested in this browser, in all its tabs: a choice that was sent keeps its idempotency
// key until another picture of it is requested.

import { signal } from "@preact/signals";
import type { GenerationRequest } from "../api";
import { local } from "../storage";

/** A generation request, as it was sent. */
export interface Sent {
  /** The fingerprint of the choice it was made from. */
  choice: string;
  /** The idempotency key, the same however often it is sent. */
  key: string;
  request: GenerationRequest;
  /** The job that was made; null until it is answered. */
  job: string | null;
  at: number;
}

const SENT = "atelier.sent";
const MOST = 24;
/** The server keeps uploads for about a day, and the request names them. */
const LIFE_MS = 24 * 3_600_000;

function read(text = local.getItem(SENT)): Sent[] {
  const all: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(all) ? (all as Sent[]).filter(({ at }) => Date.now() - at < LIFE_MS) : [];
}

const known = signal<readonly Sent[]>(read());

function write(all: Sent[]): void {
  known.value = all.slice(0, MOST);
  local.setItem(SENT, JSON.stringify(known.peek()));
}

window.addEventListener("storage", (event) => {
  if (event.key === SENT || event.key === null) known.value = read();
});

/** The last request for a choice, as far as this tab knows. */
export const sentFor = (choice: string): Sent | undefined => known.value.find((one) => one.choice === choice);

/** The same, as stored now: another tab may have written since. */
export function sentByNow(choice: string): Sent | undefined {
  known.value = read();
  return sentFor(choice);
}

/** Stores the request for a choice, instead of the previous one. */
export const putSent = (sent: Sent): void => write([sent, ...read().filter(({ choice }) => choice !== sent.choice)]);

/** Removes a request by its key or its job. */
export function forgetSent(keyOrJob: string): void {
  const all = read();
  const rest = all.filter(({ key, job }) => key !== keyOrJob && job !== keyOrJob);
  if (rest.length < all.length) write(rest);
}

export function forgetAllSent(): void {
  local.removeItem(SENT);
  known.value = [];
}
