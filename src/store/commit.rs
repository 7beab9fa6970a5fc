//! Committing a decision in one batch, with a constant number of statements however many rows it
//! touches.

mod error;
mod orders;
mod sql;

use serde_json::json;

use sql::{
    ACCOUNT, ANOMALY, CLAWBACK, CLOSE_HOLDS, CLOSE_ITEMS, CLOSE_JOBS, DELETE_JOB, DELETE_REPORT,
    FORGET, HOLD_ITEMS, JOB, JOBS, JOURNAL, PACKAGE, PACKAGES, WELCOME_CLAIMS,
};

use super::{AccountStore, health, job_row};
use crate::domain::account::{Changes, Deletion, Grant, Write};
use crate::domain::id::JobId;
use crate::domain::ledger::ClosedHold;
use crate::domain::model::provider_of;
use crate::ports::{Statement, Value};

pub use error::CommitError;

impl AccountStore {
    /// Writes a decision as one transaction.
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
        closed_items(changes),
        moved(changes),
        attempts(changes),
        deletions(changes),
        orders::statements(changes),
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
                    grant.operator.clone().into(),
                ],
            )
        });
    let claims = grant(changes).filter(|grant| !grant.claims.is_empty());
    let claims = claims.map(|grant| {
        let claims = list(grant.claims.iter().map(|claim| json!(claim)));
        Statement::new(WELCOME_CLAIMS, [id(changes), claims, changes.now.into()])
    });
    let moved = changes.money.moved.iter().map(|moved| {
        let mut row = json!({
            "id": moved.id, "remaining": moved.remaining, "held": moved.held, "spent": moved.spent,
            "expired": moved.expired, "clawed_back": moved.clawed_back, "grace_until": moved.grace_until,
            "taken": moved.taken,
        });
        if let (Some(reversed), Some(row)) = (moved.reversed, row.as_object_mut()) {
            row.insert("reversed".into(), orders::reversed(reversed));
        }
        row
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
            clawback.operator.clone().into(),
        ];
        Statement::new(CLAWBACK, params)
    });
    let moved = rows(changes, PACKAGES, moved);
    let new = new.into_iter().chain(claims);
    new.chain(moved).chain(clawbacks).collect()
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
            list(new_attempt(changes, job.job).into_iter()),
            integer(hold.amount.get()),
            hold.deadline.into(),
            lifecycle.due_at.into(),
            changes.now.into(),
        ],
    );
    let items = hold.items.iter().enumerate().map(|(position, item)| {
        json!({
            "position": position, "package": item.package, "amount": item.amount, "expires_at": item.expires_at,
            "remaining_before": item.remaining_before,
        })
    });
    let items = Statement::new(HOLD_ITEMS, [id(changes), job_id(), list(items)]);
    vec![insert, items]
}

/// The jobs that move, each with all that changes in its row: its row is written once.
fn moved(changes: &Changes) -> Vec<Statement> {
    let row = |(job, lifecycle)| {
        let mut columns = job_row::columns(job, lifecycle);
        let more = [
            ("learned", learned(changes, job)),
            ("new_attempt", new_attempt(changes, job)),
            ("images", images(changes, job)),
            ("hold", closed_hold(changes, job).map(hold)),
        ];
        let more = more.into_iter();
        columns.extend(more.filter_map(|(column, value)| Some((column.to_owned(), value?))));
        serde_json::Value::Object(columns)
    };
    let (ends, moves): (Vec<_>, Vec<_>) = changes
        .jobs()
        .partition(|(job, _)| closed_hold(changes, *job).is_some());
    let statement = |sql, jobs: Vec<_>| {
        let mut statement = rows(changes, sql, jobs.into_iter().map(row))?;
        statement.params.push(changes.now.into());
        Some(statement)
    };
    let is_moved = |job: JobId| changes.jobs().any(|(moved, _)| moved == job);
    let alone = changes.money.closed.iter();
    let alone = alone.filter(|closed| !is_moved(closed.job)).map(hold);
    let statements = [
        statement(CLOSE_JOBS, ends),
        statement(JOBS, moves),
        rows(changes, CLOSE_HOLDS, alone),
    ];
    statements.into_iter().flatten().collect()
}

fn closed_hold(changes: &Changes, job: JobId) -> Option<&ClosedHold> {
    changes.money.closed.iter().find(|closed| closed.job == job)
}

fn hold(closed: &ClosedHold) -> serde_json::Value {
    json!({
        "job": closed.job, "settled": closed.settled, "released": closed.released, "closed_at": closed.closed_at,
    })
}

/// The pictures of a job, all of which are stored at once.
fn images(changes: &Changes, job: JobId) -> Option<serde_json::Value> {
    let images = of(changes, |write| match write {
        Write::Image(of, image) if *of == job => Some(image),
        _ => None,
    });
    let images = images.map(|image| {
        json!({
            "position": image.position, "content_type": image.format, "bytes": image.bytes,
            "width": image.width, "height": image.height,
        })
    });
    let images: Vec<_> = images.collect();
    (!images.is_empty()).then(|| images.into())
}

/// A submission of a job that is about to be made, as it stands in the list.
fn new_attempt(changes: &Changes, job: JobId) -> Option<serde_json::Value> {
    let mut new = of(changes, |write| match write {
        Write::NewAttempt(new) if new.job == job => Some(new),
        _ => None,
    });
    let new = new.next()?;
    Some(json!({
        "provider": provider_of(&new.model), "model": new.model, "created_at": changes.now, "updated_at": changes.now,
    }))
}

/// What is learned about an attempt of a job that moves.
fn learned(changes: &Changes, job: JobId) -> Option<serde_json::Value> {
    let mut learned = of(changes, |write| match write {
        Write::Learned(of, ordinal, learned) if *of == job => Some((*ordinal, learned)),
        _ => None,
    });
    let (ordinal, learned) = learned.next()?;
    let mut news = json!({"updated_at": changes.now});
    let mut tell = |name: &str, value: Option<serde_json::Value>| {
        if let (Some(value), Some(news)) = (value, news.as_object_mut()) {
            news.insert(name.to_owned(), value);
        }
    };
    tell("outcome", learned.outcome.map(Into::into));
    tell("detail", learned.detail.clone().map(Into::into));
    tell("cost", learned.cost.map(|cost| json!(cost)));
    let task = learned
        .task_id
        .as_ref()
        .map_or_else(|| json!({}), |task| json!({"task_id": task}));
    let path = format!("$[{}]", ordinal.saturating_sub(1));
    Some(json!({"path": path, "task": task, "news": news}))
}

fn closed_items(changes: &Changes) -> Vec<Statement> {
    let closed = &changes.money.closed;
    let items = closed.iter().flat_map(|ClosedHold { job, items, .. }| {
        items.iter().enumerate().map(move |(position, item)| {
            json!({
                "job": job, "position": position, "settled": item.settled, "released": item.released,
                "expires_at": item.expires_at, "remaining": item.remaining_after,
            })
        })
    });
    rows(changes, CLOSE_ITEMS, items).into_iter().collect()
}

/// What is known of providers by their attempts, and anomalies of attempts whose job does not move.
fn attempts(changes: &Changes) -> Vec<Statement> {
    let attempt = |job: JobId, ordinal: u8| [id(changes), job.to_string().into(), integer(ordinal)];
    let health = of(changes, |write| match write {
        Write::Learned(job, ordinal, learned) => Some((attempt(*job, *ordinal), learned.health?)),
        _ => None,
    });
    let health =
        health.flat_map(|(attempt, health)| health::statements(attempt, health, changes.now));
    let anomalies = of(changes, |write| match write {
        Write::Anomaly(job, ordinal, anomaly) => Some((attempt(*job, *ordinal), anomaly)),
        _ => None,
    });
    let anomalies = anomalies.map(|(attempt, anomaly)| {
        let news = [anomaly.as_str().into(), changes.now.into()];
        Statement::new(ANOMALY, attempt.into_iter().chain(news))
    });
    health.chain(anomalies).collect()
}

fn deletions(changes: &Changes) -> Vec<Statement> {
    let deletions = of(changes, |write| match write {
        Write::Delete(deletion) => Some(*deletion),
        _ => None,
    });
    let statements = deletions.map(|deletion| match deletion {
        Deletion::Job(job) => {
            let params = || [id(changes), job.to_string().into(), changes.now.into()];
            vec![
                Statement::new(DELETE_JOB, params()),
                Statement::new(DELETE_REPORT, params()),
            ]
        }
        Deletion::Everything => FORGET
            .map(|sql| Statement::new(sql, [id(changes), changes.now.into()]))
            .into(),
    });
    statements.flatten().collect()
}

/// The changes of one kind, as rows.
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

/// One statement for all rows, or none if there are no rows.
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
