// Where the user is: in the address, so that a reload, the back button and another tab agree.

import { signal } from "@preact/signals";

export type Route = { page: "dress"; job: string | null } | { page: "history" } | { page: "credits" };

function read(): Route {
  const [page, id] = location.hash.replace(/^#\/?/, "").split("/");
  if (page === "history" || page === "credits") return { page };
  return { page: "dress", job: page === "jobs" && id ? id : null };
}

export const route = signal<Route>(read());
window.addEventListener("hashchange", () => (route.value = read()));

export const links = { dress: "#/", history: "#/history", credits: "#/credits", job: (id: string) => `#/jobs/${id}` };

export function go(to: string): void {
  location.hash = to;
}
