//! `GET /user` and `GET /user/emails`: who signed in.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, Path, RawQuery, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{NAME, error::ApiError};
use crate::{clock, parameters::Parameters, sign_in::grants::Access, world::World};

/// Proof that a call has a token, and a `User-Agent`.
pub(crate) struct Caller(Access);

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, ApiError> {
        let told = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        if told(header::USER_AGENT).is_none_or(str::is_empty) {
            return Err(ApiError::NoUserAgent);
        }
        let token = told(header::AUTHORIZATION)
            .ok_or(ApiError::NoToken)?
            .strip_prefix("Bearer ")
            .ok_or(ApiError::BadToken)?;
        let access = world.memory().grants.access(NAME, token);
        access.map(Self).ok_or(ApiError::BadToken)
    }
}

pub(crate) async fn user(
    State(world): State<Arc<World>>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    allow(query.as_deref(), &[])?;
    let person = access.person;
    Ok(Json(json!({
        "login": person.login,
        "id": person.id,
        "avatar_url": format!("{}/avatars/{}", world.provider_url(NAME), person.id),
        "type": "User",
        "name": person.name,
        "email": person.public_email,
        "created_at": clock::days_before(clock::now(), person.days),
    })))
}

/// The first address is not the primary one, if there are two.
pub(crate) async fn emails(
    Caller(access): Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    allow(query.as_deref(), &["per_page", "page"])?;
    if !access.has("user:email") && !access.has("user") {
        return Err(ApiError::NotFound);
    }
    let person = access.person;
    let other = person.other_email.map(
        |email| json!({ "email": email, "primary": false, "verified": false, "visibility": null }),
    );
    let is_public = person.public_email.as_ref() == Some(&person.email);
    let primary = json!({
        "email": person.email,
        "primary": true,
        "verified": person.is_verified,
        "visibility": if is_public { "public" } else { "private" },
    });
    Ok(Json(other.into_iter().chain([primary]).collect()))
}

/// A circle: everybody's picture.
pub(crate) async fn avatar(Path(id): Path<u32>) -> Response {
    let hue = id % 360;
    let circle = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 2 2\">\
         <circle cx=\"1\" cy=\"1\" r=\"1\" fill=\"hsl({hue} 60% 50%)\"/></svg>"
    );
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    (StatusCode::OK, kind, circle).into_response()
}

fn allow(query: Option<&str>, known: &[&str]) -> Result<(), ApiError> {
    Parameters::of_query(query, known)
        .map(|_known| ())
        .map_err(|error| ApiError::UnknownParameter(error.to_string()))
}
