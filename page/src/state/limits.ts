// How much of the user's limits is left.

import { computed, signal } from "@preact/signals";
import type { Limit } from "../api";
import { answer, api } from "../client";

/** The share of a limit below which the user is told. */
const SCARCE = 1 / 3;

/** The least time between two refreshes, however soon a limit resets, in milliseconds. */
const LEAST_PAUSE = 15_000;

const limits = signal<Limit[]>([]);
let next: ReturnType<typeof setTimeout> | undefined;

/** The limits of which less than a third is left. */
export const scarce = computed(() => limits.value.filter(({ limit, used }) => limit - used < limit * SCARCE));

/** Refreshes the limits, and again once one resets. If that fails, the old ones stay. */
export async function loadLimits(): Promise<void> {
  clearTimeout(next);
  try {
    limits.value = (await answer(api.GET("/v1/me"))).data.limits;
  } catch {
    return;
  }
  const resets = scarce.value.map(({ resets_at }) => Date.parse(resets_at ?? ""));
  const soonest = Math.min(...resets.filter(Number.isFinite));
  if (Number.isFinite(soonest)) next = setTimeout(() => void loadLimits(), Math.max(LEAST_PAUSE, soonest - Date.now()));
}
