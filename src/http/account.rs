//! The account as a whole.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::service::{Atelier, User};

/// Whose pictures were removed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Forgotten"))]
struct ForgottenView {
    /// The ids of the uploads and jobs whose pictures were removed now.
    removed: Vec<String>,
    /// Whether there are more than fit into one request. Those are removed within the hour.
    more: bool,
}

pub(super) fn delete_account() -> Route {
    route!(delete, "/v1/account", forget, |it| {
        it.is("account", "forget", "Forgets a person: every picture, upload and word goes. Credits and their journal stay. What is being made is asked to stop, and charged if it completes all the same")
            .user()
            .refuses(&["storage_unavailable"])
            .answers::<ForgottenView>(200, "What was removed.")
    })
}

async fn forget(State(atelier): State<Atelier>, user: User) -> Result<Response, Problem> {
    let forgotten = atelier.forget(user.account).await?;
    let forgotten = ForgottenView {
        removed: forgotten.removed,
        more: forgotten.more,
    };
    view::answer(StatusCode::OK, &forgotten)
}
