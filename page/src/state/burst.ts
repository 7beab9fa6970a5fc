// One burst of clicks is one job: pressing again because nothing seemed to happen, or holding Enter
// down, is one request. A press after a pause is deliberate.

import { signal } from "@preact/signals";

/** Presses that follow each other, or their job, within this time belong together, in milliseconds. */
const PAUSE_MS = 2000;

/** Whether a press now would belong to the burst that made a job. */
export const isBurst = signal(false);
let pausing: number | undefined;

/** Records that a press has made a job. */
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

/** Ends the burst, since something else was chosen. */
export function endBurst(): void {
  clearTimeout(pausing);
  isBurst.value = false;
}

/** Makes a held Enter key press once. */
export function pressOnce(event: KeyboardEvent): void {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}
