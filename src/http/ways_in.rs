//! Adding and removing ways in.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::client::{self, language};
use super::extract::{Body, Named};
use super::problem::Problem;
use super::route::{Route, route};
use super::sign_in::{named, ours};
use super::{cookies, view};
use crate::identity::SignInMethod;
use crate::service::{Atelier, Begun, CodeRequest, Error, User};

/// A way in to add.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewWayIn {
    /// The address, where the way in is `email`.
    #[serde(default)]
    email: Option<String>,
    /// The path on this site where the person goes on.
    #[serde(default)]
    return_to: Option<String>,
}

/// Where the browser goes to add a way in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Linking {
    /// The provider's page; null where a code was sent.
    url: Option<String>,
}

pub(super) fn post_link() -> Route {
    route!(post, "/v1/auth/{method}/link", link, |it| {
        it.is("sign-in", "linkWayIn", "Add a way in")
            .says("By somebody who signed in within the last 10 minutes. It takes the place of a way in of the same kind.")
            .names("method", "`email`, `google`, `github` or `oidc`.")
            .signed_in()
            .optional_body::<NewWayIn>()
            .refuses(&["not_found", "rate_limited", "provider_unavailable"])
            .answers::<Linking>(200, "Where to go on; a code is entered as in signing in.")
    })
}

async fn link(
    atelier: Atelier,
    headers: HeaderMap,
    user: User,
    Named(method): Named<String>,
    Body(new): Body<NewWayIn>,
) -> Result<Response, Problem> {
    let (site, sign_in) = ours(&atelier, &headers)?;
    let begun = match named(&method)? {
        SignInMethod::Email => {
            let request = CodeRequest {
                email: new.email.as_deref().unwrap_or_default(),
                return_to: new.return_to.as_deref(),
                challenge: None,
                language: language(&headers),
            };
            sign_in
                .send_code(&request, &client::of(&headers), Some(&user))
                .await?
        }
        method => {
            sign_in
                .begin(
                    method,
                    new.return_to.as_deref(),
                    &client::of(&headers),
                    Some(&user),
                )
                .await?
        }
    };
    let Begun { token, url } = begun;
    let cookie = cookies::begin_sign_in(&site, &token)?;
    Ok((
        [(header::SET_COOKIE, cookie)],
        view::answer(StatusCode::OK, &Linking { url })?,
    )
        .into_response())
}

pub(super) fn delete_email() -> Route {
    route!(delete, "/v1/auth/email", unlink_email, |it| {
        it.is("sign-in", "unlinkEmail", "Remove e-mail as a way in")
            .says("As every other way in.")
            .signed_in()
            .refuses(&["not_found", "conflict"])
            .answers_nothing(204, "It is removed.")
    })
}

async fn unlink_email(atelier: Atelier, user: User) -> Result<StatusCode, Problem> {
    remove(&atelier, &user, SignInMethod::Email).await
}

pub(super) fn delete_way_in() -> Route {
    route!(delete, "/v1/auth/{method}", unlink, |it| {
        it.is("sign-in", "unlinkWayIn", "Remove a way in")
            .says("By somebody who signed in within the last 10 minutes. One must remain. Sessions that it began have ended.")
            .names("method", "`google`, `github` or `oidc`.")
            .signed_in()
            .refuses(&["not_found", "conflict"])
            .answers_nothing(204, "It is removed.")
    })
}

async fn unlink(
    atelier: Atelier,
    user: User,
    Named(method): Named<String>,
) -> Result<StatusCode, Problem> {
    remove(&atelier, &user, named(&method)?).await
}

async fn remove(
    atelier: &Atelier,
    user: &User,
    method: SignInMethod,
) -> Result<StatusCode, Problem> {
    let ways_in = atelier.ways_in().ok_or(Error::NotFound)?;
    ways_in.unlink(user, method).await?;
    Ok(StatusCode::NO_CONTENT)
}
