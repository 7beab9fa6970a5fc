//! Reading what the reconciler and cleanup have to do.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::row::credits_expire_at;
use super::{CronWriter, Reader, RemovalWriter, StoreError, decode};
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const DUE: &str = "
    select account_id, id, due_at as at from jobs
    where hold_closed_at is null and due_at <= ?1 and waiting_hosts is null
    union all
    select account_id, id, due_at from jobs
    where hold_closed_at is not null and due_at <= ?1 and waiting_hosts is null
    union all
    select account_id, id, final_poll_at from jobs where final_poll_at <= ?1
    order by at limit cast(?2 as integer)";

const WAITING_DUE: &str = "
    select account_id, id from jobs where due_at <= ?1 and waiting_hosts is not null
    order by due_at limit cast(?2 as integer)";

const WAITING_HOSTS: &str = "
    select distinct waiting_hosts as hosts from jobs where due_at is not null and waiting_hosts is not null";

const RESCUABLE: &str = "
    select account_id, id from jobs
    where waiting_hosts in (select value from json_each(?1)) and due_at is not null
    order by due_at limit cast(?2 as integer)";

const EXPIRED: &str = concat!(
    "select distinct account_id from packages where remaining > 0 and ",
    credits_expire_at!(),
    " <= ?1 limit cast(?2 as integer)"
);

/// A job whose `due_at` has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DueJob {
    /// The id of the account.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// The id of the job.
    pub id: JobId,
}

/// Records a run, and how far the pictures before id ?2 are removed: up to the first job that still has some.
const RAN: &str = "
    insert into reconciler_runs (id, at) values (1, ?1)
    on conflict (id) do update set
      at = excluded.at,
      cleared_before = coalesce(
        (select id from jobs where id >= cleared_before and id < ?2 and images is not null order by id limit 1),
        max(cleared_before, coalesce(?2, '')))";

const UPLOADS: &str = "
    select account_id, id from uploads
    where removed_at is null and created_at <= ?1 and coalesce(forgotten_at, 0) <= ?3
    order by created_at limit cast(?2 as integer)";

const IMAGES: &str = "
    select account_id, id from jobs
    where id >= (select cleared_before from reconciler_runs) and id < ?2 and images is not null and updated_at <= ?1
      and not exists (select 1 from reports r where r.account_id = jobs.account_id and r.job_id = jobs.id)
    order by id limit cast(?3 as integer)";

const DELETED: &str = "
    select account_id, id from jobs
    where deleted_at <= ?1 and images_removed_at is null and due_at is null
    order by deleted_at limit cast(?2 as integer)";

const UPLOADS_REMOVED: &str = "
    update uploads set removed_at = ?1 from json_each(?2) as m
    where uploads.account_id = m.value->>'account' and uploads.id = m.value->>'id'";

const JOBS_CLEARED: &str = "
    update jobs set images = null, images_removed_at = ?1, updated_at = ?1 from json_each(?2) as m
    where jobs.account_id = m.value->>'account' and jobs.id = m.value->>'id'";

/// What cleanup may remove: up to which times, and how much at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removals {
    /// Uploads that arrived until then.
    pub uploads_until: Timestamp,
    /// For uploads of people who were forgotten, also: only if they were forgotten until then.
    pub forgotten_until: Timestamp,
    /// Pictures that were stored until then; `None`: pictures are kept.
    pub images_until: Option<Timestamp>,
    /// The pictures of jobs that were deleted until then.
    pub deleted_until: Timestamp,
    /// The most uploads.
    pub uploads: u16,
    /// The most jobs whose pictures are removed.
    pub jobs: u16,
}

/// What cleanup has to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removable {
    /// The uploads to remove.
    pub uploads: Vec<DueUpload>,
    /// The jobs whose pictures are to be removed.
    pub jobs: Vec<DueJob>,
}

/// An upload that is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DueUpload {
    /// The id of the account.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// The id of the upload.
    pub id: UploadId,
}

/// What a run of the cron has to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Jobs that are due, those that have waited longest first.
    pub jobs: Vec<DueJob>,
    /// Jobs that are due and wait for a host to be listed.
    pub waiting: Vec<DueJob>,
    /// The lists of hosts that jobs wait for, each as it is stored.
    pub waiting_hosts: Vec<String>,
    /// What cleanup has to remove.
    pub removable: Removable,
}

#[derive(Deserialize)]
struct HostsRow {
    hosts: String,
}

#[derive(Deserialize)]
struct AccountRow {
    account_id: AccountId,
}

impl CronWriter {
    /// Records that the cron runs, and returns what is due: at most `limit` due jobs, and as many that wait
    /// for a host.
    pub async fn due(
        &self,
        now: Timestamp,
        limit: u16,
        removals: &Removals,
    ) -> Result<Due, StoreError> {
        let until = |sql, moment: Option<Timestamp>, limit: u16| {
            Statement::new(sql, [moment.into(), i64::from(limit).into()])
        };
        let most = removals.jobs;
        // A job's id begins with its time, and its pictures are younger than itself.
        let next = |until: Timestamp| until.plus(Duration::from_millis(1));
        let first_kept = removals
            .images_until
            .map(|until| JobId::new(next(until), 0).to_string());
        let ran = Statement::new(RAN, [now.into(), first_kept.clone().into()]);
        let images = [
            removals.images_until.into(),
            first_kept.into(),
            i64::from(most).into(),
        ];
        let uploads = [
            removals.uploads_until.into(),
            i64::from(removals.uploads).into(),
            removals.forgotten_until.into(),
        ];
        let [_, due, waiting, hosts, uploads, images, deleted] = self
            .sql
            .batch([
                ran,
                until(DUE, Some(now), limit),
                until(WAITING_DUE, Some(now), limit),
                Statement::new(WAITING_HOSTS, []),
                Statement::new(UPLOADS, uploads),
                Statement::new(IMAGES, images),
                until(DELETED, Some(removals.deleted_until), most),
            ])
            .await?;
        let (images, deleted) = (decode::<DueJob>(images)?, decode::<DueJob>(deleted)?);
        // Deleted jobs come before those whose pictures are merely old.
        let jobs = deleted.into_iter().chain(images).take(most.into());
        let removable = Removable {
            uploads: decode(uploads)?,
            jobs: jobs.collect(),
        };
        let hosts = decode::<HostsRow>(hosts)?.into_iter();
        Ok(Due {
            jobs: decode(due)?,
            waiting: decode(waiting)?,
            waiting_hosts: hosts.map(|row| row.hosts).collect(),
            removable,
        })
    }
}

impl Reader {
    /// Jobs that wait for one of these lists of hosts, each as it is stored, ordered by when they
    /// are due.
    pub async fn waiting_for(&self, hosts: &[&str], limit: u16) -> Result<Vec<DueJob>, StoreError> {
        let params = [
            serde_json::json!(hosts).to_string().into(),
            i64::from(limit).into(),
        ];
        self.sql.all(Statement::new(RESCUABLE, params)).await
    }

    /// Accounts with expired credits whose expiry is not recorded yet. It reads every package.
    pub async fn accounts_with_expired(
        &self,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<AccountId>, StoreError> {
        let rows: Vec<AccountRow> = self
            .sql
            .all(Statement::new(
                EXPIRED,
                [Value::from(now), i64::from(limit).into()],
            ))
            .await?;
        Ok(rows.into_iter().map(|row| row.account_id).collect())
    }
}

impl RemovalWriter {
    /// Marks these as removed.
    pub async fn mark_removed(
        &self,
        removed: &Removable,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let uploads = removed.uploads.iter();
        let uploads = uploads.map(|upload| json!({"account": upload.account, "id": upload.id}));
        let jobs = removed.jobs.iter();
        let jobs = jobs.map(|job| json!({"account": job.account, "id": job.id}));
        let uploads = uploads.collect::<serde_json::Value>().to_string();
        let jobs = jobs.collect::<serde_json::Value>().to_string();
        self.sql
            .batch([
                Statement::new(UPLOADS_REMOVED, [now.into(), uploads.into()]),
                Statement::new(JOBS_CLEARED, [now.into(), jobs.into()]),
            ])
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::plan;

    /// Otherwise each run would read every job that there ever was.
    #[test]
    fn what_is_due_is_found_among_the_few_jobs_that_can_be() {
        for (sql, searches) in [
            (DUE, &["jobs_open", "jobs_late", "jobs_final_polls"][..]),
            (WAITING_DUE, &["jobs_waiting"]),
            (IMAGES, &["jobs_by_age"]),
            (RAN, &["jobs_by_age"]),
            (DELETED, &["jobs_to_clear"]),
        ] {
            let plan = plan(sql).join("\n");
            for index in searches {
                assert!(plan.contains(index), "{index}: {plan}");
            }
            assert!(
                !plan.contains("SCAN jobs\n") && !plan.ends_with("SCAN jobs"),
                "{plan}"
            );
        }
    }
}
