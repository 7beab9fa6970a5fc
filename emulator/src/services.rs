//! The table of the other services that the system calls: mail, sign-in, bots, moderation, payments.
//! Each one's name, and its routes, nested under it.

use std::sync::Arc;

use axum::Router;

use crate::{github, openai, openid, polar, resend, stripe, turnstile, world::World};

type Routes = fn() -> Router<Arc<World>>;

const TABLE: [(&str, Routes); 8] = [
    ("resend", resend::routes),
    ("github", github::routes),
    ("google", openid::google),
    ("oidc", openid::oidc),
    ("turnstile", turnstile::routes),
    ("openai", openai::routes),
    ("stripe", stripe::routes),
    ("polar", polar::routes),
];

/// The names of the services that are not image providers, in the order of the table.
pub fn services() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Every service's routes.
pub(crate) fn routes() -> Router<Arc<World>> {
    TABLE.iter().fold(Router::new(), |router, (name, routes)| {
        router.nest(&format!("/{name}"), routes())
    })
}
