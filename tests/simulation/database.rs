//! SQLite in memory under the real migrations, typed as D1 types: each batch may be lost before its effect or after, and
//! after each that wrote, the books are looked at.

use std::path::Path;
use std::sync::OnceLock;

use async_trait::async_trait;
use atelier::ports::{Database, DatabaseError, Rows, Statement, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};
use serde_json::{Map, json};

use super::weather::Fault;
use super::world::World;

/// An empty database to which all migrations were applied.
pub(crate) fn migrated() -> Connection {
    static MIGRATIONS: OnceLock<String> = OnceLock::new();
    let connection = Connection::open_in_memory().unwrap();
    connection.set_prepared_statement_cache_capacity(128);
    let migrations = MIGRATIONS.get_or_init(|| {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let entries = std::fs::read_dir(directory).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let texts = paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap());
        texts.collect::<Vec<_>>().join("\n")
    });
    connection
        .execute_batch("pragma foreign_keys = on; pragma synchronous = off")
        .unwrap();
    connection.execute_batch(migrations).unwrap();
    connection
}

#[async_trait]
impl Database for World {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.pause().await;
        if self.strikes(Fault::BatchBefore) {
            return Err(DatabaseError::Lost("before its effect".into()));
        }
        let answer = self.run(&statements);
        self.pause().await;
        if self.strikes(Fault::BatchAfter) {
            return Err(DatabaseError::Lost("after its effect".into()));
        }
        answer
    }
}

impl World {
    fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
        let mut connection = self.connection.lock().unwrap();
        let writes = statements.iter().any(is_write);
        let transaction = connection.transaction().unwrap();
        let answers: Result<Vec<Rows>, _> = statements
            .iter()
            .map(|statement| {
                let mut prepared = transaction.prepare_cached(statement.sql).unwrap();
                rows(&mut prepared, &statement.params)
            })
            .collect();
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                self.note(|| format!("  batch {error}"));
                return Err(error);
            }
        };
        transaction.commit().map_err(|error| refused(&error))?;
        if writes {
            self.note(|| format!("  batch {}", summary(statements)));
            let mut books = self.books.lock().unwrap();
            if let Err(what) = books.after(&connection, statements, self.step()) {
                self.broke(what);
            }
        }
        drop(connection);
        Ok(answers)
    }
}

fn is_write(statement: &Statement) -> bool {
    !statement.sql.trim_start().starts_with("select")
}

/// The tables and the lists of a batch.
fn summary(statements: &[Statement]) -> String {
    let line = |statement: &Statement| {
        let table = statement.sql.split_whitespace().nth(1).unwrap_or_default();
        let table = match table {
            "into" => statement.sql.split_whitespace().nth(2).unwrap_or_default(),
            table => table,
        };
        let texts = statement
            .params
            .iter()
            .skip(1)
            .filter_map(|param| match param {
                Value::Text(text) => Some(text.as_str()),
                Value::Integer(_) | Value::Null => None,
            });
        format!("{table} {}", texts.collect::<Vec<_>>().join(" "))
    };
    statements.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Runs one statement. Numbers go in as doubles, as D1's do.
fn rows(statement: &mut CachedStatement<'_>, params: &[Value]) -> Result<Rows, DatabaseError> {
    assert_eq!(statement.parameter_count(), params.len());
    for (number, param) in (1..).zip(params) {
        let value = match param {
            Value::Null => ValueRef::Null,
            Value::Integer(integer) => ValueRef::Real(double(*integer)),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        };
        statement
            .raw_bind_parameter(number, ToSqlOutput::Borrowed(value))
            .unwrap();
    }
    let names: Vec<String> = statement.column_names().map(String::from).collect();
    let mut cursor = statement.raw_query();
    let mut rows = Rows::new();
    while let Some(row) = cursor.next().map_err(|error| refused(&error))? {
        let cell =
            |(index, name): (usize, &String)| (name.clone(), value_of(row.get_ref_unwrap(index)));
        rows.push(
            names
                .iter()
                .enumerate()
                .map(cell)
                .collect::<Map<_, _>>()
                .into(),
        );
    }
    Ok(rows)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the point of it: whole numbers to 2^53 survive, and others do not occur"
)]
fn double(integer: i64) -> f64 {
    assert!(
        integer.unsigned_abs() <= 1 << 53,
        "beyond what D1's numbers hold"
    );
    integer as f64
}

fn value_of(value: ValueRef<'_>) -> serde_json::Value {
    match value {
        ValueRef::Null => serde_json::Value::Null,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Text(text) => json!(std::str::from_utf8(text).unwrap()),
        ValueRef::Real(_) | ValueRef::Blob(_) => panic!("nothing here is stored as that"),
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
