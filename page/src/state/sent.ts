// What was asked for in this browser, in all its tabs: a choice that was sent keeps its idempotency
// key until another picture of it is wanted.

import { signal } from "@preact/signals";
import type { GenerationRequest } from "../api";
import { local } from "../storage";

/** A generation request, as it was sent. */
export interface Sent {
  /** The fingerprint of the choice it was made from. */
  choice: string;
  /** The idempotency key, under which it is sent however often. */
  key: string;
  request: GenerationRequest;
  /** The job that it came to; null until the answer is there. */
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

/** What was sent for a choice last, as far as this tab has heard. */
export const sentFor = (choice: string): Sent | undefined => known.value.find((one) => one.choice === choice);

/** The same, as it is written down now: another tab may have written since. */
export function sentByNow(choice: string): Sent | undefined {
  known.value = read();
  return sentFor(choice);
}

/** Writes down what is sent for a choice, in the place of what was sent for it before. */
export const putSent = (sent: Sent): void => write([sent, ...read().filter(({ choice }) => choice !== sent.choice)]);

/** Forgets what was sent under a key, or what became a job. */
export function forgetSent(keyOrJob: string): void {
  const all = read();
  const rest = all.filter(({ key, job }) => key !== keyOrJob && job !== keyOrJob);
  if (rest.length < all.length) write(rest);
}

export function forgetAllSent(): void {
  local.removeItem(SENT);
  known.value = [];
}
