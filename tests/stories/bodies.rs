//! Bodies that are too long, too slow, or too many; and headers that every answer has.

use std::time::Duration;

use atelier::ports::Clock;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::{join, join_all};
use futures::stream;
use http::{Method, Request};
use serde_json::Value;

use super::world::{Create, User, World, configured, png};

/// A request with this Content-Length.
fn announced(path: &str, token: &str, length: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    request.body(body).unwrap()
}

/// A body that stalls after its first bytes.
fn trickling() -> Body {
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    Body::from_stream(first.chain(stream::pending()))
}

/// A body that arrives at 64 KiB per second, without an end.
fn coming(world: &World) -> Body {
    let clock = world.clock.clone();
    Body::from_stream(stream::unfold(clock, |clock| async move {
        clock.sleep(Duration::from_secs(1)).await;
        let chunk = Bytes::from(vec![7; 64 * 1024]);
        Some((Ok::<_, std::io::Error>(chunk), clock))
    }))
}

/// A body of which nothing ever arrives.
fn silent() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())
}

async fn large(user: &User, body: Body) -> u16 {
    let request = announced("/v1/uploads", user.token(), Some("10485760"), body);
    in_time(user.world.send_body(request)).await.status
}

/// A request that is never answered fails instead of blocking all other stories.
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

/// Requests of 4 GiB and more were once never answered: their length did not fit into 32 bits.
#[tokio::test]
async fn a_body_with_too_large_a_content_length_is_refused_unread() {
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

/// 133 of 200 connections with slow bodies were once unanswered after 45 s.
#[tokio::test]
async fn a_body_that_stops_arriving_times_out() {
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
async fn a_callback_without_a_valid_token_is_refused_unread() {
    let (world, _ada, _) = with_callback().await;
    let request = announced("/v1/webhooks/evolink/dG9rZW4", "", None, trickling());
    let answer = world.send_body(request).await;
    assert_eq!((answer.status, answer.code()), (401, "unauthenticated"));
    world.check().await;
}

/// Any number of uploads were once held in memory: 90 MiB of the isolate's 128.
#[tokio::test]
async fn too_many_large_bodies_are_refused_with_retry_after() {
    let world = World::new();
    let users = join_all(["ada", "ben", "eve"].map(|name| world.user(name))).await;
    let length = Some("10485760");
    let all = users.iter().map(|user| {
        world.send_body(announced(
            "/v1/uploads",
            user.token(),
            length,
            coming(&world),
        ))
    });
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
    // Aborted ones take no capacity any more, and a small one never needed any.
    assert_eq!(users[0].try_upload(png("me")).await.status, 201);
    assert_eq!(large(&users[0], trickling()).await, 408);
    world.check().await;
}

/// One account's uploads once took the capacity of everybody.
#[tokio::test]
async fn one_account_may_send_one_large_body_at_a_time_without_affecting_others() {
    let world = World::new();
    let (ada, ben) = (world.user("ada").await, world.user("ben").await);
    let hers = join_all((0..5).map(|_| large(&ada, coming(&world))));
    let (mut hers, his) = join(hers, large(&ben, coming(&world))).await;
    hers.sort_unstable();
    assert_eq!((hers, his), (vec![408, 503, 503, 503, 503], 408));
    world.check().await;
}

/// While uploads took all capacity, callbacks without a Content-Length were once refused.
#[tokio::test]
async fn callbacks_have_capacity_of_their_own() {
    let (world, ada, callback) = with_callback().await;
    let ben = world.user("ben").await;
    let eve = world.user("eve").await;
    world.outside.finish("task-1", 1);
    let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(
        br#"{"id":"task-1"}"#,
    ))]);
    let request = announced(&callback, "", None, Body::from_stream(body));
    let uploads = join_all([&ada, &ben, &eve].map(|user| large(user, coming(&world))));
    let (mut uploads, taken) = join(uploads, async {
        world.clock.sleep(Duration::from_secs(2)).await;
        world.send_body(request).await.status
    })
    .await;
    uploads.sort_unstable();
    assert_eq!((uploads, taken), (vec![408, 408, 503], 200));
    world.run_background().await;
    world.check().await;
}

/// A client that announces a large body and sends nothing, or too little, does not block others for
/// long.
#[tokio::test]
async fn capacity_for_a_stalled_body_is_freed_within_seconds() {
    for body in [silent, trickling] {
        let world = World::new();
        let (ada, ben) = (world.user("ada").await, world.user("ben").await);
        let eve = world.user("eve").await;
        let idle = join(large(&ada, body()), large(&ben, body()));
        // She waits for at most 10 s, and then until her own body counts as too slow.
        let (idle, hers) = join(idle, large(&eve, coming(&world))).await;
        assert_eq!((idle, hers), ((408, 408), 408));
        world.check().await;
    }
}

/// A body that cannot be accepted anyway is not read, and takes no capacity.
#[tokio::test]
async fn an_upload_over_the_daily_limit_is_refused_unread() {
    let world = World::with(configured(&[("MAX_UPLOADS_PER_DAY".into(), "1".into())]));
    let ada = world.user("ada").await;
    assert_eq!(ada.try_upload(png("me")).await.status, 201);
    let all = join_all((0..5).map(|_| large(&ada, silent()))).await;
    assert_eq!(all, [429; 5]);
    world.check().await;
}

#[tokio::test]
async fn every_answer_forbids_content_sniffing() {
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

/// A vendor's message once contained the whole link to somebody's photo, which is valid for hours.
#[tokio::test]
async fn a_link_in_a_vendors_message_is_stored_without_its_signature() {
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
