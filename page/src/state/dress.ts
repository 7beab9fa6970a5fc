// The click: one order, sent until it is answered, under one key however often it is sent.

import { batch, signal } from "@preact/signals";
import type { Job, OrderRequest } from "../api";
import { answer, api, NoAnswer, Refusal } from "../client";
import { keep, keptOf, rename } from "../keep";
import { forgetUpload, pictureOf } from "../pictures";
import { explain, type Trouble } from "../problems";
import { choices, garment, makeOrder, photo, restore } from "./composer";
import { loadCredits } from "./credits";
import { remember } from "./jobs";
import { go, links } from "./route";

/** Before each further try. */
const WAITS_MS = [500, 2000, 4000];
/** What was sent and not answered yet; it lives as long as the tab, reloads included. */
const PENDING = "atelier.pending";

interface Pending {
  key: string;
  order: OrderRequest;
}

export const isSending = signal(false);
export const isRetrying = signal(false);
/** The job that the last click made, until the page has led to it. */
export const justMade = signal<string | null>(null);
export const trouble = signal<Trouble | null>(null);

function pending(): Pending | null {
  const text = sessionStorage.getItem(PENDING);
  return text === null ? null : (JSON.parse(text) as Pending);
}

const isSame = (one: OrderRequest, other: OrderRequest): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Orders what is chosen. */
export async function dress(): Promise<void> {
  if (isSending.value) return;
  batch(() => {
    isSending.value = true;
    trouble.value = null;
  });
  try {
    const [person, clothes, chosen] = [photo.value, garment.value, choices.value];
    const order = await makeOrder();
    const before = pending();
    // The same click again after an answer that was lost is the same job.
    const key = before !== null && isSame(before.order, order) ? before.key : crypto.randomUUID();
    const pictures = { photo: await person?.bytes(), garment: (await clothes?.bytes()) ?? null };
    if (pictures.photo !== undefined)
      await keep(key, { at: Date.now(), choices: chosen, photo: pictures.photo, garment: pictures.garment });
    await place({ key, order });
  } catch (error) {
    // An upload may have gone meanwhile: the next click sends the pictures again.
    if (error instanceof Refusal && error.problem.status === 404) [photo.value, garment.value].forEach(forget);
    trouble.value = explain(error);
  } finally {
    isSending.value = false;
  }
}

const forget = (picture: typeof photo.value): void => {
  if (picture !== null) forgetUpload(picture);
};

async function place(order: Pending): Promise<void> {
  sessionStorage.setItem(PENDING, JSON.stringify(order));
  const job = await send(order);
  sessionStorage.removeItem(PENDING);
  await rename(order.key, job.id);
  remember(job);
  justMade.value = job.id;
  void loadCredits();
  go(links.job(job.id));
}

async function send({ key, order }: Pending): Promise<Job> {
  for (const wait of [...WAITS_MS, null]) {
    try {
      const params = { header: { "Idempotency-Key": key } };
      return (await answer(api.POST("/v1/generate", { params, body: order }))).data;
    } catch (error) {
      const isUnclear = error instanceof NoAnswer || (error instanceof Refusal && error.isPassing);
      // A clear no is final: the key has made nothing.
      if (!isUnclear) sessionStorage.removeItem(PENDING);
      if (!isUnclear || wait === null) throw error;
      isRetrying.value = true;
      await new Promise((done) => setTimeout(done, wait));
    } finally {
      isRetrying.value = false;
    }
  }
  throw new NoAnswer();
}

/** What was sent before a reload, and not answered: asked again, which makes nothing twice. */
export async function finishPending(): Promise<void> {
  const before = pending();
  if (before === null) return;
  isSending.value = true;
  try {
    await place(before);
  } catch (error) {
    trouble.value = explain(error);
  } finally {
    isSending.value = false;
  }
}

/** Puts back what a job was made from. Without this browser's memory of it, only what the server knows. */
export async function takeUp(job: Job): Promise<boolean> {
  const kept = await keptOf(job.id);
  batch(() => {
    if (kept === undefined) {
      const { model, aspect_ratio, count, options } = job;
      restore({ words: job.prompt ?? "", model, shape: aspect_ratio, count, options });
      // What it was made from is not known here; another picture in its place would be a guess.
      photo.value = null;
      garment.value = null;
    } else {
      restore(kept.choices);
      photo.value = pictureOf(kept.photo, "photo");
      garment.value = kept.garment === null ? null : pictureOf(kept.garment, "garment");
    }
    trouble.value = null;
  });
  return kept !== undefined;
}

/** The same once more, at one click. */
export async function again(job: Job): Promise<void> {
  if (await takeUp(job)) await dress();
  else go(links.dress);
}
