//! What each route takes and answers.

use serde_json::{Value, json};

use super::operation::{Route, Schemas};
use super::overview::{AdminJobs, Overview};
use crate::domain::job::{QuoteRequest, RequestBody};
use crate::http::{account, admin, credits, images, jobs, me, operator, session, view, webhooks};

pub(super) fn all(schemas: &mut Schemas) -> Vec<Route> {
    [
        everybody(schemas),
        making(schemas),
        of_jobs(schemas),
        own(schemas),
        operators(schemas),
        overviews(schemas),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn picture() -> Value {
    let bytes = json!({"schema": {"type": "string", "format": "binary"}});
    json!({"image/jpeg": bytes, "image/png": bytes, "image/webp": bytes})
}

fn everybody(of: &mut Schemas) -> Vec<Route> {
    vec![
        Route::new("get", "/healthz", "health", "Whether we are there")
            .answers::<session::Health>(200, "We are.", of),
        Route::new("get", "/openapi.json", "document", "This document").gives(
            200,
            "OpenAPI 3.1.",
            &json!({"application/json": {"schema": {"type": "object"}}}),
        ),
        Route::new(
            "post",
            "/v1/session",
            "createSession",
            "A demo session, where ENVIRONMENT is \"local\"",
        )
        .optional_body::<session::NewSession>(of)
        .refuses(&["not_found", "ledger_unavailable"])
        .answers::<session::SessionView>(
            200,
            "A session. A new account has its welcome credits.",
            of,
        ),
        Route::new("get", "/v1/models", "listModels", "What is on offer").answers::<view::Models>(
            200,
            "The models, the default one first.",
            of,
        ),
        Route::new(
            "get",
            "/v1/images/{key}",
            "showImage",
            "A picture, to whoever has its link; the key has slashes in it",
        )
        .query::<images::Link>(of)
        .refuses(&[
            "not_found",
            "precondition_failed",
            "range_not_satisfiable",
            "storage_unavailable",
        ])
        .header("Range", "One range of bytes.")
        .header(
            "If-Range",
            "The `ETag` of the picture that the range is of. If it is another one, it comes whole.",
        )
        .header(
            "If-None-Match",
            "The `ETag` of a picture that is here already.",
        )
        .header("If-Match", "The `ETag` of the only picture that will do.")
        .gives(200, "The picture.", &picture())
        .with_header(
            200,
            "Content-Disposition",
            "What to call it when it is saved.",
        )
        .with_header(200, "ETag", "Never changes with its link.")
        .gives(206, "The part of it that was asked for.", &picture())
        .with_header(206, "Content-Range", "Which part of how many bytes.")
        .with_header(416, "Content-Range", "How many bytes there are.")
        .gives(304, "It is as it was.", &Value::Null),
        Route::new(
            "post",
            "/v1/webhooks/{provider}/{token}",
            "callBack",
            "A provider calls back",
        )
        .content(&json!({"application/json": {"schema": {}}}))
        .refuses(&[
            "unauthenticated",
            "payload_too_large",
            "overloaded",
            "ledger_unavailable",
            "provider_unavailable",
        ])
        .answers::<webhooks::Taken>(200, "It is written down, now or before.", of),
    ]
}

fn making(of: &mut Schemas) -> Vec<Route> {
    vec![
        Route::new(
            "post",
            "/v1/uploads",
            "upload",
            "Sends a picture of a person or a garment, at most 10 MiB and 16,384 pixels a side",
        )
        .user()
        .content(&picture())
        .refuses(&["payload_too_large", "unsupported_image", "rate_limited", "overloaded", "storage_unavailable"])
        .answers::<view::UploadView>(201, "It is stored.", of),
        Route::new(
            "post",
            "/v1/quotes",
            "quote",
            "What a generation would cost, and from which packages. Nothing is reserved. Without a photo, the price of the model; without a body, that of the default one",
        )
        .user()
        .optional_body::<QuoteRequest>(of)
        .answers::<view::QuoteView>(200, "The price, and whether there is enough.", of),
        Route::new(
            "post",
            "/v1/generate",
            "generate",
            "Asks for pictures. The price is reserved until they are there",
        )
        .user()
        .header(
            "Idempotency-Key",
            "The same request under the same key is the same job.",
        )
        .of_length(1, 255)
        .body::<RequestBody>(of)
        .answers::<view::JobView<'_>>(202, "The job, which goes on by itself.", of)
        .refuses(&[
            "insufficient_credits",
            "conflict",
            "idempotency_mismatch",
            "too_many_open_jobs",
            "rate_limited",
        ])
        .with_header(202, "Location", "Where the job can be followed.")
        .with_header(202, "Retry-After", "Seconds until it makes sense to look."),
    ]
}

fn of_jobs(of: &mut Schemas) -> Vec<Route> {
    let tag = "Changes with the job, and each hour with the links to its pictures.";
    vec![
        Route::new(
            "get",
            "/v1/jobs",
            "listJobs",
            "One's own jobs, newest first",
        )
        .user()
        .query::<jobs::Which>(of)
        .answers::<view::Jobs<'_>>(200, "A page of them.", of),
        Route::new(
            "get",
            "/v1/jobs/{id}",
            "showJob",
            "A job. Light enough to be asked every other second",
        )
        .user()
        .header("If-None-Match", "The `ETag` of the last answer.")
        .header("If-Match", "The `ETag` of the only answer that will do.")
        .refuses(&["not_found", "precondition_failed"])
        .answers::<view::JobView<'_>>(200, "The job.", of)
        .with_header(200, "ETag", tag)
        .with_header(
            200,
            "Retry-After",
            "Seconds until it makes sense to look again; absent once it is over.",
        )
        .gives(304, "It is as it was.", &Value::Null),
        Route::new(
            "delete",
            "/v1/jobs/{id}",
            "deleteJob",
            "Removes a job that is over, with its pictures and its words, for good",
        )
        .user()
        .refuses(&["not_found", "conflict", "storage_unavailable"])
        .gives(204, "It is no more.", &Value::Null),
        Route::new(
            "post",
            "/v1/jobs/{id}/cancel",
            "cancelJob",
            "Asks to stop a job. Its credits come back once it has stopped; if it completes all the same, it is charged",
        )
        .user()
        .refuses(&["not_found", "hold_already_settled", "hold_already_released"])
        .answers::<view::JobView<'_>>(200, "The job.", of),
    ]
}

fn own(of: &mut Schemas) -> Vec<Route> {
    vec![
        Route::new(
            "get",
            "/v1/me",
            "showMe",
            "Who one is, and how much of each limit is used",
        )
        .user()
        .answers::<me::Me>(200, "The account and its limits.", of),
        Route::new("get", "/v1/credits", "showCredits", "What one has")
            .user()
            .answers::<view::CreditsView>(200, "Credits, package by package.", of),
        Route::new(
            "get",
            "/v1/credits/history",
            "listEntries",
            "How it came to that: the journal, newest first",
        )
        .user()
        .query::<credits::Page>(of)
        .answers::<view::History>(200, "A page of it.", of),
        Route::new(
            "delete",
            "/v1/account",
            "forget",
            "Forgets a person: every picture, upload and word goes. Credits and their journal stay. What is being made is asked to stop, and charged if it completes all the same",
        )
        .user()
        .refuses(&["storage_unavailable"])
        .answers::<account::ForgottenView>(
            200,
            "What was removed.",
            of,
        ),
    ]
}

fn operators(of: &mut Schemas) -> Vec<Route> {
    vec![
        Route::new(
            "post",
            "/v1/admin/grants",
            "grant",
            "Grants credits, once per reference",
        )
        .operator()
        .body::<admin::NewGrant>(of)
        .refuses(&["conflict", "idempotency_mismatch"])
        .answers::<admin::Granted>(201, "The package, now or before.", of),
        Route::new(
            "post",
            "/v1/admin/adjustments",
            "adjust",
            "Takes credits back, once per reference",
        )
        .operator()
        .body::<admin::NewAdjustment>(of)
        .refuses(&["idempotency_mismatch"])
        .answers::<admin::Adjusted>(201, "From what, and what is left.", of),
        Route::new(
            "get",
            "/v1/admin/audit",
            "audit",
            "Replays the journals of one account, or of all, page by page",
        )
        .operator()
        .query::<admin::Which>(of)
        .answers::<admin::Audit>(200, "What the books prove.", of),
        Route::new(
            "get",
            "/v1/admin/journal.csv",
            "exportJournal",
            "An account's journal, oldest first",
        )
        .operator()
        .query::<admin::Rows>(of)
        .gives(
            200,
            "A page of it, as RFC 4180 has it.",
            &json!({"text/csv": {"schema": {"type": "string"}}}),
        )
        .with_header(
            200,
            "x-next-cursor",
            "The `after` of the next page, if there is one.",
        ),
    ]
}

fn overviews(of: &mut Schemas) -> Vec<Route> {
    vec![
        Route::new(
            "get",
            "/v1/admin/jobs",
            "listAllJobs",
            "Jobs of all accounts, newest first",
        )
        .operator()
        .query::<operator::Which>(of)
        .answers::<AdminJobs>(200, "A page of them.", of),
        Route::new(
            "get",
            "/v1/admin/overview",
            "showOverview",
            "How everything is: jobs, providers, credits, margins",
        )
        .operator()
        .answers::<Overview>(200, "As of now.", of),
        Route::new(
            "get",
            "/v1/admin/selftest",
            "selftest",
            "Tries everything that is needed, as an operator would by hand",
        )
        .operator()
        .answers::<operator::Selftest>(
            200,
            "What was tried, also if something is wrong.",
            of,
        ),
    ]
}
