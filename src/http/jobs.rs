//! Models, generate, and the job.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::extract::{Body, Named, Params, id};
use super::page::{cursor, page_size, states};
use super::problem::Problem;
use super::tags;
use super::view::{self, JobView, Jobs, Models, OfferView, QuoteView};
use crate::domain::field_error::FieldError;
use crate::domain::job::Job;
use crate::domain::job::{QuoteRequest, RequestBody};
use crate::domain::time::Timestamp;
use crate::service::{Atelier, RESULT_LINK_STEP, User};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A new job is looked at soon, one that takes long less often.
const POLL_SOON_SECONDS: u64 = 2;
const POLL_SELDOM_SECONDS: u64 = 10;

/// `GET /v1/models`
pub(super) async fn models(State(atelier): State<Atelier>) -> Result<Response, Problem> {
    let models = atelier.models().await;
    let models = models.iter().map(OfferView::from).collect();
    let kept_for = atelier.kept_for().into();
    view::answer(StatusCode::OK, &Models { models, kept_for })
}

/// `POST /v1/quotes`: the body of a generation, in which the photo may be missing.
pub(super) async fn quote(
    State(atelier): State<Atelier>,
    user: User,
    Body(request): Body<QuoteRequest>,
) -> Result<Response, Problem> {
    let quote = atelier.quote(user.account, &request).await?;
    view::answer(StatusCode::OK, &QuoteView::from(&quote))
}

/// `POST /v1/generate`
pub(super) async fn generate(
    State(atelier): State<Atelier>,
    user: User,
    headers: HeaderMap,
    Body(request): Body<RequestBody>,
) -> Result<Response, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| {
        let key = key.to_str().map(String::from);
        key.map_err(|_| Problem::invalid(&[FieldError::new("Idempotency-Key", "must be ASCII")]))
    });
    let placed = atelier
        .generate(user.account, &request, key.transpose()?)
        .await?;
    let location = format!("/v1/jobs/{}", placed.job.id);
    let mut response = answer(&atelier, StatusCode::ACCEPTED, &placed.job)?;
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Which of one's jobs.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// 1 to 100, 20 if absent.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only jobs of these statuses, with commas between them.
    status: Option<String>,
}

/// `GET /v1/jobs`: one's own, newest first.
pub(super) async fn list(
    State(atelier): State<Atelier>,
    user: User,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let limit = page_size(which.limit)?;
    let before = cursor(which.cursor.as_deref())?;
    let states = states("status", which.status.as_deref(), view::status)?;
    let page = atelier
        .jobs(user.account, before, states.as_deref(), limit)
        .await?;
    let jobs = page.jobs.iter();
    let jobs = Jobs {
        jobs: jobs.map(|job| JobView::new(&atelier, job)).collect(),
        next_cursor: page.next_cursor,
    };
    view::answer(StatusCode::OK, &jobs)
}

/// `GET /v1/jobs/{id}`: the light status route.
pub(super) async fn show(
    State(atelier): State<Atelier>,
    user: User,
    Named(job): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = atelier.job(user.account, id(&job)?).await?;
    let response = answer(&atelier, StatusCode::OK, &job)?;
    let tag = response
        .headers()
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .unwrap_or_default();
    if tags::is_other(&headers, tag) {
        return Err(Problem::precondition_failed());
    }
    if tags::is_known(&headers, tag) {
        let (parts, _) = response.into_parts();
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        for name in [header::ETAG, header::CACHE_CONTROL, header::RETRY_AFTER] {
            if let Some(value) = parts.headers.get(&name) {
                unchanged.headers_mut().insert(name, value.clone());
            }
        }
        return Ok(unchanged);
    }
    Ok(response)
}

/// `POST /v1/jobs/{id}/cancel`
pub(super) async fn cancel(
    State(atelier): State<Atelier>,
    user: User,
    Named(job): Named<String>,
) -> Result<Response, Problem> {
    let job = atelier.cancel(user.account, id(&job)?).await?;
    answer(&atelier, StatusCode::OK, &job)
}

/// `DELETE /v1/jobs/{id}`
pub(super) async fn delete(
    State(atelier): State<Atelier>,
    user: User,
    Named(job): Named<String>,
) -> Result<StatusCode, Problem> {
    atelier.delete_job(user.account, id(&job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(atelier: &Atelier, status: StatusCode, job: &Job) -> Result<Response, Problem> {
    let mut response = view::answer(status, &JobView::new(atelier, job))?;
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if let Ok(tag) = HeaderValue::from_str(&etag(atelier, job)) {
        headers.insert(header::ETAG, tag);
    }
    if job.state().is_open() {
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(retry_after(atelier, job)),
        );
    }
    Ok(response)
}

/// Changes with the job and its hold, whose deadline may come first, and with the links to its
/// pictures. Weak, since the ETA counts down by itself.
fn etag(atelier: &Atelier, job: &Job) -> String {
    let links: Timestamp = atelier.now().next_multiple_of(RESULT_LINK_STEP);
    let state = job.state().name();
    let held = if job.hold.closing.is_none() {
        "held-"
    } else {
        ""
    };
    format!(
        "W/\"{state}-{held}{:x}-{:x}\"",
        job.updated_at.millis(),
        links.seconds()
    )
}

fn retry_after(atelier: &Atelier, job: &Job) -> u64 {
    let minute = std::time::Duration::from_mins(1);
    if atelier.age(job) < minute {
        POLL_SOON_SECONDS
    } else {
        POLL_SELDOM_SECONDS
    }
}
