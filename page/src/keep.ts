// What this browser keeps about its own jobs, and the server does not: what each was made from.

import { createStore, del, delMany, entries, get, set, clear } from "idb-keyval";
import type { Options } from "./api";

/** The choices behind a job, without the ids of uploads, which expire. */
export interface Choices {
  words: string;
  model: string | null;
  shape: string | null;
  count: number;
  options: Options;
}

export interface Kept {
  at: number;
  choices: Choices;
  photo: Blob;
  garment: Blob | null;
}

/** Photos are large; older jobs do without their "before". */
const MOST = 24;
const store = createStore("atelier", "jobs");

export async function keep(name: string, kept: Kept): Promise<void> {
  // Private windows may refuse; then there is no "before", and all else works.
  await set(name, kept, store).catch(() => undefined);
  const all = await entries<string, Kept>(store).catch(() => []);
  const old = all.toSorted(([, a], [, b]) => b.at - a.at).slice(MOST);
  await delMany(
    old.map(([key]) => key),
    store,
  ).catch(() => undefined);
}

/** Under a new name: a job's, which was known by its idempotency key until it had one. */
export async function rename(from: string, to: string): Promise<void> {
  const kept = await keptOf(from);
  if (kept === undefined) return;
  await set(to, kept, store).catch(() => undefined);
  await forget(from);
}

export const keptOf = (name: string): Promise<Kept | undefined> => get<Kept>(name, store).catch(() => undefined);
export const forget = (name: string): Promise<void> => del(name, store).catch(() => undefined);
export const forgetAll = (): Promise<void> => clear(store).catch(() => undefined);
