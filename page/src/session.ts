// Who is signed in, and how: by a cookie of this site, by an outside issuer's token, or as a demo account.

import { batch, computed, signal } from "@preact/signals";
import type { Me, Site } from "./api";
import { answer, anybody, client, Refusal, SignedOut } from "./client";
import { forgetAll } from "./keep";
import { forgetPersonal, local, session } from "./storage";

// ---- The site

/** The name until the site has told its own; set when the page is built. */
declare const SITE_NAME: string;

export const site = signal<Site | null>(null);
export const siteName = computed(() => site.value?.name ?? SITE_NAME);
let askingSite: Promise<Site> | undefined;

/** The site, which is asked for once; after a failure, again with the next call. */
export function loadSite(): Promise<Site> {
  askingSite ??= answer(anybody.GET("/v1/site")).then(
    ({ data }) => (site.value = data),
    (error: unknown) => {
      askingSite = undefined;
      throw error;
    },
  );
  return askingSite;
}

/** How this site knows its users. */
type Mode = "demo" | "cookie" | "token";

const modeOf = ({ demo, ways_in }: Site): Mode => (ways_in.length > 0 ? "cookie" : demo ? "demo" : "token");
export const mode = computed<Mode | null>(() => site.value && modeOf(site.value));

/** Calls as the user. */
export const api = client(async (request) =>
  modeOf(await loadSite()) === "cookie" ? withCookie(request) : withToken(request),
);

// ---- By a cookie

/** The account that is signed in in this browser, in all its tabs; it stays when the session ends by itself. */
const USER = "atelier.user";

/** Whether somebody is signed in by a cookie; null until that is known. */
export const isSignedIn = signal<boolean | null>(null);
/** Whether nobody is, though somebody was who did not sign out. */
export const hasEnded = signal(false);
/** The user, as far as the last answer knew. */
export const me = signal<Me | null>(null);

/** Whether this site signs people in, and nobody is. */
export const needsSignIn = computed(() => mode.value === "cookie" && isSignedIn.value === false);

let meeting: Promise<void> | undefined;
/** Whose pictures this tab may know, also after their session has ended. */
let last: string | null = null;

/** Finds out who is signed in. */
export function meet(): Promise<void> {
  meeting ??= (async () => {
    try {
      await arrive((await answer(anybody.GET("/v1/me"))).data);
    } catch (error) {
      if (!(error instanceof Refusal && error.problem.status === 401)) throw error;
      batch(() => {
        isSignedIn.value = false;
        hasEnded.value = local.getItem(USER) !== null;
        me.value = null;
      });
    }
  })().finally(() => (meeting = undefined));
  return meeting;
}

/** The same, after a sign-in: an answer that is still under way may be of before it. */
export async function meetAnew(): Promise<void> {
  await meeting?.catch(() => undefined);
  await meet();
}

/** Somebody is signed in. What somebody else left in this browser is not theirs. */
async function arrive(user: Me): Promise<void> {
  const before = last ?? local.getItem(USER);
  local.setItem(USER, user.account);
  last = user.account;
  const isSigningIn = location.hash.startsWith("#/sign-in");
  if (before !== null && before !== user.account) return startAfresh(isSigningIn ? "#/" : location.href);
  batch(() => {
    isSignedIn.value = true;
    hasEnded.value = false;
    me.value = user;
  });
}

/**
 * Sends a request with the cookie, which the browser adds. After a 401 it is asked who is signed in: another tab may
 * have renewed the session meanwhile, so the request is sent once more.
 */
async function withCookie(request: Request): Promise<Response> {
  if (isSignedIn.peek() === null) await meet();
  if (isSignedIn.peek() !== true) throw new SignedOut();
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401) return response;
  await meet();
  if (!isSignedIn.peek()) throw new SignedOut();
  return fetch(again);
}

/** What the page says after it was loaded anew: who left, and how. */
const FAREWELL = "atelier.farewell";
export type Farewell = "signedOut" | "everywhere" | "deleted";

/** Removes what this browser knows of the user, who has left. */
export async function leave(how: Farewell, to = "#/"): Promise<void> {
  await forgetAll();
  // Other tabs learn of it by this.
  local.removeItem(USER);
  session.setItem(FAREWELL, how);
  await startAfresh(to);
}

/** Loads the page anew, without anything of who was there before. */
async function startAfresh(to: string): Promise<void> {
  await forgetAll();
  forgetPersonal();
  history.replaceState(null, "", to);
  location.reload();
  // Nothing more is to happen on this page.
  await new Promise(() => undefined);
}

/** How the user left before this page was loaded; said once. */
export function farewell(): Farewell | null {
  const how = session.getItem(FAREWELL);
  session.removeItem(FAREWELL);
  return how as Farewell | null;
}

// Another tab signs in or out.
window.addEventListener("storage", ({ key, newValue }) => {
  if (key !== USER || mode.peek() !== "cookie") return;
  if (newValue === null && isSignedIn.peek() === true) void startAfresh(location.href);
  else void meetAnew().catch(() => undefined);
});

// ---- By a token

/** Whether a token is needed that this page cannot get. */
export const isSignedOut = signal(false);

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
async function withToken(request: Request): Promise<Response> {
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
