//! SQLite as D1: each batch may be lost before or after its effect, and after each that wrote, the ledger is
//! checked.

use async_trait::async_trait;
use atelier::ports::{Database, DatabaseError, Rows, Statement, Value};

use super::d1;
use super::weather::Fault;
use super::world::World;

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
        let answers = d1::batch(&mut connection, statements);
        let answers = answers.inspect_err(|error| self.note(|| format!("  batch {error}")))?;
        if writes {
            self.note(|| format!("  batch {}", summary(statements)));
            let mut books = self.books.lock().unwrap();
            let stripe = self.stripe.lock().unwrap();
            if let Err(what) = books.after(&connection, statements, &stripe, self.step()) {
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

/// The tables that a batch touches, and its lists, for the trace.
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
