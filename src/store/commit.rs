//! Writing a decision down: one batch, of as many statements however many rows it touches.

mod sql;

use serde_json::json;

use sql::{
    ACCOUNT, ATTEMPT, CLAWBACK, CLOSE_HOLDS, CLOSE_ITEMS, DELETE_DETAILS, DELETE_IMAGES,
    DELETE_JOB, FORGET, FORGET_AT, HOLD, HOLD_ITEMS, IMAGES, JOB, JOBS, JOURNAL, NEW_ATTEMPT,
    PACKAGE, PACKAGES,
};

use super::{AccountStore, StoreError, health, job_row};
use crate::domain::account::{Changes, Deletion, Grant, Write};
use crate::domain::id::JobId;
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
    CircuitOpen,
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
            DatabaseError::Refused(text) if text.contains("circuit_is_open") => Self::CircuitOpen,
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

impl AccountStore {
    /// Writes all of a decision, or nothing of it.
    pub async fn commit(&self, changes: &Changes) -> Result<(), CommitError> {
        self.sql.0.batch(statements(changes)).await?;
        Ok(())
    }
}

fn statements(changes: &Changes) -> Vec<Statement> {
    [
        account(changes),
        journal(changes),
        packages(changes),
        opened(changes),
        // Holds before their jobs: no job ends while its hold is open.
        closed(changes),
        moved(changes),
        attempts(changes),
        deletions(changes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn account(changes: &Changes) -> Vec<Statement> {
    let Some(grant) = grant(changes) else {
        return Vec::new();
    };
    let subject = grant.subject.as_deref().map_or(Value::Null, Value::from);
    vec![Statement::new(
        ACCOUNT,
        [id(changes), subject, changes.now.into()],
    )]
}

fn journal(changes: &Changes) -> Vec<Statement> {
    let entry = |(entry, hash): &(crate::domain::ledger::Entry, crate::domain::ledger::Hash)| {
        json!({
            "seq": entry.seq, "at": entry.at, "kind": entry.movement, "amount": entry.amount,
            "package": entry.package, "job": entry.job, "remaining": entry.remaining_after,
            "held": entry.held_after, "expires_at": entry.expires_at, "hash": hash,
        })
    };
    rows(changes, JOURNAL, changes.money.entries.iter().map(entry))
        .into_iter()
        .collect()
}

fn packages(changes: &Changes) -> Vec<Statement> {
    let new = changes
        .money
        .granted
        .zip(grant(changes))
        .map(|(package, grant)| {
            let kind = json!(package.kind).as_str().unwrap_or_default().to_owned();
            Statement::new(
                PACKAGE,
                [
                    id(changes),
                    package.id.to_string().into(),
                    kind.into(),
                    grant.reference.as_str().into(),
                    integer(package.granted.get()),
                    package.granted_at.into(),
                    package.expires_at.into(),
                ],
            )
        });
    let moved = changes.money.moved.iter().map(|moved| {
        json!({
            "id": moved.id, "remaining": moved.remaining, "held": moved.held, "spent": moved.spent,
            "expired": moved.expired, "clawed_back": moved.clawed_back, "grace_until": moved.grace_until,
        })
    });
    let clawbacks = of(changes, |write| match write {
        Write::Clawback(record) => Some(record),
        _ => None,
    });
    let clawbacks = clawbacks.map(|record| {
        let clawback = &record.clawback;
        let params = [
            id(changes),
            clawback.reference.as_str().into(),
            clawback.package.to_string().into(),
            integer(clawback.credits.get()),
            clawback.reason.as_str().into(),
            integer(record.remaining_before.get()),
            record.expires_at.into(),
            changes.now.into(),
        ];
        Statement::new(CLAWBACK, params)
    });
    let moved = rows(changes, PACKAGES, moved);
    new.into_iter().chain(moved).chain(clawbacks).collect()
}

fn opened(changes: &Changes) -> Vec<Statement> {
    let mut opened = of(changes, |write| match write {
        Write::Open(open, job) => Some((open, job)),
        _ => None,
    });
    let Some(((job, lifecycle), hold)) = opened.next().zip(changes.money.opened.as_ref()) else {
        return Vec::new();
    };
    let request = &job.request;
    let job_id = || Value::from(job.job.to_string());
    let insert = Statement::new(
        JOB,
        [
            id(changes),
            job_id(),
            request.model.as_str().into(),
            request.prompt.clone().into(),
            request.aspect_ratio.clone().into(),
            json!(request.options).to_string().into(),
            integer(request.count),
            integer(request.credits_per_image.get()),
            request.photo.to_string().into(),
            request.garment.map(|garment| garment.to_string()).into(),
            job.idempotency_key.clone().into(),
            request.fingerprint.as_str().into(),
            lifecycle.due_at.into(),
            changes.now.into(),
        ],
    );
    let amount = integer(hold.amount.get());
    let hold_row = Statement::new(
        HOLD,
        [
            id(changes),
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
    let items = Statement::new(HOLD_ITEMS, [id(changes), job_id(), list(items)]);
    vec![insert, hold_row, items]
}

fn moved(changes: &Changes) -> Vec<Statement> {
    let moves = changes.jobs().map(|(id, job)| job_row::columns(id, job));
    let mut jobs: Vec<_> = rows(changes, JOBS, moves).into_iter().collect();
    for statement in &mut jobs {
        statement.params.push(changes.now.into());
    }
    let images = of(changes, |write| match write {
        Write::Image(job, image) => Some((job, image)),
        _ => None,
    });
    let images = images.map(|(job, image)| {
        json!({
            "job": job, "position": image.position, "content_type": image.format, "bytes": image.bytes,
            "width": image.width, "height": image.height,
        })
    });
    let mut images: Vec<_> = rows(changes, IMAGES, images).into_iter().collect();
    for statement in &mut images {
        statement.params.push(changes.now.into());
    }
    jobs.into_iter().chain(images).collect()
}

fn closed(changes: &Changes) -> Vec<Statement> {
    let closed = &changes.money.closed;
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
    rows(changes, CLOSE_ITEMS, items)
        .into_iter()
        .chain(rows(changes, CLOSE_HOLDS, holds))
        .collect()
}

fn attempts(changes: &Changes) -> Vec<Statement> {
    let attempt = |job: JobId, ordinal: u8| [id(changes), job.to_string().into(), integer(ordinal)];
    let learned = of(changes, |write| match write {
        Write::Learned(job, ordinal, learned) => Some((*job, *ordinal, learned)),
        _ => None,
    });
    let learned = learned.flat_map(|(job, ordinal, learned)| {
        let news = [
            learned.task_id.clone().into(),
            learned.outcome.into(),
            learned.detail.clone().into(),
            Value::Null,
            learned.cost.map_or(Value::Null, |cost| integer(cost.get())),
            changes.now.into(),
        ];
        let params = attempt(job, ordinal).into_iter().chain(news);
        let health = learned.health.into_iter();
        let health = health
            .flat_map(move |health| health::statements(attempt(job, ordinal), health, changes.now));
        std::iter::once(Statement::new(ATTEMPT, params)).chain(health)
    });
    let anomalies = of(changes, |write| match write {
        Write::Anomaly(job, ordinal, anomaly) => Some((*job, *ordinal, anomaly)),
        _ => None,
    });
    let anomalies = anomalies.map(|(job, ordinal, anomaly)| {
        let [none, now] = [Value::Null, changes.now.into()];
        let news = [
            none.clone(),
            none.clone(),
            none.clone(),
            anomaly.as_str().into(),
            none,
            now,
        ];
        Statement::new(ATTEMPT, attempt(job, ordinal).into_iter().chain(news))
    });
    let new = of(changes, |write| match write {
        Write::NewAttempt(new) => Some(new),
        _ => None,
    });
    let new = new.map(|new| {
        let rest = [
            provider_of(&new.model).into(),
            new.model.as_str().into(),
            changes.now.into(),
        ];
        let params = attempt(new.job, new.ordinal).into_iter().chain(rest);
        Statement::new(NEW_ATTEMPT, params)
    });
    learned.chain(anomalies).chain(new).collect()
}

fn deletions(changes: &Changes) -> Vec<Statement> {
    let deletions = of(changes, |write| match write {
        Write::Delete(deletion) => Some(*deletion),
        _ => None,
    });
    let statements = deletions.map(|deletion| match deletion {
        Deletion::Job(job) => {
            let list = || list(std::iter::once(json!({"job": job})));
            vec![
                Statement::new(DELETE_JOB, [id(changes), list(), changes.now.into()]),
                Statement::new(DELETE_DETAILS, [id(changes), list()]),
                Statement::new(DELETE_IMAGES, [id(changes), list()]),
            ]
        }
        Deletion::Everything => {
            let forget = FORGET.map(|sql| Statement::new(sql, [id(changes)]));
            let at = FORGET_AT.map(|sql| Statement::new(sql, [id(changes), changes.now.into()]));
            forget.into_iter().chain(at).collect()
        }
    });
    statements.flatten().collect()
}

/// The writes of one kind.
fn of<'a, T>(
    changes: &'a Changes,
    kind: impl Fn(&'a Write) -> Option<T> + 'a,
) -> impl Iterator<Item = T> + 'a {
    changes.writes.iter().filter_map(kind)
}

fn grant(changes: &Changes) -> Option<&Grant> {
    let mut grants = of(changes, |write| match write {
        Write::Grant(grant) => Some(grant),
        _ => None,
    });
    grants.next()
}

/// One statement for all rows; none for no rows.
fn rows(
    changes: &Changes,
    sql: &'static str,
    rows: impl Iterator<Item = serde_json::Value>,
) -> Option<Statement> {
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(Statement::new(sql, [id(changes), list(rows)]))
}

fn list(rows: impl Iterator<Item = serde_json::Value>) -> Value {
    Value::Text(rows.collect::<serde_json::Value>().to_string())
}

fn id(changes: &Changes) -> Value {
    Value::from(changes.account.to_string())
}

/// Amounts are at most 2^53 - 1, so they fit.
fn integer(number: impl Into<u64>) -> Value {
    Value::Integer(i64::try_from(number.into()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
