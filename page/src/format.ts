// Numbers and times in the chosen language.

import { language } from "./i18n";

export const locale = () => (language.value === "zh" ? "zh-Hans" : "en-GB");

export const date = (at: string | number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric" }).format(new Date(at));

export const day = (at: string | number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" }).format(new Date(at));

export const moment = (at: string | number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(
    new Date(at),
  );

const NEAR_MS = 2 * 86_400_000;

/** When something ends, such as credits: by the hour within two days, in the user's own time zone, and by the day before that. */
export function expiry(at: string | number): string {
  const left = new Date(at).getTime() - Date.now();
  return left > 0 && left < NEAR_MS ? moment(at) : date(at);
}

export const toTheSecond = (at: string | number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));

export const number = (value: number): string => new Intl.NumberFormat(locale()).format(value);

/** A country by its two letters. */
export const country = (code: string): string =>
  new Intl.DisplayNames(locale(), { type: "region", fallback: "code" }).of(code) ?? code;

const NAMES: Record<string, string> = { fashn: "FASHN", idm: "IDM", vton: "VTON", kie: "KIE", fal: "fal" };

const PROVIDERS: Record<string, string> = {
  evolink: "EvoLink",
  fal: "fal",
  fashn: "FASHN",
  generic: "Custom provider",
  kie: "KIE",
  kling: "Kling AI",
  replicate: "Replicate",
  runware: "Runware",
};

/** A provider's name, in its own spelling. */
export const providerName = (id: string): string => PROVIDERS[id] ?? id;

/** A model's display name: `evolink/nano-banana-2` is Nano Banana 2. */
export function modelName(id: string): string {
  const words = (id.split("/")[1] ?? id).split("-");
  return words.map((word) => NAMES[word] ?? word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

/** A short form of an id, which people can compare. */
export const shortId = (id: string): string => id.slice(-6);
