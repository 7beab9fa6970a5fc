// The draft: what is chosen survives a reload of its tab.

import { effect, untracked } from "@preact/signals";
import { isSignedOut } from "../session";
import { draftOf, forgetDraft, keepDraft, type Drafted } from "../keep";
import { pictureOf, type Picture } from "../pictures";
import { sampleOf } from "../samples";
import { session } from "../storage";
import { form, garment, photo, restore } from "./composer";
import { forgetAllSent } from "./sent";

/** The key of this tab's draft; there is none before the first choice. */
const TAB = "atelier.tab";
/** The pause before typed text is saved, in milliseconds. */
const PAUSE_MS = 300;
let timer: number | undefined;

async function drafted(picture: Picture | null): Promise<Drafted | null> {
  if (picture === null) return null;
  const { name, identity } = picture;
  return { name, identity, bytes: picture.kind === "sample" ? null : await picture.bytes() };
}

function pictureIn(draft: Drafted | null): Picture | null {
  if (draft === null) return null;
  const { name, identity, bytes } = draft;
  return sampleOf(name) ?? (bytes === null ? null : pictureOf(bytes, name, identity));
}

/** Saves what is chosen. */
export async function saveDraft(): Promise<void> {
  clearTimeout(timer);
  const tab = session.getItem(TAB) ?? crypto.randomUUID();
  session.setItem(TAB, tab);
  const now = form.peek();
  try {
    const [photoDraft, garmentDraft] = await Promise.all([drafted(now.photo), drafted(now.garment)]);
    await keepDraft(tab, { at: Date.now(), choices: now.choices, photo: photoDraft, garment: garmentDraft });
  } catch {
    // A picture could not be read: the previous draft stays.
  }
}

/** This tab's key, by which another one takes over what is chosen here. */
export const draftKey = (): string | null => session.getItem(TAB);

/** Takes over what is chosen in a tab; its draft stays. */
export async function takeDraft(tab: string | null): Promise<void> {
  const draft = tab === null ? undefined : await draftOf(tab);
  if (draft === undefined) return;
  restore(draft.choices);
  photo.value = pictureIn(draft.photo);
  garment.value = pictureIn(draft.garment);
}

/** Restores what was chosen before a reload, and saves what is chosen from now on. */
export async function resumeDraft(): Promise<void> {
  await takeDraft(draftKey());
  let isFirst = true;
  effect(() => {
    void form.value;
    clearTimeout(timer);
    if (!isFirst) timer = window.setTimeout(() => void saveDraft(), PAUSE_MS);
    isFirst = false;
  });
  effect(() => {
    if (isSignedOut.value) untracked(drop);
  });
}

/** Removes the draft: the next user who signs in must not find it. */
function drop(): void {
  clearTimeout(timer);
  const tab = session.getItem(TAB);
  session.removeItem(TAB);
  forgetAllSent();
  if (tab !== null) void forgetDraft(tab);
}
