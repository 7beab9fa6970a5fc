// Pictures to upload: checked and redrawn before anything is sent.

import { answer, NoAnswer } from "./client";
import type { Upload } from "./api";
import { api } from "./session";

export const MAX_MEGABYTES = 10;
const MAX_BYTES = MAX_MEGABYTES * 1024 * 1024;
/** Above this a file is not even opened: phones run out of memory. */
const MAX_READ_BYTES = 60 * 1024 * 1024;
export const LEAST_SIDE = 256;
const MOST_SIDE = 3072;
const MOST_RATIO = 4;
const JPEG_QUALITY = 0.92;
/** An upload that expires sooner than this is sent again. */
const UPLOAD_MARGIN_MS = 10 * 60 * 1000;

export type PictureKind = "sample" | "own" | "result";

/** A chosen picture: its URL for display, and its bytes when they are needed. */
export interface Picture {
  kind: PictureKind;
  name: string;
  /** The same for the same picture: by it two choices are known to be equal, after a reload and in another tab, too. */
  identity: string;
  src: string;
  bytes: () => Promise<Blob>;
}

export type Flaw =
  | { code: "heic" | "format" | "unreadable" | "narrow" | "gone" }
  | { code: "large"; megabytes: number }
  | { code: "small"; least: number; width: number; height: number };

/** Why a file cannot be used. */
export class Unusable extends Error {
  constructor(readonly flaw: Flaw) {
    super(flaw.code);
  }
}

type Format = "image/jpeg" | "image/png" | "image/webp";

/** The format by the first bytes; names and declared types are ignored, as on the server. */
function formatOf(head: Uint8Array): Format | "heic" | undefined {
  const ascii = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "image/jpeg";
  if (ascii(1, 4) === "PNG") return "image/png";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "image/webp";
  if (ascii(4, 8) === "ftyp" && /^(hei|hev|mif|msf)/.test(ascii(8, 12))) return "heic";
  return undefined;
}

/** Checks a file, and redraws it: no larger than is useful, upright, and without what a camera writes into it. */
export async function readPicture(file: Blob, name: string): Promise<Picture> {
  if (file.size > MAX_READ_BYTES) throw new Unusable({ code: "large", megabytes: MAX_READ_BYTES / 1024 / 1024 });
  const format = formatOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  if (format === "heic") throw new Unusable({ code: "heic" });
  if (format === undefined) throw new Unusable({ code: "format" });
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Unusable({ code: "unreadable" });
  }
  try {
    checkSize(bitmap.width, bitmap.height);
    const bytes = await redraw(bitmap, format === "image/png" ? format : "image/jpeg");
    return pictureOf(bytes, name, await digestOf(bytes));
  } finally {
    bitmap.close();
  }
}

function checkSize(width: number, height: number): void {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short < LEAST_SIDE) throw new Unusable({ code: "small", least: LEAST_SIDE, width, height });
  if (long > short * MOST_RATIO) throw new Unusable({ code: "narrow" });
}

async function redraw(bitmap: ImageBitmap, format: Format): Promise<Blob> {
  const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d");
  if (context === null) throw new Unusable({ code: "unreadable" });
  if (format === "image/jpeg") {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const bytes = await new Promise<Blob | null>((done) => canvas.toBlob(done, format, JPEG_QUALITY));
  if (bytes === null) throw new Unusable({ code: "unreadable" });
  if (bytes.size <= MAX_BYTES) return bytes;
  if (format === "image/png") return redraw(bitmap, "image/jpeg");
  throw new Unusable({ code: "large", megabytes: MAX_MEGABYTES });
}

/** The file at a URL of this page; null if it no longer exists. */
async function bytesAt(address: string): Promise<Blob | null> {
  try {
    const response = await fetch(address);
    return response.ok ? await response.blob() : null;
  } catch (error) {
    throw new NoAnswer(String(error));
  }
}

const orGone = (bytes: Blob | null): Blob => {
  if (bytes === null) throw new Unusable({ code: "gone" });
  return bytes;
};

/** A sample's picture. */
export const sampleAt = (name: string, src: string, address = src): Picture => ({
  kind: "sample",
  name,
  identity: `sample:${name}`,
  src,
  bytes: async () => orGone(await bytesAt(address)),
});

/** A picture that was made, of a job's. Its address ends after a while; then a fresh one is asked for. */
export const resultAt = (job: string, index: number, src: string, fresh: () => Promise<string | null>): Picture => ({
  kind: "result",
  name: "result",
  identity: `result:${job}/${index}`,
  src,
  bytes: async () => {
    const bytes = await bytesAt(src);
    if (bytes !== null) return bytes;
    const address = await fresh();
    return orGone(address === null ? null : await bytesAt(address));
  },
});

/** A picture whose bytes are here; without an identity it is another one than any before it. */
export function pictureOf(bytes: Blob, name: string, identity = `own:${crypto.randomUUID()}`): Picture {
  return { kind: "own", name, identity, src: URL.createObjectURL(bytes), bytes: () => Promise.resolve(bytes) };
}

/** What bytes are known by: a photo that is chosen twice is redrawn to the same ones. */
async function digestOf(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return `own:${[...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

let uploads = new WeakMap<Picture, Promise<Upload>>();

async function send(bytes: Blob): Promise<Upload> {
  const init = { body: "", bodySerializer: () => bytes, headers: { "content-type": bytes.type } };
  return (await answer(api.POST("/v1/uploads", init))).data;
}

/** A picture's upload: made at the first call, and again when it is about to expire, or failed. */
export async function uploaded(picture: Picture): Promise<string> {
  const known = await uploads.get(picture)?.catch(() => undefined);
  if (known !== undefined && Date.parse(known.expires_at) - Date.now() > UPLOAD_MARGIN_MS) return known.id;
  const upload = picture.bytes().then(send);
  uploads.set(picture, upload);
  return (await upload).id;
}

export const forgetUploads = (): void => void (uploads = new WeakMap());
