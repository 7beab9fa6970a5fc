//! What operators can do.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::{Body, Operator, Params, id};
use super::problem::Problem;
use super::view;
use crate::domain::credits::Credits;
use crate::domain::id::AccountId;
use crate::domain::ledger::PackageKind;
use crate::domain::order::FieldError;
use crate::domain::time::Timestamp;
use crate::service::Atelier;

const MAX_NAME_CHARS: usize = 255;

/// A grant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGrant {
    account: String,
    credits: Credits,
    kind: PackageKind,
    #[serde(default)]
    expires_at: Option<String>,
    reference: String,
}

/// `POST /v1/admin/grants`
pub(super) async fn grant(
    State(atelier): State<Atelier>,
    _: Operator,
    Body(grant): Body<NewGrant>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let mut errors = Vec::new();
    for (field, name) in [("account", &grant.account), ("reference", &grant.reference)] {
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            errors.push(FieldError::new(
                field,
                format!("must have 1 to {MAX_NAME_CHARS} characters"),
            ));
        }
    }
    if grant.credits.is_zero() {
        errors.push(FieldError::new("credits", "must be above 0"));
    }
    let expires_at = grant.expires_at.as_deref().map(|text| {
        let moment = Timestamp::parse(text);
        if moment.is_none() {
            errors.push(FieldError::new(
                "expires_at",
                "is not a time as RFC 3339 has it",
            ));
        }
        moment
    });
    if !errors.is_empty() {
        return Err(Problem::invalid(&errors));
    }
    let (package, receipt) = atelier
        .grant(
            &grant.account,
            grant.kind,
            grant.credits,
            expires_at.flatten(),
            &grant.reference,
        )
        .await?;
    let body = json!({
        "account": grant.account, "package": view::package(&package), "receipt": view::receipt(&receipt),
    });
    Ok((StatusCode::CREATED, Json(body)))
}

/// Which books.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    account: Option<String>,
    cursor: Option<String>,
}

/// `GET /v1/admin/audit`
pub(super) async fn audit(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(which): Params<Which>,
) -> Result<Json<Value>, Problem> {
    let report = match which.account {
        // Both of an account's names will do: the user's, and the one that problems bear.
        Some(name) => {
            atelier
                .audit_one(
                    name.parse()
                        .unwrap_or_else(|_| AccountId::of_subject(&name)),
                )
                .await?
        }
        None => {
            atelier
                .audit_all(which.cursor.as_deref().map(id).transpose()?)
                .await?
        }
    };
    let problems = report
        .problems
        .iter()
        .map(|problem| json!({"account": problem.account, "problem": problem.problem}));
    Ok(Json(json!({
        "ok": report.problems.is_empty(), "accounts": report.accounts, "entries": report.entries,
        "open_holds": report.open_holds, "problems": problems.collect::<Value>(),
        "next_cursor": report.next_cursor,
    })))
}
