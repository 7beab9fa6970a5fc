//! What handlers take: the application, a proved user, a proved operator, a body that fits. Nothing else gets
//! past these.

use axum::RequestExt;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::{body, cookies, origin};
use crate::domain::field_error::FieldError;
use crate::fields::{self, Json, Text, Unreadable};
use crate::service::{Atelier, Error, Operator, User};

/// JSON requests are small.
const MAX_JSON_BYTES: usize = 64 * 1024;

/// The routes are made once, and each request brings the application that serves it, with what is of that
/// request alone.
impl FromRequestParts<()> for Atelier {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Problem> {
        application(parts)
    }
}

fn application(parts: &Parts) -> Result<Atelier, Problem> {
    let atelier = parts.extensions.get().cloned();
    let none = || Error::Internal("a request without an application to serve it".into());
    Ok(atelier.ok_or_else(none)?)
}

/// By a bearer token, or else by the session's cookie, which a browser sends whoever asks it to.
impl FromRequestParts<()> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Problem> {
        user(parts).await
    }
}

/// The same, or nobody. A session that has ended is nobody, too.
impl axum::extract::OptionalFromRequestParts<()> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Option<Self>, Problem> {
        match user(parts).await {
            Ok(user) => Ok(Some(user)),
            Err(problem) if problem.is_unauthenticated() => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// By the operators' token, or by a session that proves an operator's address.
impl FromRequestParts<()> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Problem> {
        let access = application(parts)?.access();
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
            return Ok(access.operator(token)?);
        }
        Ok(access.operator_of(&user(parts).await?)?)
    }
}

/// Boxed: else each handler would have all of it in its own code.
fn user(parts: &Parts) -> BoxFuture<'_, Result<User, Problem>> {
    Box::pin(async {
        let (atelier, headers) = (application(parts)?, &parts.headers);
        if headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(headers).ok_or(Error::Unauthenticated)?;
            return Ok(atelier.access().user(token).await?);
        }
        let site = atelier.site();
        let token = cookies::session(&site, headers).ok_or(Error::Unauthenticated)?;
        if !parts.method.is_safe() && !origin::is_own(&site, headers) {
            return Err(origin::FORBIDDEN.into());
        }
        Ok(atelier.access().session(token).await?)
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A JSON object. What cannot be read is named by its field.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<()> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, (): &()) -> Result<Self, Problem> {
        fields_of(object(request).await?)
    }
}

/// The fields of a JSON object. Boxed, as [`user`] is.
fn object(mut request: Request) -> BoxFuture<'static, Result<Vec<(String, Json)>, Problem>> {
    Box::pin(async move {
        let atelier: Atelier = request.extract_parts().await?;
        let headers = request.headers();
        let (is_json, is_told) = (is_json(headers), headers.contains_key(header::CONTENT_TYPE));
        let bytes = body::read(&atelier, request, MAX_JSON_BYTES, None)
            .await?
            .bytes;
        if bytes.is_empty() && !is_told {
            return Ok(Vec::new());
        }
        if !is_json {
            return Err(invalid("content-type", "is not application/json"));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Json::Object(fields)) => Ok(fields),
            Ok(_) => Err(invalid("body", "is not a JSON object")),
            Err(error) => Err(invalid("body", format!("is not JSON: {error}"))),
        }
    })
}

/// Nothing at all is as good as an object without fields.
fn fields_of<T: DeserializeOwned>(fields: Vec<(String, Json)>) -> Result<Body<T>, Problem> {
    let body = fields::read(fields);
    body.map(Body).map_err(unreadable)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn unreadable(Unreadable { field, message }: Unreadable) -> Problem {
    invalid(field.as_deref().unwrap_or("body"), message)
}

fn invalid(field: &str, message: impl Into<String>) -> Problem {
    Problem::invalid(&[FieldError::new(field, message)])
}

/// Query parameters.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<()> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes());
        let query = query.map(|(name, value)| (name.into_owned(), Text(value.into_owned())));
        let params = fields::read(query.collect::<Vec<_>>());
        params.map(Self).map_err(unreadable)
    }
}

/// What a path names. What is not even text names nothing.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<()> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, &()).await;
        let Path(names) = path.map_err(|_| Error::NotFound)?;
        Ok(Self(names))
    }
}

/// The ids in a path: one that cannot be read names nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Error::NotFound.into())
}
