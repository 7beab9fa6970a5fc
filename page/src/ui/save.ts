import type { Job } from "../api";
import { ownAddress } from "../client";
import { download } from "../download";
import { jobOf, refresh } from "../state/jobs";

/** The file name of a picture, which says what it is wherever it ends up. */
export function nameOf(job: Job, index: number): string {
  const ending = job.images[index]?.content_type.split("/")[1] ?? "png";
  return `atelier-ai-${job.id.slice(-6)}${index > 0 ? `-${index + 1}` : ""}.${ending}`;
}

async function bytesOf(job: Job | undefined, index: number): Promise<Blob | null> {
  const image = job?.images[index];
  if (image === undefined) return null;
  const response = await fetch(ownAddress(image.url)).catch(() => null);
  return response?.ok === true ? response.blob() : null;
}

/** A finished picture as a file, with a new link if the old one has expired. */
export async function fileOf(job: Job, index: number): Promise<File> {
  let bytes = await bytesOf(job, index);
  if (bytes === null) {
    await refresh(job.id);
    bytes = await bytesOf(jobOf(job.id), index);
  }
  if (bytes === null) throw new Error("the picture cannot be fetched");
  return new File([bytes], nameOf(job, index), { type: bytes.type });
}

/** Has the browser download a file. */
export const save = (file: File): void => download(file, file.name);

/** Whether this browser can hand pictures to other programs. */
export const canShare = (): boolean =>
  typeof navigator.canShare === "function" &&
  navigator.canShare({ files: [new File([], "picture.png", { type: "image/png" })] });
