// The user's credits.

import { computed, signal } from "@preact/signals";
import type { Balance } from "../api";
import { answer } from "../client";
import { api, needsSignIn } from "../session";

const known = signal<Balance | null>(null);
/** The balance; none is shown to whoever comes after the user. */
export const credits = computed(() => (needsSignIn.value ? null : known.value));

/** Refreshes the balance. If that fails, the old one stays until the next time. */
export async function loadCredits(): Promise<void> {
  try {
    known.value = (await answer(api.GET("/v1/credits"))).data;
  } catch {
    return;
  }
}
