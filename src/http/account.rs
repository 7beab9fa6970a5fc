//! The account as a whole.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::view;
use crate::service::{Atelier, User};

/// What was removed of somebody's pictures.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Forgotten"))]
pub(super) struct ForgottenView {
    /// The names of the objects, which are no more.
    removed: Vec<String>,
    /// Whether there are more than fit into one request, so that it has to be made again.
    more: bool,
}

/// `DELETE /v1/account`
pub(super) async fn forget(
    State(atelier): State<Atelier>,
    user: User,
) -> Result<Response, Problem> {
    let forgotten = atelier.forget(user.account).await?;
    let forgotten = ForgottenView {
        removed: forgotten.removed,
        more: forgotten.more,
    };
    view::answer(StatusCode::OK, &forgotten)
}
