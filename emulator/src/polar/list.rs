//! Lists in pages: `{items, pagination: {total_count, max_page}}`.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use crate::{
    parameters::Parameters,
    schema::{self, Field, Kind, optional},
};

/// The parameters that all lists have.
const PAGE: [Field; 3] = [
    optional("page", Kind::Integer(1, i64::MAX)),
    optional("limit", Kind::Integer(1, 100)),
    optional("sorting", Kind::Choice(&["created_at", "-created_at"])),
];

/// What a list is asked for.
#[derive(Debug)]
pub(crate) struct Asked(Map<String, Value>);

impl Asked {
    /// Reads a query that may have these texts, too.
    pub(crate) fn read(query: Option<&str>, own: &[&'static str]) -> Result<Self, ApiError> {
        let asked = Parameters::read(query.unwrap_or_default().as_bytes());
        let asked = asked.map_err(|error| ApiError::Validation {
            place: "query",
            field: String::new(),
            kind: "value_error",
            message: error.to_string(),
        })?;
        let typed = asked.iter().map(|(name, value)| {
            let number = value
                .parse::<i64>()
                .ok()
                .filter(|_| matches!(name, "page" | "limit"));
            (
                name.to_owned(),
                number.map_or_else(|| value.into(), Value::from),
            )
        });
        let typed: Map<String, Value> = typed.collect();
        let own = own.iter().map(|name| optional(name, Kind::Text(255)));
        let fields: Vec<Field> = PAGE.into_iter().chain(own).collect();
        schema::check(&fields, &typed).map_err(|breach| ApiError::breach("query", &breach))?;
        Ok(Self(typed))
    }

    /// Whether something is as it is asked for, or not asked for.
    pub(crate) fn allows(&self, name: &str, is: Option<&str>) -> bool {
        let wanted = self.0.get(name).and_then(Value::as_str);
        wanted.is_none_or(|wanted| is == Some(wanted))
    }

    /// A page of objects, which come the oldest first, and go the newest first.
    pub(crate) fn page(&self, mut all: Vec<Value>) -> Value {
        let number =
            |name: &str, usual: u64| self.0.get(name).and_then(Value::as_u64).unwrap_or(usual);
        let (page, limit) = (number("page", 1), number("limit", 10).max(1));
        if self.0.get("sorting").and_then(Value::as_str) != Some("created_at") {
            all.reverse();
        }
        let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let before = page.saturating_sub(1).saturating_mul(limit);
        let [skipped, taken] = [before, limit].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let items: Vec<Value> = all.into_iter().skip(skipped).take(taken).collect();
        let pagination = json!({ "total_count": total, "max_page": total.div_ceil(limit) });
        json!({ "items": items, "pagination": pagination })
    }
}
