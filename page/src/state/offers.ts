// What is sold here, if anything is.

import { computed } from "@preact/signals";
import type { Site } from "../api";
import type { Offer, Selling } from "../orders";
import { site } from "../session";

const selling = computed(() => site.value as (Site & Partial<Selling>) | null);

export const offers = computed<readonly Offer[]>(() => selling.value?.offers ?? []);
/** Without offers, nothing on this page is about buying. */
export const isSelling = computed(() => offers.value.length > 0);
/** Who takes the money. */
export const processor = computed(() => selling.value?.processor ?? null);
