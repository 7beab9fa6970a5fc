// Incoming pictures: chosen, taken, dropped or pasted, into one of the two boxes or beside them.

import { signal, type Signal } from "@preact/signals";
import { readPicture, type Picture } from "../pictures";
import { garment, photo, takesGarment } from "./composer";
import { route } from "./route";

export type BoxName = "person" | "garment";

interface Box {
  picture: Signal<Picture | null>;
  isReading: Signal<boolean>;
  /** Why the last file could not be used. */
  flaw: Signal<unknown>;
  /** Counts changes of the box, so that a slow file does not replace a later one. */
  turn: number;
}

const box = (picture: Signal<Picture | null>): Box => ({
  picture,
  isReading: signal(false),
  flaw: signal(null),
  turn: 0,
});

export const boxes: Record<BoxName, Box> = { person: box(photo), garment: box(garment) };

/** Puts a picture into a box, or empties it. */
export function put(name: BoxName, picture: Picture | null): void {
  const into = boxes[name];
  into.turn++;
  into.picture.value = picture;
  into.flaw.value = null;
  into.isReading.value = false;
}

/** Reads a file into a box, which is emptied first: if the file fails, the sample before it must not be used and charged. */
export async function take(name: BoxName, file: Blob | undefined): Promise<void> {
  if (file === undefined) return;
  const into = boxes[name];
  const turn = ++into.turn;
  into.isReading.value = true;
  let picture: Picture | null = into.picture.peek();
  let flaw: unknown = null;
  try {
    picture = await readPicture(file, name);
  } catch (error) {
    if (picture?.kind === "sample") picture = null;
    flaw = error;
  }
  if (into.turn !== turn) return;
  put(name, picture);
  into.flaw.value = flaw;
}

/** The box for a picture that was dropped or pasted elsewhere. */
function boxFor(event: Event): BoxName {
  const within = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-input]") : null;
  if (within !== null) return within.dataset["input"] === "garment" ? "garment" : "person";
  return photo.value !== null && garment.value === null && takesGarment.value ? "garment" : "person";
}

function paste(event: ClipboardEvent): void {
  const data = event.clipboardData;
  const file = data?.files[0];
  if (file === undefined || route.value.page !== "dress") return;
  // A copied table, say, is words and a picture of them.
  const isForText = event.target instanceof Element && event.target.matches("textarea, input:not([type=file])");
  if (isForText && data?.types.includes("text/plain")) return;
  event.preventDefault();
  void take(boxFor(event), file);
}

/** A file that is dropped beside the boxes must not replace the page. */
function keepOut(event: DragEvent): void {
  const data = event.dataTransfer;
  if (event.defaultPrevented || !data?.types.includes("Files")) return;
  event.preventDefault();
  data.dropEffect = "none";
}

/** Catches what is pasted or dropped anywhere on the page. */
export function catchFiles(): void {
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", keepOut);
  document.addEventListener("drop", keepOut);
}
