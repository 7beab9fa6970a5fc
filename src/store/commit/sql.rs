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
      (account_id, id, kind, reference, granted, remaining, held, spent, expired, clawed_back, granted_at, expires_at,
       granted_by)
    values (?1, ?2, ?3, ?4, ?5, ?5, 0, 0, 0, 0, ?6, ?7, ?8)";

/// The claim is the key: one that is there makes the whole batch fail.
pub(super) const WELCOME_CLAIMS: &str = "
    insert into welcome_claims (claim, account_id, claimed_at) select value, ?1, ?3 from json_each(?2)";

/// Adds differences instead of setting values, so that the row's CHECKs judge the sum whatever
/// state the decision was based on.
pub(super) const PACKAGES: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update packages set
      remaining = remaining + (m.value->>'remaining'), held = held + (m.value->>'held'),
      spent = spent + (m.value->>'spent'), expired = expired + (m.value->>'expired'),
      clawed_back = clawed_back + (m.value->>'clawed_back'), grace_until = m.value->>'grace_until',
      reversal_taken = reversal_taken + (m.value->>'taken'),
      reversal_target = coalesce(m.value->>'$.reversed.target', reversal_target),
      reversal_life = iif(m.value->'reversed' is null, reversal_life, m.value->>'$.reversed.life'),
      reinstated_until = coalesce(m.value->>'$.reversed.reinstated_until', reinstated_until)
    from list as m
    where packages.account_id = m.account and packages.id = m.value->>'id'";

pub(super) const CLAWBACK: &str = "
    insert into clawbacks
      (reference, account_id, package_id, amount, reason, remaining_before, expires_at, at, operator)
    values (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(super) const JOB: &str = "
    insert into jobs
      (account_id, id, state, model, prompt, aspect_ratio, options, count, credits_per_image, photo_id, garment_id,
       idempotency_key, fingerprint, attempt, attempts, hold_amount, hold_deadline, due_at, created_at, updated_at)
    values (?1, ?2, 'dispatching', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1, ?13, ?14, ?15, ?16, ?17, ?17)";

pub(super) const HOLD_ITEMS: &str = "
    insert into hold_items (account_id, job_id, position, package_id, amount, expires_at, remaining_before)
    select ?1, ?2, value->>'position', value->>'package', value->>'amount', value->>'expires_at',
           value->>'remaining_before'
    from json_each(?3)";

/// The attempts with what was learned about one of them. Its task's id stays as it was first told, and a
/// provider's message may repeat the prompt, so it is not kept for a deleted job.
macro_rules! learned {
    () => {
        "case when m.value->'learned' is null then attempts
          else json_replace(attempts, m.value->>'$.learned.path', json_patch(
            json_patch(m.value->'$.learned.task', attempts->(m.value->>'$.learned.path')),
            iif(deleted_at is null, m.value->'$.learned.news', json_remove(m.value->'$.learned.news', '$.detail')))) end"
    };
}

/// An update of jobs: of their own columns, and more. A job that has changed since the decision read it gets the
/// state 'stale', which does not exist: the whole batch is rolled back.
macro_rules! move_jobs {
    ($more:literal) => {
        concat!(
            "
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
      attempts = case when m.value->'new_attempt' is null then ",
            learned!(),
            "
        else json_insert(",
            learned!(),
            ", '$[#]', m.value->'new_attempt') end,
      images = coalesce(m.value->>'images', images),",
            $more,
            "
      updated_at = ?3
    from list as m
    where jobs.account_id = m.account and jobs.id = m.value->>'job'"
        )
    };
}

pub(super) const JOBS: &str = move_jobs!("");

/// The same for jobs whose holds are closed: the index of open ones is written only by this.
pub(super) const CLOSE_JOBS: &str = move_jobs!(
    "
      hold_settled = m.value->>'$.hold.settled',
      hold_released = m.value->>'$.hold.released',
      hold_closed_at = m.value->>'$.hold.closed_at',"
);

/// Holds that are closed while their jobs go on: those of results that are still being stored.
pub(super) const CLOSE_HOLDS: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update jobs set
      hold_settled = m.value->>'settled', hold_released = m.value->>'released', hold_closed_at = m.value->>'closed_at'
    from list as m
    where jobs.account_id = m.account and jobs.id = m.value->>'job'";

pub(super) const CLOSE_ITEMS: &str = "
    with list as materialized (select ?1 as account, value from json_each(?2))
    update hold_items set
      settled = c.value->>'settled', released = c.value->>'released',
      closed_expires_at = c.value->>'expires_at', closed_remaining = c.value->>'remaining'
    from list as c
    where hold_items.account_id = c.account and hold_items.job_id = c.value->>'job'
      and hold_items.position = c.value->>'position'";

pub(super) const ANOMALY: &str = "
    update jobs set
      attempts = json_set(attempts, '$[' || (cast(?3 as integer) - 1) || '].anomaly', ?4, '$[' || (cast(?3 as integer) - 1) || '].updated_at', ?5)
    where account_id = ?1 and id = ?2 and ?3 <= json_array_length(attempts)";

/// The attempts without what providers said of them.
macro_rules! without_details {
    () => {
        "(select json_group_array(json_remove(value, '$.detail') order by key) from json_each(attempts))"
    };
}

/// An open job gets the state 'stale', which does not exist: the whole batch is rolled back. The
/// idempotency key of a deleted job stays taken, but matches no request any more.
pub(super) const DELETE_JOB: &str = concat!(
    "
    update jobs set
      state = iif(due_at is null, state, 'stale'), version = version + 1, deleted_at = ?3, prompt = null, fingerprint = '',
      attempts = ",
    without_details!(),
    ", images = null, updated_at = ?3
    where account_id = ?1 and id = ?2 and deleted_at is null"
);

/// Everything that may identify a person, except what operators wrote as references and reasons.
/// What its user wrote of a job.
pub(super) const DELETE_REPORT: &str =
    "delete from reports where account_id = ?1 and job_id = ?2 and reported_at <= ?3";

pub(super) const FORGET: [&str; 6] = [
    "delete from reports where account_id = ?1 and reported_at <= ?2",
    "update accounts set subject = null where id = ?1 and ?2 is not null",
    // Uploads get the oldest possible time, so that no job can use them and cleanup removes their objects.
    "
    update uploads set created_at = 0, expires_at = 1, forgotten_at = ?2
    where account_id = ?1 and removed_at is null and forgotten_at is null",
    // What can still be paid is over. A payment that comes all the same is granted to the account, which stays.
    "
    update orders set state = 'expired', version = version + 1, due_at = null, updated_at = ?2
    where account_id = ?1 and state in ('created', 'open')",
    "
    update orders set
      mail = null, receipt_url = null, idempotency_key = null, forgotten_at = ?2,
      session_id = iif(state = 'pending', session_id, null), session_url = iif(state = 'pending', session_url, null),
      session_expires_at = iif(state = 'pending', session_expires_at, null)
    where account_id = ?1",
    // Open jobs are canceled.
    concat!(
        "
    update jobs set version = version + 1, deleted_at = coalesce(deleted_at, ?2), prompt = null, fingerprint = '',
      idempotency_key = null, attempts = ",
        without_details!(),
        ", images = null,
      cancel_requested = iif(due_at is null, cancel_requested, 1),
      due_at = iif(due_at is null or waiting_hosts is null, due_at, ?2), updated_at = ?2
    where account_id = ?1 and (deleted_at is null or idempotency_key is not null or due_at is not null)"
    ),
];
