// The API as the page uses it: its JSON, and nothing else, so that types generated from the OpenAPI document can take this file's place.

export type Need = "required" | "optional" | "unsupported";
export type Category = "tops" | "bottoms" | "one_pieces";
export type GarmentPhoto = "worn" | "flat";
export type Quality = "fast" | "balanced" | "best";

export interface Session {
  token: string;
  account: string;
  expires_at: string;
}

export interface Upload {
  id: string;
  content_type: string;
  bytes: number;
  width: number;
  height: number;
  expires_at: string;
}

export interface Model {
  id: string;
  provider: string;
  takes: { photo: Need; garment: Need; prompt: Need };
  aspect_ratios: string[];
  max_count: number;
  credits_per_image: number;
  typical_seconds: number;
  options: {
    category: Category[];
    garment_photo: GarmentPhoto[];
    quality: Quality[];
    seed: boolean;
  };
  available: boolean;
}

export interface OrderOptions {
  category?: Category;
  garment_photo?: GarmentPhoto;
  quality?: Quality;
  seed?: number;
}

export interface Order {
  photo: string;
  garment?: string;
  prompt?: string;
  aspect_ratio?: string;
  count?: number;
  model?: string;
  options?: OrderOptions;
}

export interface Quote {
  credits: number;
  available: number;
  enough: boolean;
  from: { package: string; credits: number; expires_at: string | null }[];
  model: string;
}

export type JobStatus =
  "queued" | "running" | "uncertain" | "storing" | "completed" | "failed" | "canceled" | "expired";

export type FailureCode =
  | "content_refused"
  | "input_refused"
  | "provider_unavailable"
  | "generation_failed"
  | "result_lost"
  | "canceled"
  | "timed_out";

export interface Image {
  url: string;
  content_type: string;
  width: number;
  height: number;
}

export interface ReceiptLine {
  package: string;
  credits: number;
  returned: number;
  expires_at: string | null;
  remaining_before: number;
  remaining_after: number;
}

export interface Job {
  id: string;
  status: JobStatus;
  progress: number | null;
  model: string;
  prompt: string | null;
  aspect_ratio: string | null;
  options: OrderOptions;
  count: number;
  created_at: string;
  updated_at: string;
  eta_seconds: number | null;
  cancel_requested: boolean;
  images: Image[];
  images_removed_at?: string | null;
  error: { code: FailureCode; message: string } | null;
  credits: {
    quoted: number;
    held: number;
    paid: number;
    returned: number;
    on_the_house: boolean;
  };
  receipt: ReceiptLine[];
}

/** What was removed of somebody's pictures; if there is more, it has to be asked for again. */
export interface Forgotten {
  removed: string[];
  more: boolean;
}

export interface JobPage {
  jobs: Job[];
  next_cursor: string | null;
}

export type PackageKind = "promo" | "paid";

export interface Package {
  id: string;
  kind: PackageKind;
  granted: number;
  remaining: number;
  held: number;
  spent: number;
  expired: number;
  clawed_back: number;
  granted_at: string;
  expires_at: string | null;
}

export interface Credits {
  available: number;
  held: number;
  packages: Package[];
  expiring_soon: { credits: number; next_expiry: string | null; within_days: number };
  low_balance: { is_low: boolean; below: number };
}

export type Movement = "grant" | "freeze" | "settle" | "release" | "expire" | "adjust" | "late_success";

export interface Entry {
  seq: number;
  at: string;
  kind: Movement;
  amount: number;
  package: string | null;
  job: string | null;
  remaining_after: number;
  held_after: number;
}

export interface EntryPage {
  entries: Entry[];
  next_cursor: string | null;
}

/** What every error is (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { field: string; message: string }[];
  needed?: number;
  available?: number;
  limit?: number;
}
