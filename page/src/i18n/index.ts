// The page's texts: one dictionary per language, loaded when it is needed.

import { signal } from "@preact/signals";
import { local } from "../storage";
import { en } from "./en";

export type Dictionary = typeof en;
export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

const CHOSEN = "atelier.language";
const isLanguage = (name: string | null): name is Language => name !== null && name in LANGUAGES;

export const language = signal<Language>("en");
const dictionary = signal<Dictionary>(en);

/** The texts in the chosen language. */
export const t = (): Dictionary => dictionary.value;

/** Switches to another language, or keeps the current one if its texts cannot be loaded. */
export async function speak(wanted: Language): Promise<void> {
  try {
    dictionary.value = wanted === "zh" ? (await import("./zh")).zh : en;
  } catch {
    return;
  }
  language.value = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : "en";
}

/** Remembers the user's choice. */
export function choose(wanted: Language): Promise<void> {
  local.setItem(CHOSEN, wanted);
  return speak(wanted);
}

/** The initial language: the one chosen before, the one of the address, or the browser's. */
export function preferred(): Language {
  const chosen = local.getItem(CHOSEN);
  if (isLanguage(chosen)) return chosen;
  if (location.pathname.startsWith("/zh")) return "zh";
  const known = navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find(isLanguage);
  return known ?? "en";
}
