//! Each story's own database: SQLite as D1, failing on demand.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atelier::ports::{Database, DatabaseError, Rows, Statement};
use rusqlite::Connection;

use super::{Pauses, d1};

/// Whether a lost batch has its effect or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

#[derive(Debug, Default)]
struct Faults {
    from: usize,
    times: usize,
    when: Option<When>,
}

pub(crate) struct SqliteDatabase {
    connection: Mutex<Connection>,
    /// The number of statements of each batch so far.
    batches: Mutex<Vec<Vec<&'static str>>>,
    faults: Mutex<Faults>,
    pauses: Arc<Pauses>,
}

impl SqliteDatabase {
    /// An empty database with all migrations applied.
    pub(crate) fn migrated(pauses: Arc<Pauses>) -> Self {
        Self {
            connection: Mutex::new(d1::migrated()),
            batches: Mutex::default(),
            faults: Mutex::default(),
            pauses,
        }
    }

    /// The number of batches so far.
    pub(crate) fn batches(&self) -> usize {
        self.batches.lock().unwrap().len()
    }

    /// The statements per batch, after the first so many batches.
    pub(crate) fn batches_since(&self, first: usize) -> Vec<Vec<&'static str>> {
        self.batches.lock().unwrap()[first..].to_vec()
    }

    /// Loses `times` batches in a row, the first of which is the `nth` from now (1: the next).
    pub(crate) fn lose(&self, nth: usize, times: usize, when: When) {
        *self.faults.lock().unwrap() = Faults {
            from: self.batches() + nth,
            times,
            when: Some(when),
        };
    }

    pub(crate) fn heal(&self) {
        *self.faults.lock().unwrap() = Faults::default();
    }

    fn fault_of(&self, number: usize) -> Option<When> {
        let faults = self.faults.lock().unwrap();
        let hit = number >= faults.from && number - faults.from < faults.times;
        faults.when.filter(|_| hit)
    }

    /// Reads rows without Atelier.
    pub(crate) fn query(&self, sql: &str) -> Vec<serde_json::Value> {
        d1::rows(&self.connection.lock().unwrap(), sql, &[]).unwrap()
    }

    /// The first column of the first row, which is a number.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let row = &self.query(sql)[0];
        row.as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_i64()
            .unwrap()
    }

    /// Tries a change without Atelier, and returns the database's error. The change is rolled back
    /// in any case.
    pub(crate) fn try_out(&self, sql: &str) -> Result<(), String> {
        let mut connection = self.connection.lock().unwrap();
        let transaction = connection.transaction().unwrap();
        transaction
            .execute_batch(sql)
            .map_err(|error| error.to_string())
    }

    /// Changes the database without Atelier.
    pub(crate) fn tamper(&self, sql: &str) {
        self.connection.lock().unwrap().execute_batch(sql).unwrap();
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let number = {
            let mut batches = self.batches.lock().unwrap();
            batches.push(statements.iter().map(|statement| statement.sql).collect());
            batches.len()
        };
        let fault = self.fault_of(number);
        self.pauses.pause().await;
        if fault == Some(When::Before) {
            return Err(DatabaseError::Lost("before its effect".into()));
        }
        let answer = d1::batch(&mut self.connection.lock().unwrap(), &statements);
        self.pauses.pause().await;
        if fault == Some(When::After) {
            return Err(DatabaseError::Lost("after its effect".into()));
        }
        answer
    }
}
