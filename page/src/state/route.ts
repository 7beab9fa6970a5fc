// Where the user is: kept in the URL, so that reload, the back button and other tabs agree.

import { signal } from "@preact/signals";

const FILTERS = ["all", "open", "done", "not"] as const;
/** Which jobs the history shows. */
export type Filter = (typeof FILTERS)[number];

/** Signing in, as a link, a mail or the API begins it. */
export interface SignInRoute {
  page: "sign-in";
  /** The path on this site where the user goes on; null if the link does not say. */
  returnTo: string | null;
  /** Whether somebody who is signed in has to prove it once more. */
  isAgain: boolean;
  /** The code of a mail. */
  code: string | null;
  /** Why a sign-in failed, and by which way in. */
  error: string | null;
  method: string | null;
}

export type Route =
  | { page: "dress"; job: string | null }
  | { page: "history"; filter: Filter }
  | { page: "credits" }
  | { page: "account" }
  | { page: "get-credits" }
  /** A purchase, to which the payment page leads back. */
  | { page: "order"; id: string }
  | SignInRoute;

/** A path on this site: anything else would lead elsewhere. */
const isOwnPath = (path: string): boolean => /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes("\\");

function readSignIn(query: string): SignInRoute {
  const asked = new URLSearchParams(query);
  const to = asked.get("return_to");
  return {
    page: "sign-in",
    returnTo: to !== null && isOwnPath(to) ? to : null,
    isAgain: asked.has("again"),
    code: asked.get("code")?.replace(/\D/g, "").slice(0, 8) || null,
    error: asked.get("error"),
    method: asked.get("method"),
  };
}

function read(): Route {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, rest] = (path ?? "").split("/");
  if (page === "sign-in") return readSignIn(query ?? "");
  if (page === "account" || page === "get-credits") return { page };
  if (page === "orders") return rest ? { page: "order", id: rest } : { page: "credits" };
  if (page === "history") return { page, filter: FILTERS.find((name) => name === rest) ?? "all" };
  if (page === "credits") return { page };
  return { page: "dress", job: page === "jobs" && rest ? rest : null };
}

export const route = signal<Route>(read());

/** One visit to a page. Leaving and returning begins another. */
let visit = { address: location.hash };

const focused = (): Element | null => document.activeElement;
const isNowhere = (element: Element | null): boolean => element === null || element === document.body;

/**
 * Returns a check, to be called after an await, of whether the user is still where they are now: on
 * the same visit of the same page, with the focus where it was, or nowhere. Only then may the page,
 * the focus or a form be changed.
 */
export function here(): () => boolean {
  const [from, focus] = [visit, focused()];
  // The URL is compared, too: it changes with the click on a link, before the event about it.
  return () => visit === from && location.hash === from.address && (focused() === focus || isNowhere(focused()));
}

/** Like `here`, from the moment when the user came to this page. */
let sinceArrival = here();
export const isAsArrived = (): boolean => sinceArrival();

/** Where the user last tried something on, on this page. */
let lastDressing: string = "#/";
export const lastDressed = (): string => lastDressing;

function arrive(): void {
  if (location.hash === visit.address) return;
  if (route.peek().page === "dress") lastDressing = visit.address || "#/";
  visit = { address: location.hash };
  sinceArrival = here();
  route.value = read();
}

window.addEventListener("hashchange", arrive);

export const links = {
  dress: "#/",
  history: "#/history",
  credits: "#/credits",
  account: "#/account",
  getCredits: "#/get-credits",
  order: (id: string) => `#/orders/${id}`,
  signIn: (returnTo: string) => `#/sign-in?return_to=${encodeURIComponent(returnTo)}`,
  signInAgain: (returnTo: string) => `#/sign-in?again&return_to=${encodeURIComponent(returnTo)}`,
  job: (id: string) => `#/jobs/${id}`,
  filter: (name: Filter) => (name === "all" ? "#/history" : `#/history/${name}`),
};

export function go(to: string): void {
  location.hash = to;
  arrive();
}

/** Navigates without an entry of its own in the browser's history. */
export function replace(to: string): void {
  history.replaceState(history.state, "", to);
  arrive();
}
