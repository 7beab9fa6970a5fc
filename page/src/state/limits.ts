// How much of the user's limits is left.

import { computed } from "@preact/signals";
import { answer } from "../client";
import { api, loadSite, me, meet, mode } from "../session";

/** The share of a limit below which the user is told. */
const SCARCE = 1 / 3;

/** The least time between two refreshes, however soon a limit resets, in milliseconds. */
const LEAST_PAUSE = 15_000;

export const limits = computed(() => me.value?.limits ?? []);
let next: ReturnType<typeof setTimeout> | undefined;

/** The limits of which less than a third is left. */
export const scarce = computed(() => limits.value.filter(({ limit, used }) => limit - used < limit * SCARCE));

/** Refreshes the limits, and again once one resets. If that fails, the old ones stay. */
export async function loadLimits(): Promise<void> {
  clearTimeout(next);
  try {
    await loadSite();
    if (mode.peek() === "cookie") await meet();
    else me.value = (await answer(api.GET("/v1/me"))).data;
  } catch {
    return;
  }
  const resets = scarce.value.map(({ resets_at }) => Date.parse(resets_at ?? ""));
  const soonest = Math.min(...resets.filter(Number.isFinite));
  if (Number.isFinite(soonest)) next = setTimeout(() => void loadLimits(), Math.max(LEAST_PAUSE, soonest - Date.now()));
}
