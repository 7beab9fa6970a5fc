//! Demo sessions, and whether we are there at all.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::Body;
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::order::FieldError;
use crate::domain::words::flaw_of_name;
use crate::service::{Atelier, Error};

const MAX_NAME_CHARS: usize = 64;

/// Who to be.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewSession {
    /// A new guest without it.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    account: Option<String>,
}

/// A demo session.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Session"))]
struct SessionView {
    /// What to send as the bearer token.
    token: String,
    account: String,
    expires_at: view::Time,
}

pub(super) fn post_session() -> Route {
    route!(post, "/v1/session", create, |it| {
        it.is(
            "account",
            "createSession",
            "A demo session, where ENVIRONMENT is \"local\"",
        )
        .optional_body::<NewSession>()
        .refuses(&["not_found", "ledger_unavailable"])
        .answers::<SessionView>(200, "A session. A new account has its welcome credits.")
    })
}

async fn create(
    State(atelier): State<Atelier>,
    body: Result<Body<NewSession>, Problem>,
) -> Result<Response, Problem> {
    if !atelier.config().local {
        return Err(Error::NotFound.into());
    }
    let Body(NewSession { account }) = body?;
    let flaw = account
        .as_deref()
        .and_then(|name| flaw_of_name(name, MAX_NAME_CHARS));
    if let Some(flaw) = flaw {
        return Err(Problem::invalid(&[FieldError::new("account", flaw)]));
    }
    let session = atelier.session(account).await?;
    let session = SessionView {
        token: session.token,
        account: session.subject,
        expires_at: view::Time(session.expires_at),
    };
    view::answer(StatusCode::OK, &session)
}

/// That we are there.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Health {
    ok: bool,
    version: &'static str,
}

pub(super) fn get_healthz() -> Route {
    route!(get, "/healthz", health, |it| {
        it.is("system", "health", "Whether we are there")
            .answers::<Health>(200, "We are.")
    })
}

async fn health() -> Result<Response, Problem> {
    let health = Health {
        ok: true,
        version: env!("CARGO_PKG_VERSION"),
    };
    view::answer(StatusCode::OK, &health)
}
