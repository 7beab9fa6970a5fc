//! Where somebody is signed in, and signing out.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use super::extract::{Named, id};
use super::problem::Problem;
use super::route::{Route, route};
use super::{cookies, origin, view};
use crate::domain::id::SessionId;
use crate::identity::SignInMethod;
use crate::service::{Atelier, SessionRow, User};

/// Where somebody is signed in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Sessions {
    /// The newest first, at most 100.
    sessions: Vec<SignedInView>,
}

/// A session of somebody who signed in here.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "SignedIn"))]
struct SignedInView {
    /// Its id, by which it is ended.
    id: SessionId,
    /// Whether it is the one that this request came with.
    is_current: bool,
    /// How they signed in.
    method: SignInMethod,
    /// The browser and its system, such as `Firefox on Android`; null if it did not say.
    browser: Option<String>,
    /// The country in two letters; null if it is not known.
    country: Option<String>,
    /// When they signed in.
    created_at: view::Time,
    /// When it was last used, to the day.
    seen_at: view::Time,
    /// When it ends unless it is used.
    expires_at: view::Time,
}

impl SignedInView {
    fn of(session: SessionRow, current: Option<SessionId>) -> Self {
        Self {
            id: session.id,
            is_current: current == Some(session.id),
            method: session.method,
            browser: session.browser,
            country: session.country,
            created_at: view::Time(session.created_at),
            seen_at: view::Time(session.seen_at),
            expires_at: view::Time(session.expires_at),
        }
    }
}

pub(super) fn get_sessions() -> Route {
    route!(get, "/v1/sessions", list, |it| {
        it.is("account", "listSessions", "List where you are signed in")
            .signed_in()
            .answers::<Sessions>(200, "The sessions.")
            .answer_example(200, include_str!("examples/sessions.json"))
    })
}

async fn list(atelier: Atelier, user: User) -> Result<Response, Problem> {
    let current = user.session().map(|session| session.id);
    let sessions = atelier.own_sessions().list(&user).await?.into_iter();
    let sessions = sessions
        .map(|session| SignedInView::of(session, current))
        .collect();
    view::answer(StatusCode::OK, &Sessions { sessions })
}

pub(super) fn delete_session() -> Route {
    route!(delete, "/v1/sessions/{id}", end, |it| {
        it.is("account", "endSession", "Sign out elsewhere")
            .names("id", "The session, `ses_…`.")
            .signed_in()
            .refuses(&["not_found"])
            .answers_nothing(204, "It has ended.")
    })
}

async fn end(
    atelier: Atelier,
    user: User,
    Named(session): Named<String>,
) -> Result<StatusCode, Problem> {
    atelier.own_sessions().end(&user, id(&session)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn delete_sessions() -> Route {
    route!(delete, "/v1/sessions", end_all, |it| {
        it.is("account", "endSessions", "Sign out everywhere")
            .says("Ends all sessions, this one too.")
            .signed_in()
            .answers_nothing(204, "All have ended.")
    })
}

async fn end_all(atelier: Atelier, user: User) -> Result<Response, Problem> {
    atelier.own_sessions().end_all(&user).await?;
    signed_out(&atelier)
}

pub(super) fn post_sign_out() -> Route {
    route!(post, "/v1/auth/sign-out", sign_out, |it| {
        it.is("account", "signOut", "Sign out")
            .says("Ends the session of the cookie, if there is one.")
            .refuses(&["forbidden", "ledger_unavailable"])
            .answers_nothing(204, "The browser is signed out.")
    })
}

async fn sign_out(atelier: Atelier, headers: HeaderMap) -> Result<Response, Problem> {
    let site = atelier.site();
    if origin::is_foreign(&site, &headers) {
        return Err(origin::FORBIDDEN.into());
    }
    if let Some(token) = cookies::session(&site, &headers) {
        if !origin::is_own(&site, &headers) {
            return Err(origin::FORBIDDEN.into());
        }
        atelier.own_sessions().end_by_token(token).await?;
    }
    signed_out(&atelier)
}

fn signed_out(atelier: &Atelier) -> Result<Response, Problem> {
    let cookie = cookies::end_session(&atelier.site())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
