//! Who calls.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use super::error::ApiError;
use crate::{auth, world::World};

/// Proof that the call bore the right key. The tokens that older callers sign with their key are
/// not taken.
#[derive(Debug)]
pub(crate) struct Caller(());

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, Self::Rejection> {
        if auth::presents(&parts.headers, "Bearer", &world.settings.api_key) {
            Ok(Self(()))
        } else if parts.headers.contains_key(header::AUTHORIZATION) {
            Err(ApiError::InvalidKey)
        } else {
            Err(ApiError::NoKey)
        }
    }
}
