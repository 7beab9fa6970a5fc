// Calls to the API, typed by its document, and the errors.

import createClient from "openapi-fetch";
import type { paths, Problem } from "./api";

/** A problem; its code is unknown if a proxy answered instead of the API. */
export interface Said extends Omit<Problem, "code" | "reason"> {
  code: Problem["code"] | "unknown";
  reason?: Problem["reason"];
}

/** The request was refused. */
export class Refusal extends Error {
  constructor(
    readonly problem: Said,
    readonly requestId: string | null,
    /** The seconds after which a retry makes sense. */
    readonly retryAfter: number | null,
  ) {
    super(problem.detail);
  }

  /** Whether the API itself answered, and not a proxy. */
  get isOurs(): boolean {
    return this.problem.code !== "unknown";
  }

  /** Whether a retry may work. */
  get isPassing(): boolean {
    const { status, code } = this.problem;
    return status >= 500 && code !== "provider_unavailable" && code !== "payments_unavailable";
  }
}

/** There was no answer: it is unknown whether the request arrived. */
export class NoAnswer extends Error {}

/** The user is not signed in. */
export class SignedOut extends Error {}

interface Came<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The result of a call; refusals and lost answers are thrown. Only a 304 has no data. */
export async function answer<T>(call: Promise<Came<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await call.catch((reason: unknown) => {
    throw reason instanceof SignedOut || reason instanceof Refusal ? reason : new NoAnswer(String(reason));
  });
  if (response.ok || response.status === 304) return { data: data as T, response };
  const { headers } = response;
  const seconds = Number(headers.get("retry-after"));
  throw new Refusal(problemOf(error, response), headers.get("x-request-id"), seconds > 0 ? seconds : null);
}

function problemOf(error: unknown, { status, statusText }: Response): Said {
  if (typeof error === "object" && error !== null && "code" in error && "detail" in error)
    return { ...(error as Problem), status };
  return { type: "about:blank", title: statusText, status, code: "unknown", detail: statusText };
}

/** A client that sends requests with `send`, which may add a token. */
export const client = (send: (request: Request) => Promise<Response> = (request) => fetch(request)) =>
  createClient<paths>({ cache: "no-store", fetch: send });

/** Calls as anybody. In a browser that is signed in by a cookie, it is sent all the same. */
export const anybody = client();

/** A picture's address on this page's own origin: the signature is over its path alone. */
export function ownAddress(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
