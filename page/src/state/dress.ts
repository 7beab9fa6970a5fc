// The click: one order, sent until it is answered, under one key however often it is sent.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Job, OrderRequest } from "../api";
import { answer, api, NoAnswer, Refusal } from "../client";
import { keep, keptOf, rename, type Choices, type Kept } from "../keep";
import { forgetUpload, pictureOf, type Picture } from "../pictures";
import type { Setback } from "../problems";
import { sampleOf } from "../samples";
import { session } from "../storage";
import { choices, garment, makeOrder, photo, restore } from "./composer";
import { loadCredits } from "./credits";
import { saveDraft } from "./draft";
import { remember } from "./jobs";
import { loadJobs } from "./listing";
import { go, links, route, type Route } from "./route";

/** Before each further try. */
const WAITS_MS = [500, 2000, 4000];
/** What was sent and not answered yet; it lives as long as the tab, reloads included. */
const PENDING = "atelier.pending";

/** There while pictures are sent, and until the choice changes if they did not arrive: a reload looks for it. */
const UPLOADING = "atelier.uploading";

interface Pending {
  key: string;
  order: OrderRequest;
}

export const isSending = signal(false);
export const isRetrying = signal(false);
/** The job that the last click made, until the page has led to it. */
export const justMade = signal<string | null>(null);
export const setback = signal<Setback | null>(null);
export const isUnclear = computed(() => setback.value?.step === "unclear");

// It was about what was chosen then.
effect(() => {
  void [choices.value, photo.value, garment.value];
  if (setback.peek() === null) return;
  session.removeItem(UPLOADING);
  setback.value = null;
});

function pending(): Pending | null {
  const text = session.getItem(PENDING);
  return text === null ? null : (JSON.parse(text) as Pending);
}

const isSame = (one: OrderRequest, other: OrderRequest): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Orders what is chosen. */
export async function dress(): Promise<void> {
  if (isSending.value) return;
  // Pressed again, unchanged, while nobody knows what became of it: the same order, reloads included.
  const unclear = isUnclear.value ? pending() : null;
  await sending(async (from) => {
    const order = unclear ?? (await prepare());
    if (order !== null) await place(order, from);
  });
}

/** What was sent before a reload, and not answered, is asked again, which makes nothing twice. */
export async function finishPending(): Promise<void> {
  const before = pending();
  if (before !== null) return sending((from) => place(before, from));
  if (session.getItem(UPLOADING) === null) return;
  session.removeItem(UPLOADING);
  setback.value = { step: "interrupted" };
}

/** Does the work of a click, which knows where the user was at that moment. */
async function sending(work: (from: Route) => Promise<void>): Promise<void> {
  batch(() => {
    isSending.value = true;
    setback.value = null;
  });
  await work(route.peek()).finally(() => (isSending.value = false));
}

/** Sends the pictures, and keeps what the job will be made from. */
async function prepare(): Promise<Pending | null> {
  try {
    const [person, clothes, chosen] = [photo.value, garment.value, choices.value];
    await saveDraft();
    session.setItem(UPLOADING, "yes");
    const order = await makeOrder();
    session.removeItem(UPLOADING);
    const before = pending();
    // The same click again after an answer that was lost is the same job.
    const key = before !== null && isSame(before.order, order) ? before.key : crypto.randomUUID();
    if (person !== null) await keep(key, await keptFrom(person, clothes, chosen));
    return { key, order };
  } catch (error) {
    // A reload, too, leaves no answer behind.
    if (!(error instanceof NoAnswer)) session.removeItem(UPLOADING);
    setback.value = { error, step: "pictures" };
    return null;
  }
}

async function keptFrom(person: Picture, clothes: Picture | null, chosen: Choices): Promise<Kept> {
  return {
    at: Date.now(),
    choices: chosen,
    photo: await person.bytes(),
    garment: (await clothes?.bytes()) ?? null,
    names: { photo: person.name, garment: clothes?.name ?? null },
  };
}

/** Sends the order. Whoever went elsewhere in the meantime is left there. */
async function place(order: Pending, from: Route): Promise<void> {
  session.setItem(PENDING, JSON.stringify(order));
  const sent = await send(order);
  if ("step" in sent) {
    if (sent.step === "refused") {
      session.removeItem(PENDING);
      if (isAboutPictures(sent.error)) [photo.value, garment.value].forEach(forget);
    }
    setback.value = sent;
    // What there is now: a job that was made all the same, and fewer credits than the page knew of.
    await Promise.all([loadJobs(), loadCredits()]);
    return;
  }
  session.removeItem(PENDING);
  await rename(order.key, sent.id);
  remember(sent);
  void loadCredits();
  if (route.peek() !== from) return;
  justMade.value = sent.id;
  go(links.job(sent.id));
}

const forget = (picture: typeof photo.value): void => {
  if (picture !== null) forgetUpload(picture);
};

/** An upload has gone meanwhile: the next click sends the pictures again. */
const isAboutPictures = (error: unknown): boolean =>
  error instanceof Refusal &&
  error.problem.errors?.some(({ field }) => field === "photo" || field === "garment") === true;

/**
 * Sends an order until it is clear what became of it, or the tries are used up. The API's no is
 * clear: the key has made nothing. Anything else is, too, but not once a try was lost: that one may
 * have made the job.
 */
async function send({ key, order }: Pending): Promise<Job | Setback> {
  let last: Setback | undefined;
  for (const wait of [...WAITS_MS, null]) {
    try {
      const params = { header: { "Idempotency-Key": key } };
      return (await answer(api.POST("/v1/generate", { params, body: order }))).data;
    } catch (error) {
      const wasLost = error instanceof NoAnswer || (error instanceof Refusal && error.isPassing);
      const isClear = !wasLost && (last === undefined || (error instanceof Refusal && error.isOurs));
      if (isClear) return { error, step: "refused" };
      last = { error, step: "unclear" };
    }
    if (wait === null) break;
    isRetrying.value = true;
    await new Promise((done) => setTimeout(done, wait));
    isRetrying.value = false;
  }
  return last ?? { error: new NoAnswer(), step: "unclear" };
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
      photo.value = pictureAgain(kept.photo, kept.names?.photo ?? "photo");
      garment.value = kept.garment === null ? null : pictureAgain(kept.garment, kept.names?.garment ?? "garment");
    }
  });
  if (kept === undefined) setback.value = { step: "elsewhere" };
  return kept !== undefined;
}

const pictureAgain = (bytes: Blob, name: string): Picture => sampleOf(name) ?? pictureOf(bytes, name);

/** The same once more, at one click. */
export async function again(job: Job): Promise<void> {
  if (await takeUp(job)) await dress();
  else go(links.dress);
}
