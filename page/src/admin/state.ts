// The operator, by the admin token or by their session, and calls as them.

import { computed, signal } from "@preact/signals";
import type { Audit, Overview } from "../api";
import { answer, anybody, client, Refusal } from "../client";
import { language } from "../i18n";
import { explain } from "../problems";
import { leave as leaveSite, loadSite, me, meet, mode } from "../session";
import { en, type Words } from "./en";
import { zh } from "./zh";

const TOKEN = "atelier.operator";

export const say = (): Words => (language.value === "zh" ? zh : en);

export const token = signal(sessionStorage.getItem(TOKEN));
/** Whether this site signs people in. */
export const hasSignIn = computed(() => mode.value === "cookie");
/** Whether an operator is signed in here, so that no token is needed. */
export const isOperator = computed(() => me.value?.is_operator === true);
export const isIn = computed(() => token.value !== null || isOperator.value);
/** The sign-in that leads back here, and that of whoever has to prove it once more. */
export const SIGN_IN = "/#/sign-in?return_to=%2Fadmin";
export const SIGN_IN_AGAIN = "/#/sign-in?again&return_to=%2Fadmin";
export const overview = signal<Overview | null>(null);
export const trouble = signal<string | null>(null);

/** Removes the token. */
function drop(): void {
  sessionStorage.removeItem(TOKEN);
  token.value = null;
  overview.value = null;
}

/** Signs out: by removing the token, or with the session. */
export async function leave(): Promise<void> {
  const isByToken = token.peek() !== null;
  drop();
  if (isByToken) return;
  try {
    await answer(anybody.POST("/v1/auth/sign-out"));
  } catch (error) {
    trouble.value = tell(error);
    return;
  }
  await leaveSite("signedOut", "/admin");
}

/** Finds out whether an operator is signed in. Without an answer there is the token. */
export async function recognise(): Promise<void> {
  try {
    await loadSite();
    if (hasSignIn.peek()) await meet();
  } catch {
    return;
  }
}

/** Calls as the operator: the browser adds a session's cookie. */
export const api = client((request) => {
  const known = token.peek();
  if (known !== null) request.headers.set("authorization", `Bearer ${known}`);
  return fetch(request);
});

/** Whether the last refusal was for want of a newer sign-in. */
export const isStale = signal(false);

/** The message for a failed call. An invalid token is removed. */
export function tell(error: unknown): string {
  isStale.value = false;
  if (error instanceof Refusal && error.problem.status === 401) {
    const isBySession = token.peek() === null && isOperator.peek();
    drop();
    if (!isBySession) return say().wrong;
    void recognise();
    return say().ended;
  }
  if (error instanceof Refusal && error.problem.code === "forbidden" && token.peek() === null) {
    isStale.value = true;
    return say().stale;
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
