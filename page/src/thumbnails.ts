// Small versions of finished pictures. The server has none of a picture until somebody who sees it makes one.

import type { Job } from "./api";
import { answer } from "./client";
import { api } from "./session";
import { follow, jobOf } from "./state/jobs";

/** As wide as a tile is on a dense screen. */
const WIDTH = 320;
const QUALITY = 0.75;

/** Those of this tab: a server that refuses one is not asked again. */
const begun = new Set<string>();

/** One after the other, so that a page full of new pictures stays smooth. */
let last = Promise.resolve();

/** Stores the thumbnail of a picture that the browser has just shown, unless it has one. What fails is left to the next
 * visit: nobody waits for it. */
export function makeThumbnail(job: Job, index: number, image: HTMLImageElement): void {
  const name = `${job.id}/${index}`;
  if (job.images[index]?.thumbnail !== null || begun.has(name)) return;
  begun.add(name);
  last = last.then(() => make(job.id, index, image)).catch(() => undefined);
}

async function make(id: string, index: number, image: HTMLImageElement): Promise<void> {
  const bytes = await shrunk(image);
  if (bytes === null || jobOf(id) === undefined) return;
  const init = { body: "", bodySerializer: () => bytes, headers: { "content-type": bytes.type } };
  const path = { id, index: String(index) };
  const { data } = await answer(api.PUT("/v1/jobs/{id}/thumbnails/{index}", { ...init, params: { path } }));
  if (jobOf(id) !== undefined) follow(data);
}

async function shrunk(image: HTMLImageElement): Promise<Blob | null> {
  if (image.naturalWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(WIDTH, image.naturalWidth);
  canvas.height = Math.round((image.naturalHeight * canvas.width) / image.naturalWidth);
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const as = (type: string) => new Promise<Blob | null>((done) => canvas.toBlob(done, type, QUALITY));
  const bytes = await as("image/webp");
  // A browser that cannot write WebP gives PNG instead.
  return bytes?.type === "image/webp" ? bytes : as("image/jpeg");
}
