//! Bodies that are too long, too slow, or too many; and what is said around every answer.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use http::{Method, Request};
use serde_json::Value;

use super::world::{Create, User, World, configured, png};

/// A request whose body is announced to be so long.
fn announced(path: &str, token: &str, length: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    request.body(body).unwrap()
}

/// A body whose first bytes come, and then nothing more.
fn trickling() -> Body {
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    Body::from_stream(first.chain(stream::pending()))
}

/// What is never answered fails, rather than keep all other stories waiting.
async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(Duration::from_mins(1), answer);
    answer.await.expect("an answer")
}

async fn with_callback() -> (World, User, String) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    let path = world.outside.callback_path("task-1");
    (world, ada, path)
}

/// 4 GiB and more were never answered: their length did not fit into 32 bits.
#[tokio::test]
async fn a_body_that_is_announced_to_be_too_long_is_refused_before_any_of_it_is_read() {
    let (world, ada, callback) = with_callback().await;
    for path in ["/v1/uploads", "/v1/generate", "/v1/quotes", &callback] {
        for length in [
            "10485761",
            "4294967296",
            "4294967301",
            "18446744073709551615",
        ] {
            let unread = stream::poll_fn(
                |_| -> std::task::Poll<Option<Result<Bytes, std::io::Error>>> {
                    panic!("it is read")
                },
            );
            let body = Body::from_stream(unread);
            let request = announced(path, ada.token(), Some(length), body);
            let answer = world.send_body(request).await;
            assert_eq!(
                (answer.status, answer.code()),
                (413, "payload_too_large"),
                "{path} {length}"
            );
        }
    }
    world.check().await;
}

/// 133 of 200 connections whose bodies trickled were unanswered after 45 s.
#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let (world, ada, callback) = with_callback().await;
    for path in ["/v1/uploads", "/v1/generate", "/v1/quotes", &callback] {
        for length in [None, Some("1000")] {
            let request = announced(path, ada.token(), length, trickling());
            let answer = in_time(world.send_body(request)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (408, "request_timeout"),
                "{path} {length:?}"
            );
        }
    }
    world.check().await;
}

#[tokio::test]
async fn nothing_is_read_of_a_callback_without_a_token_of_ours() {
    let (world, _ada, _) = with_callback().await;
    let request = announced("/v1/webhooks/evolink/dG9rZW4", "", None, trickling());
    let answer = world.send_body(request).await;
    assert_eq!((answer.status, answer.code()), (401, "unauthenticated"));
    world.check().await;
}

/// Uploads were held whole, however many came: 90 MiB of the 128 that there are.
#[tokio::test]
async fn more_large_bodies_than_there_is_room_for_are_told_to_come_back() {
    let world = World::new();
    let ada = world.user("ada").await;
    let large = Some("10485760");
    let all =
        (0..3).map(|_| world.send_body(announced("/v1/uploads", ada.token(), large, trickling())));
    let all = in_time(join_all(all)).await;
    let mut codes: Vec<_> = all
        .iter()
        .map(|answer| (answer.status, answer.code()))
        .collect();
    codes.sort_unstable();
    let slow = (408, "request_timeout");
    assert_eq!(codes, [slow, slow, (503, "overloaded")]);
    let refused = all.iter().find(|answer| answer.status == 503).unwrap();
    assert_eq!(refused.headers["retry-after"], "5");
    // Those that were given up take no room any more, and a small one never needed any.
    assert_eq!(ada.try_upload(png("me")).await.status, 201);
    let again = world.send_body(announced("/v1/uploads", ada.token(), large, trickling()));
    assert_eq!(in_time(again).await.status, 408);
    world.check().await;
}

#[tokio::test]
async fn every_answer_says_that_nobody_should_guess_what_it_is() {
    for (url, is_https) in [("https://app.test", true), ("http://127.0.0.1:8787", false)] {
        let world = World::with(configured(&[("PUBLIC_URL".into(), url.into())]));
        for (path, status) in [
            ("/healthz", 200),
            ("/v1/credits", 401),
            ("/v1/nothing", 404),
        ] {
            let answer = world.call(Method::GET, path, "", &Value::Null).await;
            assert_eq!(answer.status, status);
            assert_eq!(
                answer.headers["x-content-type-options"], "nosniff",
                "{path}"
            );
            let always = answer.headers.get("strict-transport-security");
            let always = always.map(|value| value.to_str().unwrap());
            assert_eq!(always, is_https.then_some("max-age=31536000"), "{path}");
        }
        world.check().await;
    }
}

/// A vendor's words had the whole link to somebody's photo in them, which is good for hours.
#[tokio::test]
async fn a_link_in_a_vendors_words_is_stored_without_what_makes_it_work() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let said = r#"{"error":{"code":"invalid_request","message":"cannot read https://app.test/v1/images/uploads/x?expires=1&signature=s3cret"}}"#;
    world.outside.next_creates([Create::Answer(400, said)]);
    ada.open_job().await;
    world.run_background().await;
    let details = world.database.query("select detail from attempts");
    let detail = details[0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("cannot read https://app.test/v1/images/uploads/x"),
        "{detail}"
    );
    assert!(
        !detail.contains("s3cret") && !detail.contains("expires"),
        "{detail}"
    );
    world.check().await;
}
