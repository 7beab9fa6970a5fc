//! Demo sessions, and whether the server runs.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::Body;
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::field_error::FieldError;
use crate::domain::id::OWN_SUBJECTS;
use crate::domain::words::flaw_of_name;
use crate::service::{Atelier, Error};

const MAX_NAME_CHARS: usize = 64;

/// The demo account to sign in as.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewSession {
    /// The name of the demo account, 1 to 64 characters. Without it, a new account is made.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    account: Option<String>,
}

/// A token for a demo account.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Session"))]
struct SessionView {
    /// The bearer token: send it as `Authorization: Bearer <token>`.
    token: String,
    /// The name of the demo account.
    account: String,
    /// When the token ends.
    expires_at: view::Time,
}

pub(super) fn post_session() -> Route {
    route!(post, "/v1/session", create, |it| {
        it.is("account", "createSession", "Sign in to a demo account")
            .says("Only where `ENVIRONMENT` is `local`; elsewhere it is answered with 404. A new account gets its welcome credits once.")
            .optional_body::<NewSession>()
            .request_example(include_str!("examples/session.request.json"))
            .refuses(&["not_found", "ledger_unavailable"])
            .answers::<SessionView>(200, "A token for the account.")
            .answer_example(200, include_str!("examples/session.json"))
    })
}

async fn create(
    atelier: Atelier,
    body: Result<Body<NewSession>, Problem>,
) -> Result<Response, Problem> {
    if !atelier.site().is_local() {
        return Err(Error::NotFound.into());
    }
    let Body(NewSession { account }) = body?;
    let flaw = account
        .as_deref()
        .and_then(|name| flaw_of_name(name, MAX_NAME_CHARS).or_else(|| flaw_of_demo(name)));
    if let Some(flaw) = flaw {
        return Err(Problem::invalid(&[FieldError::new("account", flaw)]));
    }
    let session = atelier.demo_sessions().create(account).await?;
    let session = SessionView {
        token: session.token,
        account: session.subject,
        expires_at: view::Time(session.expires_at),
    };
    view::answer(StatusCode::OK, &session)
}

/// A demo account is none of a user's: its token would be theirs.
fn flaw_of_demo(name: &str) -> Option<String> {
    let is_own = name.starts_with(OWN_SUBJECTS);
    is_own.then(|| format!("begins with {OWN_SUBJECTS}"))
}

/// The version that runs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Health {
    /// Always true.
    ok: bool,
    /// The version of the server, such as `0.1.0`.
    version: &'static str,
}

pub(super) fn get_healthz() -> Route {
    route!(get, "/healthz", health, |it| {
        it.is("system", "health", "Check that the server runs")
            .answers::<Health>(200, "It runs.")
            .answer_example(200, include_str!("examples/health.json"))
    })
}

async fn health() -> Result<Response, Problem> {
    let health = Health {
        ok: true,
        version: env!("CARGO_PKG_VERSION"),
    };
    view::answer(StatusCode::OK, &health)
}
