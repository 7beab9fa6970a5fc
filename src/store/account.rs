//! Loading an account's state.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::job_row::{LifecycleRow, attempt, lifecycle_columns};
use super::row::{HoldItemRow, Joined, PackageRow, package_columns};
use super::{AccountStore, Reader, StoreError, decode};
use crate::domain::account::AccountState;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::job::StateName;
use crate::domain::ledger::{Book, Hash, Head, Hold, Package};
use crate::domain::limits;
use crate::domain::time::Timestamp;
use crate::ports::{Rows, Statement, Value};

const HEAD: &str =
    "select seq, hash, at from journal where account_id = ?1 order by seq desc limit 1";

const PACKAGES: &str = concat!(
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and (remaining > 0 or held > 0)"
);

const HOLDS: &str = concat!(
    "
    select j.id as job_id, j.hold_amount as amount, j.created_at as opened_at, j.hold_deadline as deadline, ",
    lifecycle_columns!(),
    "
    from jobs j
    where j.account_id = ?1 and j.hold_closed_at is null"
);

/// Items of open holds only. `cross join` fixes the order of the join: SQLite would otherwise scan
/// every item that the account ever had.
const ITEMS: &str = "
    select i.job_id, i.package_id, i.amount, i.settled, i.released, i.expires_at, i.remaining_before,
           i.closed_expires_at, i.closed_remaining
    from jobs j
    cross join hold_items i on i.account_id = j.account_id and i.job_id = j.id
    where j.account_id = ?1 and j.hold_closed_at is null
    order by i.job_id, i.position";

/// The jobs of the last hour, found by their ids, since the id is the key and begins with the time. No
/// account within its limits has nearly so many.
const RECENT: &str = "
    select created_at, state from jobs
    where account_id = ?1 and id >= ?2 and created_at > ?3
    order by id desc limit 2000";

/// How far the object's clock may differ from the clock of the Worker that makes an id.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

/// The same conditions as in the triggers on a new job's uploads.
const USABLE: &str = "
    select id from uploads
    where account_id = ?1 and id in (select value from json_each(?2)) and expires_at > ?3";

#[derive(Deserialize)]
struct UploadRow {
    id: UploadId,
}

#[derive(Deserialize)]
struct RecentRow {
    created_at: Timestamp,
    state: StateName,
}

#[derive(Deserialize)]
struct HeadRow {
    seq: u64,
    hash: Hash,
    at: Timestamp,
}

#[derive(Deserialize)]
struct OfJob {
    job_id: JobId,
}

#[derive(Deserialize)]
struct HoldRow {
    job_id: JobId,
    amount: Credits,
    opened_at: Timestamp,
    deadline: Timestamp,
}

impl AccountStore {
    /// The account's state, read in one transaction at about `now`.
    pub async fn load(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<AccountState, StoreError> {
        let [head, packages, holds, items] = statements(account);
        let since = now.minus(limits::HOUR);
        let first = JobId::new(since.minus(CLOCKS_DIFFER), 0);
        let params = [
            account.to_string().into(),
            first.to_string().into(),
            since.into(),
        ];
        let recent = Statement::new(RECENT, params);
        let [head, packages, holds, items, recent] = self
            .sql
            .batch([head, packages, holds, items, recent])
            .await?;
        let mut loaded = state(account, [head, packages, holds, items])?;
        for RecentRow { created_at, state } in decode(recent)? {
            loaded.recent.ask(created_at, now);
            loaded.recent.end(created_at, state);
        }
        Ok(loaded)
    }

    /// The field of the first of these uploads that is missing or has expired.
    pub(super) async fn missing_upload(
        &self,
        account: AccountId,
        wanted: [(&'static str, Option<UploadId>); 2],
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        let uploads: Vec<_> = wanted.iter().filter_map(|(_, upload)| *upload).collect();
        let usable = self
            .sql
            .all::<UploadRow>(usable(account, &uploads, now))
            .await?;
        let is_missing = |upload: UploadId| usable.iter().all(|row| row.id != upload);
        let mut missing = wanted.into_iter();
        let missing = missing.find(|(_, upload)| upload.is_some_and(is_missing));
        Ok(missing.map(|(field, _)| field))
    }
}

impl Reader {
    /// The same as [`AccountStore::load`] without the recent jobs, and which of these uploads the account can
    /// use.
    pub async fn load_with_uploads(
        &self,
        account: AccountId,
        uploads: &[UploadId],
        now: Timestamp,
    ) -> Result<(AccountState, Vec<UploadId>), StoreError> {
        let [head, packages, holds, items] = statements(account);
        let usable = usable(account, uploads, now);
        let [head, packages, holds, items, usable] = self
            .sql
            .batch([head, packages, holds, items, usable])
            .await?;
        let usable = decode::<UploadRow>(usable)?.into_iter();
        let state = state(account, [head, packages, holds, items])?;
        Ok((state, usable.map(|row| row.id).collect()))
    }
}

fn usable(account: AccountId, uploads: &[UploadId], now: Timestamp) -> Statement {
    let params = [
        account.to_string().into(),
        serde_json::json!(uploads).to_string().into(),
        now.into(),
    ];
    Statement::new(USABLE, params)
}

fn statements(account: AccountId) -> [Statement; 4] {
    let of_account = |sql| Statement::new(sql, [Value::from(account.to_string())]);
    [HEAD, PACKAGES, HOLDS, ITEMS].map(of_account)
}

fn state(account: AccountId, rows: [Rows; 4]) -> Result<AccountState, StoreError> {
    let [head, packages, holds, items] = rows;
    let mut state = AccountState::empty(account);
    let Book {
        head: last,
        packages: open,
        holds: held,
        ..
    } = &mut state.book;
    if let Some(HeadRow { seq, hash, at }) = decode(head)?.into_iter().next() {
        *last = Head { seq, hash, at };
    }
    open.extend(
        decode::<PackageRow>(packages)?
            .into_iter()
            .map(Package::from),
    );
    let mut shares: BTreeMap<JobId, Vec<_>> = BTreeMap::new();
    for Joined(of, item) in decode::<Joined<OfJob, HoldItemRow>>(items)? {
        shares.entry(of.job_id).or_default().push(item.item());
    }
    for Joined(row, lifecycle) in decode::<Joined<HoldRow, LifecycleRow>>(holds)? {
        let HoldRow {
            job_id: job,
            amount,
            opened_at,
            deadline,
        } = row;
        let items = shares.remove(&job).unwrap_or_default();
        held.push(Hold {
            job,
            amount,
            opened_at,
            deadline,
            items,
        });
        state.jobs.insert(job, lifecycle.lifecycle()?);
    }
    Ok(state)
}
