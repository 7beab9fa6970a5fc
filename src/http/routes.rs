//! The whole of the API on one screen.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};

use super::{
    account, admin, around, credits, images, jobs, me, operator, problem, session, uploads,
    webhooks,
};
use crate::service::Atelier;

/// All routes, over the application.
pub fn router(atelier: Atelier) -> Router {
    Router::new()
        .route("/v1/session", post(session::create))
        .route("/v1/me", get(me::show))
        .route("/v1/uploads", post(uploads::create))
        .route("/v1/models", get(jobs::models))
        .route("/v1/quotes", post(jobs::quote))
        .route("/v1/generate", post(jobs::generate))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}", get(jobs::show).delete(jobs::delete))
        .route("/v1/jobs/{id}/cancel", post(jobs::cancel))
        .route("/v1/images/{*key}", get(images::show))
        .route("/v1/credits", get(credits::show))
        .route("/v1/credits/history", get(credits::history))
        .route("/v1/webhooks/{provider}/{token}", post(webhooks::receive))
        .route("/v1/account", delete(account::forget))
        .route("/v1/admin/grants", post(admin::grant))
        .route("/v1/admin/adjustments", post(admin::adjust))
        .route("/v1/admin/audit", get(admin::audit))
        .route("/v1/admin/journal.csv", get(admin::journal))
        .route("/v1/admin/jobs", get(operator::jobs))
        .route("/v1/admin/overview", get(operator::overview))
        .route("/v1/admin/selftest", get(operator::selftest))
        .route("/healthz", get(session::health))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(from_fn_with_state(atelier.clone(), around::around))
        .with_state(atelier)
}
