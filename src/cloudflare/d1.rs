//! The database, over D1.

use std::time::Duration;

use async_trait::async_trait;
use wasm_bindgen::JsValue;
use worker::send::SendFuture;
use worker::{D1Database, D1PreparedStatement};

use super::{text_of, within};
use crate::ports::{Database, DatabaseError, Rows, Statement, Value};

/// A batch takes milliseconds. One that never answers must not hold an account for ever; if it is
/// done after all, the journal's key tells.
const TIMEOUT: Duration = Duration::from_secs(8);

/// D1's binding.
pub(super) struct D1(pub(super) D1Database);

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        SendFuture::new(self.run(statements)).await
    }
}

impl D1 {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let prepared = statements
            .into_iter()
            .map(|statement| self.prepare(&statement));
        let prepared = prepared
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| classify(&error))?;
        let results = within(TIMEOUT, self.0.batch(prepared)).await;
        let results = results.ok_or_else(|| DatabaseError::Lost("nothing in time".into()))?;
        let results = results.map_err(|error| classify(&error))?;
        // What cannot be read now was still done.
        let lost = |error: worker::Error| DatabaseError::Lost(text_of(&error));
        results
            .into_iter()
            .map(|result| result.results().map_err(lost))
            .collect()
    }

    fn prepare(&self, statement: &Statement) -> worker::Result<D1PreparedStatement> {
        let params: Vec<_> = statement.params.iter().map(js_value).collect();
        self.0.prepare(statement.sql).bind(&params)
    }
}

/// D1 takes no `BigInt`, so integers go as doubles; ours are within 2^53.
#[expect(clippy::cast_precision_loss, reason = "ours are within 2^53")]
fn js_value(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

/// A constraint or a trigger has refused, or else nobody knows. D1 tells by its text alone.
fn classify(error: &worker::Error) -> DatabaseError {
    let text = text_of(error);
    if text.contains("SQLITE_CONSTRAINT") || text.contains("constraint failed") {
        DatabaseError::Refused(text)
    } else {
        DatabaseError::Lost(text)
    }
}
