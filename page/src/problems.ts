// Errors, in words for users.

import { NoAnswer, Refusal, SignedOut } from "./client";
import { t } from "./i18n";
import { hasEnded, mode } from "./session";
import { MAX_MEGABYTES, Unusable, type Flaw } from "./pictures";

export interface Trouble {
  text: string;
  detail?: string;
}

/** The outcome of a click that made no job. */
export type Setback =
  /** Its pictures did not arrive; it was refused, and cost nothing; or nobody knows whether it was taken. */
  | { step: "pictures" | "refused" | "unclear"; error: unknown }
  /** The page was reloaded before the pictures had arrived; or the photo is in another browser. */
  | { step: "interrupted" | "elsewhere" };

/** What went wrong, whatever was asked for: nothing is said about credits here. */
export function explain(error: unknown): Trouble {
  const say = t().problems;
  if (error instanceof Unusable) return { text: flawText(error.flaw) };
  if (error instanceof NoAnswer) return { text: say.offline };
  if (error instanceof SignedOut)
    return mode.peek() === "cookie"
      ? { text: hasEnded.peek() ? say.ended : say.signInFirst }
      : { text: say.signedOut, detail: say.signedOutHow };
  if (!(error instanceof Refusal)) return { text: say.other };
  const { code, status, detail, errors, needed, available, limit, limit_name } = error.problem;
  switch (code) {
    case "insufficient_credits":
      return { text: t().dress.short(needed ?? 0, available ?? 0, 0) };
    case "too_many_open_jobs":
      return { text: say.tooMany(limit ?? 0) };
    case "rate_limited":
      return {
        text: t().sentences([
          ...(limit_name === undefined ? [] : [t().limits.left[limit_name](0, limit ?? 0)]),
          say.tooOften(error.retryAfter),
        ]),
      };
    case "account_blocked":
      return { text: say.blocked };
    case "payments_unavailable":
      return { text: say.payments };
    case "provider_unavailable":
      return { text: say.unavailable };
    case "ledger_unavailable":
      return { text: say.ledger };
    case "unsupported_image":
      return { text: say.format };
    case "payload_too_large":
      return { text: say.large(MAX_MEGABYTES) };
    case "invalid_request":
      // The page itself asks for words where they are needed: what is wrong with them is their length.
      if (errors?.some(({ field }) => field === "prompt")) return { text: say.wordy };
      return { text: errors?.map(({ field, message }) => `${field} ${message}`).join("; ") ?? detail };
  }
  return { text: status === 429 ? say.tooOften(error.retryAfter) : say.other, ...referenceOf(error) };
}

/** The outcome of a click, and what it means for the user's credits. */
export function explainSetback(setback: Setback): Trouble {
  const say = t().problems;
  if (!("error" in setback)) return { text: say[setback.step] };
  const { error, step } = setback;
  if (step === "unclear") return { text: say.unclear, ...referenceOf(error) };
  const { text, detail } = explain(error);
  const means = step === "refused" ? say.free : say.notSent;
  return { text, detail: t().sentences(detail === undefined ? [means] : [means, detail]) };
}

function referenceOf(error: unknown): { detail?: string } {
  const id = error instanceof Refusal ? error.requestId : null;
  return id === null ? {} : { detail: t().problems.reference(id) };
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
