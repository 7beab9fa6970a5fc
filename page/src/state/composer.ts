// What the user has chosen, which of it the model supports, and the price.

import { computed, effect, signal, untracked } from "@preact/signals";
import type { Model, GenerationRequest, Options, Quote } from "../api";
import { answer } from "../client";
import { api } from "../session";
import type { Choices } from "../keep";
import { uploaded, type Picture } from "../pictures";
import { persons } from "../samples";
import { credits } from "./credits";
import { models } from "./models";

export const photo = signal<Picture | null>(persons[0]);
export const garment = signal<Picture | null>(null);
export const words = signal("");
export const wantedModel = signal<string | null>(null);
/** A ratio that the model supports; null for the photo's own. */
export const shape = signal<string | null>(null);
export const wantedCount = signal(1);
export const options = signal<Options>({});

/** The selected model, or the first available one. */
export const model = computed<Model | undefined>(() => {
  const all = models.value;
  return all.find((one) => one.id === wantedModel.value && one.available) ?? all.find((one) => one.available) ?? all[0];
});

export const count = computed(() => Math.min(wantedCount.value, model.value?.max_count ?? 1));
export const takesGarment = computed(() => model.value?.takes.garment !== "unsupported");
export const takesWords = computed(() => model.value?.takes.prompt !== "unsupported");

export type Lack = "photo" | "garment" | "words";

/** What is still missing. */
export const lack = computed<Lack | null>(() => {
  if (photo.value === null) return "photo";
  const takes = model.value?.takes;
  const hasGarment = takesGarment.value && garment.value !== null;
  const hasWords = takesWords.value && words.value.trim() !== "";
  if (takes?.garment === "required" && !hasGarment) return "garment";
  if (takes?.prompt === "required" && !hasWords) return "words";
  if (hasGarment || hasWords) return null;
  return takesGarment.value ? "garment" : "words";
});

/** A click came too early: what is missing is marked until nothing is. */
export const isTooEarly = signal(false);
export const marked = computed<Lack | null>(() => (isTooEarly.value ? lack.value : null));
effect(() => {
  if (lack.value === null) isTooEarly.value = false;
});

export const choices = computed<Choices>(() => ({
  words: words.value,
  model: wantedModel.value,
  shape: shape.value,
  count: wantedCount.value,
  options: options.value,
}));

/** The state of the form: a new object once anything in it has changed. */
export const form = computed(() => ({ choices: choices.value, photo: photo.value, garment: garment.value }));

/** Restores earlier choices. */
export function restore(from: Choices): void {
  words.value = from.words;
  wantedModel.value = from.model;
  shape.value = from.shape;
  wantedCount.value = from.count;
  options.value = from.options;
}

/** Resets the form, except for what was chosen since the given state. */
export function startOver(since: typeof form.value): void {
  const now = form.peek();
  if (now.choices === since.choices) restore({ words: "", model: null, shape: null, count: 1, options: {} });
  if (now.photo === since.photo) photo.value = persons[0];
  if (now.garment === since.garment) garment.value = null;
}

/** The chosen options that the model supports. */
function supported(of: Model, wished: Options): Options {
  const { category, garment_photo, quality } = wished;
  return {
    ...(category && of.options.category.includes(category) && { category }),
    ...(garment_photo && of.options.garment_photo.includes(garment_photo) && { garment_photo }),
    ...(quality && of.options.quality.includes(quality) && { quality }),
  };
}

/** All inputs of a picture: a snapshot, which later changes of the form don't affect. */
export interface Choice {
  photo: Picture;
  garment: Picture | null;
  /** The rest of the request. */
  rest: Omit<GenerationRequest, "photo" | "garment">;
  /** What was chosen, to restore the form from. */
  choices: Choices;
}

/** The current choice, once nothing is missing. */
export const choice = computed<Choice | null>(() => {
  const [of, person, ratio] = [model.value, photo.value, shape.value];
  if (of === undefined || person === null || lack.value !== null) return null;
  const said = words.value.trim();
  const wished = supported(of, options.value);
  return {
    photo: person,
    garment: takesGarment.value ? garment.value : null,
    rest: {
      model: of.id,
      count: count.value,
      ...(said !== "" && takesWords.value && { prompt: said }),
      ...(ratio !== null && of.aspect_ratios.includes(ratio) && { aspect_ratio: ratio }),
      ...(Object.keys(wished).length > 0 && { options: wished }),
    },
    choices: choices.value,
  };
});

/** A choice's fingerprint: two choices with the same one ask for the same picture. */
export const fingerprintOf = ({ photo, garment, rest }: Choice): string =>
  JSON.stringify([photo.identity, garment?.identity ?? null, rest]);

/**
 * The request for a choice; its pictures are sent now, if they were not before: one after the other, since the
 * server takes in one large picture of an account at a time.
 */
export async function makeRequest({ photo, garment, rest }: Choice): Promise<GenerationRequest> {
  const photoId = await uploaded(photo);
  const garmentId = garment === null ? undefined : await uploaded(garment);
  return { ...rest, photo: photoId, ...(garmentId !== undefined && { garment: garmentId }) };
}

// ---- The price

export const quote = signal<Quote | null>(null);

/** The price: as quoted, or until then from the list of models. */
export const price = computed(() => {
  const of = model.value;
  return of === undefined ? null : (quote.value?.credits ?? of.credits_per_image * count.value);
});

/** How many credits the user lacks. */
export const isShort = computed(
  () => price.value !== null && credits.value !== null && price.value > credits.value.available,
);

let latest = 0;

/** Gets a quote for the choice. */
async function askPrice(of: Model | undefined, pictures: number): Promise<void> {
  const mine = ++latest;
  quote.value = null;
  if (of === undefined) return;
  try {
    // Without a photo the price is that of the model, so that nothing has to be sent for it.
    const { data } = await answer(api.POST("/v1/quotes", { body: { model: of.id, count: pictures } }));
    if (mine === latest) quote.value = data;
  } catch {
    // The price from the list of models stays.
  }
}

// The pictures and words do not change a price; what was spent meanwhile may change whose credits pay it.
effect(() => {
  const [of, pictures] = [model.value, count.value];
  void credits.value?.available;
  void untracked(() => askPrice(of, pictures));
});
