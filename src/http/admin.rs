//! What operators can do.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::extract::{Body, Params};
use super::page::cursor;
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, PackageView, ReceiptLineView};
use crate::domain::account::Clawback;
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::PackageKind;
use crate::domain::time::Timestamp;
use crate::domain::words::{flaw_of_name, is_blank};
use crate::service::{self, Atelier, Operator};

const MAX_NAME_CHARS: usize = 255;

/// Credits to grant.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewGrant {
    /// Who gets them: the `sub` of the user's token, or the id of an existing account.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    account: String,
    /// How many, at least 1.
    #[cfg_attr(test, schemars(extend("minimum" = 1)))]
    credits: Credits,
    /// Whether they were bought or given.
    kind: PackageKind,
    /// When they expire; they never do if this is absent or null.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<view::Time>"))]
    expires_at: Option<String>,
    /// The idempotency key of the grant, 1 to 255 characters: the same reference with the same body is
    /// answered with the first receipt, with another body with 422.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reference: String,
    /// Whether to make an account for a user who has none, which is the default. If false, such a grant
    /// is answered with 409 and nothing is granted.
    #[serde(default = "yes")]
    create_account: bool,
}

const fn yes() -> bool {
    true
}

/// The package that was granted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Granted {
    /// The account, as the request named it.
    account: String,
    /// Whether the account was made by this grant. A repeated request is answered with the same value.
    account_created: bool,
    /// The new package.
    package: PackageView,
    /// What the grant moved.
    receipt: Vec<ReceiptLineView>,
}

pub(super) fn post_grants() -> Route {
    route!(post, "/v1/admin/grants", grant, |it| {
        it.is("operators", "grant", "Grant credits")
            .says("Once per `reference`: a repeated request is answered with the first receipt.")
            .operator()
            .body::<NewGrant>()
            .request_example(include_str!("examples/grant.request.json"))
            .refuses(&["conflict", "idempotency_mismatch"])
            .answers::<Granted>(201, "The package that was granted, now or before.")
            .answer_example(201, include_str!("examples/grant.json"))
    })
}

async fn grant(
    atelier: Atelier,
    operator: Operator,
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
        claims: &[],
        may_create: grant.create_account,
    };
    let granted = atelier.grants().grant(&operator, &account, new).await?;
    let granted = Granted {
        account: grant.account,
        account_created: granted.account_created,
        package: PackageView::from(&granted.package),
        receipt: view::receipt(&granted.receipt),
    };
    view::answer(StatusCode::CREATED, &granted)
}

/// Credits to claw back from one package.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewClawback {
    /// The account: the `sub` of the user's token, or the account's id.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    account: String,
    /// The package to take them from.
    package: PackageId,
    /// How many to take, 1 to what remains in the package; more is refused with 422.
    #[cfg_attr(test, schemars(extend("minimum" = 1)))]
    credits: Credits,
    /// The reason, for those who read the journal: 1 to 255 characters.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reason: String,
    /// The idempotency key of the clawback, 1 to 255 characters.
    #[cfg_attr(test, schemars(length(min = 1, max = 255)))]
    reference: String,
}

/// Credits that were clawed back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ClawedBack {
    /// The account, as the request named it.
    account: String,
    /// The package they were taken from.
    package: PackageId,
    /// What the clawback moved.
    receipt: Vec<ReceiptLineView>,
}

pub(super) fn post_clawbacks() -> Route {
    route!(post, "/v1/admin/clawbacks", claw_back, |it| {
        it.is("operators", "clawback", "Claw back credits")
            .says("Takes credits from what remains of one package, once per `reference`.")
            .operator()
            .body::<NewClawback>()
            .request_example(include_str!("examples/clawback.request.json"))
            .refuses(&["idempotency_mismatch"])
            .answers::<ClawedBack>(201, "What was taken, now or before.")
            .answer_example(201, include_str!("examples/clawback.json"))
    })
}

async fn claw_back(
    atelier: Atelier,
    operator: Operator,
    Body(new): Body<NewClawback>,
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
    let NewClawback {
        account,
        package,
        credits,
        reason,
        reference,
    } = new;
    let clawback = Clawback {
        package,
        credits,
        reason,
        reference,
        operator: None,
    };
    let receipt = atelier
        .grants()
        .claw_back(&operator, named.id(), clawback)
        .await?;
    let clawed_back = ClawedBack {
        account,
        package,
        receipt: view::receipt(&receipt),
    };
    view::answer(StatusCode::CREATED, &clawed_back)
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

/// A reference decides whether two requests are the same, so it has no characters that cannot be seen.
fn check_name(field: &str, name: &str, errors: &mut Vec<FieldError>) {
    let flaw = flaw_of_name(name, MAX_NAME_CHARS);
    errors.extend(flaw.map(|flaw| FieldError::new(field, flaw)));
}

/// A text that people read says something.
fn check_text(field: &str, text: &str, errors: &mut Vec<FieldError>) {
    if is_blank(text) || text.chars().count() > MAX_NAME_CHARS {
        let message = format!("must say something in 1 to {MAX_NAME_CHARS} characters");
        errors.push(FieldError::new(field, message));
    } else if text.contains('\0') {
        // SQLite's length() ends there, and so would the text for the constraint that there is one.
        errors.push(FieldError::new(field, "has a NUL character in it"));
    }
}

/// The account that a query names.
fn account_of(name: &str) -> Result<AccountName, Problem> {
    AccountName::parse(name).map_err(|flaw| Problem::invalid(&[FieldError::new("account", flaw)]))
}

/// Which accounts to audit.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Which {
    /// One account: the `sub` of the user's token, or the account's id. By default all accounts, page
    /// by page.
    account: Option<String>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// The result of replaying journals.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Audit {
    /// Whether no problem was found.
    ok: bool,
    /// How many accounts were replayed; 0 if there is no such account.
    accounts: u64,
    /// How many journal entries were replayed.
    entries: u64,
    /// How many holds are open in these accounts.
    open_holds: u64,
    /// The first difference of each account that has one; empty if all is well.
    problems: Vec<AuditedProblem>,
    /// The `cursor` of the next page of accounts; null on the last page.
    next_cursor: Option<AccountId>,
    /// The day (UTC, such as `2026-11-28`) of the anchor that the journals were compared with; null if
    /// there is none yet.
    anchored_on: Option<String>,
}

/// A difference between a journal and the state of its account.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AuditedProblem {
    /// The account.
    account: AccountId,
    /// The first difference, in words.
    problem: String,
}

pub(super) fn get_audit() -> Route {
    route!(get, "/v1/admin/audit", audit, |it| {
        it.is("operators", "audit", "Audit the ledger")
            .says("Replays the journal of one account, or of all page by page, and compares it with the account's state.")
            .operator()
            .query::<Which>()
            .answers::<Audit>(200, "What was found.")
            .answer_example(200, include_str!("examples/audit.json"))
    })
}

async fn audit(
    atelier: Atelier,
    operator: Operator,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let books = atelier.books();
    let report = match which.account {
        Some(name) => books.audit_one(&operator, &account_of(&name)?).await?,
        None => {
            books
                .audit_all(&operator, cursor(which.cursor.as_deref())?)
                .await?
        }
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

/// Which part of a journal.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Rows {
    /// The `sub` of the user's token, or the account's id.
    account: String,
    /// The `x-next-cursor` of the page before; 0, the default, for the first page.
    #[serde(default)]
    after: u64,
}

pub(super) fn get_journal() -> Route {
    route!(get, "/v1/admin/journal.csv", journal, |it| {
        it.is("operators", "exportJournal", "Export a journal as CSV")
            .says("Oldest first, page by page.")
            .operator()
            .query::<Rows>()
            .answers_text(
                200,
                "text/csv",
                "A page of the journal, with a header line, as RFC 4180 defines it.",
            )
            .with_header(
                200,
                "x-next-cursor",
                "The `after` of the next page; absent on the last page.",
            )
    })
}

async fn journal(
    atelier: Atelier,
    operator: Operator,
    Params(rows): Params<Rows>,
) -> Result<Response, Problem> {
    let account = account_of(&rows.account)?;
    let books = atelier.books();
    let (page, next) = books.journal(&operator, &account, rows.after).await?;
    let mut response = view::csv(&page).into_response();
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    headers.insert(header::CONTENT_TYPE, csv);
    if let Some(next) = next {
        headers.insert("x-next-cursor", HeaderValue::from(next));
    }
    Ok(response)
}
