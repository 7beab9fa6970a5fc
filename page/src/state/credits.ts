// What the user has.

import { signal } from "@preact/signals";
import type { Credits } from "../api";
import { call } from "../client";

export const credits = signal<Credits | null>(null);

/** Looks again. What cannot be had now stays as it was: the next look will tell. */
export async function loadCredits(): Promise<void> {
  try {
    credits.value = (await call<Credits>("GET", "/v1/credits")).data;
  } catch {
    return;
  }
}
