//! Models, generate, and the job.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::body;
use super::extract::{Body, Named, Params, id};
use super::page::{cursor, page_size, states};
use super::problem::Problem;
use super::route::{Route, route};
use super::tags;
use super::view::{self, JobView, Jobs, Models, OfferView, QuoteView};
use crate::domain::field_error::FieldError;
use crate::domain::job::{Job, QuoteRequest, RequestBody};
use crate::domain::number::digits;
use crate::domain::time::Timestamp;
use crate::service::{Atelier, Error, RESULT_LINK_STEP, Sender, User};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A thumbnail has a fifth of that.
const MAX_THUMBNAIL_BYTES: usize = 64 * 1024;

/// A new job is polled soon, one that takes long less often.
const POLL_SOON_SECONDS: u64 = 2;
const POLL_SELDOM_SECONDS: u64 = 10;

pub(super) fn get_models() -> Route {
    route!(get, "/v1/models", models, |it| {
        it.is("generations", "listModels", "List the models")
            .answers::<Models>(200, "The models that can be used, the default one first.")
            .answer_example(200, include_str!("examples/models.json"))
    })
}

async fn models(atelier: Atelier) -> Result<Response, Problem> {
    let models = atelier.models();
    let kept_for = models.kept_for().into();
    let models = models.all().await;
    let models = models.iter().map(OfferView::from).collect();
    view::answer(StatusCode::OK, &Models { models, kept_for })
}

pub(super) fn post_quotes() -> Route {
    route!(post, "/v1/quotes", quote, |it| {
        it.is("generations", "quote", "Get the price of a generation")
            .says("Takes the same body as `POST /v1/generate`. Without a photo, the price is that of the model and the count; \
                without a body, that of the default model. Nothing is reserved.")
            .user()
            .optional_body::<QuoteRequest>()
            .request_example(include_str!("examples/quote.request.json"))
            .answers::<QuoteView>(200, "The price, and whether the balance is enough.")
            .answer_example(200, include_str!("examples/quote.json"))
    })
}

/// The body of a generation, in which the photo may be missing.
async fn quote(
    atelier: Atelier,
    user: User,
    Body(request): Body<QuoteRequest>,
) -> Result<Response, Problem> {
    let quote = atelier.quotes().quote(&user, &request).await?;
    view::answer(StatusCode::OK, &QuoteView::from(&quote))
}

pub(super) fn post_generate() -> Route {
    route!(post, "/v1/generate", generate, |it| {
        it.is("generations", "generate", "Generate pictures")
            .says("Reserves the price and starts a job, which goes on by itself: follow it with `GET /v1/jobs/{id}`. \
                Credits are charged for pictures that were made, and returned for those that were not.")
            .user()
            .header("Idempotency-Key", "A key of the client's choice, 1 to 255 ASCII characters. The same body under the same key is answered \
                with the same job; another body under it, with 422.")
            .of_length(1, 255)
            .body::<RequestBody>()
            .request_example(include_str!("examples/generate.request.json"))
            .answers::<JobView<'_>>(202, "The job.")
            .answer_example(202, include_str!("examples/job-queued.json"))
            .refuses(&["insufficient_credits", "account_blocked", "content_refused", "conflict", "idempotency_mismatch", "too_many_open_jobs", "rate_limited"])
            .with_header(202, "Location", "The path of the job, such as `/v1/jobs/job_…`.")
            .with_header(202, "Retry-After", "When to request the job, in seconds.")
    })
}

async fn generate(
    atelier: Atelier,
    user: User,
    headers: HeaderMap,
    Body(request): Body<RequestBody>,
) -> Result<Response, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| {
        let key = key.to_str().map(String::from);
        key.map_err(|_| Problem::invalid(&[FieldError::new("Idempotency-Key", "must be ASCII")]))
    });
    let generations = atelier.generations();
    let job = generations.generate(&user, &request, key.transpose()?);
    let job = job.await?;
    let location = format!("/v1/jobs/{}", job.id);
    let mut response = answer(&atelier, StatusCode::ACCEPTED, &job)?;
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Which of the user's jobs.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Which {
    /// How many there are on a page: 1 to 100, by default 20.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// Only jobs with one of these statuses, separated by commas, such as `queued,running`; by default
    /// all.
    status: Option<String>,
}

pub(super) fn get_jobs() -> Route {
    route!(get, "/v1/jobs", list, |it| {
        it.is("generations", "listJobs", "List the user's jobs")
            .says("Newest first.")
            .user()
            .query::<Which>()
            .answers::<Jobs<'_>>(200, "A page of jobs.")
    })
}

async fn list(
    atelier: Atelier,
    user: User,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let limit = page_size(which.limit)?;
    let before = cursor(which.cursor.as_deref())?;
    let states = states("status", which.status.as_deref(), view::status)?;
    let page = atelier
        .jobs()
        .jobs(&user, before, states.as_deref(), limit)
        .await?;
    let (links, now) = (atelier.links(), atelier.site().now());
    let jobs = page.jobs.iter();
    let jobs = Jobs {
        jobs: jobs.map(|job| JobView::new(job, &links, now)).collect(),
        next_cursor: page.next_cursor,
    };
    view::answer(StatusCode::OK, &jobs)
}

pub(super) fn get_job() -> Route {
    route!(get, "/v1/jobs/{id}", show, |it| {
        it.is("generations", "showJob", "Get a job")
            .says("Light enough to be requested every `Retry-After` seconds while the job is open.")
            .names("id", "The job's id.")
            .user()
            .header(
                "If-None-Match",
                "The `ETag` of the last answer: 304 if nothing has changed since.",
            )
            .header("If-Match", "The `ETag` that the job must have.")
            .refuses(&["not_found", "precondition_failed"])
            .answers::<JobView<'_>>(200, "The job.")
            .answer_example(200, include_str!("examples/job.json"))
            .with_header(
                200,
                "ETag",
                "Changes with the job, and each hour with the links to its pictures.",
            )
            .with_header(
                200,
                "Retry-After",
                "When to request it again, in seconds; absent once the job is over.",
            )
            .answers_nothing(304, "Nothing has changed.")
    })
}

async fn show(
    atelier: Atelier,
    user: User,
    Named(job): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = atelier.jobs().job(&user, id(&job)?).await?;
    let now = atelier.site().now();
    let tag = etag(&job, now);
    if tags::is_other(&headers, &tag) {
        return Err(Problem::precondition_failed());
    }
    let mut response = if tags::is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        view::answer(StatusCode::OK, &JobView::new(&job, &atelier.links(), now))?
    };
    say_how_long(&job, &tag, now, response.headers_mut());
    Ok(response)
}

pub(super) fn post_job_cancel() -> Route {
    route!(post, "/v1/jobs/{id}/cancel", cancel, |it| {
        it.is("generations", "cancelJob", "Cancel a job")
            .says("Asks the provider to stop, where it can. The credits are returned once the job has stopped; if it still completes, it is charged.")
            .names("id", "The job's id.")
            .user()
            .refuses(&["not_found", "hold_already_settled", "hold_already_released"])
            .answers::<JobView<'_>>(200, "The job.")
    })
}

async fn cancel(
    atelier: Atelier,
    user: User,
    Named(job): Named<String>,
) -> Result<Response, Problem> {
    let cancellations = atelier.cancellations();
    let job = cancellations.cancel(&user, id(&job)?).await?;
    answer(&atelier, StatusCode::OK, &job)
}

pub(super) fn delete_job() -> Route {
    route!(delete, "/v1/jobs/{id}", delete, |it| {
        it.is("generations", "deleteJob", "Delete a job")
            .says("Removes the pictures and the prompt of a job that is over, for good. An open job is answered with 409.")
            .names("id", "The job's id.")
            .user()
            .refuses(&["not_found", "conflict", "storage_unavailable"])
            .answers_nothing(204, "The job is deleted.")
    })
}

async fn delete(
    atelier: Atelier,
    user: User,
    Named(job): Named<String>,
) -> Result<StatusCode, Problem> {
    let deletion = atelier.deletion();
    deletion.delete_job(&user, id(&job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn put_thumbnail() -> Route {
    route!(put, "/v1/jobs/{id}/thumbnails/{index}", thumbnail, |it| {
        it.is("generations", "storeThumbnail", "Store a thumbnail")
            .says("Stores a small version of a finished picture, which whoever shows it has made: JPEG, PNG or WebP, at most 64 KiB, \
                and at most 640 pixels a side. From then on the picture has a link to it. The first one is kept.")
            .names("id", "The job's id.")
            .names("index", "The picture's place in `images`, from 0.")
            .user()
            .picture_body()
            .refuses(&["not_found", "payload_too_large", "unsupported_image", "overloaded", "storage_unavailable"])
            .answers::<JobView<'_>>(200, "The job as it is now.")
            .answer_example(200, include_str!("examples/job.json"))
    })
}

async fn thumbnail(
    atelier: Atelier,
    user: User,
    Named((job, index)): Named<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (job, index) = (id(&job)?, digits(&index).ok_or(Error::NotFound)?);
    let index = usize::try_from(index).map_err(|_| Error::NotFound)?;
    let sender = Some(Sender::Account(user.account));
    let body = body::read(&atelier, request, MAX_THUMBNAIL_BYTES, sender).await?;
    let thumbnails = atelier.thumbnails();
    let job = thumbnails.store(&user, job, index, body.bytes).await?;
    answer(&atelier, StatusCode::OK, &job)
}

fn answer(atelier: &Atelier, status: StatusCode, job: &Job) -> Result<Response, Problem> {
    let now = atelier.site().now();
    let mut response = view::answer(status, &JobView::new(job, &atelier.links(), now))?;
    say_how_long(job, &etag(job, now), now, response.headers_mut());
    Ok(response)
}

/// How long the answer is true, and when to ask again.
fn say_how_long(job: &Job, tag: &str, now: Timestamp, headers: &mut HeaderMap) {
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    if job.state().is_open() {
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(retry_after(job, now)),
        );
    }
}

/// Changes with the job and its hold, whose deadline may come first, and with the links to its
/// pictures. Weak, since the ETA counts down by itself.
fn etag(job: &Job, now: Timestamp) -> String {
    let links = now.next_multiple_of(RESULT_LINK_STEP);
    let state = job.state().name();
    let held = if job.hold.closing.is_none() {
        "held-"
    } else {
        ""
    };
    format!(
        "W/\"{state}-{held}{:x}-{:x}-{}\"",
        job.updated_at.millis(),
        links.seconds(),
        job.thumbnails.len()
    )
}

/// Half of what is left of the model's usual time, in seconds: nobody waits long for what is there, and hardly anybody
/// asks for what cannot be there yet. What takes longer than a minute is asked for seldom.
fn retry_after(job: &Job, now: Timestamp) -> u64 {
    let minute = std::time::Duration::from_mins(1);
    match view::eta_seconds(job, now) {
        Some(left) => (left / 2).clamp(POLL_SOON_SECONDS, POLL_SELDOM_SECONDS),
        None if now.since(job.created_at) < minute => POLL_SOON_SECONDS,
        None => POLL_SELDOM_SECONDS,
    }
}
