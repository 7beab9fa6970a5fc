//! What must hold after every batch: the journal continues where it ended, and the rows match it.

use std::collections::BTreeMap;
use std::time::Duration;

use atelier::domain::time::Timestamp;
use atelier::ports::{Statement, Value};
use rusqlite::{Connection, Row as SqlRow, params};

use super::gone::Gone;
use super::jobs::Jobs;
use super::journal::{Account, Package, Row};
use super::sold::Sold;
use super::stripe::Stripe;

const JOURNAL: &str = "
    select seq, at, kind, amount, package_id, job_id, remaining_after, held_after, expires_at
    from journal where account_id = ?1 and seq > ?2 order by seq";

const PACKAGES: &str = "
    select p.id, p.kind = 'paid', p.granted_at, p.granted, p.remaining, p.held, p.spent, p.expired, p.clawed_back,
           p.reversal_target, p.reversal_taken,
           (select coalesce(sum(i.amount), 0) from holds h
            join hold_items i on i.account_id = h.account_id and i.job_id = h.job_id
            where h.account_id = p.account_id and h.state = 'open' and i.package_id = p.id)
    from packages p where p.account_id = ?1";

const OPEN: &str = "
    select h.job_id, h.amount, j.state in ('dispatching', 'running', 'uncertain', 'storing')
    from holds h join jobs j on j.account_id = h.account_id and j.id = h.job_id
    where h.account_id = ?1 and h.state = 'open'";

/// The accounts as computed from their journals, and the requests that watch them.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) jobs: Jobs,
    pub(crate) gone: Gone,
    pub(crate) sold: Sold,
    /// How long credits can be used at least that are given back, in milliseconds.
    grace: i64,
    watches: BTreeMap<u64, Watch>,
    watched: u64,
}

/// The state of an account during a request.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    account: String,
    packages: Vec<Vec<Package>>,
    open_holds: Vec<usize>,
}

impl Watch {
    /// The least that was available during the request, without credits that had expired by its
    /// end.
    pub(crate) fn least(&self, end: Timestamp) -> i64 {
        let usable = |package: &&Package| !package.is_expired(end.millis());
        let available = |packages: &Vec<Package>| {
            packages
                .iter()
                .filter(usable)
                .map(|package| package.remaining)
                .sum()
        };
        self.packages.iter().map(available).min().unwrap_or(0)
    }

    /// The most jobs that were open at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.open_holds.iter().copied().max().unwrap_or(0)
    }
}

/// What batches write that has to do with people who sign in, with mails, with refunds that are asked for, and with events
/// of no order that is known, and so with nobody's credits.
const ASIDE: &[&str] = &[
    "early_reversals",
    "into refunds",
    "update refunds",
    "set mail = null where account_id = ?1 and id",
    "expiry_notices",
    "counters",
    "sign_ins",
    "sessions",
    "users",
    "identities",
    "identity_claims",
];

impl Books {
    pub(crate) fn new(grace: Duration) -> Self {
        Self {
            grace: i64::try_from(grace.as_millis()).unwrap(),
            ..Self::default()
        }
    }

    /// After a batch that wrote at this step: (1) jobs moved as they may; (2) deleted rows are empty; (3) the
    /// journal continues; (4) packages and open holds match it; (5) purchases
    /// are as they may be.
    pub(crate) fn after(
        &mut self,
        connection: &Connection,
        statements: &[Statement],
        stripe: &Stripe,
        step: u64,
    ) -> Result<(), String> {
        // Recording that cron ran, and removing old pictures, moves no credits.
        let is_upkeep = |statement: &Statement| {
            ["into reconciler_runs", "set removed_at"]
                .iter()
                .any(|what| statement.sql.contains(what))
        };
        let is_aside =
            |statement: &Statement| ASIDE.iter().any(|what| statement.sql.contains(what));
        if statements.first().is_some_and(is_upkeep) || statements.iter().all(is_aside) {
            return Ok(());
        }
        let Some(Value::Text(account)) = statements.first().and_then(|first| first.params.first())
        else {
            return Err("a batch that names no account".into());
        };
        if statements
            .iter()
            .all(|statement| statement.sql.contains("into uploads"))
        {
            return Ok(());
        }
        self.jobs
            .after(connection, account, statements, &self.gone)?; // (1)
        self.gone.after(connection, account, statements, step)?; // (2)
        let known = self.accounts.entry(account.clone()).or_default();
        known.grace = self.grace;
        let mut packages = connection.prepare_cached(PACKAGES).unwrap();
        let packages = packages.query_map([account], package_of).unwrap();
        let packages: Vec<_> = packages.map(Result::unwrap).collect();
        for (name, package, ..) in &packages {
            let Package {
                paid, granted_at, ..
            } = *package;
            let known = known.packages.entry(name.clone()).or_default();
            (known.paid, known.granted_at) = (paid, granted_at);
        }
        let mut journal = connection.prepare_cached(JOURNAL).unwrap();
        let rows = journal
            .query_map(params![account, known.seq], row_of)
            .unwrap();
        let rows: Vec<_> = rows.map(Result::unwrap).collect();
        known.read(&rows)?; // (3)
        compare(known, &packages, connection, account)?; // (4)
        let of_account = |watch: &&mut Watch| watch.account == *account;
        for watch in self.watches.values_mut().filter(of_account) {
            watch.look(known);
        }
        self.sold
            .after(connection, account, statements, stripe, step) // (5)
    }

    /// Begins to watch an account.
    pub(crate) fn watch(&mut self, account: &str) -> u64 {
        self.watched += 1;
        let mut watch = Watch {
            account: account.into(),
            ..Watch::default()
        };
        watch.look(self.accounts.entry(account.into()).or_default());
        self.watches.insert(self.watched, watch);
        self.watched
    }

    pub(crate) fn watch_ends(&mut self, number: u64) -> Watch {
        self.watches.remove(&number).unwrap_or_default()
    }
}

impl Watch {
    fn look(&mut self, account: &Account) {
        let open = account
            .packages
            .values()
            .filter(|package| package.remaining > 0);
        self.packages.push(open.cloned().collect());
        let open = account.holds.values().filter(|hold| hold.open > 0);
        self.open_holds.push(open.count());
    }
}

/// A package, what reversals are to take of it and have taken, and what open holds have of it.
type PackageRow = (String, Package, (i64, i64), i64);

fn compare(
    known: &Account,
    packages: &[PackageRow],
    connection: &Connection,
    account: &str,
) -> Result<(), String> {
    for (name, row, (target, taken), held_by_holds) in packages {
        let journal = &known.packages[name];
        let expected = Package {
            expires_at: None,
            given_back: 0,
            life: None,
            ..journal.clone()
        };
        // Nobody here claws back but for money that goes back. While something is short, nothing remains.
        let is_taken = row.clawed_back == *taken && (taken == target || row.remaining == 0);
        if !is_taken || taken > target {
            return Err(format!(
                "of package {name} {target} are to be taken back, and {taken} are: {row:?}"
            ));
        }
        if *row != expected {
            return Err(format!(
                "package {name} is {row:?}, its journal gives {expected:?}"
            ));
        }
        if row.held != *held_by_holds {
            return Err(format!(
                "package {name} holds {}, open holds took {held_by_holds}",
                row.held
            ));
        }
        if row.granted != row.remaining + row.held + row.spent + row.expired + row.clawed_back {
            return Err(format!(
                "package {name} does not conserve its credits: {row:?}"
            ));
        }
    }
    let mut open = connection.prepare_cached(OPEN).unwrap();
    let cells = |row: &SqlRow<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)));
    let open = open.query_map([account], cells).unwrap();
    let open: BTreeMap<String, (i64, bool)> = open.map(Result::unwrap).collect();
    for (job, (amount, job_is_open)) in &open {
        if known.holds.get(job).map_or(0, |hold| hold.open) != *amount {
            return Err(format!(
                "the hold of {job} has {amount} open, its journal does not"
            ));
        }
        if !job_is_open {
            return Err(format!("{job} is over, but its hold is open"));
        }
    }
    let in_journal = known
        .holds
        .iter()
        .find(|(job, hold)| hold.open > 0 && !open.contains_key(*job));
    match in_journal {
        Some((job, hold)) => Err(format!("{job} has no open hold, but its journal {hold:?}")),
        None => Ok(()),
    }
}

fn package_of(row: &SqlRow<'_>) -> rusqlite::Result<PackageRow> {
    let package = Package {
        paid: row.get(1)?,
        granted_at: row.get(2)?,
        expires_at: None,
        granted: row.get(3)?,
        remaining: row.get(4)?,
        held: row.get(5)?,
        spent: row.get(6)?,
        expired: row.get(7)?,
        clawed_back: row.get(8)?,
        given_back: 0,
        life: None,
    };
    let reversed = (row.get(9)?, row.get(10)?);
    Ok((row.get(0)?, package, reversed, row.get(11)?))
}

fn row_of(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        amount: row.get(3)?,
        package: row.get(4)?,
        job: row.get(5)?,
        remaining_after: row.get(6)?,
        held_after: row.get(7)?,
        expires_at: row.get(8)?,
    })
}
