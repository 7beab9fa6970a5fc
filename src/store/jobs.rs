//! Reading jobs: the one place where their nullable columns are understood, and inconsistent rows
//! refused.

use serde::Deserialize;

use super::row::{Flag, HoldItemRow};
use super::{Store, StoreError, decode};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::job::{Attempt, FailureCode, HoldSummary, Job, State, Status, StoredImage};
use crate::domain::ledger::{ClosedHold, ClosedItem, Closing, Receipt};
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const JOB: &str = "
    select j.state, j.model, j.prompt, j.aspect_ratio, j.options, j.count, j.credits_per_image, j.photo_id, j.garment_id,
           j.request_hash, j.attempt, j.progress, j.checks, j.missing, j.results, j.error_code, j.cancel_requested,
           j.on_the_house, j.created_at, j.updated_at, a.provider, a.model as attempt_model, a.task_id,
           h.state as hold_state, h.amount, h.settled, h.released, h.deadline, h.closed_at
    from jobs j
    join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
    join holds h on h.account_id = j.account_id and h.job_id = j.id
    where j.account_id = ?1 and j.id = ?2";

const ITEMS: &str = "
    select job_id, package_id, amount, settled, released, expires_at, remaining_before, closed_expires_at,
           closed_remaining
    from hold_items where account_id = ?1 and job_id = ?2 order by position";

const IMAGES: &str = "
    select position, content_type, bytes, width, height
    from images where account_id = ?1 and job_id = ?2 order by position";

const FIND: &str = "
    select id, request_hash from jobs where account_id = ?1 and id = ?2
    union all
    select id, request_hash from jobs where account_id = ?1 and idempotency_key = ?3
    limit 1";

#[derive(Deserialize)]
struct JobRow {
    state: State,
    model: String,
    prompt: Option<String>,
    aspect_ratio: Option<String>,
    options: Option<String>,
    count: u8,
    credits_per_image: Credits,
    photo_id: UploadId,
    garment_id: Option<UploadId>,
    request_hash: String,
    attempt: u8,
    progress: u8,
    checks: u32,
    missing: u32,
    results: Option<String>,
    error_code: Option<FailureCode>,
    cancel_requested: Flag,
    on_the_house: Flag,
    created_at: Timestamp,
    updated_at: Timestamp,
    provider: String,
    attempt_model: Option<String>,
    task_id: Option<String>,
    hold_state: HoldState,
    amount: Credits,
    settled: Credits,
    released: Credits,
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
    position: u8,
    content_type: PictureFormat,
    bytes: u64,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct FoundRow {
    id: JobId,
    request_hash: String,
}

impl Store {
    /// A job of an account, whole.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Option<Job>, StoreError> {
        let of_job = |sql| {
            Statement::new(
                sql,
                [Value::from(account.to_string()), id.to_string().into()],
            )
        };
        let [jobs, items, images] = self.batch([JOB, ITEMS, IMAGES].map(of_job)).await?;
        let Some(row) = decode::<JobRow>(jobs)?.into_iter().next() else {
            return Ok(None);
        };
        let hold = hold(id, &row, &decode(items)?)?;
        let images = decode::<ImageRow>(images)?
            .into_iter()
            .map(StoredImage::from)
            .collect();
        let status = status(&row, images)?;
        let options = row.options.as_deref().map(serde_json::from_str).transpose();
        let options =
            options.map_err(|_| StoreError::Row("a job with unreadable options".into()))?;
        let options = options.unwrap_or_default();
        Ok(Some(Job {
            id,
            account,
            model: row.model,
            prompt: row.prompt,
            aspect_ratio: row.aspect_ratio,
            options,
            count: row.count,
            credits_per_image: row.credits_per_image,
            photo: row.photo_id,
            garment: row.garment_id,
            fingerprint: row.request_hash,
            status,
            attempt: Attempt {
                ordinal: row.attempt,
                provider: row.provider,
                model: row.attempt_model,
                task_id: row.task_id,
            },
            progress: row.progress,
            checks: row.checks,
            missing: row.missing,
            cancel_requested: row.cancel_requested.0,
            hold,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }))
    }

    /// The job of that name or, if there is none, of that idempotency key, with the hash of its
    /// request.
    pub async fn find_job(
        &self,
        account: AccountId,
        id: JobId,
        key: Option<&str>,
    ) -> Result<Option<(JobId, String)>, StoreError> {
        let params = [
            Value::from(account.to_string()),
            id.to_string().into(),
            key.into(),
        ];
        let row: Option<FoundRow> = self.first(Statement::new(FIND, params)).await?;
        Ok(row.map(|row| (row.id, row.request_hash)))
    }
}

impl From<ImageRow> for StoredImage {
    fn from(row: ImageRow) -> Self {
        let ImageRow {
            position,
            content_type: format,
            bytes,
            width,
            height,
        } = row;
        Self {
            position,
            format,
            bytes,
            width,
            height,
        }
    }
}

fn status(row: &JobRow, images: Vec<StoredImage>) -> Result<Status, StoreError> {
    let inconsistent = |what: &str| StoreError::Row(format!("a {} job {what}", row.state.name()));
    Ok(match row.state {
        State::Dispatching => Status::Dispatching,
        State::Running => Status::Running,
        State::Uncertain => Status::Uncertain,
        State::Storing => {
            let list = row
                .results
                .as_deref()
                .ok_or_else(|| inconsistent("without results"))?;
            let results =
                serde_json::from_str(list).map_err(|_| inconsistent("with unreadable results"))?;
            Status::Storing { results }
        }
        State::Completed if images.is_empty() => return Err(inconsistent("without pictures")),
        State::Completed => Status::Completed {
            images,
            on_the_house: row.on_the_house.0,
        },
        State::Failed | State::Canceled | State::Expired => {
            let reason = row
                .error_code
                .ok_or_else(|| inconsistent("without a reason"))?;
            Status::Over {
                state: row.state,
                reason,
            }
        }
    })
}

fn hold(job: JobId, row: &JobRow, items: &[HoldItemRow]) -> Result<HoldSummary, StoreError> {
    let unreadable = |_| StoreError::Row(format!("the hold of {job} does not add up"));
    let shares: Vec<_> = items.iter().map(HoldItemRow::item).collect();
    let frozen = Receipt::of_freeze(&shares).map_err(unreadable)?;
    let closing = match row.hold_state {
        HoldState::Open => None,
        HoldState::Settled => Some(Closing::Settled),
        HoldState::Released if row.error_code == Some(FailureCode::TimedOut) => {
            Some(Closing::Stale)
        }
        HoldState::Released => Some(Closing::Released),
    };
    let closed = closing.zip(row.closed_at).map(|(closing, closed_at)| {
        let items = items.iter().map(|item| ClosedItem {
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
        deadline: row.deadline,
        frozen,
        closed,
    })
}
