// The click: one request, sent until it is answered, with one key however often it is sent.

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { Job } from "../api";
import { answer, NoAnswer, Refusal, SignedOut } from "../client";
import { keep, keptOf, rename, type Kept } from "../keep";
import { forgetUploads, pictureOf, type Picture } from "../pictures";
import type { Setback } from "../problems";
import { api, needsSignIn } from "../session";
import { sampleOf } from "../samples";
import { session } from "../storage";
import { beginBurst, endBurst, isInBurst } from "./burst";
import { choice, fingerprintOf, form, garment, makeRequest, photo, restore, type Choice } from "./composer";
import { consent } from "./consent";
import { loadCredits } from "./credits";
import { saveDraft } from "./draft";
import { isOpen, jobOf, remember } from "./jobs";
import { loadLimits } from "./limits";
import { loadJobs } from "./listing";
import { go, here, links } from "./route";
import { forgetSent, putSent, sentByNow, sentFor, type Sent } from "./sent";

/** The pauses before each retry, in milliseconds. */
const WAITS_MS = [500, 2000, 4000];
/** What this tab sent without an answer yet; it is sent again after a reload. */
const PENDING = "atelier.pending";

/** Set while pictures are uploaded, and until the choice changes if that failed: read after a reload. */
const UPLOADING = "atelier.uploading";

/** Set while somebody signs in who had pressed the button. */
const CONTINUES = "atelier.continues";

/** Whether the user has just come back from signing in. */
export const isBack = signal(false);

/** Whether this page was left to sign in, from the button, which makes the user be back. */
export function comeBack(): boolean {
  if (session.getItem(CONTINUES) === null) return false;
  session.removeItem(CONTINUES);
  isBack.value = true;
  return true;
}

export const isSending = signal(false);
export const isRetrying = signal(false);
/** The job that the last click made, until the page has led to it. */
export const justMade = signal<string | null>(null);
export const setback = signal<Setback | null>(null);
export const isUnclear = computed(() => setback.value?.step === "unclear");

// They were about what was chosen then.
effect(() => {
  void form.value;
  untracked(endBurst);
  if (setback.peek() === null) return;
  session.removeItem(UPLOADING);
  setback.value = null;
});

function pending(): Sent | null {
  const text = session.getItem(PENDING);
  return text === null ? null : (JSON.parse(text) as Sent);
}

/** The job of a request, if it has a picture or may get one. */
function jobFrom(sent: Sent | undefined): string | null {
  if (sent === undefined || sent.job === null) return null;
  const job = jobOf(sent.job);
  // One that is not listed yet may be anything.
  return job === undefined || isOpen(job.status) || job.status === "completed" ? sent.job : null;
}

/** The job that the current choice already has: requesting it again is deliberate, and makes another picture. */
export const madeAlready = computed(() =>
  choice.value === null ? null : jobFrom(sentFor(fingerprintOf(choice.value))),
);

/** Requests what is chosen. */
export async function dress(): Promise<void> {
  if (isSending.peek() || isInBurst()) return;
  if (needsSignIn.peek()) return askToSignIn();
  // Pressed again, unchanged, while the outcome is unknown: the same request, also after a reload.
  const unclear = isUnclear.peek() ? pending() : null;
  if (unclear !== null) return sending((click) => place(unclear, click));
  const [of, seen] = [choice.peek(), madeAlready.peek()];
  if (of === null) return;
  await sending((click) => oneTabAtATime(of, seen, click));
}

/** The form is where it was once the user is signed in. */
async function askToSignIn(): Promise<void> {
  const still = here();
  await saveDraft();
  if (!still()) return;
  session.setItem(CONTINUES, "yes");
  go(links.signIn(`/${location.hash}`));
}

/** A click, as it is remembered until its answer is there. */
interface Click {
  /** Whether the form is unchanged. */
  isOfForm: () => boolean;
  /** Whether the user is also still on the same page. */
  isStill: () => boolean;
}

/**
 * Sends a choice while no other tab does. If another tab has made a job of it meanwhile, that job
 * is used: `seen` is the job that was known at the click.
 */
async function oneTabAtATime(of: Choice, seen: string | null, click: Click): Promise<void> {
  const name = fingerprintOf(of);
  await navigator.locks.request(`atelier.dress ${name}`, async () => {
    const before = sentByNow(name);
    const made = jobFrom(before);
    if (made !== null && made !== seen) return lead(made, click);
    const sent = await prepare(of, before);
    if (sent !== null) await place(sent, click);
  });
}

/** Repeats what was sent before a reload and not answered, which makes no second job. */
export async function finishPending(): Promise<void> {
  const before = pending();
  if (before !== null) return sending((click) => place(before, click));
  if (session.getItem(UPLOADING) === null) return;
  session.removeItem(UPLOADING);
  setback.value = { step: "interrupted" };
}

/** Handles a click. */
async function sending(work: (click: Click) => Promise<void>): Promise<void> {
  const [isHere, before] = [here(), form.peek()];
  const isOfForm = () => form.peek() === before;
  batch(() => {
    isSending.value = true;
    isBack.value = false;
    setback.value = null;
  });
  await work({ isOfForm, isStill: () => isHere() && isOfForm() }).finally(() => (isSending.value = false));
  // The session turned out to have ended, which the page says by itself.
  const stopped = setback.peek();
  if (stopped === null || !("error" in stopped) || !(stopped.error instanceof SignedOut) || !needsSignIn.peek()) return;
  setback.value = null;
  if (isHere()) await askToSignIn();
}

/** Uploads the pictures, and keeps the job's inputs. A request that was never answered is repeated. */
async function prepare(of: Choice, before: Sent | undefined): Promise<Sent | null> {
  try {
    await saveDraft();
    if (before?.job === null) return before;
    if (of.photo.kind !== "sample") consent();
    session.setItem(UPLOADING, "yes");
    const request = await makeRequest(of);
    session.removeItem(UPLOADING);
    const key = crypto.randomUUID();
    await keep(key, await keptFrom(of));
    return { choice: fingerprintOf(of), key, request, job: null, at: Date.now() };
  } catch (error) {
    // A reload also loses the answer.
    if (!(error instanceof NoAnswer)) session.removeItem(UPLOADING);
    setback.value = { error, step: "pictures" };
    return null;
  }
}

async function keptFrom({ photo, garment, choices }: Choice): Promise<Kept> {
  return {
    at: Date.now(),
    choices,
    photo: await photo.bytes(),
    garment: (await garment?.bytes()) ?? null,
    names: { photo: photo.name, garment: garment?.name ?? null },
    identities: { photo: photo.identity, garment: garment?.identity ?? null },
  };
}

/** Sends the request. */
async function place(sent: Sent, click: Click): Promise<void> {
  session.setItem(PENDING, JSON.stringify(sent));
  putSent(sent);
  const came = await send(sent);
  if ("step" in came) {
    if (came.step === "refused") {
      session.removeItem(PENDING);
      forgetSent(sent.key);
      if (isAboutPictures(came.error)) forgetUploads();
    }
    // Pressing again after an unclear outcome is only right for the same request.
    if (came.step === "refused" || click.isOfForm()) setback.value = came;
    // The current state: a job that was made after all, and fewer credits than the page knew of. The
    // button does not wait for it: a user who reads what went wrong can press again.
    void loadJobs();
    void loadCredits();
    void loadLimits();
    return;
  }
  session.removeItem(PENDING);
  putSent({ ...sent, job: came.id });
  await rename(sent.key, came.id);
  remember(came);
  void loadCredits();
  void loadLimits();
  if (click.isOfForm()) beginBurst();
  lead(came.id, click);
}

/** Navigates to a job, unless the user has gone elsewhere, or begun something else, meanwhile. */
function lead(job: string, click: Click): void {
  if (!click.isStill()) return;
  justMade.value = job;
  go(links.job(job));
}

/** An upload has expired meanwhile: the next click uploads the pictures again. */
const isAboutPictures = (error: unknown): boolean =>
  error instanceof Refusal &&
  error.problem.errors?.some(({ field }) => field === "photo" || field === "garment") === true;

/**
 * Sends a request until its outcome is clear, or the attempts are used up. A refusal by the API is
 * clear: the key has made no job. Any other refusal is clear, too, but not after a lost attempt,
 * which may have made the job.
 */
async function send({ key, request }: Sent): Promise<Job | Setback> {
  let last: Setback | undefined;
  for (const wait of [...WAITS_MS, null]) {
    try {
      const params = { header: { "Idempotency-Key": key } };
      return (await answer(api.POST("/v1/generate", { params, body: request }))).data;
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

/**
 * Restores a job's inputs, and returns whether it did: not if the user has gone elsewhere
 * meanwhile. Without this browser's copy, only what the server knows is restored.
 */
async function takeUp(job: Job): Promise<boolean> {
  const still = here();
  const kept = await keptOf(job.id);
  if (!still()) return false;
  batch(() => {
    if (kept === undefined) {
      const { model, aspect_ratio, count, options } = job;
      restore({ words: job.prompt ?? "", model, shape: aspect_ratio, count, options });
      // The inputs are not known here; using another picture would be a guess.
      photo.value = null;
      garment.value = null;
    } else {
      const { names, identities } = kept;
      restore(kept.choices);
      photo.value = pictureAgain(kept.photo, names?.photo ?? "photo", identities?.photo);
      garment.value =
        kept.garment && pictureAgain(kept.garment, names?.garment ?? "garment", identities?.garment ?? undefined);
    }
  });
  if (kept === undefined) setback.value = { step: "elsewhere" };
  return true;
}

const pictureAgain = (bytes: Blob, name: string, identity?: string): Picture =>
  sampleOf(name) ?? pictureOf(bytes, name, identity);

/** Restores a job's inputs to edit them. */
export async function change(job: Job): Promise<void> {
  if (await takeUp(job)) go(links.dress);
}

/** Repeats a job with one click, if all its inputs are known. */
export async function again(job: Job): Promise<void> {
  if (isInBurst() || !(await takeUp(job))) return;
  if (choice.peek() === null) go(links.dress);
  else await dress();
}
