//! The main job: from a photo and a garment to a picture that is charged.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use super::case::{Case, TIMEOUT};
use super::pictures::{files, sample, size_of_png};
use super::provider_faults::{assert_completed, movements};
use super::settings::{PRICE, WELCOME};
use super::user::{User, id_of};

pub(crate) async fn a_person_gets_dressed(case: Case) {
    let user = case.user().await;
    user.has(WELCOME).await;
    let photo = user
        .upload(sample("person-nasa-eileen-collins.jpg"))
        .await
        .ok(201);
    let garment = user.upload(sample("garment-linen-shirt.png")).await.ok(201);
    assert_eq!(
        (&photo["content_type"], &garment["content_type"]),
        (&json!("image/jpeg"), &json!("image/png"))
    );
    let prompt = format!("as worn by {}", user.name);
    let generation = json!({
        "photo": photo["id"], "garment": garment["id"], "prompt": prompt, "aspect_ratio": "3:4",
    });
    let placed = user.generate(&generation).await;
    let id = id_of(&placed.ok(202));
    assert_eq!(
        placed.header("location"),
        Some(format!("/v1/jobs/{id}").as_str())
    );

    let job = timeout(TIMEOUT, polled(&user, &id)).await.expect("an end");
    assert_completed(&job, PRICE, 0);
    assert_eq!(
        (&job["prompt"], &job["aspect_ratio"]),
        (&json!(prompt), &json!("3:4"))
    );
    assert_eq!(
        user.movements().await,
        movements(&[("grant", WELCOME), ("freeze", PRICE), ("settle", PRICE)])
    );
    user.has(WELCOME - PRICE).await;

    let task = case.task(&user);
    let made = case.system.emulator.result_bytes(&task.id).remove(0);
    let shown = shown(&user, &job).await;
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert_eq!(shown.bytes, made);
    let (width, height) = size_of_png(&shown.bytes);
    assert_eq!(width * 4, height * 3, "{width} x {height}");
    assert_eq!(
        (&job["images"][0]["width"], &job["images"][0]["height"]),
        (&json!(width), &json!(height))
    );
    let stored = files(&case.system.workshop.state().join("v3/r2"));
    let is_it = |path: &std::path::PathBuf| std::fs::read(path).is_ok_and(|bytes| bytes == made);
    assert!(
        stored.iter().any(is_it),
        "none of {stored:?} is the picture"
    );
}

/// Polls a job like a browser: again when the answer says so.
async fn polled(user: &User, id: &str) -> Value {
    loop {
        let answer = user.get(&format!("/v1/jobs/{id}")).await;
        let job = answer.ok(200);
        let Some(seconds) = answer.header("retry-after") else {
            return job;
        };
        sleep(Duration::from_secs(seconds.parse().unwrap())).await;
    }
}

async fn shown(user: &User, job: &Value) -> Answer {
    let answer = user.get(url(job)).await;
    assert_eq!(answer.status, 200, "{}", url(job));
    answer
}

fn url(job: &Value) -> &str {
    job["images"][0]["url"].as_str().expect("a picture")
}

pub(crate) async fn a_link_is_valid_for_its_picture_only(case: Case) {
    let user = case.user().await;
    let job = user.generated("").await;
    let whole = shown(&user, &job).await;
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    let has_length = |answer: &Answer| {
        let length = answer.bytes.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        assert_eq!(answer.header("transfer-encoding"), None);
    };
    has_length(&whole);
    let system = &case.system;
    let anybody = async |url: &str| system.ask("GET", url, |request| request).await;
    assert_eq!(anybody(url(&job)).await.bytes, whole.bytes);
    for (from, to) in [
        ("signature=", "signature=A"),
        ("expires=", "expires=1"),
        ("/results/", "/uploads/"),
        ("/0?", "/1?"),
    ] {
        let other = url(&job).replacen(from, to, 1);
        assert_ne!(other, url(&job));
        anybody(&other).await.problem(404, "not_found");
    }

    let of = whole.bytes.len();
    for (range, first, last) in [
        ("bytes=0-99".to_owned(), 0, 99),
        (format!("bytes={}-", of - 7), of - 7, of - 1),
        ("bytes=-5".to_owned(), of - 5, of - 1),
        (format!("bytes=10-{}", of + 1000), 10, of - 1),
    ] {
        let part = user
            .ask("GET", url(&job), |request| request.header("range", &range))
            .await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(
            part.header("content-range"),
            Some(format!("bytes {first}-{last}/{of}").as_str()),
            "{range}"
        );
        assert_eq!(part.bytes, whole.bytes.slice(first..=last), "{range}");
        has_length(&part);
    }
    // A range beyond the picture is not answered with another part.
    let beyond = user
        .ask("GET", url(&job), |request| {
            request.header("range", format!("bytes={of}-"))
        })
        .await;
    assert!([200, 416].contains(&beyond.status), "{}", beyond.status);
    let tag = whole.header("etag").unwrap();
    let known = user
        .ask("GET", url(&job), |request| {
            request.header("if-none-match", tag)
        })
        .await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
}

pub(crate) async fn a_status_that_did_not_change_is_not_sent_again(case: Case) {
    let user = case.user().await;
    let id = user.requested("#slow").await;
    let path = format!("/v1/jobs/{id}");
    user.seen_to_be(&id, "running").await;
    let running = user.get(&path).await;
    let tag = running.header("etag").unwrap();
    let ask = async || {
        user.ask("GET", &path, |request| request.header("if-none-match", tag))
            .await
    };
    let unchanged = ask().await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
    assert_eq!(unchanged.header("etag"), Some(tag));
    assert!(unchanged.header("retry-after").is_some());
    case.complete(&user).await;
    user.followed(&id).await;
    let changed = ask().await;
    assert_completed(&changed.ok(200), PRICE, 0);
    assert_ne!(changed.header("etag"), Some(tag));
    assert_eq!(changed.header("retry-after"), None);
}
