//! Reading jobs: the only place where their nullable columns are interpreted, and inconsistent rows
//! refused.

use serde::Deserialize;

use super::job_row::{LifecycleRow, attempt, lifecycle_columns, lifecycle_names};
use super::row::{HoldItemRow, hold_item_columns, json_rows};
use super::{Reader, StoreError};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::job::{
    Attempt, FailureCode, GenerationRequest, HoldSummary, Job, State, StateName, StoredImage,
};
use crate::domain::ledger::{ClosedHold, ClosedItem, Closing, Receipt};
use crate::domain::options::Options;
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

macro_rules! jobs {
    () => {
        concat!(
            "
    select j.id, j.account_id, j.model, j.prompt, j.aspect_ratio, j.options, j.photo_id, j.garment_id, j.fingerprint,
           j.images, j.images_removed_at, j.created_at, j.updated_at, ",
            attempt!("provider"),
            " as provider, ",
            attempt!("model"),
            " as attempt_model,
           j.hold_amount as amount, j.hold_settled as settled, j.hold_released as released, j.hold_deadline as deadline,
           j.hold_closed_at as closed_at,
           (select json_group_array(json_array(",
            hold_item_columns!(),
            ") order by position) from hold_items where account_id = j.account_id and job_id = j.id) as items, ",
            lifecycle_columns!(),
            "
    from jobs j
    where j.account_id = ?1 and j.id "
        )
    };
}

/// The columns of a [`JobRow`] and of its [`LifecycleRow`], as one JSON text.
macro_rules! json_jobs {
    ($($select:expr),+) => {
        json_rows!(
            concat!(
                "json_array(id, account_id, model, prompt, aspect_ratio, json(options), photo_id, garment_id, fingerprint,
                   json(images), images_removed_at, created_at, updated_at, provider, attempt_model, amount, settled,
                   released, deadline, closed_at, json(items)), json_array(",
                lifecycle_names!(),
                ")"
            ),
            $($select),+
        )
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

const JOB: &str = json_jobs!(jobs!(), "= ?2");

const PAGE: &str = json_jobs!(jobs!(), page!(), " order by j.id desc");

const FIND: &str = "
    select id, fingerprint from jobs where account_id = ?1 and id = ?2
    union all
    select id, fingerprint from jobs where account_id = ?1 and idempotency_key = ?3
    limit 1";

/// Its fields are in the order of the columns.
#[derive(Deserialize)]
struct JobRow {
    id: JobId,
    account_id: AccountId,
    model: String,
    prompt: Option<String>,
    aspect_ratio: Option<String>,
    options: Option<Options>,
    photo_id: UploadId,
    garment_id: Option<UploadId>,
    fingerprint: String,
    images: Option<Vec<ImageRow>>,
    images_removed_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    provider: String,
    attempt_model: Option<String>,
    amount: Credits,
    settled: Credits,
    released: Credits,
    deadline: Timestamp,
    closed_at: Option<Timestamp>,
    items: Vec<HoldItemRow>,
}

#[derive(Deserialize)]
struct ImageRow {
    position: u8,
    content_type: PictureFormat,
    bytes: u64,
    width: u32,
    height: u32,
    #[serde(default)]
    thumbnail: bool,
}

#[derive(Deserialize)]
struct FoundRow {
    id: JobId,
    fingerprint: String,
}

impl Reader {
    /// A job of an account, with its hold and pictures, even if it was deleted.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Option<Job>, StoreError> {
        let params = [Value::from(account.to_string()), id.to_string().into()];
        let jobs = self.jobs(Statement::new(JOB, params)).await?;
        Ok(jobs.into_iter().next())
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
        let params: [Value; 4] = [
            account.to_string().into(),
            before.into(),
            states.into(),
            i64::from(limit).into(),
        ];
        self.jobs(Statement::new(PAGE, params)).await
    }

    async fn jobs(&self, statement: Statement) -> Result<Vec<Job>, StoreError> {
        let rows = self.sql.all::<(JobRow, LifecycleRow)>(statement);
        rows.await?.into_iter().map(job).collect()
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

fn job((row, lifecycle): (JobRow, LifecycleRow)) -> Result<Job, StoreError> {
    let hold = hold(&row, &lifecycle)?;
    let images = row.images.unwrap_or_default();
    let thumbnails = images.iter().filter(|image| image.thumbnail);
    let thumbnails = thumbnails.map(|image| image.position).collect();
    let images: Vec<_> = images.iter().map(image).collect();
    let removed = row.images_removed_at.or(lifecycle.deleted_at).is_some();
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
            options: row.options.unwrap_or_default(),
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
        thumbnails,
        hold,
        images_removed_at: row.images_removed_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

const fn image(row: &ImageRow) -> StoredImage {
    StoredImage {
        position: row.position,
        format: row.content_type,
        bytes: row.bytes,
        width: row.width,
        height: row.height,
    }
}

fn hold(row: &JobRow, lifecycle: &LifecycleRow) -> Result<HoldSummary, StoreError> {
    let job = row.id;
    let unreadable = |_| StoreError::Row(format!("the hold of {job} does not add up"));
    let shares: Vec<_> = row.items.iter().map(HoldItemRow::item).collect();
    let frozen = Receipt::of_freeze(&shares).map_err(unreadable)?;
    let closing = row.closed_at.map(|_| match lifecycle.error_code {
        _ if row.settled > Credits::ZERO => Closing::Settled,
        Some(FailureCode::TimedOut) => Closing::Expired,
        _ => Closing::Released,
    });
    let closed = closing.zip(row.closed_at).map(|(closing, closed_at)| {
        let items = row.items.iter().map(|item| ClosedItem {
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
        opened_at: row.created_at,
        deadline: row.deadline,
        frozen,
        closed,
    })
}
