// The admin token, and calls with it.

import { signal } from "@preact/signals";
import type { Audit, Overview } from "../api";
import { answer, client, Refusal } from "../client";
import { language } from "../i18n";
import { explain } from "../problems";
import { en, type Words } from "./en";
import { zh } from "./zh";

const TOKEN = "atelier.operator";

export const say = (): Words => (language.value === "zh" ? zh : en);

export const token = signal(sessionStorage.getItem(TOKEN));
export const overview = signal<Overview | null>(null);
export const trouble = signal<string | null>(null);

export function leave(): void {
  sessionStorage.removeItem(TOKEN);
  token.value = null;
  overview.value = null;
}

/** Calls as the operator. */
export const api = client((request) => {
  request.headers.set("authorization", `Bearer ${token.peek() ?? ""}`);
  return fetch(request);
});

/** The message for a failed call. An invalid token is removed. */
export function tell(error: unknown): string {
  if (error instanceof Refusal && error.problem.status === 401) {
    leave();
    return say().wrong;
  }
  if (!(error instanceof Refusal) || error.problem.code === "invalid_request") return explain(error).text;
  // Operators get the server's message, and the request id that its log has.
  const { problem, requestId } = error;
  return requestId === null ? problem.detail : `${problem.detail} (${requestId})`;
}

export async function refresh(): Promise<void> {
  trouble.value = null;
  try {
    overview.value = (await answer(api.GET("/v1/admin/overview"))).data;
  } catch (error) {
    trouble.value = tell(error);
  }
}

export async function enter(entered: string): Promise<void> {
  sessionStorage.setItem(TOKEN, entered);
  token.value = entered;
  await refresh();
}

/** Audits all accounts, page by page, and reports progress after each. */
export async function audit(onPage: (soFar: Audit) => void): Promise<void> {
  let soFar: Audit = {
    ok: true,
    accounts: 0,
    entries: 0,
    open_holds: 0,
    problems: [],
    anchored_on: null,
    next_cursor: null,
  };
  do {
    const query = soFar.next_cursor === null ? {} : { cursor: soFar.next_cursor };
    const { data } = await answer(api.GET("/v1/admin/audit", { params: { query } }));
    soFar = {
      ok: soFar.ok && data.ok,
      accounts: soFar.accounts + data.accounts,
      entries: soFar.entries + data.entries,
      open_holds: soFar.open_holds + data.open_holds,
      problems: [...soFar.problems, ...data.problems],
      anchored_on: data.anchored_on,
      next_cursor: data.next_cursor,
    };
    onPage(soFar);
  } while (soFar.next_cursor !== null);
}
