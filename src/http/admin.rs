//! What operators can do.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::extract::{Body, Operator, Params};
use super::page::cursor;
use super::problem::Problem;
use super::view::{self, PackageView, ReceiptLineView};
use crate::account::Adjust;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::PackageKind;
use crate::domain::order::FieldError;
use crate::domain::time::Timestamp;
use crate::service::Atelier;

const MAX_NAME_CHARS: usize = 255;

/// A grant.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewGrant {
    /// The user's name, as `sub` of their token has it, or the id of an account that there is.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    account: String,
    #[cfg_attr(test, schemars(extend("minimum" = 1)))]
    credits: Credits,
    kind: PackageKind,
    /// Without it, never.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<view::Time>"))]
    expires_at: Option<String>,
    /// The grant's idempotency key.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reference: String,
}

/// Credits that came in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Granted {
    account: String,
    package: PackageView,
    receipt: Vec<ReceiptLineView>,
}

/// `POST /v1/admin/grants`
pub(super) async fn grant(
    State(atelier): State<Atelier>,
    _: Operator,
    Body(grant): Body<NewGrant>,
) -> Result<Response, Problem> {
    let mut errors = check_names(&[("account", &grant.account), ("reference", &grant.reference)]);
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
            &grant.account.as_str().into(),
            grant.kind,
            grant.credits,
            expires_at.flatten(),
            &grant.reference,
        )
        .await?;
    let granted = Granted {
        account: grant.account,
        package: PackageView::from(&package),
        receipt: view::receipt(&receipt),
    };
    view::answer(StatusCode::CREATED, &granted)
}

/// A correction.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewAdjustment {
    /// The user's name, or the account's id.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    account: String,
    package: PackageId,
    /// At most what remains of the package.
    #[cfg_attr(test, schemars(extend("minimum" = 1)))]
    credits: Credits,
    /// For whoever reads the books.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reason: String,
    /// The correction's idempotency key.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reference: String,
}

/// Credits that were taken back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Adjusted {
    account: String,
    package: PackageId,
    receipt: Vec<ReceiptLineView>,
}

/// `POST /v1/admin/adjustments`: takes credits back, with a reason.
pub(super) async fn adjust(
    State(atelier): State<Atelier>,
    _: Operator,
    Body(new): Body<NewAdjustment>,
) -> Result<Response, Problem> {
    let names = [
        ("account", &new.account),
        ("reason", &new.reason),
        ("reference", &new.reference),
    ];
    let mut errors = check_names(&names);
    if new.credits.is_zero() {
        errors.push(FieldError::new("credits", "must be above 0"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(&errors));
    }
    let NewAdjustment {
        account,
        package,
        credits,
        reason,
        reference,
    } = new;
    let adjust = Adjust {
        package,
        credits,
        reason,
        reference,
    };
    let receipt = atelier
        .adjust(AccountName::from(account.as_str()).id(), adjust)
        .await?;
    let adjusted = Adjusted {
        account,
        package,
        receipt: view::receipt(&receipt),
    };
    view::answer(StatusCode::CREATED, &adjusted)
}

/// What is wrong with names that may be neither empty nor endless.
fn check_names(names: &[(&str, &String)]) -> Vec<FieldError> {
    let fits = |name: &str| !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS;
    let message = || format!("must have 1 to {MAX_NAME_CHARS} characters");
    let bad = names.iter().filter(|(_, name)| !fits(name));
    bad.map(|(field, _)| FieldError::new(field, message()))
        .collect()
}

/// Which books.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// The user's name, or the account's id; without it, all accounts.
    account: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What the audit found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Audit {
    ok: bool,
    /// Accounts replayed: 0 if there is none of that name.
    accounts: u64,
    /// Journal rows replayed.
    entries: u64,
    open_holds: u64,
    /// The first difference of each account that has one.
    problems: Vec<AuditedProblem>,
    /// The `cursor` of the next page of accounts, if there is one.
    next_cursor: Option<AccountId>,
}

/// What is wrong with an account's books.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AuditedProblem {
    account: AccountId,
    problem: String,
}

/// `GET /v1/admin/audit`
pub(super) async fn audit(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let report = match which.account {
        Some(name) => {
            atelier
                .audit_one(AccountName::from(name.as_str()).id())
                .await?
        }
        None => atelier.audit_all(cursor(which.cursor.as_deref())?).await?,
    };
    let problems = report.problems.into_iter().map(|problem| AuditedProblem {
        account: problem.account,
        problem: problem.problem,
    });
    let problems: Vec<_> = problems.collect();
    let audit = Audit {
        ok: problems.is_empty(),
        accounts: report.accounts,
        entries: report.entries,
        open_holds: report.open_holds,
        problems,
        next_cursor: report.next_cursor,
    };
    view::answer(StatusCode::OK, &audit)
}

/// Which journal, and from where on.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    /// The user's name, or the account's id.
    account: String,
    /// The `x-next-cursor` of the page before.
    #[serde(default)]
    after: u64,
}

/// `GET /v1/admin/journal.csv`: a page of an account's journal. `x-next-cursor` is the `after` of the
/// next one, if there is one.
pub(super) async fn journal(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(rows): Params<Rows>,
) -> Result<Response, Problem> {
    let (page, next) = atelier
        .journal(AccountName::from(rows.account.as_str()).id(), rows.after)
        .await?;
    let mut response = view::csv(&page).into_response();
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    headers.insert(header::CONTENT_TYPE, csv);
    if let Some(next) = next {
        headers.insert("x-next-cursor", HeaderValue::from(next));
    }
    Ok(response)
}
