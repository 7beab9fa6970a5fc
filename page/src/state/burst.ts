// One burst of clicks is one job: whoever presses again because nothing seemed to happen, or still
// holds Enter down, has asked once. What comes after a pause is asked for deliberately.

import { signal } from "@preact/signals";

/** Presses that follow each other, or their job, sooner than this belong together. */
const PAUSE_MS = 2000;

/** Whether a press now would belong to the burst that has made a job. */
export const isBurst = signal(false);
let pausing: number | undefined;

/** A press has made a job. */
export function beginBurst(): void {
  isBurst.value = true;
  clearTimeout(pausing);
  pausing = window.setTimeout(endBurst, PAUSE_MS);
}

/** Whether a press belongs to the burst that has made a job; the pause then begins anew. */
export function isInBurst(): boolean {
  if (isBurst.peek()) beginBurst();
  return isBurst.peek();
}

/** Something else was chosen: what is pressed now is pressed for that. */
export function endBurst(): void {
  clearTimeout(pausing);
  isBurst.value = false;
}

/** Enter that is held down presses once. */
export function pressOnce(event: KeyboardEvent): void {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}
