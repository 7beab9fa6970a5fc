//! What is done around every request, whatever its route.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::problem;
use crate::service::{Atelier, Site};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What front ends on other origins may send and read.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        "GET, POST, PUT, DELETE",
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type, if-none-match, idempotency-key, range",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS),
];
const EXPOSED: &str =
    "accept-ranges, content-length, content-range, etag, location, retry-after, x-request-id";

/// How long a browser uses https alone. Other hosts of the same domain are not ours to decide about.
const ONE_YEAR: &str = "max-age=31536000";

/// How long a browser need not ask again: two hours, the most that Chromium supports.
const PREFLIGHT_SECONDS: &str = "7200";

/// Answers a request: (1) CORS preflights of allowed origins are answered; (2) every error becomes a
/// problem document; (3) an answer without `Cache-Control` gets `no-store`; (4) browsers do not sniff its
/// type, and stay with https where we are reached by it; (5) the answer gets an id, by which it is found in
/// the log; (6) errors on our side are logged under that id.
pub(super) async fn around(atelier: Atelier, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let site = atelier.site();
    let origin = admitted(&site, request.headers());
    let asks = method == Method::OPTIONS && origin.is_some();
    let mut response = if asks {
        StatusCode::NO_CONTENT.into_response() // (1)
    } else {
        problem::only_problems(next.run(request).await) // (2)
    };
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store")); // (3)
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    if site.is_https() {
        let always = HeaderValue::from_static(ONE_YEAR);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, always); // (4)
    }
    if asks {
        let allowed = PREFLIGHT.map(|(name, value)| (name, HeaderValue::from_static(value)));
        headers.extend(allowed);
    }
    if !site.allowed_origins().is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static(EXPOSED);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    let id = site.request_id();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id); // (5)
    }
    if let Some(cause) = problem::cause(&response) {
        // A callback's path is its token.
        let is_secret = path.starts_with("/v1/webhooks/");
        let path = if is_secret { "/v1/webhooks/…" } else { &path };
        let status = response.status().as_u16();
        log::error!(
            "event=request_failed request={id} method={method} path={path} status={status} cause=\"{cause}\""
        ); // (6)
    }
    response
}

/// The origin of a front end elsewhere, if it may use the API.
fn admitted(site: &Site, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let mut allowed = site.allowed_origins().iter();
    allowed
        .any(|allowed| allowed.as_bytes() == origin.as_bytes())
        .then(|| origin.clone())
}
