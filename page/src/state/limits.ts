// How much of what the user may ask for is left.

import { computed, signal } from "@preact/signals";
import type { Limit } from "../api";
import { answer, api } from "../client";

/** Anything but short of this part is not worth a word. */
const SCARCE = 1 / 3;

/** However soon a limit is said to reset, it is not asked about more often: in milliseconds. */
const LEAST_PAUSE = 15_000;

const limits = signal<Limit[]>([]);
let next: ReturnType<typeof setTimeout> | undefined;

/** The limits of which less than a third is left. */
export const scarce = computed(() => limits.value.filter(({ limit, used }) => limit - used < limit * SCARCE));

/** Looks again, and once more when there is more left. What cannot be had now stays as it was. */
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
