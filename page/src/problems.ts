// What went wrong, in the user's words.

import { NoAnswer, Refusal, SignedOut } from "./client";
import { t } from "./i18n";
import { MAX_MEGABYTES, Unusable, type Flaw } from "./pictures";

export interface Trouble {
  text: string;
  detail?: string;
}

export function explain(error: unknown): Trouble {
  const say = t().problems;
  if (error instanceof Unusable) return { text: flawText(error.flaw) };
  if (error instanceof NoAnswer) return { text: say.offline, detail: say.keeps };
  if (error instanceof SignedOut) return { text: say.signedOut, detail: say.signedOutHow };
  if (!(error instanceof Refusal)) return { text: say.other };
  const { code, detail, errors, needed, available, limit } = error.problem;
  switch (code) {
    case "insufficient_credits":
      return { text: t().dress.short(needed ?? 0, available ?? 0, 0) };
    case "too_many_open_jobs":
      return { text: say.tooMany(limit ?? 0) };
    case "provider_unavailable":
      return { text: say.unavailable };
    case "ledger_unavailable":
      return { text: say.ledger };
    case "unsupported_image":
      return { text: say.format };
    case "payload_too_large":
      return { text: say.large(MAX_MEGABYTES) };
    case "invalid_request":
      return { text: errors?.map(({ field, message }) => `${field} ${message}`).join("; ") ?? detail };
  }
  return error.requestId === null ? { text: say.other } : { text: say.other, detail: say.reference(error.requestId) };
}

function flawText(flaw: Flaw): string {
  const say = t().problems;
  switch (flaw.code) {
    case "large":
      return say.large(flaw.megabytes);
    case "small":
      return say.small(flaw.least, flaw.width, flaw.height);
    default:
      return say[flaw.code];
  }
}
