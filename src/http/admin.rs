//! What operators can do.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::extract::{Body, Operator, Params};
use super::page::cursor;
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, PackageView, ReceiptLineView};
use crate::account::Adjust;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::PackageKind;
use crate::domain::order::FieldError;
use crate::domain::time::Timestamp;
use crate::domain::words::{flaw_of_name, is_blank};
use crate::service::{self, Atelier};

const MAX_NAME_CHARS: usize = 255;

/// A grant.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewGrant {
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
    /// Whether a user without an account gets one. If not, a name that nobody has is answered with 409,
    /// and nothing is granted: so an operator can be asked first.
    #[serde(default = "yes")]
    create_account: bool,
}

const fn yes() -> bool {
    true
}

/// Credits that came in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Granted {
    account: String,
    /// Whether there was no account before this grant; the same when it is told again.
    account_created: bool,
    package: PackageView,
    receipt: Vec<ReceiptLineView>,
}

pub(super) fn post_grants() -> Route {
    route!(post, "/v1/admin/grants", grant, |it| {
        it.is("operators", "grant", "Grants credits, once per reference")
            .operator()
            .body::<NewGrant>()
            .refuses(&["conflict", "idempotency_mismatch"])
            .answers::<Granted>(201, "The package, now or before.")
    })
}

async fn grant(
    State(atelier): State<Atelier>,
    _: Operator,
    Body(grant): Body<NewGrant>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let account = account_named(&grant.account, &mut errors);
    check_name("reference", &grant.reference, &mut errors);
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
    let Some(account) = account.filter(|_| errors.is_empty()) else {
        return Err(Problem::invalid(&errors));
    };
    let new = service::NewGrant {
        kind: grant.kind,
        credits: grant.credits,
        expires_at: expires_at.flatten(),
        reference: &grant.reference,
        may_create: grant.create_account,
    };
    let granted = atelier.grant(&account, new).await?;
    let granted = Granted {
        account: grant.account,
        account_created: granted.account_created,
        package: PackageView::from(&granted.package),
        receipt: view::receipt(&granted.receipt),
    };
    view::answer(StatusCode::CREATED, &granted)
}

/// A correction.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewAdjustment {
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
struct Adjusted {
    account: String,
    package: PackageId,
    receipt: Vec<ReceiptLineView>,
}

pub(super) fn post_adjustments() -> Route {
    route!(post, "/v1/admin/adjustments", adjust, |it| {
        it.is(
            "operators",
            "adjust",
            "Takes credits back, once per reference",
        )
        .operator()
        .body::<NewAdjustment>()
        .refuses(&["idempotency_mismatch"])
        .answers::<Adjusted>(201, "From what, and what is left.")
    })
}

/// Takes credits back, with a reason.
async fn adjust(
    State(atelier): State<Atelier>,
    _: Operator,
    Body(new): Body<NewAdjustment>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let named = account_named(&new.account, &mut errors);
    check_text("reason", &new.reason, &mut errors);
    check_name("reference", &new.reference, &mut errors);
    if new.credits.is_zero() {
        errors.push(FieldError::new("credits", "must be above 0"));
    }
    let Some(named) = named.filter(|_| errors.is_empty()) else {
        return Err(Problem::invalid(&errors));
    };
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
    let receipt = atelier.adjust(named.id(), adjust).await?;
    let adjusted = Adjusted {
        account,
        package,
        receipt: view::receipt(&receipt),
    };
    view::answer(StatusCode::CREATED, &adjusted)
}

/// The account that an operator means, or what is wrong with its name.
fn account_named(name: &str, errors: &mut Vec<FieldError>) -> Option<AccountName> {
    match AccountName::parse(name) {
        Ok(name) => Some(name),
        Err(flaw) => {
            errors.push(FieldError::new("account", flaw));
            None
        }
    }
}

/// A reference is what makes two requests the same, so it must look like what it is.
fn check_name(field: &str, name: &str, errors: &mut Vec<FieldError>) {
    let flaw = flaw_of_name(name, MAX_NAME_CHARS);
    errors.extend(flaw.map(|flaw| FieldError::new(field, flaw)));
}

/// A text that people read says something.
fn check_text(field: &str, text: &str, errors: &mut Vec<FieldError>) {
    if is_blank(text) || text.chars().count() > MAX_NAME_CHARS {
        let message = format!("must say something in 1 to {MAX_NAME_CHARS} characters");
        errors.push(FieldError::new(field, message));
    }
}

/// The account that a query names.
fn account_of(name: &str) -> Result<AccountName, Problem> {
    AccountName::parse(name).map_err(|flaw| Problem::invalid(&[FieldError::new("account", flaw)]))
}

/// Which books.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Which {
    /// The user's name, or the account's id; without it, all accounts.
    account: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What the audit found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Audit {
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
    /// The day (UTC) of the anchor that the journals were compared with; null if there is none.
    anchored_on: Option<String>,
}

/// What is wrong with an account's books.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AuditedProblem {
    account: AccountId,
    problem: String,
}

pub(super) fn get_audit() -> Route {
    route!(get, "/v1/admin/audit", audit, |it| {
        it.is(
            "operators",
            "audit",
            "Replays the journals of one account, or of all, page by page",
        )
        .operator()
        .query::<Which>()
        .answers::<Audit>(200, "What the books prove.")
    })
}

async fn audit(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let report = match which.account {
        Some(name) => atelier.audit_one(&account_of(&name)?).await?,
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
        anchored_on: report.anchored_on,
    };
    view::answer(StatusCode::OK, &audit)
}

/// Which journal, and from where on.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Rows {
    /// The user's name, or the account's id.
    account: String,
    /// The `x-next-cursor` of the page before.
    #[serde(default)]
    after: u64,
}

pub(super) fn get_journal() -> Route {
    route!(get, "/v1/admin/journal.csv", journal, |it| {
        it.is(
            "operators",
            "exportJournal",
            "An account's journal, oldest first",
        )
        .operator()
        .query::<Rows>()
        .answers_text(200, "text/csv", "A page of it, as RFC 4180 has it.")
        .with_header(
            200,
            "x-next-cursor",
            "The `after` of the next page, if there is one.",
        )
    })
}

async fn journal(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(rows): Params<Rows>,
) -> Result<Response, Problem> {
    let (page, next) = atelier
        .journal(&account_of(&rows.account)?, rows.after)
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
