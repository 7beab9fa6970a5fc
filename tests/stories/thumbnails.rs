//! Thumbnails: stored once, by whoever shows a picture, and gone with it.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::deletion::{delete, delete_job, with_a_picture};
use super::world::{Answer, User, World, advance, png_of};

async fn store(user: &User, path: &str, bytes: Bytes) -> Answer {
    let request = Request::builder()
        .method(Method::PUT)
        .uri(path)
        .header("authorization", format!("Bearer {}", user.token()))
        .header("content-length", bytes.len())
        .body(bytes);
    user.world.send(request.unwrap()).await
}

fn of(job: &str) -> String {
    format!("/v1/jobs/{job}/thumbnails/0")
}

fn thumbnails(world: &World) -> Vec<String> {
    world.pictures.kept("thumbnails/").into_keys().collect()
}

#[tokio::test]
async fn a_picture_has_a_thumbnail_once_somebody_has_stored_one() {
    let (world, ada, job) = with_a_picture().await;
    let before = ada.get(&format!("/v1/jobs/{job}")).await;
    assert_eq!(before.body["images"][0]["thumbnail"], Value::Null);
    let small = png_of("small", 320, 427);
    let stored = store(&ada, &of(&job), small.clone()).await;
    assert_eq!(stored.status, 200, "{}", stored.body);
    assert_eq!(thumbnails(&world), [format!("thumbnails/{job}/0")]);
    // It is told of everywhere, and a client that knows the job without it gets it anew.
    let after = ada.get(&format!("/v1/jobs/{job}")).await;
    assert_eq!(after.body, stored.body);
    assert_ne!(before.headers["etag"], after.headers["etag"]);
    let listed = ada.get("/v1/jobs").await.body["jobs"][0].clone();
    assert_eq!(listed["images"], after.body["images"]);
    let link = after.body["images"][0]["thumbnail"].as_str().unwrap();
    let path = link.strip_prefix("https://app.test").unwrap();
    let picture = world
        .send(Request::get(path).body(Bytes::new()).unwrap())
        .await;
    assert_eq!((picture.status, picture.bytes), (200, small));
    assert_eq!(
        picture.headers["cache-control"],
        "private, max-age=86400, immutable"
    );
    world.check().await;
}

/// A tab that has not heard of it, or somebody who wants to write a lot.
#[tokio::test]
async fn the_first_thumbnail_is_kept() {
    let (world, ada, job) = with_a_picture().await;
    let first = png_of("first", 320, 427);
    assert_eq!(store(&ada, &of(&job), first.clone()).await.status, 200);
    let second = store(&ada, &of(&job), png_of("second", 320, 427)).await;
    assert_eq!(second.status, 200);
    let kept = world.pictures.kept("thumbnails/");
    assert_eq!(kept.into_values().collect::<Vec<_>>(), [first]);
    world.check().await;
}

#[tokio::test]
async fn what_is_no_thumbnail_of_an_own_picture_is_refused() {
    let (world, ada, job) = with_a_picture().await;
    let eve = world.user("eve").await;
    let small = || png_of("small", 320, 427);
    let other = format!("/v1/jobs/{job}/thumbnails/1");
    let nothing = format!("/v1/jobs/{job}/thumbnails/one");
    for (user, path, bytes, status, code) in [
        (&eve, of(&job), small(), 404, "not_found"),
        (&ada, other, small(), 404, "not_found"),
        (&ada, nothing, small(), 404, "not_found"),
        (
            &ada,
            of(&job),
            png_of("large", 641, 10),
            415,
            "unsupported_image",
        ),
        (
            &ada,
            of(&job),
            Bytes::from_static(b"<svg/>"),
            415,
            "unsupported_image",
        ),
        (
            &ada,
            of(&job),
            vec![0; 65 * 1024].into(),
            413,
            "payload_too_large",
        ),
    ] {
        let answer = store(user, &path, bytes).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path}");
    }
    assert!(thumbnails(&world).is_empty());
    let images = &ada.job(&job).await["images"];
    assert_eq!(images[0]["thumbnail"], Value::Null);
    world.check().await;
}

#[tokio::test]
async fn a_thumbnail_is_removed_with_its_picture() {
    let (world, ada, job) = with_a_picture().await;
    store(&ada, &of(&job), png_of("small", 320, 427)).await;
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    assert!(thumbnails(&world).is_empty());
    let late = store(&ada, &of(&job), png_of("small", 320, 427)).await;
    assert_eq!(late.status, 404);
    world.check().await;
    // And by its age.
    let (world, ada, job) = with_a_picture().await;
    store(&ada, &of(&job), png_of("small", 320, 427)).await;
    world.tick(Duration::from_hours(31 * 24));
    world.run_cron().await;
    assert!(world.pictures.kept("").is_empty());
    let ada = world.user("ada").await;
    assert_eq!(ada.job(&job).await["images"], json!([]));
    world.check().await;
}

/// Whatever its owner deletes while it is on its way, nothing of it stays that nobody would remove.
#[tokio::test]
async fn a_thumbnail_in_flight_does_not_outlive_its_picture() {
    let mut refused = 0;
    for (turns, path) in (1..).flat_map(|turns| [(turns, "/v1/jobs"), (turns, "/v1/account")]) {
        let (world, ada, job) = with_a_picture().await;
        let place = of(&job);
        let mut stored = pin!(store(&ada, &place, png_of("small", 320, 427)));
        if advance(turns, &mut stored).await {
            world.check().await;
            break;
        }
        let deleted = match path {
            "/v1/jobs" => delete_job(&ada, &job).await.status,
            all => delete(&ada, all).await.status,
        };
        assert!(deleted < 300);
        refused += usize::from(stored.await.status == 404);
        assert!(thumbnails(&world).is_empty(), "{path} after {turns} turns");
        world.check().await;
    }
    assert!(refused > 0);
}

/// The bytes are there and the answer is lost before the row says so: the next one to show the picture stores it again.
#[tokio::test]
async fn a_thumbnail_whose_row_was_not_written_is_stored_by_the_next_try() {
    let (world, ada, job) = with_a_picture().await;
    let small = png_of("small", 320, 427);
    world
        .pictures
        .leave(&format!("thumbnails/{job}/0"), small.clone());
    assert_eq!(ada.job(&job).await["images"][0]["thumbnail"], Value::Null);
    let stored = store(&ada, &of(&job), png_of("again", 320, 427)).await;
    assert!(stored.body["images"][0]["thumbnail"].is_string());
    let kept = world.pictures.kept("thumbnails/");
    assert_eq!(kept.into_values().collect::<Vec<_>>(), [small]);
    world.check().await;
}
