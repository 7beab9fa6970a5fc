//! Writing a decision down: one batch, of as many statements however many rows it touches.

mod sql;

use serde_json::json;

use sql::{
    ACCOUNT, ADJUSTMENT, ATTEMPT, CLOSE_HOLDS, CLOSE_ITEMS, DELETE_DETAILS, DELETE_IMAGES,
    DELETE_JOB, FORGET, FORGET_AT, HOLD, HOLD_ITEMS, IMAGES, JOB, JOBS, JOURNAL, NEW_ATTEMPT,
    PACKAGE, PACKAGES,
};

use super::{Store, StoreError, health};
use crate::account::{Commit, Forgotten};
use crate::domain::ledger::{ClosedHold, Closing};
use crate::domain::model::provider_of;
use crate::ports::{DatabaseError, Statement, Value};

/// Why a decision is not written. Nothing of it is, unless the answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A new job names an upload that is not there.
    #[error("the upload in `{field}` is not there")]
    UploadMissing {
        /// `photo` or `garment`.
        field: String,
    },
    /// A new attempt is with a provider that rests.
    #[error("the provider rests")]
    ProviderResting,
    /// The decision does not fit what is in the database, so its picture of it was stale.
    #[error("conflict: {0}")]
    Conflict(String),
    /// It is not known whether it was written, or nothing could be read.
    #[error("lost: {0}")]
    Lost(String),
}

impl From<DatabaseError> for CommitError {
    /// The one place where the database's words are read; a test pins them.
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Refused(text) if text.contains("provider_is_resting") => {
                Self::ProviderResting
            }
            DatabaseError::Refused(text) => match text.split_once("upload_is_missing:") {
                Some((_, rest)) => {
                    let field = rest.chars().take_while(char::is_ascii_lowercase).collect();
                    Self::UploadMissing { field }
                }
                None => Self::Conflict(text),
            },
            DatabaseError::Lost(text) => Self::Lost(text),
        }
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Row(text) => Self::Lost(text),
        }
    }
}

impl Store {
    /// Writes all of a decision, or nothing of it.
    pub async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.database.batch(statements(commit)).await?;
        Ok(())
    }
}

fn statements(commit: &Commit) -> Vec<Statement> {
    [
        account(commit),
        journal(commit),
        packages(commit),
        opened(commit),
        // Holds before their jobs: no job ends while its hold is open.
        closed(commit),
        moved(commit),
        attempts(commit),
        forgotten(commit),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn account(commit: &Commit) -> Vec<Statement> {
    let Some(grant) = &commit.grant else {
        return Vec::new();
    };
    let subject = grant.subject.as_deref().map_or(Value::Null, Value::from);
    vec![Statement::new(
        ACCOUNT,
        [id(commit), subject, commit.now.into()],
    )]
}

fn journal(commit: &Commit) -> Vec<Statement> {
    let entry = |(entry, hash): &(crate::domain::ledger::Entry, crate::domain::ledger::Hash)| {
        json!({
            "seq": entry.seq, "at": entry.at, "kind": entry.movement, "amount": entry.amount,
            "package": entry.package, "job": entry.job, "remaining": entry.remaining_after,
            "held": entry.held_after, "expires_at": entry.expires_at, "hash": hash,
        })
    };
    rows(commit, JOURNAL, commit.changes.entries.iter().map(entry))
        .into_iter()
        .collect()
}

fn packages(commit: &Commit) -> Vec<Statement> {
    let new = commit
        .changes
        .granted
        .zip(commit.grant.as_ref())
        .map(|(package, grant)| {
            let kind = json!(package.kind).as_str().unwrap_or_default().to_owned();
            Statement::new(
                PACKAGE,
                [
                    id(commit),
                    package.id.to_string().into(),
                    kind.into(),
                    grant.reference.as_str().into(),
                    integer(package.granted.get()),
                    package.granted_at.into(),
                    package.expires_at.into(),
                ],
            )
        });
    let moved = commit.changes.moved.iter().map(|moved| {
        json!({
            "id": moved.id, "remaining": moved.remaining, "held": moved.held, "spent": moved.spent,
            "expired": moved.expired, "clawed_back": moved.clawed_back, "grace_until": moved.grace_until,
        })
    });
    let adjustment = commit.adjustment.as_ref().map(|adjustment| {
        let adjust = &adjustment.adjust;
        let params = [
            id(commit),
            adjust.reference.as_str().into(),
            adjust.package.to_string().into(),
            integer(adjust.credits.get()),
            adjust.reason.as_str().into(),
            integer(adjustment.remaining_before.get()),
            adjustment.expires_at.into(),
            commit.now.into(),
        ];
        Statement::new(ADJUSTMENT, params)
    });
    let moved = rows(commit, PACKAGES, moved);
    new.into_iter().chain(moved).chain(adjustment).collect()
}

fn opened(commit: &Commit) -> Vec<Statement> {
    let Some(((job, due_at), hold)) = commit.opened.as_ref().zip(commit.changes.opened.as_ref())
    else {
        return Vec::new();
    };
    let job_id = || Value::from(job.job.to_string());
    let insert = Statement::new(
        JOB,
        [
            id(commit),
            job_id(),
            job.model.as_str().into(),
            job.prompt.clone().into(),
            job.aspect_ratio.clone().into(),
            json!(job.options).to_string().into(),
            integer(job.count),
            integer(job.credits_per_image.get()),
            job.photo.to_string().into(),
            job.garment.map(|garment| garment.to_string()).into(),
            job.idempotency_key.clone().into(),
            job.fingerprint.as_str().into(),
            (*due_at).into(),
            commit.now.into(),
        ],
    );
    let amount = integer(hold.amount.get());
    let hold_row = Statement::new(
        HOLD,
        [
            id(commit),
            job_id(),
            amount,
            hold.opened_at.into(),
            hold.deadline.into(),
        ],
    );
    let items = hold.items.iter().enumerate().map(|(position, item)| {
        json!({
            "position": position, "package": item.package, "amount": item.amount, "expires_at": item.expires_at,
            "remaining_before": item.remaining_before,
        })
    });
    let items = Statement::new(HOLD_ITEMS, [id(commit), job_id(), list(items)]);
    vec![insert, hold_row, items]
}

fn moved(commit: &Commit) -> Vec<Statement> {
    let moves = commit.moved.iter().map(|moved| {
        // A list is stored as its text: `->>` of a JSON list gives just that.
        json!({
            "job": moved.job, "from": moved.from, "from_attempt": moved.from_attempt, "to": moved.to,
            "from_cancel_requested": u8::from(moved.from_cancel_requested),
            "attempt": moved.attempt, "progress": moved.progress, "checks": moved.checks, "missing": moved.missing, "results": moved.results,
            "storing_since": moved.storing_since, "waiting_hosts": moved.waiting_hosts,
            "error_code": moved.reason, "error_message": moved.reason.map(crate::domain::job::FailureCode::message),
            "cancel_requested": u8::from(moved.cancel_requested), "on_the_house": u8::from(moved.on_the_house),
            "due_at": moved.due_at, "last_look_at": moved.last_look_at, "is_over": u8::from(!moved.to.is_open()),
        })
    });
    let mut jobs: Vec<_> = rows(commit, JOBS, moves).into_iter().collect();
    for statement in &mut jobs {
        statement.params.push(commit.now.into());
    }
    let images = commit.images.iter().map(|(job, image)| {
        json!({
            "job": job, "position": image.position, "content_type": image.format, "bytes": image.bytes,
            "width": image.width, "height": image.height,
        })
    });
    let mut images: Vec<_> = rows(commit, IMAGES, images).into_iter().collect();
    for statement in &mut images {
        statement.params.push(commit.now.into());
    }
    jobs.into_iter().chain(images).collect()
}

fn closed(commit: &Commit) -> Vec<Statement> {
    let closed = &commit.changes.closed;
    let holds = closed.iter().map(|closed| {
        let state = if closed.closing == Closing::Settled { "settled" } else { "released" };
        json!({
            "job": closed.job, "state": state, "settled": closed.settled, "released": closed.released,
            "closed_at": closed.closed_at,
        })
    });
    let items = closed.iter().flat_map(|ClosedHold { job, items, .. }| {
        items.iter().enumerate().map(move |(position, item)| {
            json!({
                "job": job, "position": position, "settled": item.settled, "released": item.released,
                "expires_at": item.expires_at, "remaining": item.remaining_after,
            })
        })
    });
    // The items first: the hold's own row says that it is closed.
    rows(commit, CLOSE_ITEMS, items)
        .into_iter()
        .chain(rows(commit, CLOSE_HOLDS, holds))
        .collect()
}

fn attempts(commit: &Commit) -> Vec<Statement> {
    let of = |job: crate::domain::id::JobId, ordinal: u8| {
        [id(commit), job.to_string().into(), integer(ordinal)]
    };
    let told = commit
        .attempt
        .as_ref()
        .and_then(|told| Some((told, told.of?)));
    let health = told.and_then(|(told, (job, ordinal))| {
        let health = told.health?;
        Some(health::statements(of(job, ordinal), health, commit.now))
    });
    let health = health.into_iter().flatten();
    let told = told.map(|(told, (job, ordinal))| {
        let news = [
            told.task_id.clone().into(),
            told.outcome.into(),
            told.detail.clone().into(),
            told.anomaly.clone().into(),
            told.cost.map_or(Value::Null, |cost| integer(cost.get())),
            commit.now.into(),
        ];
        Statement::new(ATTEMPT, of(job, ordinal).into_iter().chain(news))
    });
    let new = commit.new_attempt.as_ref().map(|new| {
        let provider = provider_of(&new.model);
        let rest = [
            provider.into(),
            new.model.as_str().into(),
            commit.now.into(),
        ];
        Statement::new(
            NEW_ATTEMPT,
            of(new.job, new.ordinal).into_iter().chain(rest),
        )
    });
    told.into_iter().chain(health).chain(new).collect()
}

fn forgotten(commit: &Commit) -> Vec<Statement> {
    match commit.forgotten {
        None => Vec::new(),
        Some(Forgotten::Job(job)) => {
            let list = || list(std::iter::once(json!({"job": job})));
            vec![
                Statement::new(DELETE_JOB, [id(commit), list(), commit.now.into()]),
                Statement::new(DELETE_DETAILS, [id(commit), list()]),
                Statement::new(DELETE_IMAGES, [id(commit), list()]),
            ]
        }
        Some(Forgotten::Everything) => {
            let forget = FORGET.map(|sql| Statement::new(sql, [id(commit)]));
            let at = FORGET_AT.map(|sql| Statement::new(sql, [id(commit), commit.now.into()]));
            forget.into_iter().chain(at).collect()
        }
    }
}

/// One statement for all rows; none for no rows.
fn rows(
    commit: &Commit,
    sql: &'static str,
    rows: impl Iterator<Item = serde_json::Value>,
) -> Option<Statement> {
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(Statement::new(sql, [id(commit), list(rows)]))
}

fn list(rows: impl Iterator<Item = serde_json::Value>) -> Value {
    Value::Text(rows.collect::<serde_json::Value>().to_string())
}

fn id(commit: &Commit) -> Value {
    Value::from(commit.account.to_string())
}

/// Amounts are at most 2^53 - 1, so they fit.
fn integer(number: impl Into<u64>) -> Value {
    Value::Integer(i64::try_from(number.into()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
