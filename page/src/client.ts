// Calls of the API: whose they are, and what can go wrong with them.

import { signal } from "@preact/signals";
import type { Problem, Session } from "./api";

/** The API answered, and the answer is no. */
export class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    readonly requestId: string | null,
  ) {
    super(problem.detail);
  }

  /** The route itself is not there (yet), whatever it was asked about. */
  get isMissingRoute(): boolean {
    const { status, detail } = this.problem;
    return status === 405 || (status === 404 && detail.includes("no such route"));
  }

  /** The same may work a little later. */
  get isPassing(): boolean {
    return this.problem.status >= 500 && this.problem.code !== "provider_unavailable";
  }
}

/** No answer came: whether the request arrived is not known. */
export class NoAnswer extends Error {}

/** Nobody is signed in, and this page cannot sign anybody in. */
export class SignedOut extends Error {}

export const isSignedOut = signal(false);

export interface Answer<T> {
  status: number;
  headers: Headers;
  data: T;
}

interface Init {
  json?: unknown;
  body?: Blob;
  headers?: Record<string, string>;
  token?: string;
  signal?: AbortSignal;
}

export async function request<T>(method: string, path: string, init: Init = {}): Promise<Answer<T>> {
  const headers = new Headers(init.headers);
  if (init.token !== undefined) headers.set("authorization", `Bearer ${init.token}`);
  if (init.json !== undefined) headers.set("content-type", "application/json");
  const body = init.json === undefined ? (init.body ?? null) : JSON.stringify(init.json);
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store", signal: init.signal ?? null });
    if (response.ok) return { status: response.status, headers: response.headers, data: await read<T>(response) };
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new NoAnswer(String(error));
  }
  if (response.status === 304) return { status: 304, headers: response.headers, data: undefined as T };
  throw new Refusal(await readProblem(response), response.headers.get("x-request-id"));
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === "object" && problem !== null && "code" in problem && "detail" in problem)
      return { ...(problem as Problem), status: response.status };
  } catch {
    // Something in between answered, not the API.
  }
  const title = response.statusText;
  return { type: "about:blank", title, status: response.status, code: "unknown", detail: title };
}

// ---- The session

const TOKEN = "atelier.token";
const ACCOUNT = "atelier.account";
let signingIn: Promise<string> | undefined;

function token(): Promise<string> {
  const known = localStorage.getItem(TOKEN);
  if (known !== null) return Promise.resolve(known);
  // One sign-in at a time, in all tabs together: two would be two accounts.
  signingIn ??= navigator.locks.request("atelier.session", signIn).finally(() => (signingIn = undefined));
  return signingIn;
}

async function signIn(): Promise<string> {
  const meanwhile = localStorage.getItem(TOKEN);
  if (meanwhile !== null) return meanwhile;
  const account = localStorage.getItem(ACCOUNT);
  try {
    const { data } = await request<Session>("POST", "/v1/session", { json: account === null ? {} : { account } });
    localStorage.setItem(TOKEN, data.token);
    localStorage.setItem(ACCOUNT, data.account);
    return data.token;
  } catch (error) {
    if (!(error instanceof Refusal && error.problem.status === 404)) throw error;
    isSignedOut.value = true;
    throw new SignedOut();
  }
}

/** Calls a route as the user. A token that is no longer taken is replaced once, where that can be done here. */
export async function call<T>(method: string, path: string, init: Init = {}): Promise<Answer<T>> {
  for (let isFirst = true; ; isFirst = false) {
    const sent = await token();
    try {
      const answer = await request<T>(method, path, { ...init, token: sent });
      isSignedOut.value = false;
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal && error.problem.status === 401)) throw error;
      if (localStorage.getItem(TOKEN) === sent) localStorage.removeItem(TOKEN);
      if (isFirst) continue;
      isSignedOut.value = true;
      throw new SignedOut();
    }
  }
}

/** A picture's address on this page's own origin: the signature is over its path alone. */
export function ownAddress(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
