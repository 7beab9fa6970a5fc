// Calls to the API, typed by its document: the session, and the errors.

import { signal } from "@preact/signals";
import createClient from "openapi-fetch";
import type { paths, Problem } from "./api";
import { local } from "./storage";

/** A problem; its code is unknown if a proxy answered instead of the API. */
export interface Said extends Omit<Problem, "code"> {
  code: Problem["code"] | "unknown";
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
    return this.problem.status >= 500 && this.problem.code !== "provider_unavailable";
  }
}

/** There was no answer: it is unknown whether the request arrived. */
export class NoAnswer extends Error {}

/** The user is not signed in, and this page cannot sign them in. */
export class SignedOut extends Error {}

export const isSignedOut = signal(false);

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

/** A client that sends requests with `send`, which adds the token; without it, anonymously. */
export const client = (send: (request: Request) => Promise<Response> = (request) => fetch(request)) =>
  createClient<paths>({ cache: "no-store", fetch: send });

const anybody = client();

/** Calls as the user. */
export const api = client(asUser);

// ---- The session

const TOKEN = "atelier.token";
const ACCOUNT = "atelier.account";
let signingIn: Promise<string> | undefined;

async function token(): Promise<string> {
  const known = local.getItem(TOKEN);
  if (known !== null) return known;
  // One sign-in at a time, in all tabs together: two would be two accounts.
  signingIn ??= (async () => navigator.locks.request("atelier.session", signIn))();
  return signingIn.finally(() => (signingIn = undefined));
}

async function signIn(): Promise<string> {
  const meanwhile = local.getItem(TOKEN);
  if (meanwhile !== null) return meanwhile;
  const account = local.getItem(ACCOUNT);
  try {
    const { data } = await answer(anybody.POST("/v1/session", { body: account === null ? {} : { account } }));
    local.setItem(TOKEN, data.token);
    local.setItem(ACCOUNT, data.account);
    return data.token;
  } catch (error) {
    if (!(error instanceof Refusal && error.problem.status === 404)) throw error;
    isSignedOut.value = true;
    throw new SignedOut();
  }
}

/** Sends a request as the user. A token that is no longer accepted is replaced once, where this page can do that. */
async function asUser(request: Request): Promise<Response> {
  for (let isFirst = true; ; isFirst = false) {
    const sent = await token();
    const signed = request.clone();
    signed.headers.set("authorization", `Bearer ${sent}`);
    const response = await fetch(signed);
    if (response.status !== 401) {
      isSignedOut.value = false;
      return response;
    }
    if (local.getItem(TOKEN) === sent) local.removeItem(TOKEN);
    if (isFirst) continue;
    isSignedOut.value = true;
    throw new SignedOut();
  }
}

/** A picture's address on this page's own origin: the signature is over its path alone. */
export function ownAddress(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
