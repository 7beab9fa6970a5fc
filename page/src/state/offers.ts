// What is sold here, if anything is.

import { computed } from "@preact/signals";
import type { Offer } from "../api";
import { site } from "../session";

export const offers = computed<readonly Offer[]>(() => site.value?.offers ?? []);
/** Without offers, nothing on this page is about buying. */
export const isSelling = computed(() => offers.value.length > 0);
/** Who takes the money. */
export const processor = computed(() => site.value?.processor ?? null);
