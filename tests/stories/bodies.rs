//! Bodies that are too long, too slow, or too many; and what is said around every answer.

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

/// A body that comes at 64 KiB each second, for as long as it is waited for.
fn coming(world: &World) -> Body {
    let clock = world.clock.clone();
    Body::from_stream(stream::unfold(clock, |clock| async move {
        clock.sleep(Duration::from_secs(1)).await;
        let chunk = Bytes::from(vec![7; 64 * 1024]);
        Some((Ok::<_, std::io::Error>(chunk), clock))
    }))
}

/// A body of which nothing ever comes.
fn silent() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())
}

async fn large(user: &User, body: Body) -> u16 {
    let request = announced("/v1/uploads", user.token(), Some("10485760"), body);
    in_time(user.world.send_body(request)).await.status
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
    // Those that were given up take no room any more, and a small one never needed any.
    assert_eq!(users[0].try_upload(png("me")).await.status, 201);
    assert_eq!(large(&users[0], trickling()).await, 408);
    world.check().await;
}

/// One account's uploads took all the room that there was for everybody.
#[tokio::test]
async fn one_account_has_room_for_one_large_body_at_a_time_and_others_have_theirs() {
    let world = World::new();
    let (ada, ben) = (world.user("ada").await, world.user("ben").await);
    let hers = join_all((0..5).map(|_| large(&ada, coming(&world))));
    let (mut hers, his) = join(hers, large(&ben, coming(&world))).await;
    hers.sort_unstable();
    assert_eq!((hers, his), (vec![408, 503, 503, 503, 503], 408));
    world.check().await;
}

/// While uploads took all the room, no callback without a length was taken.
#[tokio::test]
async fn callbacks_have_room_of_their_own() {
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

/// Whoever announces much and sends nothing, or too little, keeps nobody waiting for long.
#[tokio::test]
async fn room_for_what_does_not_come_is_given_back_within_seconds() {
    for body in [silent, trickling] {
        let world = World::new();
        let (ada, ben) = (world.user("ada").await, world.user("ben").await);
        let eve = world.user("eve").await;
        let idle = join(large(&ada, body()), large(&ben, body()));
        // She waits for at most 10 s, and then has until her own body is too slow.
        let (idle, hers) = join(idle, large(&eve, coming(&world))).await;
        assert_eq!((idle, hers), ((408, 408), 408));
        world.check().await;
    }
}

/// Nothing is read of what cannot be taken anyway, nor is room kept for it.
#[tokio::test]
async fn an_upload_of_an_account_that_has_used_up_its_day_is_refused_unread() {
    let world = World::with(configured(&[("MAX_UPLOADS_PER_DAY".into(), "1".into())]));
    let ada = world.user("ada").await;
    assert_eq!(ada.try_upload(png("me")).await.status, 201);
    let all = join_all((0..5).map(|_| large(&ada, silent()))).await;
    assert_eq!(all, [429; 5]);
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
