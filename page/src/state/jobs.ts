// The user's jobs: listed by the server, and followed until they are over.

import { computed, signal } from "@preact/signals";
import type { Job, JobStatus } from "../api";
import { answer, api, NoAnswer, ownAddress, Refusal, SignedOut } from "../client";
import { forget, forgetAll } from "../keep";
import { local } from "../storage";
import { startOver } from "./composer";
import { loadCredits } from "./credits";

const PAGE = 24;
const SECOND = 1000;
/** A tab that nobody looks at asks this much more seldom, and never more often than the least. */
const HIDDEN_FACTOR = 6;
const HIDDEN_LEAST_MS = 30 * SECOND;
const FAILED_FIRST_MS = 2 * SECOND;
const FAILED_MOST_MS = 60 * SECOND;
/** The ids of jobs made in this browser: other tabs hear of them. */
const IDS = "atelier.jobs";
const MOST_IDS = 50;

export const isOpen = (status: JobStatus): boolean =>
  status === "queued" || status === "running" || status === "uncertain" || status === "storing";

const known = signal<ReadonlyMap<string, Job>>(new Map());
/** Newest first: an id begins with its time. */
export const jobs = computed(() => [...known.value.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)));
export const openJobs = computed(() => jobs.value.filter((job) => isOpen(job.status)));
export const jobOf = (id: string): Job | undefined => known.value.get(id);

export const listing = signal<"loading" | "listed" | "failed">("loading");
export const nextCursor = signal<string | null>(null);
export const isOffline = signal(false);

/** When an open job is expected to be done, in this browser's time. */
const expected = new Map<string, number>();
export const expectedAt = (id: string): number | undefined => expected.get(id);

/** Ticks while something is under way. */
export const now = signal(Date.now());
setInterval(() => {
  if (openJobs.peek().length > 0) now.value = Date.now();
}, SECOND);

function put(job: Job): void {
  const before = known.peek().get(job.id);
  if (job.eta_seconds === null) expected.delete(job.id);
  else expected.set(job.id, Date.now() + job.eta_seconds * SECOND);
  known.value = new Map(known.peek()).set(job.id, job);
  if (before !== undefined && isOpen(before.status) && !isOpen(job.status)) void loadCredits();
}

function drop(id: string): void {
  const rest = new Map(known.peek());
  rest.delete(id);
  known.value = rest;
  writeIds(readIds().filter((other) => other !== id));
}

// ---- Following

const etags = new Map<string, string>();
const failures = new Map<string, number>();
const timers = new Map<string, number>();
const asking = new Set<string>();

function schedule(id: string, wait: number): void {
  clearTimeout(timers.get(id));
  const delay = document.hidden ? Math.max(wait * HIDDEN_FACTOR, HIDDEN_LEAST_MS) : wait;
  timers.set(
    id,
    window.setTimeout(() => void look(id), delay),
  );
}

/** Looks at a job, and goes on looking, as often as the server says, while it is open. */
export async function look(id: string): Promise<void> {
  if (asking.has(id)) return;
  asking.add(id);
  try {
    const etag = etags.get(id);
    const header = etag === undefined ? {} : { "If-None-Match": etag };
    const { data, response } = await answer(api.GET("/v1/jobs/{id}", { params: { path: { id }, header } }));
    failures.delete(id);
    isOffline.value = false;
    if (response.status !== 304) put(data);
    const tag = response.headers.get("etag");
    if (tag !== null) etags.set(id, tag);
    const wait = Number(response.headers.get("retry-after"));
    if (isOpen(jobOf(id)?.status ?? "completed")) schedule(id, (wait > 0 ? wait : 2) * SECOND);
  } catch (error) {
    if (error instanceof SignedOut) return;
    if (error instanceof Refusal && error.problem.status === 404) return drop(id);
    isOffline.value = error instanceof NoAnswer;
    const count = failures.get(id) ?? 0;
    failures.set(id, count + 1);
    schedule(id, Math.min(FAILED_FIRST_MS * 2 ** count, FAILED_MOST_MS));
  } finally {
    asking.delete(id);
  }
}

/** A new address for a picture of a job's, as each ends after a while; null if the picture is gone. */
export async function freshAddress(id: string, index: number): Promise<string | null> {
  try {
    const { data } = await answer(api.GET("/v1/jobs/{id}", { params: { path: { id } } }));
    const image = data.images[index];
    return image === undefined ? null : ownAddress(image.url);
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 404) return null;
    throw error;
  }
}

/** Takes in a job that was just answered, and follows it. */
export function follow(job: Job): void {
  etags.delete(job.id);
  put(job);
  if (isOpen(job.status) && !timers.has(job.id)) schedule(job.id, 2 * SECOND);
}

/** A job that was made here, so that other tabs hear of it. */
export function remember(job: Job): void {
  writeIds([job.id, ...readIds().filter((id) => id !== job.id)].slice(0, MOST_IDS));
  follow(job);
}

function readIds(): string[] {
  const ids: unknown = JSON.parse(local.getItem(IDS) ?? "[]");
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}

const writeIds = (ids: string[]): void => local.setItem(IDS, JSON.stringify(ids));

// ---- Listing

/** Lists the newest jobs. */
export async function loadJobs(): Promise<void> {
  try {
    const { data } = await answer(api.GET("/v1/jobs", { params: { query: { limit: PAGE } } }));
    data.jobs.forEach(follow);
    if (listing.peek() !== "listed") nextCursor.value = data.next_cursor;
    listing.value = "listed";
  } catch {
    if (listing.peek() === "loading") listing.value = "failed";
  }
}

export async function moreJobs(): Promise<void> {
  const cursor = nextCursor.peek();
  if (cursor === null) return;
  const { data } = await answer(api.GET("/v1/jobs", { params: { query: { limit: PAGE, cursor } } }));
  data.jobs.forEach(follow);
  nextCursor.value = data.next_cursor;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  void loadJobs();
  void loadCredits();
  openJobs.peek().forEach((job) => void look(job.id));
});
window.addEventListener("online", () => openJobs.peek().forEach((job) => void look(job.id)));
window.addEventListener("storage", (event) => {
  if (event.key !== IDS) return;
  readIds()
    .filter((id) => jobOf(id) === undefined)
    .forEach((id) => void look(id));
  void loadCredits();
});

// ---- What can be done to a job

export async function cancel(id: string): Promise<void> {
  try {
    follow((await answer(api.POST("/v1/jobs/{id}/cancel", { params: { path: { id } } }))).data);
  } catch (error) {
    // It was over meanwhile, which is all that need be known.
    if (!(error instanceof Refusal && error.problem.status === 409)) throw error;
    await look(id);
  }
}

/** Deletes a job's pictures, here and on the server. */
export async function remove(id: string): Promise<void> {
  await answer(api.DELETE("/v1/jobs/{id}", { params: { path: { id } } }));
  await forget(id);
  etags.delete(id);
  await look(id);
}

/** Deletes every picture there is of the user, and tells how many files that were. */
export async function removeAll(): Promise<number> {
  let count = 0;
  for (let isMore = true; isMore;) {
    const { data } = await answer(api.DELETE("/v1/account"));
    count += data.removed.length;
    isMore = data.more;
  }
  await forgetAll();
  startOver();
  etags.clear();
  known.value = new Map();
  writeIds([]);
  await loadJobs();
  return count;
}
