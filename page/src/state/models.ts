// The available models.

import { signal } from "@preact/signals";
import type { Model, Models } from "../api";
import { answer, client } from "../client";

const api = client();

export const models = signal<Model[]>([]);
export const keptFor = signal<Models["kept_for"] | null>(null);
/** Why they could not be listed. */
export const modelsTrouble = signal<unknown>(null);

export async function loadModels(): Promise<void> {
  try {
    const { data } = await answer(api.GET("/v1/models"));
    models.value = data.models;
    keptFor.value = data.kept_for;
    modelsTrouble.value = null;
  } catch (error) {
    modelsTrouble.value = error;
  }
}
