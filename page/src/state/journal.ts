// The journal of the user's credits, as far as it is loaded.

import { signal } from "@preact/signals";
import type { Entry, History } from "../api";
import { answer } from "../client";
import { api } from "../session";

/** The size of a page. */
const PAGE = 100;

export const entries = signal<Entry[]>([]);
export const olderCursor = signal<string | null>(null);

const page = async (cursor: string | null): Promise<History> => {
  const query = { limit: PAGE, ...(cursor !== null && { cursor }) };
  return (await answer(api.GET("/v1/credits/history", { params: { query } }))).data;
};

export async function loadJournal(): Promise<void> {
  const newest = await page(null);
  entries.value = newest.entries;
  olderCursor.value = newest.next_cursor;
}

/** Loads pages until the journal is known back to a time, or to its end. */
export async function loadSince(time: number): Promise<void> {
  await loadJournal();
  while (olderCursor.peek() !== null && Date.parse(entries.peek().at(-1)?.at ?? "") >= time) await loadOlder();
}

export async function loadOlder(): Promise<void> {
  const cursor = olderCursor.peek();
  const older = await page(cursor);
  // A page that was requested twice, by a double click or a second visit, is added once.
  if (olderCursor.peek() !== cursor) return;
  entries.value = [...entries.peek(), ...older.entries];
  olderCursor.value = older.next_cursor;
}

const COLUMNS = ["seq", "at", "kind", "amount", "package", "job", "remaining_after", "held_after"] as const;

/** The whole journal as CSV. No value contains a comma or a quote. */
export async function wholeAsCsv(): Promise<Blob> {
  while (olderCursor.peek() !== null) await loadOlder();
  const rows = entries.peek().map((entry) => COLUMNS.map((name) => entry[name] ?? "").join(","));
  return new Blob([[COLUMNS.join(","), ...rows].join("\r\n") + "\r\n"], { type: "text/csv" });
}
