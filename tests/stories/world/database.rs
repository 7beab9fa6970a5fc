//! A database of one's own: SQLite in memory under the real migrations, typed as D1 types, failing
//! on demand.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atelier::ports::{Database, DatabaseError, Rows, Statement, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode};
use serde_json::{Map, json};

use super::Pauses;

/// D1's limit on one value; a text above it is refused.
const MAX_TEXT_BYTES: usize = 2_000_000;

/// When a batch is lost: before it has its effect, or after.
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
    /// The statements of each batch there was.
    batches: Mutex<Vec<Vec<&'static str>>>,
    faults: Mutex<Faults>,
    pauses: Arc<Pauses>,
}

impl SqliteDatabase {
    /// An empty database to which all migrations were applied, in order.
    pub(crate) fn migrated(pauses: Arc<Pauses>) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("pragma foreign_keys = on")
            .unwrap();
        // As wrangler writes down what it has applied.
        let list =
            "create table d1_migrations (id integer primary key autoincrement, name text unique)";
        connection.execute_batch(list).unwrap();
        for (name, migration) in migrations() {
            connection.execute_batch(&migration).unwrap();
            let applied = "insert into d1_migrations (name) values (?1)";
            connection.execute(applied, [name]).unwrap();
        }
        Self {
            connection: Mutex::new(connection),
            batches: Mutex::default(),
            faults: Mutex::default(),
            pauses,
        }
    }

    /// How many batches there were.
    pub(crate) fn batches(&self) -> usize {
        self.batches.lock().unwrap().len()
    }

    /// The statements of the batches after the first so many.
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

    /// Reads rows past Atelier.
    pub(crate) fn query(&self, sql: &str) -> Rows {
        rows(&self.connection.lock().unwrap(), sql, &[]).unwrap()
    }

    /// The first column of the first row, as a number.
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

    /// Tries a change past Atelier: what the database says against it. It is undone in any case.
    pub(crate) fn try_out(&self, sql: &str) -> Result<(), String> {
        let mut connection = self.connection.lock().unwrap();
        let transaction = connection.transaction().unwrap();
        transaction
            .execute_batch(sql)
            .map_err(|error| error.to_string())
    }

    /// Changes the database past Atelier.
    pub(crate) fn tamper(&self, sql: &str) {
        self.connection.lock().unwrap().execute_batch(sql).unwrap();
    }

    fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
        let mut connection = self.connection.lock().unwrap();
        let transaction = connection.transaction().unwrap();
        let answers = statements
            .iter()
            .map(|statement| rows(&transaction, statement.sql, &statement.params))
            .collect::<Result<_, _>>()?;
        transaction.commit().map_err(|error| refused(&error))?;
        Ok(answers)
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
        let answer = self.run(&statements);
        self.pauses.pause().await;
        if fault == Some(When::After) {
            return Err(DatabaseError::Lost("after its effect".into()));
        }
        answer
    }
}

/// The migrations' file names and contents, in their order.
pub(crate) fn migrations() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// Runs one statement. Numbers go in as doubles, as D1's do; a whole one comes out without a
/// fraction, as JSON has it.
fn rows(connection: &Connection, sql: &str, params: &[Value]) -> Result<Rows, DatabaseError> {
    let mut statement = connection.prepare_cached(sql).unwrap();
    assert_eq!(statement.parameter_count(), params.len(), "{sql}");
    for (number, param) in (1..).zip(params) {
        let value = match param {
            Value::Null => ValueRef::Null,
            Value::Integer(integer) => ValueRef::Real(double(*integer)),
            Value::Text(text) => {
                assert!(text.len() <= MAX_TEXT_BYTES, "{} bytes", text.len());
                ValueRef::Text(text.as_bytes())
            }
        };
        statement
            .raw_bind_parameter(number, ToSqlOutput::Borrowed(value))
            .unwrap();
    }
    let names: Vec<String> = statement.column_names().map(String::from).collect();
    let mut cursor = statement.raw_query();
    let mut rows = Rows::new();
    while let Some(row) = cursor.next().map_err(|error| refused(&error))? {
        let mut object = Map::new();
        for (index, name) in names.iter().enumerate() {
            object.insert(name.clone(), value_of(row.get_ref_unwrap(index)));
        }
        rows.push(object.into());
    }
    Ok(rows)
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the point of it: whole numbers to 2^53 survive, and others must not occur"
)]
fn double(integer: i64) -> f64 {
    let double = integer as f64;
    assert_eq!(double as i64, integer, "beyond what D1's numbers hold");
    double
}

fn value_of(value: ValueRef<'_>) -> serde_json::Value {
    match value {
        ValueRef::Null => serde_json::Value::Null,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Real(double) => double
            .to_string()
            .parse::<i64>()
            .map_or(json!(double), |whole| json!(whole)),
        ValueRef::Text(text) => json!(std::str::from_utf8(text).unwrap()),
        ValueRef::Blob(_) => panic!("nothing here is stored as bytes"),
    }
}

/// A constraint or a trigger is an answer; anything else is a mistake in the SQL.
fn refused(error: &rusqlite::Error) -> DatabaseError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.code == ErrorCode::ConstraintViolation =>
        {
            DatabaseError::Refused(error.to_string())
        }
        _ => panic!("{error}"),
    }
}
