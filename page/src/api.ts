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

// ---- What operators see

export type JobState =
  "dispatching" | "running" | "uncertain" | "storing" | "completed" | "failed" | "canceled" | "expired";

export interface Overview {
  at: string;
  swept_at: string | null;
  jobs: Partial<Record<JobState, number>>;
  oldest_open: { id: string; account: string; state: JobState; created_at: string } | null;
  holds_past_deadline: number;
  providers: {
    name: string;
    failures: number;
    failed_at: string | null;
    rests_until: string | null;
    needs_operator: boolean;
  }[];
  models: { model: string; completed: number; p50_seconds: number; p90_seconds: number }[];
  credits: {
    granted: number;
    remaining: number;
    held: number;
    spent: number;
    expired: number;
    clawed_back: number;
  };
  liability: { month: string | null; credits: number }[];
  margins: { model: string; jobs: number; paid: number; cost: number; margin: number }[];
}

export interface AdminJob {
  id: string;
  account: string;
  state: JobState;
  model: string;
  provider: string;
  age_seconds: number;
  created_at: string;
  on_the_house: boolean;
  error: FailureCode | null;
  hold: {
    state: "open" | "settled" | "released";
    amount: number;
    settled: number;
    released: number;
    deadline: string;
    past_deadline: boolean;
  };
  attempts: {
    ordinal: number;
    provider: string;
    outcome: string | null;
    detail: string | null;
    anomaly: string | null;
  }[];
}

export interface AdminJobPage {
  jobs: AdminJob[];
  holds_past_deadline: number;
  next_cursor: string | null;
}

export interface Audit {
  ok: boolean;
  accounts: number;
  entries: number;
  open_holds: number;
  problems: { account: string; problem: string }[];
  next_cursor: string | null;
}

export interface Selftest {
  ok: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
}

export interface NewGrant {
  account: string;
  credits: number;
  kind: PackageKind;
  expires_at?: string;
  reference: string;
}
