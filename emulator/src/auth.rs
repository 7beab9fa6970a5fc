//! Authentication: a provider's routes require its operator's key.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::IntoResponse,
};

use crate::world::World;

/// A provider's errors about its key.
pub(crate) trait KeyError: IntoResponse {
    /// The scheme of the `Authorization` header with the key.
    const SCHEME: &'static str;

    /// The answer to a call without the right key.
    fn of(headers: &HeaderMap) -> Self;
}

/// Proof that a call has the right key. A call without it is answered with `E`.
#[derive(Debug)]
pub(crate) struct Caller<E>(PhantomData<E>);

impl<E: KeyError> FromRequestParts<Arc<World>> for Caller<E> {
    type Rejection = E;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, E> {
        if presents(&parts.headers, E::SCHEME, &world.settings.api_key) {
            Ok(Self(PhantomData))
        } else {
            Err(E::of(&parts.headers))
        }
    }
}

/// Whether the headers have `Authorization: SCHEME KEY`.
pub(crate) fn presents(headers: &HeaderMap, scheme: &str, key: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        == Some((scheme, key))
}
