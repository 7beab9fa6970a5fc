//! Blocking accounts, and reporting results.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{Body, Named, id};
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::domain::words::is_blank;
use crate::service::{Atelier, Operator, User};

const MAX_REASON_CHARS: usize = 1000;

/// Why an account is blocked.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewBlock {
    /// The reason, which is kept with the operator's name.
    #[cfg_attr(test, schemars(length(min = 1, max = 1000)))]
    reason: String,
}

/// What is wrong with a result.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Report {
    /// What is wrong, for an operator.
    #[cfg_attr(test, schemars(length(min = 1, max = 1000)))]
    reason: String,
}

/// A block, as it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Block {
    /// The account's id.
    account: AccountId,
    /// The reason.
    reason: String,
    /// Who blocked it: an operator's e-mail address, `token`, or `content screen`.
    operator: String,
    /// Since when.
    blocked_at: view::Time,
}

pub(super) fn post_block() -> Route {
    route!(post, "/v1/admin/accounts/{id}/block", block, |it| {
        it.is("operators", "blockAccount", "Block an account")
            .says("From then on it may generate and upload nothing, until the block ends. Reading and deleting go on, and so do \
                jobs under way. A block that stands already is answered as it is.")
            .names("id", "The account's id, `acc_…`.")
            .operator()
            .body::<NewBlock>()
            .request_example(include_str!("examples/block.request.json"))
            .refuses(&["not_found"])
            .answers::<Block>(200, "The account is blocked.")
            .answer_example(200, include_str!("examples/block.json"))
    })
}

async fn block(
    atelier: Atelier,
    operator: Operator,
    Named(account): Named<String>,
    Body(NewBlock { reason }): Body<NewBlock>,
) -> Result<Response, Problem> {
    let account = id(&account)?;
    check_reason(&reason)?;
    let blocked = atelier.blocks().block(&operator, account, &reason).await?;
    let block = Block {
        account,
        reason: blocked.reason,
        operator: blocked.operator,
        blocked_at: view::Time(blocked.blocked_at),
    };
    view::answer(StatusCode::OK, &block)
}

pub(super) fn delete_block() -> Route {
    route!(delete, "/v1/admin/accounts/{id}/block", unblock, |it| {
        it.is("operators", "unblockAccount", "End an account's block")
            .names("id", "The account's id, `acc_…`.")
            .operator()
            .refuses(&["not_found"])
            .answers_nothing(204, "It is blocked no more.")
    })
}

async fn unblock(
    atelier: Atelier,
    operator: Operator,
    Named(account): Named<String>,
) -> Result<StatusCode, Problem> {
    atelier.blocks().unblock(&operator, id(&account)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn post_report() -> Route {
    route!(post, "/v1/jobs/{id}/report", report, |it| {
        it.is("generations", "reportJob", "Report a result")
            .says("For one that is bad or unwanted: an operator looks at it, and until its user deletes it, it is kept however old it gets.")
            .names("id", "The job's id.")
            .user()
            .body::<Report>()
            .request_example(include_str!("examples/report.request.json"))
            .refuses(&["not_found"])
            .answers_nothing(204, "It is reported, now or before.")
    })
}

async fn report(
    atelier: Atelier,
    user: User,
    Named(job): Named<String>,
    Body(Report { reason }): Body<Report>,
) -> Result<StatusCode, Problem> {
    let job = id(&job)?;
    check_reason(&reason)?;
    atelier.reports().report(&user, job, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let fits = !is_blank(reason) && reason.chars().count() <= MAX_REASON_CHARS;
    if fits {
        return Ok(());
    }
    let message = format!("must have 1 to {MAX_REASON_CHARS} characters");
    Err(Problem::invalid(&[FieldError::new("reason", message)]))
}
