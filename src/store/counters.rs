//! Counting what happens within a window of time, in the statement that permits it.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::{Sql, StoreError};
use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};

/// One more, unless there were as many as may be. Those that are refused are not counted.
const COUNT: &str = "
    insert into counters (what, of, window, count, expires_at) values (?1, ?2, ?3, 1, ?4)
    on conflict (what, of, window) do update set count = count + 1 where count < ?5
    returning count";

/// The last one of a window is removed, since a row counts at least one.
const TAKE_BACK: [&str; 2] = [
    "delete from counters where what = ?1 and of = ?2 and window = ?3 and count = 1",
    "update counters set count = count - 1 where what = ?1 and of = ?2 and window = ?3 and count > 1",
];

const USED: &str = "select count from counters where what = ?1 and of = ?2 and window = ?3";

const REMEMBER: &str = "
    insert into counters (what, of, window, count, expires_at) values (?1, ?2, 0, 1, ?3)
    on conflict (what, of, window) do update set expires_at = excluded.expires_at";

const REMEMBERS: &str = "
    select count from counters where what = ?1 and of = ?2 and window = 0 and expires_at > ?3";

#[derive(Deserialize)]
struct Row {
    count: u32,
}

/// What is counted, and how many of it there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Such as `mail`.
    pub what: &'static str,
    /// By whom, as an HMAC; empty for all together.
    pub of: String,
    /// The most within a window; 0 means no limit.
    pub most: u32,
    /// How long a window is. Windows begin at multiples of it.
    pub window: Duration,
}

impl Counted {
    /// The window of a moment: its beginning and its end.
    pub fn window_at(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let length = i64::try_from(self.window.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let past = now.millis().rem_euclid(length);
        let begin = Timestamp::from_millis(now.millis().saturating_sub(past));
        (begin, begin.plus(self.window))
    }
}

/// Writes and reads counters.
#[derive(Clone)]
pub struct Counters {
    sql: Sql,
}

impl Counters {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Counts one more, if there may be one more, and says whether it did. Counting and permitting are one
    /// statement, so requests at the same time cannot pass together.
    pub async fn count(&self, counted: &Counted, now: Timestamp) -> Result<bool, StoreError> {
        if counted.most == 0 {
            return Ok(true);
        }
        let (begin, end) = counted.window_at(now);
        let params: [Value; 5] = [
            counted.what.into(),
            counted.of.as_str().into(),
            begin.into(),
            end.into(),
            i64::from(counted.most).into(),
        ];
        let row: Option<Row> = self.sql.first(Statement::new(COUNT, params)).await?;
        Ok(row.is_some())
    }

    /// How many were counted in the window of a moment.
    pub async fn used(&self, counted: &Counted, now: Timestamp) -> Result<u32, StoreError> {
        let (begin, _) = counted.window_at(now);
        let params: [Value; 3] = [
            counted.what.into(),
            counted.of.as_str().into(),
            begin.into(),
        ];
        let row: Option<Row> = self.sql.first(Statement::new(USED, params)).await?;
        Ok(row.map_or(0, |row| row.count))
    }

    /// Takes one back that came to nothing. Of two statements in one batch only one finds its row.
    pub async fn take_back(&self, counted: &Counted, now: Timestamp) -> Result<(), StoreError> {
        if counted.most == 0 {
            return Ok(());
        }
        let (begin, _) = counted.window_at(now);
        let key = || {
            [
                counted.what.into(),
                counted.of.as_str().into(),
                begin.into(),
            ]
        };
        let [first, more] = TAKE_BACK;
        // The row of one is gone before the row of two becomes one.
        let [_, _] = self
            .sql
            .batch([Statement::new(first, key()), Statement::new(more, key())])
            .await?;
        Ok(())
    }

    /// Remembers something until a moment.
    pub async fn remember(
        &self,
        what: &'static str,
        of: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let params: [Value; 3] = [what.into(), of.into(), until.into()];
        let [_] = self.sql.batch([Statement::new(REMEMBER, params)]).await?;
        Ok(())
    }

    /// Whether it is remembered.
    pub async fn remembers(
        &self,
        what: &'static str,
        of: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let params: [Value; 3] = [what.into(), of.into(), now.into()];
        let row: Option<Row> = self.sql.first(Statement::new(REMEMBERS, params)).await?;
        Ok(row.is_some_and(|row| row.count > 0))
    }
}
