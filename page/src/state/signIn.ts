// Signing in with a code, or at a provider.

import { signal } from "@preact/signals";
import { answer, anybody } from "../client";
import { language } from "../i18n";
import { api, meetAnew } from "../session";
import { local, session } from "../storage";
import { draftKey, takeDraft } from "./draft";
import { replace } from "./route";

/** A code that was asked for in this browser. */
export interface Asked {
  email: string;
  at: number;
  /** The path where the user goes on. */
  returnTo: string;
  /** The tab that asked: what is chosen there is taken over by the one that the mail opens. */
  tab: string | null;
  /** Whether the address becomes a way in of whoever is signed in. */
  isAdded: boolean;
}

const ASKED = "atelier.sign-in";
/** The server's lifetime of a code. */
const LIFE_MS = 600_000;
/** Where the user goes on who is at a provider's page: the API's own errors do not say. */
const RETURN = "atelier.return";

function read(): Asked | null {
  const asked = JSON.parse(local.getItem(ASKED) ?? "null") as Asked | null;
  return asked !== null && Date.now() - asked.at < LIFE_MS ? asked : null;
}

/** The code that this browser waits for, if it does. */
export const asked = signal<Asked | null>(read());

window.addEventListener("storage", ({ key }) => {
  if (key === ASKED) asked.value = read();
});

function setAsked(to: Asked | null): void {
  asked.value = to;
  if (to === null) local.removeItem(ASKED);
  else local.setItem(ASKED, JSON.stringify(to));
}

export const forgetAsked = (): void => setAsked(null);

/** The mail is in the language of the page, whatever the browser prefers. */
const headers = () => ({ "Accept-Language": language.peek() });

/** Has a code sent to an address. */
export async function sendCode(email: string, returnTo: string, challenge: string | null): Promise<void> {
  const body = { email, return_to: returnTo, challenge };
  await answer(anybody.POST("/v1/auth/email", { body, headers: headers() }));
  setAsked({ email, at: Date.now(), returnTo, tab: draftKey(), isAdded: false });
}

/** Has a code sent to an address that is to be a way in of the user. */
export async function sendCodeToAdd(email: string, returnTo: string): Promise<void> {
  const params = { path: { method: "email" } };
  const body = { email, return_to: returnTo };
  await answer(api.POST("/v1/auth/{method}/link", { params, body, headers: headers() }));
  setAsked({ email, at: Date.now(), returnTo, tab: null, isAdded: true });
}

/** Signs in with a code, and goes on from where it was asked for. */
export async function enterCode(code: string): Promise<void> {
  const { data } = await answer(anybody.POST("/v1/auth/email/verify", { body: { code } }));
  const tab = asked.peek()?.tab ?? null;
  forgetAsked();
  await meetAnew();
  if (draftKey() === null) await takeDraft(tab);
  goOn(data.return_to);
}

/** Goes on from where the sign-in began. */
export function goOn(to: string): void {
  if (to.startsWith("/#")) replace(to.slice(1));
  else if (to === "/") replace("#/");
  else location.assign(to);
}

/** The address that leads to a provider's page. */
export const startOf = (method: string, returnTo: string): string =>
  `/v1/auth/${method}/start?return_to=${encodeURIComponent(returnTo)}`;

/** Remembers where the user goes on who leaves for a provider. */
export const keepReturn = (to: string): void => session.setItem(RETURN, to);
export const keptReturn = (): string | null => session.getItem(RETURN);
