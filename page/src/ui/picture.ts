import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Job } from "../api";
import { ownAddress } from "../client";
import { jobOf, refresh } from "../state/jobs";
import { makeThumbnail } from "../thumbnails";

type Version = "whole" | "thumbnail";

const addressOf = (job: Job | undefined, index: number, version: Version): string | undefined => {
  const image = job?.images[index];
  if (image === undefined) return undefined;
  return ownAddress((version === "thumbnail" ? image.thumbnail : null) ?? image.url);
};

/** A finished picture as a small one: its thumbnail or, while there is none, the picture itself, of which it is made. */
export function useThumbnail(job: Job, index: number) {
  const { source, isGone, onError } = usePicture(job, index, "thumbnail");
  const onLoad = ({ currentTarget }: { currentTarget: HTMLImageElement }) => makeThumbnail(job, index, currentTarget);
  return { source, isGone, onError, onLoad };
}

/** The URL of a finished picture. Links expire within days: one that fails is renewed, once. */
export function usePicture(job: Job, index: number, version: Version = "whole") {
  const source = addressOf(job, index, version);
  const isGone = useSignal(false);
  useEffect(() => void (isGone.value = false), [source]);

  async function onError() {
    await refresh(job.id);
    if (addressOf(jobOf(job.id), index, version) === source) isGone.value = true;
  }

  return { source, isGone: isGone.value, onError: () => void onError() };
}
