// The texts about signing in and the account, which are loaded with those pages.

import { language } from ".";
import { en, type AccountWords } from "./account-en";
import { zh } from "./account-zh";

export const words = (): AccountWords => (language.value === "zh" ? zh : en);
