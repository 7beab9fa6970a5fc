// What the user has.

import { signal } from "@preact/signals";
import type { Balance } from "../api";
import { answer, api } from "../client";

export const credits = signal<Balance | null>(null);

/** Looks again. What cannot be had now stays as it was: the next look will tell. */
export async function loadCredits(): Promise<void> {
  try {
    credits.value = (await answer(api.GET("/v1/credits"))).data;
  } catch {
    return;
  }
}
