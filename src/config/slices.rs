//! How many jobs one invocation of the Worker reconciles: what is more is handed to others.

/// Statements that D1 takes of one invocation of the paid plan. Whether those of a batch count one by one
/// is not written anywhere; here they do. (Cloudflare's limits of D1, November 2026)
pub const STATEMENTS_PER_INVOCATION: usize = 1000;

/// Connections that an invocation may have waiting for headers at once. (Cloudflare's limits of Workers,
/// November 2026)
pub const CONNECTIONS: usize = 6;

/// Statements that reconciling a job takes at most, its account object's own aside: a job is read in
/// three, and again where its provider is to stop, where its results wait for a host, and where it was
/// deleted meanwhile.
pub const STATEMENTS_PER_JOB: usize = 4 * 3;

/// Statements that the cron takes besides: 9 to see what is due, 30 for its cleanup, and at most 25 for
/// the day's anchor.
pub const STATEMENTS_BESIDES: usize = 64;

/// Jobs of one slice: 60 × 12 + 64 = 784 statements. Three to six at a time, and within the 50 seconds
/// that a run has, each may take 2.5 seconds: a question and its answer, a download, and three calls to
/// the account.
pub const JOBS_PER_SLICE: usize = 60;

const _: () =
    assert!(JOBS_PER_SLICE * STATEMENTS_PER_JOB + STATEMENTS_BESIDES <= STATEMENTS_PER_INVOCATION);
