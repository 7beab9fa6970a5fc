// The account of somebody who signed in here: ways in, sessions, and its end.

import { signal } from "@preact/signals";
import type { SignedIn, SignInMethod } from "../api";
import { answer, anybody, Refusal } from "../client";
import { api, leave, meetAnew } from "../session";
import { keepReturn } from "./signIn";
import { links } from "./route";

const HERE = `/${links.account}`;

/** Where the user is signed in, newest first; null until that is known. */
export const sessions = signal<SignedIn[] | null>(null);

export async function loadSessions(): Promise<void> {
  sessions.value = (await answer(api.GET("/v1/sessions"))).data.sessions;
}

export async function endSession(id: string): Promise<void> {
  try {
    await answer(api.DELETE("/v1/sessions/{id}", { params: { path: { id } } }));
  } catch (error) {
    // It has ended, which was the goal.
    if (!(error instanceof Refusal && error.problem.status === 404)) throw error;
  }
  await loadSessions();
}

export async function endAllSessions(): Promise<void> {
  await answer(api.DELETE("/v1/sessions"));
  await leave("everywhere");
}

export async function signOut(): Promise<void> {
  await answer(anybody.POST("/v1/auth/sign-out"));
  await leave("signedOut");
}

/** Deletes the account, and signs its user out everywhere. */
export async function deleteAccount(): Promise<void> {
  await answer(api.DELETE("/v1/account"));
  await leave("deleted");
}

/** Leaves for the provider's page, to add a way in. */
export async function addWayIn(method: SignInMethod): Promise<void> {
  const params = { path: { method } };
  const { data } = await answer(api.POST("/v1/auth/{method}/link", { params, body: { return_to: HERE } }));
  keepReturn(HERE);
  if (data.url !== null) location.assign(data.url);
}

export async function removeWayIn(method: SignInMethod): Promise<void> {
  if (method === "email") await answer(api.DELETE("/v1/auth/email"));
  else await answer(api.DELETE("/v1/auth/{method}", { params: { path: { method } } }));
  await meetAnew();
}

/** Whether the API asks for a sign-in of the last minutes. */
export const isStale = (error: unknown): boolean =>
  error instanceof Refusal && error.problem.status === 403 && error.problem.code === "forbidden";
