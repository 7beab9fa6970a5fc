// The user's credits.

import { signal } from "@preact/signals";
import type { Balance } from "../api";
import { answer, api } from "../client";

export const credits = signal<Balance | null>(null);

/** Refreshes the balance. If that fails, the old one stays until the next time. */
export async function loadCredits(): Promise<void> {
  try {
    credits.value = (await answer(api.GET("/v1/credits"))).data;
  } catch {
    return;
  }
}
