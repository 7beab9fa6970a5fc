//! The account as a whole.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::{cookies, view};
use crate::service::{Atelier, User};

/// The pictures that were removed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Forgotten"))]
struct ForgottenView {
    /// The ids of the uploads and jobs whose pictures were removed by this request.
    removed: Vec<String>,
    /// True if there was more to remove than fits into one request: the rest is removed within the
    /// hour, without another request.
    more: bool,
}

pub(super) fn delete_account() -> Route {
    route!(delete, "/v1/account", forget, |it| {
        it.is("account", "forget", "Delete everything personal")
            .says("Removes every upload, picture and prompt of the user. Credits and their journal stay, without personal data. \
                Open jobs are asked to stop; one that still completes is charged, and nothing of it is stored. Who signed in here is \
                signed out everywhere, and their ways in are removed; by the same way in they find their credits again.")
            .user()
            .refuses(&["storage_unavailable"])
            .answers::<ForgottenView>(200, "What was removed.")
    })
}

async fn forget(atelier: Atelier, user: User) -> Result<Response, Problem> {
    let forgotten = atelier.deletion().forget(&user).await?;
    let forgotten = ForgottenView {
        removed: forgotten.removed,
        more: forgotten.more,
    };
    let answer = view::answer(StatusCode::OK, &forgotten)?;
    if user.session().is_none() {
        return Ok(answer);
    }
    let cookie = cookies::end_session(&atelier.site())?;
    Ok(([(header::SET_COOKIE, cookie)], answer).into_response())
}
