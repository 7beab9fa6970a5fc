//! Storage that fails: the answer says when to retry, and nothing is lost.

use std::fs;

use super::super::books;
use super::super::case::{Case, until};
use super::super::pictures;
use super::super::settings::{PRICE, WELCOME};
use super::super::user::id_of;
use super::{Told, asked, tell};

/// Checks that the answer is a 503 with this code and a `Retry-After`.
fn is_unavailable(told: &Told, code: &str) {
    assert_eq!(
        (told.status, told.body["code"].as_str()),
        (503, Some(code)),
        "{told:?}"
    );
    assert!(told.retry_after.is_some(), "{told:?}");
    assert!(told.has_request_id, "{told:?}");
}

/// Another transaction locks the database until the request is refused.
pub(crate) async fn a_locked_database_is_reported_as_ledger_unavailable(case: Case) {
    let user = case.user().await;
    let generation = user.generation("").await;
    let generate = || {
        asked(&user, "POST", "/v1/generate", |request| {
            request.json(&generation)
        })
    };
    let lock = books::lock(&case.system.workshop.state());
    let told = generate().await.expect("an answer");
    is_unavailable(&told, "ledger_unavailable");
    drop(lock);
    tell(&format!("a locked database: {told:?}"));
    let id = until("requests are accepted again", async || {
        let told = generate().await?;
        (told.status == 202).then(|| id_of(&told.body))
    });
    let job = user.followed_by_the_reconciler(&id.await).await;
    assert_eq!(job["status"], "completed", "{job}");
    user.has(WELCOME - PRICE).await;
}

/// The directory that stores uploads is missing, and cannot be created.
pub(crate) async fn a_missing_bucket_is_reported_as_storage_unavailable(case: Case) {
    let user = case.user().await;
    let picture = pictures::small([1, 2, 3, 255]);
    user.uploaded(picture.clone()).await;
    let bucket = case.system.workshop.state().join("v3/r2/atelier-pictures");
    let (blobs, away) = (bucket.join("blobs"), bucket.join("away"));
    fs::rename(&blobs, &away).unwrap();
    fs::write(&blobs, "").unwrap();
    let body = picture.clone();
    let told = asked(&user, "POST", "/v1/uploads", |request| request.body(body)).await;
    fs::remove_file(&blobs).unwrap();
    fs::rename(&away, &blobs).unwrap();
    let told = told.expect("an answer");
    is_unavailable(&told, "storage_unavailable");
    tell(&format!("a missing bucket: {told:?}"));
    user.uploaded(picture).await;
    user.has(WELCOME).await;
}
