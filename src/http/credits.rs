//! What a user has.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::Params;
use super::problem::Problem;
use super::view;
use crate::domain::order::FieldError;
use crate::service::{Atelier, User};

const DEFAULT_PAGE: u8 = 20;
const MAX_PAGE: u8 = 100;

/// `GET /v1/credits`
pub(super) async fn show(
    State(atelier): State<Atelier>,
    user: User,
) -> Result<Json<Value>, Problem> {
    let statement = atelier.credits(user.account).await?;
    let packages: Value = statement.packages.iter().map(view::package).collect();
    let soon = statement.expiring_soon;
    Ok(Json(json!({
        "available": statement.available, "held": statement.held, "packages": packages,
        "expiring_soon": {
            "credits": soon.credits, "next_expiry": soon.next_expiry.map(view::time),
            "within_days": soon.within.as_secs() / 86_400,
        },
        "low_balance": {
            "is_low": statement.low_balance.is_low, "below": statement.low_balance.below,
        },
    })))
}

/// Which part of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<u8>,
    cursor: Option<u64>,
}

/// `GET /v1/credits/history`
pub(super) async fn history(
    State(atelier): State<Atelier>,
    user: User,
    Params(page): Params<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Problem::invalid(&[FieldError::new(
            "limit",
            format!("must be 1 to {MAX_PAGE}"),
        )]));
    }
    let statement = atelier.history(user.account, page.cursor, limit).await?;
    let entries: Value = statement.entries.iter().map(view::entry).collect();
    let next = statement.next_cursor.map(|cursor| cursor.to_string());
    Ok(Json(json!({"entries": entries, "next_cursor": next})))
}
