// What is chosen so far outlives a reload of its tab.

import { effect, untracked } from "@preact/signals";
import { isSignedOut } from "../client";
import { draftOf, forgetDraft, keepDraft, type Drafted } from "../keep";
import { pictureOf, type Picture } from "../pictures";
import { sampleOf } from "../samples";
import { session } from "../storage";
import { choices, garment, photo, restore } from "./composer";

/** The name of this tab's draft; there is none before the first choice. */
const TAB = "atelier.tab";
/** Typing is not written down at each letter. */
const PAUSE_MS = 300;
let timer: number | undefined;

async function drafted(picture: Picture | null): Promise<Drafted | null> {
  if (picture === null) return null;
  return { name: picture.name, bytes: picture.kind === "sample" ? null : await picture.bytes() };
}

const pictureIn = (draft: Drafted | null): Picture | null =>
  draft === null ? null : (sampleOf(draft.name) ?? (draft.bytes === null ? null : pictureOf(draft.bytes, draft.name)));

/** Writes down what is chosen. */
export async function saveDraft(): Promise<void> {
  clearTimeout(timer);
  const tab = session.getItem(TAB) ?? crypto.randomUUID();
  session.setItem(TAB, tab);
  const [chosen, person, clothes] = [choices.peek(), photo.peek(), garment.peek()];
  try {
    const [photoDraft, garmentDraft] = await Promise.all([drafted(person), drafted(clothes)]);
    await keepDraft(tab, { at: Date.now(), choices: chosen, photo: photoDraft, garment: garmentDraft });
  } catch {
    // A picture that cannot be had now: the draft before it stands.
  }
}

/** Puts back what was chosen before a reload, and writes down what is chosen from now on. */
export async function resumeDraft(): Promise<void> {
  const tab = session.getItem(TAB);
  const draft = tab === null ? undefined : await draftOf(tab);
  if (draft !== undefined) {
    restore(draft.choices);
    photo.value = pictureIn(draft.photo);
    garment.value = pictureIn(draft.garment);
  }
  let isFirst = true;
  effect(() => {
    void [choices.value, photo.value, garment.value];
    clearTimeout(timer);
    if (!isFirst) timer = window.setTimeout(() => void saveDraft(), PAUSE_MS);
    isFirst = false;
  });
  effect(() => {
    if (isSignedOut.value) untracked(drop);
  });
}

/** Whoever signs in next must not find it. */
function drop(): void {
  clearTimeout(timer);
  const tab = session.getItem(TAB);
  session.removeItem(TAB);
  if (tab !== null) void forgetDraft(tab);
}
