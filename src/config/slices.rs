//! How many jobs one invocation of the Worker reconciles; the others are handed to further
//! invocations.

/// Statements that D1 accepts from one invocation on the paid plan. Whether each statement of a batch
/// counts is not documented; here it does. (Cloudflare's limits of D1, November 2026)
pub const STATEMENTS_PER_INVOCATION: usize = 1000;

/// Connections of one invocation that may wait for response headers at once. (Cloudflare's limits of
/// Workers, November 2026)
pub const CONNECTIONS: usize = 6;

/// The most statements for reconciling one job, without those of its account object: three read the
/// job, and three more each where its provider is asked to stop, where its results wait for a host,
/// and where it was deleted meanwhile.
pub const STATEMENTS_PER_JOB: usize = 4 * 3;

/// Statements of the cron itself: 9 to read what is due, 30 for cleanup, at most 25 for the day's anchor, 20 × 5 for orders
/// that are due, 20 × 2 for mails about orders, and 40 to compare orders with their processors.
pub const STATEMENTS_BESIDES: usize = 244;

/// Jobs of one slice: 60 × 12 + 244 = 964 statements. Three to six run at a time, so within a run's 50
/// seconds each may take 2.5 seconds: a poll, a download, and three calls to the account.
pub const JOBS_PER_SLICE: usize = 60;

const _: () =
    assert!(JOBS_PER_SLICE * STATEMENTS_PER_JOB + STATEMENTS_BESIDES <= STATEMENTS_PER_INVOCATION);
