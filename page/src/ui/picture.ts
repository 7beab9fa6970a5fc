import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Job } from "../api";
import { ownAddress } from "../client";
import { jobOf, refresh } from "../state/jobs";

const addressOf = (job: Job | undefined, index: number): string | undefined => {
  const image = job?.images[index];
  return image === undefined ? undefined : ownAddress(image.url);
};

/** The URL of a finished picture. Links expire within hours: one that fails is renewed, once. */
export function usePicture(job: Job, index: number) {
  const source = addressOf(job, index);
  const isGone = useSignal(false);
  useEffect(() => void (isGone.value = false), [source]);

  async function onError() {
    await refresh(job.id);
    if (addressOf(jobOf(job.id), index) === source) isGone.value = true;
  }

  return { source, isGone: isGone.value, onError: () => void onError() };
}
