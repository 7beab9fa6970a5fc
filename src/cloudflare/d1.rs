//! The database, over D1.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use worker::D1Database;
use worker::send::SendFuture;

use super::runtime::SystemClock;
use super::{glue, millis, thrown};
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Database, DatabaseError, Rows, Statement, Value};

/// A batch takes milliseconds. One that never answers must not hold an account for ever; if it
/// was committed after all, the next commit breaks the journal's key, and the keeper loads again.
const TIMEOUT: Duration = Duration::from_secs(8);

/// D1's binding.
pub(super) struct D1 {
    database: D1Database,
    deadline: Option<Deadline>,
}

/// Until when somebody's batches may take, all together.
#[derive(Clone, Default)]
pub(super) struct Deadline(Arc<AtomicI64>);

impl Deadline {
    /// Gives the batches from now on [`TIMEOUT`].
    pub(super) fn start(&self) {
        let until = SystemClock.now().plus(TIMEOUT);
        self.0.store(until.millis(), Ordering::Relaxed);
    }

    fn left(&self) -> Duration {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed)).since(SystemClock.now())
    }
}

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        SendFuture::new(self.run(statements)).await
    }
}

impl D1 {
    /// A database each of whose batches may take [`TIMEOUT`].
    pub(super) fn new(database: D1Database) -> Self {
        Self {
            database,
            deadline: None,
        }
    }

    /// A database for somebody whose batches have a deadline together.
    pub(super) fn with_deadline(database: D1Database, deadline: Deadline) -> Self {
        Self {
            database,
            deadline: Some(deadline),
        }
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let statements: Vec<_> = statements.iter().map(Sent).collect();
        let statements = serde_json::to_string(&statements);
        let statements = statements.map_err(|error| DatabaseError::Lost(error.to_string()))?;
        let time = self.deadline.as_ref().map_or(TIMEOUT, Deadline::left);
        let answer = glue::batch(self.database.as_ref(), &statements, millis(time)).await;
        let answer = answer.map_err(|error| classify(thrown(&error)))?;
        // What cannot be read now was still done.
        let answer = answer.as_string().unwrap_or_default();
        serde_json::from_slice(answer.as_bytes())
            .map_err(|error| DatabaseError::Lost(error.to_string()))
    }
}

/// A statement as `glue.js` takes it. D1 takes no `BigInt`: JavaScript reads our integers as doubles, and
/// they are within 2^53.
struct Sent<'a>(&'a Statement);

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Statement { sql, params } = self.0;
        let mut list = to.serialize_seq(None)?;
        list.serialize_element(sql)?;
        for param in params {
            match param {
                Value::Null => list.serialize_element(&())?,
                Value::Integer(integer) => list.serialize_element(integer)?,
                Value::Text(text) => list.serialize_element(text)?,
            }
        }
        list.end()
    }
}

/// A constraint or a trigger has refused, or else nobody knows. D1 tells by its text alone.
fn classify(text: String) -> DatabaseError {
    if text.contains("SQLITE_CONSTRAINT") || text.contains("constraint failed") {
        DatabaseError::Refused(text)
    } else {
        DatabaseError::Lost(text)
    }
}
