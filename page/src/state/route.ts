// Where the user is: in the address, so that a reload, the back button and another tab agree.

import { signal } from "@preact/signals";

const FILTERS = ["all", "open", "done", "not"] as const;
/** Which jobs the history shows. */
export type Filter = (typeof FILTERS)[number];

export type Route = { page: "dress"; job: string | null } | { page: "history"; filter: Filter } | { page: "credits" };

function read(): Route {
  const [page, rest] = location.hash.replace(/^#\/?/, "").split("/");
  if (page === "history") return { page, filter: FILTERS.find((name) => name === rest) ?? "all" };
  if (page === "credits") return { page };
  return { page: "dress", job: page === "jobs" && rest ? rest : null };
}

export const route = signal<Route>(read());

/** One stay at one place. Whoever leaves and comes back is on another visit. */
let visit = { address: location.hash };

const focused = (): Element | null => document.activeElement;
const isNowhere = (element: Element | null): boolean => element === null || element === document.body;

/**
 * Asked later, tells whether the user is still where they are now: on the same visit of the same
 * place, with the focus where it was, or nowhere. What an awaited step does to the place, the focus
 * or a form, it does only then.
 */
export function here(): () => boolean {
  const [from, focus] = [visit, focused()];
  // The address is asked, too: it changes with the click on a link, and is told of later.
  return () => visit === from && location.hash === from.address && (focused() === focus || isNowhere(focused()));
}

/** As `here`, of the moment at which the user came to this place. */
let sinceArrival = here();
export const isAsArrived = (): boolean => sinceArrival();

function arrive(): void {
  if (location.hash === visit.address) return;
  visit = { address: location.hash };
  sinceArrival = here();
  route.value = read();
}

window.addEventListener("hashchange", arrive);

export const links = {
  dress: "#/",
  history: "#/history",
  credits: "#/credits",
  job: (id: string) => `#/jobs/${id}`,
  filter: (name: Filter) => (name === "all" ? "#/history" : `#/history/${name}`),
};

export function go(to: string): void {
  location.hash = to;
  arrive();
}

/** Goes there without a step of its own in the browser's history. */
export function replace(to: string): void {
  history.replaceState(history.state, "", to);
  arrive();
}
