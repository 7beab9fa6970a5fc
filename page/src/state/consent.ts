// Whose photos are used here: what the user has confirmed in this browser.

import { signal } from "@preact/signals";
import { local } from "../storage";

const CONSENT = "atelier.consent";

/** Whether a photo of the user's own was used under the sentence that stands beside the input. */
export const hasConsented = signal(local.getItem(CONSENT) !== null);

export function consent(): void {
  if (hasConsented.peek()) return;
  hasConsented.value = true;
  local.setItem(CONSENT, new Date().toISOString());
}
