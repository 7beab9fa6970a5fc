//! The database, over D1.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use worker::D1Database;
use worker::send::SendFuture;

use super::{glue, thrown, within};
use crate::ports::{Database, DatabaseError, Rows, Statement, Value};

/// A batch takes milliseconds. One that never answers must not hold an account for ever; if it
/// was committed after all, the next commit breaks the journal's key, and the keeper loads again.
const TIMEOUT: Duration = Duration::from_secs(8);

/// D1's binding.
pub(super) struct D1 {
    database: D1Database,
    has_timer: bool,
}

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        SendFuture::new(self.run(statements)).await
    }
}

impl D1 {
    /// A database whose batches each end after [`TIMEOUT`].
    pub(super) fn new(database: D1Database) -> Self {
        Self {
            database,
            has_timer: true,
        }
    }

    /// For somebody who has a timer for all that they do.
    pub(super) fn without_a_timer(database: D1Database) -> Self {
        Self {
            database,
            has_timer: false,
        }
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let statements: Vec<_> = statements.iter().map(Sent).collect();
        let statements = serde_json::to_string(&statements);
        let statements = statements.map_err(|error| DatabaseError::Lost(error.to_string()))?;
        let answer = glue::batch(self.database.as_ref(), &statements);
        let answer = if self.has_timer {
            within(TIMEOUT, answer).await
        } else {
            Some(answer.await)
        };
        let answer = answer.ok_or_else(|| DatabaseError::Lost("nothing in time".into()))?;
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
