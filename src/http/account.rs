//! The account as a whole.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::view;
use crate::service::{Atelier, User};

/// Whose pictures were removed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Forgotten"))]
pub(super) struct ForgottenView {
    /// The ids of the uploads and jobs whose pictures were removed now.
    removed: Vec<String>,
    /// Whether there are more than fit into one request. Those are removed within the hour.
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
