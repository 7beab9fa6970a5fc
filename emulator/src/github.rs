//! GitHub's sign-in for OAuth apps, and who signed in (`docs.github.com`, "Authorizing OAuth apps").
//! Both hosts are below one address: `github.com` is at `/github`, `api.github.com` at `/github/api`.

mod api;
mod authorize;
mod error;
mod token;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    routing::{get, post},
};

use crate::world::World;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/login/oauth/authorize",
            get(authorize::show).post(authorize::choose),
        )
        .route("/login/oauth/access_token", post(token::exchange))
        .route("/api/user", get(api::user))
        .route("/api/user/emails", get(api::emails))
        .route("/avatars/{id}", get(api::avatar))
}

const NAME: &str = "github";
/// The id of the one client; its secret is the emulator's key.
const CLIENT_ID: &str = "local-github-client";
const CODE_LIFETIME: Duration = Duration::from_mins(10);
