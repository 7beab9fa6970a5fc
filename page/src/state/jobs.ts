// The user's jobs that this tab knows: polled until they are over, canceled, deleted.

import { batch, computed, signal } from "@preact/signals";
import type { Job, JobStatus } from "../api";
import { answer, NoAnswer, ownAddress, Refusal, SignedOut } from "../client";
import { forget } from "../keep";
import { api } from "../session";
import { local } from "../storage";
import { loadCredits } from "./credits";
import { forgetSent } from "./sent";

const SECOND = 1000;
/** A hidden tab polls this many times less often, and at least this many milliseconds apart. */
const HIDDEN_FACTOR = 6;
const HIDDEN_LEAST_MS = 30 * SECOND;
const FAILED_FIRST_MS = 2 * SECOND;
const FAILED_MOST_MS = 60 * SECOND;
/** The number of server errors in a row after which the user is told. */
const FAILED_UNTOLD = 2;
/** The ids of jobs made in this browser, which other tabs read. */
export const IDS = "atelier.jobs";
const MOST_IDS = 50;

export const isOpen = (status: JobStatus): boolean =>
  status === "queued" || status === "running" || status === "uncertain" || status === "storing";

const known = signal<ReadonlyMap<string, Job>>(new Map());
/** Newest first: an id begins with its time. */
export const jobs = computed(() => [...known.value.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)));
export const openJobs = computed(() => jobs.value.filter((job) => isOpen(job.status)));
export const jobOf = (id: string): Job | undefined => known.value.get(id);

/** Jobs that the server does not have: deleted ones, and unknown ids. */
const absent = signal<ReadonlyMap<string, "deleted" | "unknown">>(new Map());
export const absenceOf = (id: string): "deleted" | "unknown" | undefined => absent.value.get(id);

/** Why polling fails at the moment, if it does. */
export const silence = signal<"offline" | "failing" | null>(null);

/** When an open job is expected to be done, in this browser's time. */
const expected = new Map<string, number>();
export const expectedAt = (id: string): number | undefined => expected.get(id);

/** Ticks while something is under way. */
export const now = signal(Date.now());
setInterval(() => {
  if (openJobs.peek().length > 0) now.value = Date.now();
}, SECOND);

function put(job: Job): void {
  // A late answer must not bring back a deleted job.
  if (absent.peek().get(job.id) === "deleted") return;
  const before = known.peek().get(job.id);
  if (job.eta_seconds === null) expected.delete(job.id);
  else expected.set(job.id, Date.now() + job.eta_seconds * SECOND);
  now.value = Date.now();
  known.value = new Map(known.peek()).set(job.id, job);
  if (before !== undefined && isOpen(before.status) && !isOpen(job.status)) void loadCredits();
}

/** Removes a job that the server does not have, or no longer. */
export function drop(id: string): void {
  const rest = new Map(known.peek());
  const why = rest.delete(id) || absent.peek().get(id) === "deleted" ? "deleted" : "unknown";
  clearTimeout(timers.get(id));
  etags.delete(id);
  batch(() => {
    absent.value = new Map(absent.peek()).set(id, why);
    known.value = rest;
  });
  forgetSent(id);
  const ids = readIds();
  if (ids.includes(id)) writeIds(ids.filter((other) => other !== id));
}

// ---- Polling

const etags = new Map<string, string>();
const failures = new Map<string, number>();
const timers = new Map<string, number>();
const asking = new Set<string>();

function schedule(id: string, wait: number): void {
  clearTimeout(timers.get(id));
  const delay = document.hidden ? Math.max(wait * HIDDEN_FACTOR, HIDDEN_LEAST_MS) : wait;
  timers.set(
    id,
    window.setTimeout(() => void poll(id), delay),
  );
}

/** Polls a job, as often as the server says, while it is open. */
export async function poll(id: string): Promise<void> {
  if (asking.has(id)) return;
  asking.add(id);
  try {
    const etag = etags.get(id);
    const header = etag === undefined ? {} : { "If-None-Match": etag };
    const { data, response } = await answer(api.GET("/v1/jobs/{id}", { params: { path: { id }, header } }));
    failures.delete(id);
    silence.value = null;
    if (response.status !== 304) put(data);
    const tag = response.headers.get("etag");
    if (tag !== null) etags.set(id, tag);
    const wait = Number(response.headers.get("retry-after"));
    if (isOpen(jobOf(id)?.status ?? "completed")) schedule(id, (wait > 0 ? wait : 2) * SECOND);
  } catch (error) {
    if (error instanceof SignedOut) return;
    if (error instanceof Refusal && error.problem.status === 404) return drop(id);
    const count = failures.get(id) ?? 0;
    silence.value = error instanceof NoAnswer ? "offline" : count < FAILED_UNTOLD ? silence.peek() : "failing";
    failures.set(id, count + 1);
    schedule(id, Math.min(FAILED_FIRST_MS * 2 ** count, FAILED_MOST_MS));
  } finally {
    asking.delete(id);
  }
}

/** A new link for a picture, since links expire; null if the picture was removed. */
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

/** Reads a job again, which renews its pictures' links. */
export async function refresh(id: string): Promise<void> {
  etags.delete(id);
  await poll(id);
}

/** Adds a job from an answer, and polls it. */
export function follow(job: Job): void {
  etags.delete(job.id);
  put(job);
  if (isOpen(job.status) && !timers.has(job.id)) schedule(job.id, 2 * SECOND);
}

/** Records a job that was made here, so that other tabs learn of it. */
export function remember(job: Job): void {
  writeIds([job.id, ...readIds().filter((id) => id !== job.id)].slice(0, MOST_IDS));
  follow(job);
}

export function readIds(text = local.getItem(IDS)): string[] {
  const ids: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}

export const writeIds = (ids: string[]): void => local.setItem(IDS, JSON.stringify(ids));

// ---- Actions

export async function cancel(id: string): Promise<void> {
  try {
    follow((await answer(api.POST("/v1/jobs/{id}/cancel", { params: { path: { id } } }))).data);
  } catch (error) {
    // The job was already over, which is fine.
    if (!(error instanceof Refusal && error.problem.status === 409)) throw error;
    await poll(id);
  }
}

/** Deletes a job, with its pictures, here and on the server. */
export async function remove(id: string): Promise<void> {
  try {
    await answer(api.DELETE("/v1/jobs/{id}", { params: { path: { id } } }));
  } catch (error) {
    // It no longer exists, which was the goal.
    if (!(error instanceof Refusal && error.problem.status === 404)) throw error;
  }
  await forget(id);
  drop(id);
}
