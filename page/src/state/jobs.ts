// The user's jobs, as far as they are known here: followed until they are over, canceled, deleted.

import { batch, computed, signal } from "@preact/signals";
import type { Job, JobStatus } from "../api";
import { answer, api, NoAnswer, ownAddress, Refusal, SignedOut } from "../client";
import { forget } from "../keep";
import { local } from "../storage";
import { loadCredits } from "./credits";
import { forgetSent } from "./sent";

const SECOND = 1000;
/** A tab that nobody looks at asks this much more seldom, and never more often than the least. */
const HIDDEN_FACTOR = 6;
const HIDDEN_LEAST_MS = 30 * SECOND;
const FAILED_FIRST_MS = 2 * SECOND;
const FAILED_MOST_MS = 60 * SECOND;
/** So many times in a row the server may answer with a fault of its own before the user hears of it. */
const FAILED_UNTOLD = 2;
/** The ids of jobs made in this browser: other tabs hear of them. */
export const IDS = "atelier.jobs";
const MOST_IDS = 50;

export const isOpen = (status: JobStatus): boolean =>
  status === "queued" || status === "running" || status === "uncertain" || status === "storing";

const known = signal<ReadonlyMap<string, Job>>(new Map());
/** Newest first: an id begins with its time. */
export const jobs = computed(() => [...known.value.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)));
export const openJobs = computed(() => jobs.value.filter((job) => isOpen(job.status)));
export const jobOf = (id: string): Job | undefined => known.value.get(id);

/** Jobs that the server does not have: those that were deleted, and those it never told of. */
const absent = signal<ReadonlyMap<string, "deleted" | "unknown">>(new Map());
export const absenceOf = (id: string): "deleted" | "unknown" | undefined => absent.value.get(id);

/** Why nothing new is heard of the jobs that are followed, if that is so. */
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
  // An answer that was on its way when the job was deleted brings nothing back.
  if (absent.peek().get(job.id) === "deleted") return;
  const before = known.peek().get(job.id);
  if (job.eta_seconds === null) expected.delete(job.id);
  else expected.set(job.id, Date.now() + job.eta_seconds * SECOND);
  now.value = Date.now();
  known.value = new Map(known.peek()).set(job.id, job);
  if (before !== undefined && isOpen(before.status) && !isOpen(job.status)) void loadCredits();
}

/** Takes out a job that the server does not have, or no longer. */
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

/** Looks at a job whatever was known of it: its pictures' links are new then. */
export async function refresh(id: string): Promise<void> {
  etags.delete(id);
  await look(id);
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

export function readIds(text = local.getItem(IDS)): string[] {
  const ids: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}

export const writeIds = (ids: string[]): void => local.setItem(IDS, JSON.stringify(ids));

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

/** Deletes a job, with its pictures, here and on the server. */
export async function remove(id: string): Promise<void> {
  try {
    await answer(api.DELETE("/v1/jobs/{id}", { params: { path: { id } } }));
  } catch (error) {
    // It is no more, which is all that was wanted.
    if (!(error instanceof Refusal && error.problem.status === 404)) throw error;
  }
  await forget(id);
  drop(id);
}
