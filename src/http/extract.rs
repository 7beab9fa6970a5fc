//! What handlers take: a proved user, a proved operator, a body that fits. Nothing else gets past
//! these.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::domain::order::FieldError;
use crate::service::{Atelier, Error, User};

impl FromRequestParts<Atelier> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, atelier: &Atelier) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
        Ok(atelier.user(token).await?)
    }
}

/// An operator, who proved it.
pub(super) struct Operator {
    _proved: (),
}

impl FromRequestParts<Atelier> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, atelier: &Atelier) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
        if atelier.is_operator(token) {
            Ok(Self { _proved: () })
        } else {
            Err(Error::Unauthenticated.into())
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A JSON body. What cannot be read is named by its field.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Atelier> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, atelier: &Atelier) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, atelier).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(of_json(&rejection)),
        }
    }
}

fn of_json(rejection: &JsonRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            "The body is too large.",
        );
    }
    // "Failed to deserialize …: count: invalid value …": the path to the field, then what is wrong
    // with it.
    let text = rejection.body_text();
    let said = text
        .split_once(": ")
        .map_or(text.as_str(), |(_, said)| said);
    let (field, message) = match said.split_once(": ") {
        Some((field, message)) if !field.contains(' ') => (field, message),
        _ => ("body", said),
    };
    Problem::invalid(&[FieldError::new(field, message)])
}

/// Query parameters.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Atelier> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, atelier: &Atelier) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, atelier).await;
        let Query(params) = query.map_err(|rejection: QueryRejection| {
            Problem::invalid(&[FieldError::new("query", rejection.body_text())])
        })?;
        Ok(Self(params))
    }
}

/// What a path names. What is not even text names nothing.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Atelier> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, atelier: &Atelier) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, atelier).await;
        let Path(names) = path.map_err(|_| Error::NotFound)?;
        Ok(Self(names))
    }
}

/// The ids in a path: one that cannot be read names nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Error::NotFound.into())
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every answer a name, by which it is found in the log.
pub(super) async fn give_request_id(
    State(atelier): State<Atelier>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&atelier.request_id()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
