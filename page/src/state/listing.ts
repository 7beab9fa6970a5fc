// The user's jobs as the server lists them, newest first: all of them, or those of some statuses.

import { signal } from "@preact/signals";
import type { Job, Jobs, JobStatus } from "../api";
import { answer } from "../client";
import { api } from "../session";
import { forgetAll } from "../keep";
import { explain, type Trouble } from "../problems";
import { form, startOver } from "./composer";
import { loadCredits } from "./credits";
import { drop, follow, IDS, jobOf, jobs, poll, openJobs, readIds, writeIds } from "./jobs";
import type { Filter } from "./route";
import { forgetAllSent } from "./sent";

const PAGE = 24;

const STATUSES: Record<Filter, readonly JobStatus[] | null> = {
  all: null,
  open: ["queued", "running", "uncertain", "storing"],
  done: ["completed"],
  not: ["failed", "canceled", "expired"],
};

interface Listing {
  state: "loading" | "listed" | "failed";
  /** The cursor of the next page; null at the end. */
  cursor: string | null;
  /** The oldest id that is listed; empty at the end. */
  oldest: string;
  trouble: Trouble | null;
}

const NEW: Listing = { state: "loading", cursor: null, oldest: "", trouble: null };

const listings = signal<Readonly<Record<Filter, Listing>>>({ all: NEW, open: NEW, done: NEW, not: NEW });
export const listingOf = (filter: Filter): Listing => listings.value[filter];

function set(filter: Filter, change: Partial<Listing>): void {
  const all = listings.peek();
  listings.value = { ...all, [filter]: { ...all[filter], ...change } };
}

const isOf = (filter: Filter, job: Job): boolean => STATUSES[filter]?.includes(job.status) ?? true;

/** The jobs of a listing, without known ones that are older than its end. */
export const listed = (filter: Filter): Job[] =>
  jobs.value.filter((job) => isOf(filter, job) && job.id >= listingOf(filter).oldest);

async function page(filter: Filter, cursor: string | null): Promise<Jobs> {
  const statuses = STATUSES[filter];
  const query = {
    limit: PAGE,
    ...(statuses !== null && { status: statuses.join(",") }),
    ...(cursor !== null && { cursor }),
  };
  return (await answer(api.GET("/v1/jobs", { params: { query } }))).data;
}

const oldestOf = (page: Jobs): string => (page.next_cursor === null ? "" : (page.jobs.at(-1)?.id ?? ""));

/** Lists the newest jobs, and removes those that the server no longer has. */
export async function loadJobs(filter: Filter = "all"): Promise<void> {
  const before = jobs.peek();
  try {
    const newest = await page(filter, null);
    newest.jobs.forEach(follow);
    const oldest = oldestOf(newest);
    if (filter === "all") {
      const ids = new Set(newest.jobs.map(({ id }) => id));
      before.filter(({ id }) => id >= oldest && !ids.has(id)).forEach(({ id }) => drop(id));
    }
    // Older pages stay listed.
    const reached = listings.peek()[filter].state === "listed" && oldest !== "";
    set(filter, { state: "listed", trouble: null, ...(!reached && { cursor: newest.next_cursor, oldest }) });
  } catch (error) {
    if (listings.peek()[filter].state !== "listed") set(filter, { state: "failed", trouble: explain(error) });
  }
}

/** Loads a listing for the first time, or after a failure. */
export async function openListing(filter: Filter): Promise<void> {
  if (listings.peek()[filter].state === "listed") return;
  set(filter, { state: "loading", trouble: null });
  await loadJobs(filter);
}

/** Lists the next page. */
export async function moreJobs(filter: Filter): Promise<void> {
  const { cursor } = listings.peek()[filter];
  if (cursor === null) return;
  try {
    const older = await page(filter, cursor);
    older.jobs.forEach(follow);
    set(filter, { cursor: older.next_cursor, oldest: oldestOf(older), trouble: null });
  } catch (error) {
    set(filter, { trouble: explain(error) });
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  void loadJobs();
  void loadCredits();
  openJobs.peek().forEach((job) => void poll(job.id));
});
window.addEventListener("online", () => openJobs.peek().forEach((job) => void poll(job.id)));

// Jobs that another tab made or deleted.
window.addEventListener("storage", (event) => {
  if (event.key !== IDS) return;
  const ids = readIds();
  ids.filter((id) => jobOf(id) === undefined).forEach((id) => void poll(id));
  readIds(event.oldValue)
    .filter((id) => !ids.includes(id) && jobOf(id) !== undefined)
    .forEach((id) => void poll(id));
  if (ids.length === 0) void loadJobs();
  void loadCredits();
});

/** Deletes all pictures of the user. The server continues with what one request does not finish. */
export async function removeAll(): Promise<void> {
  const before = form.peek();
  await answer(api.DELETE("/v1/account"));
  await forgetAll();
  startOver(before);
  forgetAllSent();
  writeIds([]);
  jobs.peek().forEach(({ id }) => drop(id));
  await Promise.all([loadJobs(), loadCredits()]);
}
