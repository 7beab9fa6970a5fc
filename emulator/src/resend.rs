//! Resend's API for mail (`resend.com/docs`), and the mailbox where developers and tests read what
//! was sent.

mod email;
mod error;
mod mailbox;
mod outbox;
mod send;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use self::outbox::Mail;
pub(crate) use self::outbox::Outbox;
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/emails", post(send::send))
}

/// The mailbox is not Resend's, so it is not below its name.
pub(crate) fn mailbox() -> Router<Arc<World>> {
    Router::new()
        .route("/mailbox", get(mailbox::page))
        .route("/mailbox.json", get(mailbox::list))
}
