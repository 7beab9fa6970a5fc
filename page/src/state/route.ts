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
window.addEventListener("hashchange", () => (route.value = read()));

export const links = {
  dress: "#/",
  history: "#/history",
  credits: "#/credits",
  job: (id: string) => `#/jobs/${id}`,
  filter: (name: Filter) => (name === "all" ? "#/history" : `#/history/${name}`),
};

export function go(to: string): void {
  location.hash = to;
}

/** Goes there without a step of its own in the browser's history. */
export function replace(to: string): void {
  history.replaceState(history.state, "", to);
  route.value = read();
}
