//! The statements of a commit. A list of rows is passed as one JSON text, so that the number of
//! statements does not depend on the number of packages.
//!
//! An update's list is materialized, with the account in it, so that SQLite scans the list and finds
//! each row by its whole key. Otherwise it does the reverse: it scans all rows that the account ever
//! had, and searches the list for each.

/// This statement comes first, so that a stale state breaks the journal's key before anything else
/// is written.
pub(super) const JOURNAL: &str = "
    insert into journal
      (account_id, seq, at, kind, amount, package_id, job_id, remaining_after, held_after, expires_at, hash)
    select ?1, value->>'seq', value->>'at', value->>'kind', value->>'amount', value->>'package', value->>'job',
           value->>'remaining', value->>'held', value->>'expires_at', value->>'hash'
    from json_each(?2)";

pub(super) const ACCOUNT: &str =
    "insert into accounts (id, subject, created_at) values (?1, ?2, ?3)
    on conflict (id) do update set subject = excluded.subject where subject is null";

pub(super) const PACKAGE: &str = "
    insert into packages
      (account_id, id, kind, reference, granted, remaining, held, spent, expired, clawed_back, granted_at, expires_at)
    values (?1, ?2, ?3, ?4, ?5, ?5, 0, 0, 0, 0, ?6, ?7)";

/// Adds differences instead of setting values, so that the row's CHECKs judge the sum whatever
/// state the decision was based on.
pub(super) const PACKAGES: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update packages set
      remaining = remaining + (m.value->>'remaining'), held = held + (m.value->>'held'),
      spent = spent + (m.value->>'spent'), expired = expired + (m.value->>'expired'),
      clawed_back = clawed_back + (m.value->>'clawed_back'), grace_until = m.value->>'grace_until'
    from list as m
    where packages.account_id = m.account and packages.id = m.value->>'id'";

pub(super) const CLAWBACK: &str = "
    insert into clawbacks
      (reference, account_id, package_id, amount, reason, remaining_before, expires_at, at)
    values (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(super) const JOB: &str = "
    insert into jobs
      (account_id, id, state, model, prompt, aspect_ratio, options, count, credits_per_image, photo_id, garment_id,
       idempotency_key, fingerprint, attempt, due_at, created_at, updated_at)
    values (?1, ?2, 'dispatching', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1, ?13, ?14, ?14)";

pub(super) const HOLD: &str = "
    insert into holds (account_id, job_id, state, amount, opened_at, deadline) values (?1, ?2, 'open', ?3, ?4, ?5)";

pub(super) const HOLD_ITEMS: &str = "
    insert into hold_items (account_id, job_id, position, package_id, amount, expires_at, remaining_before)
    select ?1, ?2, value->>'position', value->>'package', value->>'amount', value->>'expires_at',
           value->>'remaining_before'
    from json_each(?3)";

/// A job that has changed since the decision read it gets the state 'stale', which does not exist:
/// the whole batch is rolled back.
pub(super) const JOBS: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update jobs set
      state = iif(version = m.value->>'version' - 1, m.value->>'state', 'stale'),
      version = m.value->>'version',
      attempt = m.value->>'attempt',
      progress = m.value->>'progress',
      poll_count = m.value->>'poll_count',
      not_found_count = m.value->>'not_found_count',
      ingest_attempts = m.value->>'ingest_attempts',
      results = m.value->>'results',
      storing_since = m.value->>'storing_since',
      waiting_hosts = m.value->>'waiting_hosts',
      uncertain_until = m.value->>'uncertain_until',
      can_be_found = m.value->>'can_be_found',
      error_code = m.value->>'error_code',
      error_message = m.value->>'error_message',
      cancel_requested = m.value->>'cancel_requested',
      waived = m.value->>'waived',
      due_at = m.value->>'due_at',
      final_poll_at = m.value->>'final_poll_at',
      updated_at = ?3
    from list as m
    where jobs.account_id = m.account and jobs.id = m.value->>'job'";

pub(super) const CLOSE_HOLDS: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update holds set
      state = c.value->>'state', settled = c.value->>'settled', released = c.value->>'released',
      closed_at = c.value->>'closed_at'
    from list as c
    where holds.account_id = c.account and holds.job_id = c.value->>'job'";

pub(super) const CLOSE_ITEMS: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update hold_items set
      settled = c.value->>'settled', released = c.value->>'released',
      closed_expires_at = c.value->>'expires_at', closed_remaining = c.value->>'remaining'
    from list as c
    where hold_items.account_id = c.account and hold_items.job_id = c.value->>'job'
      and hold_items.position = c.value->>'position'";

pub(super) const NEW_ATTEMPT: &str = "
    insert into attempts (account_id, job_id, ordinal, provider, model, created_at, updated_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?6)";

/// A provider's message may repeat the prompt, so it is not kept for a deleted job.
pub(super) const ATTEMPT: &str = "
    update attempts set
      task_id = coalesce(task_id, ?4), outcome = coalesce(?5, outcome),
      detail = (select iif(deleted_at is null, coalesce(?6, detail), null) from jobs where account_id = ?1 and id = ?2),
      anomaly = coalesce(?7, anomaly), cost = coalesce(?8, cost), updated_at = ?9
    where account_id = ?1 and job_id = ?2 and ordinal = ?3";

pub(super) const IMAGES: &str = "
    insert into images (account_id, job_id, position, content_type, bytes, width, height, created_at)
    select ?1, value->>'job', value->>'position', value->>'content_type', value->>'bytes', value->>'width',
           value->>'height', ?3
    from json_each(?2)";

/// An open job gets the state 'stale', which does not exist: the whole batch is rolled back. The
/// idempotency key of a deleted job stays taken, but matches no request any more.
pub(super) const DELETE_JOB: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update jobs set
      state = iif(due_at is null, state, 'stale'), version = version + 1, deleted_at = ?3, prompt = null, fingerprint = '',
      updated_at = ?3
    from list as m
    where jobs.account_id = m.account and jobs.id = m.value->>'job' and deleted_at is null";

pub(super) const DELETE_DETAILS: &str = "
    update attempts set detail = null
    where account_id = ?1 and job_id in (select value->>'job' from json_each(?2)) and detail is not null";

pub(super) const DELETE_IMAGES: &str = "
    delete from images
    where account_id = ?1 and job_id in (select value->>'job' from json_each(?2))";

/// Everything that may identify a person, except what operators wrote as references and reasons.
pub(super) const FORGET: [&str; 3] = [
    "update accounts set subject = null where id = ?1",
    "update attempts set detail = null where account_id = ?1 and detail is not null",
    "delete from images where account_id = ?1",
];

/// The same, for rows that record when it happened. Uploads get the oldest possible time, so that
/// no job can use them and cleanup removes their objects. Open jobs are canceled.
pub(super) const FORGET_AT: [&str; 2] = [
    "
    update uploads set created_at = 0, expires_at = 1, forgotten_at = ?2
    where account_id = ?1 and removed_at is null and forgotten_at is null",
    "
    update jobs set version = version + 1, deleted_at = coalesce(deleted_at, ?2), prompt = null, fingerprint = '', idempotency_key = null,
      cancel_requested = iif(due_at is null, cancel_requested, 1),
      due_at = iif(due_at is null or waiting_hosts is null, due_at, ?2), updated_at = ?2
    where account_id = ?1 and (deleted_at is null or idempotency_key is not null or due_at is not null)",
];
