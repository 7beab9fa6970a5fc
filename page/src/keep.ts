// What this browser keeps, and the server does not: the inputs of its jobs, and the current draft.

import { clear, createStore, del, delMany, entries, get, set, type UseStore } from "idb-keyval";
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
  /** The pictures' names, so that a sample is known as one. */
  names?: { photo: string; garment: string | null };
  identities?: { photo: string; garment: string | null };
}

/** A chosen picture; for a sample, the name is enough. */
export interface Drafted {
  name: string;
  identity?: string;
  bytes: Blob | null;
}

export interface Draft {
  at: number;
  choices: Choices;
  photo: Drafted | null;
  garment: Drafted | null;
}

/** Photos are large; older jobs do without their "before". */
const MOST = 24;
/** A tab that is closed leaves its draft behind. */
const DRAFT_SECONDS = 24 * 3600;
const jobs = createStore("atelier", "jobs");
const drafts = createStore("atelier-drafts", "drafts");

/** Private windows may refuse storage; then nothing is kept, and everything else works. */
async function tried<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

/** Everything in a store, newest first. */
async function newestFirst(store: UseStore): Promise<[string, { at: number }][]> {
  const all = (await tried(() => entries<string, { at: number }>(store))) ?? [];
  return all.toSorted(([, a], [, b]) => b.at - a.at);
}

const drop = (old: [string, unknown][], store: UseStore) =>
  tried(() =>
    delMany(
      old.map(([key]) => key),
      store,
    ),
  );

async function dropOlder(seconds: number, store: UseStore): Promise<void> {
  const all = await newestFirst(store);
  await drop(
    all.filter(([, { at }]) => Date.now() - at > seconds * 1000),
    store,
  );
}

// ---- The inputs of jobs

export async function keep(name: string, kept: Kept): Promise<void> {
  await tried(() => set(name, kept, jobs));
  await drop((await newestFirst(jobs)).slice(MOST), jobs);
}

/** Renames an entry: to the job's id, from its idempotency key. */
export async function rename(from: string, to: string): Promise<void> {
  const kept = await keptOf(from);
  if (kept === undefined) return;
  await tried(() => set(to, kept, jobs));
  await forget(from);
}

export const keptOf = (name: string): Promise<Kept | undefined> => tried(() => get<Kept>(name, jobs));
export const forget = (name: string): Promise<void> => tried(() => del(name, jobs));

// ---- The current draft

export const keepDraft = (tab: string, draft: Draft): Promise<void> => tried(() => set(tab, draft, drafts));
export const draftOf = (tab: string): Promise<Draft | undefined> => tried(() => get<Draft>(tab, drafts));
export const forgetDraft = (tab: string): Promise<void> => tried(() => del(tab, drafts));

// ---- Retention

/** Removes the inputs of jobs once the server has removed their results. */
export async function forgetOld(imageSeconds: number | null): Promise<void> {
  if (imageSeconds !== null) await dropOlder(imageSeconds, jobs);
  await dropOlder(DRAFT_SECONDS, drafts);
}

export async function forgetAll(): Promise<void> {
  await tried(() => clear(jobs));
  await tried(() => clear(drafts));
}
