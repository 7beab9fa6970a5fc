// The models on offer.

import { signal } from "@preact/signals";
import type { Model } from "../api";
import { request } from "../client";

export const models = signal<Model[]>([]);
export const modelsFailed = signal(false);

export async function loadModels(): Promise<void> {
  try {
    models.value = (await request<{ models: Model[] }>("GET", "/v1/models")).data.models;
    modelsFailed.value = false;
  } catch {
    modelsFailed.value = true;
  }
}
