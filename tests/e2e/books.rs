//! The rows of an account, read from the database file itself and checked without the Worker.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::pictures::files;

/// Queries for violations: one line of text for each.
const OFFENCES: &[(&str, &str)] = &[
    (
        "a package's credits are all somewhere",
        "select id from packages where account_id = ?1
           and granted <> remaining + held + spent + expired + clawed_back",
    ),
    (
        "what packages hold is what open holds took",
        "select p.id || ' holds ' || p.held from packages p where p.account_id = ?1 and p.held <>
           (select coalesce(sum(i.amount), 0) from hold_items i
              join holds h on h.account_id = i.account_id and h.job_id = i.job_id
             where i.account_id = p.account_id and i.package_id = p.id and h.state = 'open')",
    ),
    (
        "a closed hold is settled and released, whole",
        "select job_id from holds where account_id = ?1 and state <> 'open' and settled + released <> amount",
    ),
    (
        "an open hold has moved nothing",
        "select job_id from holds where account_id = ?1 and state = 'open' and settled + released <> 0",
    ),
    (
        "a hold is the sum of its shares",
        "select h.job_id from holds h where h.account_id = ?1 and (h.amount, h.settled, h.released) <>
           (select total(i.amount), total(i.settled), total(i.released) from hold_items i
             where i.account_id = h.account_id and i.job_id = h.job_id)",
    ),
    (
        "every job has a hold, and every hold a job",
        "select coalesce(j.id, h.job_id)
           from (select * from jobs where account_id = ?1) j
           full join (select * from holds where account_id = ?1) h on h.job_id = j.id
          where j.id is null or h.job_id is null",
    ),
    (
        "a hold is open as long as its job, unless a late success is on its way",
        "select j.id || ' is ' || j.state || ', its hold ' || h.state from jobs j
           join holds h on h.account_id = j.account_id and h.job_id = j.id
          where j.account_id = ?1
            and (h.state = 'open') <> (j.state in ('dispatching', 'running', 'uncertain', 'storing'))
            and not (j.state = 'storing' and h.state = 'released')",
    ),
    (
        "a completed job is settled, or waived; any other end is released",
        "select j.id || ' is ' || j.state || ', its hold ' || h.state from jobs j
           join holds h on h.account_id = j.account_id and h.job_id = j.id
          where j.account_id = ?1 and (
            j.state = 'completed' and h.state <> iif(j.waived, 'released', 'settled')
            or j.state in ('failed', 'canceled', 'expired') and h.state <> 'released')",
    ),
    (
        "a completed job has its pictures, and no other has any",
        "select j.id || ' is ' || j.state from jobs j where j.account_id = ?1 and (j.state = 'completed') <>
           exists (select 1 from images i where i.account_id = j.account_id and i.job_id = j.id)",
    ),
    (
        "a hold is opened once and closed once, as the journal has it",
        "select h.job_id from holds h where h.account_id = ?1 and (
           h.amount <> (select coalesce(sum(amount), 0) from journal where account_id = h.account_id and job_id = h.job_id and kind = 'freeze')
           or h.settled <> (select coalesce(sum(amount), 0) from journal where account_id = h.account_id and job_id = h.job_id and kind = 'settle')
           or h.released <> (select coalesce(sum(amount), 0) from journal where account_id = h.account_id and job_id = h.job_id and kind = 'release')
           or 1 < (select count(distinct at) from journal where account_id = h.account_id and job_id = h.job_id and kind in ('settle', 'release'))
           or exists (select 1 from journal where account_id = h.account_id and job_id = h.job_id and kind in ('settle', 'release') and at <> h.closed_at))",
    ),
    (
        "a late success is journalled once, for a job that is waived",
        "select j.id from jobs j where j.account_id = ?1 and j.waived <>
           (select count(*) from journal where account_id = j.account_id and job_id = j.id and kind = 'late_success')",
    ),
    (
        "the journal has no gaps, and time goes forward in it",
        "select 'row ' || seq from (
           select seq, at, row_number() over w as place, lag(at, 1, 0) over w as before
             from journal where account_id = ?1 window w as (order by seq))
          where seq <> place or at < before",
    ),
    (
        "the journal's movements add up to the packages",
        "select p.id from packages p where p.account_id = ?1 and
           (p.granted, p.remaining, p.held, p.spent, p.expired, p.clawed_back) <>
           (select coalesce(sum(iif(kind = 'grant', amount, 0)), 0),
                   coalesce(sum(case when kind in ('grant', 'release') then amount
                                     when kind in ('freeze', 'expire', 'clawback') then -amount end), 0),
                   coalesce(sum(case kind when 'freeze' then amount when 'settle' then -amount when 'release' then -amount end), 0),
                   coalesce(sum(iif(kind = 'settle', amount, 0)), 0),
                   coalesce(sum(iif(kind = 'expire', amount, 0)), 0),
                   coalesce(sum(iif(kind = 'clawback', amount, 0)), 0)
              from journal where account_id = p.account_id and package_id = p.id)",
    ),
    (
        "the journal's last word on a package is the package",
        "select p.id from packages p join journal l on l.account_id = p.account_id and l.package_id = p.id
          where p.account_id = ?1 and (l.remaining_after, l.held_after) <> (p.remaining, p.held)
            and l.seq = (select max(seq) from journal where account_id = p.account_id and package_id = p.id)",
    ),
    (
        "a job is with one provider: all before the last rejected it",
        "select job_id from attempts where account_id = ?1 group by job_id
         having count(*) - coalesce(sum(outcome = 'rejected'), 0) > 1 or count(*) <> max(ordinal)",
    ),
];

/// Checks an account in one transaction. An account without any rows passes.
pub(crate) fn check(state: &Path, subject: &str) {
    let mut database = open(state);
    let moment = database.transaction().expect("a moment to read at");
    let account = account_id(&moment, subject);
    for (rule, offences) in account.iter().flat_map(|_| OFFENCES) {
        let mut statement = moment.prepare(offences).expect(rule);
        let found = statement.query_map([&account], |row| row.get(0));
        let found: Result<Vec<String>, _> = found.and_then(Iterator::collect);
        assert_eq!(
            found.expect(rule),
            Vec::<String>::new(),
            "{rule}: {subject}"
        );
    }
}

/// The journal of an account, row by row.
pub(crate) fn journal(state: &Path, subject: &str) -> Vec<String> {
    let database = open(state);
    let account = account_id(&database, subject);
    let rows = "select seq || ' ' || kind || ' ' || amount || ' ' || hash from journal where account_id = ?1 order by seq";
    let mut statement = database.prepare(rows).unwrap();
    let rows = statement.query_map([&account], |row| row.get(0));
    rows.and_then(Iterator::collect).unwrap()
}

/// The anomalies that are recorded for a user's attempts.
pub(crate) fn anomalies(state: &Path, subject: &str) -> Vec<String> {
    let database = open(state);
    let account = account_id(&database, subject);
    let rows = "select anomaly from attempts where account_id = ?1 and anomaly is not null";
    let mut statement = database.prepare(rows).unwrap();
    let rows = statement.query_map([&account], |row| row.get(0));
    rows.and_then(Iterator::collect).unwrap()
}

fn account_id(database: &Connection, subject: &str) -> Option<String> {
    let query = "select id from accounts where subject = ?1";
    database.query_row(query, [subject], |row| row.get(0)).ok()
}

/// Moves the deadline of an open hold into the past, and with it the time at which its job is due. The Worker
/// must not run, since it keeps what it has read in memory.
pub(crate) fn expire_hold(state: &Path, job: &str) {
    let change =
        "update jobs set hold_deadline = created_at + 1 where id = ?1 and hold_closed_at is null";
    changes_one(state, change, job);
    make_due(state, job);
}

/// The same for every open hold.
pub(crate) fn expire_holds(state: &Path) {
    let database = opened(state, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let changes = "update jobs set hold_deadline = created_at + 1 where hold_closed_at is null;
                   update jobs set due_at = created_at + 1 where due_at is not null;";
    database.execute_batch(changes).unwrap();
}

/// Locks the database until it is dropped.
pub(crate) fn lock(state: &Path) -> Connection {
    let database = opened(state, OpenFlags::SQLITE_OPEN_READ_WRITE);
    database.execute_batch("begin exclusive").unwrap();
    database
}

/// Makes a job due for the next run of cron. The Worker must not run.
pub(crate) fn make_due(state: &Path, job: &str) {
    let change = "update jobs set due_at = created_at + 1 where id = ?1 and due_at is not null";
    changes_one(state, change, job);
}

fn changes_one(state: &Path, change: &str, job: &str) {
    let database = opened(state, OpenFlags::SQLITE_OPEN_READ_WRITE);
    assert_eq!(
        database.execute(change, [job]).expect(change),
        1,
        "{change}"
    );
}

/// The Worker's database, read-only, while the Worker runs.
pub(crate) fn open(state: &Path) -> Connection {
    opened(state, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn opened(state: &Path, flags: OpenFlags) -> Connection {
    let is_database = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "sqlite")
            && path.file_stem().is_some_and(|stem| stem != "metadata")
    };
    let mut found = files(&state.join("v3/d1"));
    found.retain(is_database);
    assert_eq!(found.len(), 1, "one database: {found:?}");
    let database = Connection::open_with_flags(&found[0], flags).unwrap();
    database
        .busy_timeout(std::time::Duration::from_secs(5))
        .unwrap();
    database
}
