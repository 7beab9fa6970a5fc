//! The table of providers: each one's name and its routes, nested under it.

use std::sync::Arc;

use axum::Router;

use crate::{evolink, fal, fashn, kie, kling, replicate, runware, world::World};

type Routes = fn() -> Router<Arc<World>>;

const TABLE: [(&str, Routes); 7] = [
    ("evolink", evolink::routes),
    ("fal", fal::routes),
    ("replicate", replicate::routes),
    ("fashn", fashn::routes),
    ("kling", kling::routes),
    ("kie", kie::routes),
    ("runware", runware::routes),
];

/// The names of all providers, in the order of the table.
pub fn providers() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Every provider's routes.
pub(crate) fn routes() -> Router<Arc<World>> {
    TABLE.iter().fold(Router::new(), |router, (name, routes)| {
        router.nest(&format!("/{name}"), routes())
    })
}
