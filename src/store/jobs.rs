//! Reading jobs: the only place where their nullable columns are interpreted, and inconsistent rows
//! refused.

use serde::Deserialize;

use super::job_row::{LifecycleRow, lifecycle_columns};
use super::row::{HoldItemRow, Joined};
use super::{Reader, StoreError, decode};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::job::{
    Attempt, FailureCode, GenerationRequest, HoldSummary, Job, State, StateName, StoredImage,
};
use crate::domain::ledger::{ClosedHold, ClosedItem, Closing, Receipt};
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

macro_rules! jobs {
    () => {
        concat!(
            "
    select j.id, j.account_id, j.model, j.prompt, j.aspect_ratio, j.options, j.photo_id, j.garment_id, j.fingerprint,
           j.images_removed_at, j.created_at, j.updated_at, a.provider, a.model as attempt_model,
           h.state as hold_state, h.amount, h.settled, h.released, h.opened_at, h.deadline, h.closed_at, ",
            lifecycle_columns!(),
            "
    from jobs j
    join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
    join holds h on h.account_id = j.account_id and h.job_id = j.id
    where j.account_id = ?1 and j.id "
        )
    };
}

macro_rules! items {
    () => {
        "
    select job_id, package_id, amount, settled, released, expires_at, remaining_before, closed_expires_at,
           closed_remaining
    from hold_items where account_id = ?1 and job_id "
    };
}

macro_rules! images {
    () => {
        "
    select job_id, position, content_type, bytes, width, height
    from images where account_id = ?1 and job_id "
    };
}

/// A user's own jobs before one, newest first. `~` sorts after every id of a job.
macro_rules! page {
    () => {
        "in (select id from jobs
      where account_id = ?1 and id < ?2 and deleted_at is null
        and (?3 is null or state in (select value from json_each(?3)))
      order by id desc limit cast(?4 as integer))"
    };
}

const JOB: [&str; 3] = [
    concat!(jobs!(), "= ?2"),
    concat!(items!(), "= ?2 order by position"),
    concat!(images!(), "= ?2 order by position"),
];

const PAGE: [&str; 3] = [
    concat!(jobs!(), page!(), " order by j.id desc"),
    concat!(items!(), page!(), " order by position"),
    concat!(images!(), page!(), " order by position"),
];

const FIND: &str = "
    select id, fingerprint from jobs where account_id = ?1 and id = ?2
    union all
    select id, fingerprint from jobs where account_id = ?1 and idempotency_key = ?3
    limit 1";

#[derive(Deserialize)]
struct JobRow {
    id: JobId,
    account_id: AccountId,
    model: String,
    prompt: Option<String>,
    aspect_ratio: Option<String>,
    options: Option<String>,
    photo_id: UploadId,
    garment_id: Option<UploadId>,
    fingerprint: String,
    images_removed_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    provider: String,
    attempt_model: Option<String>,
    hold_state: HoldState,
    amount: Credits,
    settled: Credits,
    released: Credits,
    opened_at: Timestamp,
    deadline: Timestamp,
    closed_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HoldState {
    Open,
    Settled,
    Released,
}

#[derive(Deserialize)]
struct ImageRow {
    job_id: JobId,
    position: u8,
    content_type: PictureFormat,
    bytes: u64,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct FoundRow {
    id: JobId,
    fingerprint: String,
}

impl Reader {
    /// A job of an account, with its hold and pictures, even if it was deleted.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Option<Job>, StoreError> {
        let params = || [Value::from(account.to_string()), id.to_string().into()];
        let jobs = self.jobs(JOB.map(|sql| Statement::new(sql, params())));
        Ok(jobs.await?.into_iter().next())
    }

    /// An account's jobs before one, newest first, without deleted ones. The number of statements
    /// does not depend on the number of jobs.
    pub async fn jobs_before(
        &self,
        account: AccountId,
        before: Option<JobId>,
        states: Option<&[StateName]>,
        limit: u8,
    ) -> Result<Vec<Job>, StoreError> {
        let before = before.map_or_else(|| "~".into(), |id| id.to_string());
        let states = states.map(|states| serde_json::json!(states).to_string());
        let params = || {
            [
                account.to_string().into(),
                before.as_str().into(),
                states.clone().into(),
                i64::from(limit).into(),
            ]
        };
        self.jobs(PAGE.map(|sql| Statement::new(sql, params())))
            .await
    }

    /// Jobs, from the rows of three statements: the jobs, their holds' shares and their pictures.
    async fn jobs(&self, statements: [Statement; 3]) -> Result<Vec<Job>, StoreError> {
        let [jobs, items, images] = self.sql.batch(statements).await?;
        let items: Vec<HoldItemRow> = decode(items)?;
        let images: Vec<ImageRow> = decode(images)?;
        let jobs = decode::<Joined<JobRow, LifecycleRow>>(jobs)?.into_iter();
        jobs.map(|row| job(row, &items, &images)).collect()
    }

    /// The job with this id or, if there is none, with this idempotency key, and the hash of its
    /// request, which is `None` if the job was deleted.
    pub async fn find_job(
        &self,
        account: AccountId,
        id: Option<JobId>,
        key: Option<&str>,
    ) -> Result<Option<(JobId, Option<String>)>, StoreError> {
        let id = id.map(|id| id.to_string());
        let params = [account.to_string().into(), id.as_deref().into(), key.into()];
        let row: Option<FoundRow> = self.sql.first(Statement::new(FIND, params)).await?;
        let hash = |hash: String| Some(hash).filter(|hash| !hash.is_empty());
        Ok(row.map(|row| (row.id, hash(row.fingerprint))))
    }
}

fn job(
    Joined(row, lifecycle): Joined<JobRow, LifecycleRow>,
    items: &[HoldItemRow],
    images: &[ImageRow],
) -> Result<Job, StoreError> {
    let hold = hold(&row, &lifecycle, items)?;
    let images = images_of(row.id, images);
    let removed = row.images_removed_at.or(lifecycle.deleted_at).is_some();
    let options = row.options.as_deref().map(str::as_bytes);
    let options = options.map(serde_json::from_slice).transpose();
    let options = options.map_err(|_| StoreError::Row("a job with unreadable options".into()))?;
    let lifecycle = lifecycle.lifecycle()?;
    if matches!(lifecycle.state, State::Completed { .. }) && images.is_empty() && !removed {
        let id = row.id;
        return Err(StoreError::Row(format!(
            "{id} is completed without pictures"
        )));
    }
    Ok(Job {
        id: row.id,
        account: row.account_id,
        request: GenerationRequest {
            model: row.model,
            photo: row.photo_id,
            garment: row.garment_id,
            prompt: row.prompt,
            aspect_ratio: row.aspect_ratio,
            options: options.unwrap_or_default(),
            count: lifecycle.count,
            credits_per_image: lifecycle.credits_per_image,
            fingerprint: row.fingerprint,
        },
        attempt: Attempt {
            ordinal: lifecycle.attempt,
            provider: row.provider,
            model: row.attempt_model,
            task_id: lifecycle.task_id.clone(),
        },
        lifecycle,
        images,
        hold,
        images_removed_at: row.images_removed_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn images_of(job: JobId, images: &[ImageRow]) -> Vec<StoredImage> {
    let images = images.iter().filter(|image| image.job_id == job);
    let images = images.map(|image| StoredImage {
        position: image.position,
        format: image.content_type,
        bytes: image.bytes,
        width: image.width,
        height: image.height,
    });
    images.collect()
}

fn hold(
    row: &JobRow,
    lifecycle: &LifecycleRow,
    items: &[HoldItemRow],
) -> Result<HoldSummary, StoreError> {
    let job = row.id;
    let unreadable = |_| StoreError::Row(format!("the hold of {job} does not add up"));
    let of_job = || items.iter().filter(|item| item.job_id == job);
    let shares: Vec<_> = of_job().map(HoldItemRow::item).collect();
    let frozen = Receipt::of_freeze(&shares).map_err(unreadable)?;
    let closing = match row.hold_state {
        HoldState::Open => None,
        HoldState::Settled => Some(Closing::Settled),
        HoldState::Released if lifecycle.error_code == Some(FailureCode::TimedOut) => {
            Some(Closing::Expired)
        }
        HoldState::Released => Some(Closing::Released),
    };
    let closed = closing.zip(row.closed_at).map(|(closing, closed_at)| {
        let items = of_job().map(|item| ClosedItem {
            item: item.item(),
            settled: item.settled,
            released: item.released,
            expires_at: item.closed_expires_at,
            remaining_after: item.closed_remaining.unwrap_or_default(),
        });
        let items = items.collect();
        ClosedHold {
            job,
            closing,
            settled: row.settled,
            released: row.released,
            closed_at,
            items,
        }
    });
    let closed = closed
        .as_ref()
        .map(Receipt::of_closing)
        .transpose()
        .map_err(unreadable)?;
    let (settled, released) = (row.settled, row.released);
    Ok(HoldSummary {
        amount: row.amount,
        closing,
        settled,
        released,
        opened_at: row.opened_at,
        deadline: row.deadline,
        frozen,
        closed,
    })
}
