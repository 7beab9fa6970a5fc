// The texts about buying credits, which are loaded with those pages.

import { language } from ".";
import { en, type ShopWords } from "./shop-en";
import { zh } from "./shop-zh";

export const words = (): ShopWords => (language.value === "zh" ? zh : en);
