//! SQLite in memory, behaving like D1: with the real migrations, D1's types of values, and each batch as one
//! transaction.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use atelier::ports::{DatabaseError, Rows, Statement, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode};
use serde_json::{Map, json};

/// D1's limit on one value, in bytes; a longer text is refused.
const MAX_TEXT_BYTES: usize = 2_000_000;

/// The largest integer up to which a double represents all integers.
const MAX_WHOLE: u64 = 1 << 53;

/// How many prepared statements are cached: more than Atelier has; the default is 16.
const PREPARED: usize = 128;

/// An empty database with all migrations applied, and recorded as wrangler does.
pub(crate) fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.set_prepared_statement_cache_capacity(PREPARED);
    let start = "pragma foreign_keys = on; pragma synchronous = off;
        create table d1_migrations (id integer primary key autoincrement, name text unique)";
    connection.execute_batch(start).unwrap();
    for (name, migration) in migrations() {
        connection.execute_batch(migration).unwrap();
        let applied = "insert into d1_migrations (name) values (?1)";
        connection.execute(applied, [name]).unwrap();
    }
    connection
}

/// The migrations' file names and contents, in their order.
pub(crate) fn migrations() -> &'static [(String, String)] {
    static MIGRATIONS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    MIGRATIONS.get_or_init(|| {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let entries = std::fs::read_dir(directory).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        };
        paths.into_iter().map(read).collect()
    })
}

/// Runs a batch: all of its statements, or none.
pub(crate) fn batch(
    connection: &mut Connection,
    statements: &[Statement],
) -> Result<Vec<Rows>, DatabaseError> {
    let transaction = connection.transaction().unwrap();
    let answers = statements
        .iter()
        .map(|statement| {
            rows(&transaction, statement.sql, &statement.params).map(|rows| text_of(&rows))
        })
        .collect::<Result<_, _>>()?;
    transaction.commit().map_err(|error| refused(&error))?;
    Ok(answers)
}

/// As `glue.js` does.
fn text_of(rows: &[serde_json::Value]) -> Rows {
    if let [row] = rows
        && let Some(text) = row["json"].as_str()
    {
        return serde_json::from_str(text).unwrap();
    }
    serde_json::value::to_raw_value(rows).unwrap()
}

/// Runs one statement. Numbers are passed as doubles, like D1's; an integer is returned without a
/// fraction, as in JSON.
pub(crate) fn rows(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<serde_json::Value>, DatabaseError> {
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
    let mut rows = Vec::new();
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
    reason = "the point of it: whole numbers to 2^53 survive, and others must not occur"
)]
fn double(integer: i64) -> f64 {
    assert!(
        integer.unsigned_abs() <= MAX_WHOLE,
        "{integer} is beyond what D1's numbers hold"
    );
    integer as f64
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

/// A violated constraint or a raised trigger is an answer; any other error is a mistake in the SQL.
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
