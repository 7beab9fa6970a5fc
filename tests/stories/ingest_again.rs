//! Repeated ingests: stored pictures stay stored, surplus results delay nothing, and attempts come
//! to an end.

use std::time::Duration;

use serde_json::json;

use super::world::{Page, User, When, World, advance, png};

async fn running(world: &World, count: u8) -> (User, String) {
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let request = ada.request_of("evolink/seedream-4", count).await;
    let job = ada.generate(&request).await.id();
    world.run_background().await;
    (ada, job)
}

/// The picture is in R2, but the account could not be told; then its URL expires.
#[tokio::test]
async fn a_stored_picture_is_not_lost_when_its_url_expires() {
    let world = World::new();
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    world.accounts.lose(1, 2, When::Before);
    world.run_background().await;
    world.accounts.heal();
    assert_eq!(ada.status(&job).await, "storing");
    world
        .pictures
        .next_at(&results[0], vec![Page::Gone(410); 99]);
    world.pass(2).await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 3);
    world.check().await;
}

/// Nor is it fetched again when another one is retried.
#[tokio::test]
async fn a_stored_picture_is_not_fetched_again_while_others_are_retried() {
    let world = World::new();
    let (ada, job) = running(&world, 2).await;
    let results = world.outside.finish("task-1", 2);
    let fine = Page::Bytes(png(&results[0]));
    world.pictures.next_at(&results[0], [fine, Page::Broken]);
    world
        .pictures
        .next_at(&results[1], vec![Page::Gone(404); 99]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    world.pass(30).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["credits"]["paid"], &over["credits"]["returned"]),
        (&json!(3), &json!(3))
    );
    let of_first = format!("fetch {}", results[0]);
    let times = world
        .went_out()
        .iter()
        .filter(|line| **line == of_first)
        .count();
    assert_eq!((times, world.pictures.kept("results/").len()), (1, 1));
    world.check().await;
}

#[tokio::test]
async fn no_more_pictures_are_fetched_than_were_requested() {
    let world = World::new();
    let (ada, job) = running(&world, 2).await;
    let results = world.outside.finish("task-1", 200);
    world
        .pictures
        .next_at(&results[1], vec![Page::Bytes("<html>".into()); 99]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let done = ada.job(&job).await;
    // The next result replaces one that is no picture.
    assert_eq!(
        (world.fetches().len(), &done["credits"]["paid"]),
        (3, &json!(6))
    );
    assert_eq!(world.pictures.kept("results/").len(), 2);
    world.check().await;
}

/// A list of results without any picture is not tried to its end.
#[tokio::test]
async fn results_without_any_picture_end_the_job() {
    let world = World::new();
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 50);
    for address in &results {
        world
            .pictures
            .next_at(address, [Page::Bytes("<html>".into())]);
    }
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "result_lost");
    assert_eq!(world.fetches().len(), 3);
    world.check().await;
}

/// Whatever kills it, an ingest counts as an attempt: after the last one the job ends, and stored
/// pictures are charged.
#[tokio::test]
async fn ingests_that_are_killed_are_counted() {
    for is_stored in [false, true] {
        let world = World::new();
        let (ada, job) = running(&world, 1).await;
        let results = world.outside.finish("task-1", 1);
        world.pictures.downloads_take(17);
        assert_eq!(world.callback("task-1").await, 200);
        world.background.kill();
        world.pictures.downloads_take(0);
        world.pictures.next_at(&results[0], vec![Page::Broken; 99]);
        for minute in 0..60 {
            world.tick(Duration::from_mins(1));
            let cron = world.atelier().cron();
            if minute < 40 {
                let mut reconciler = Box::pin(cron.run());
                advance(9, &mut reconciler).await;
            } else {
                world.run_cron().await;
            }
            world.accounts.evict_all();
            if is_stored && minute == 20 {
                world.pictures.store(&format!("results/{job}/0"), "stored");
            }
        }
        assert!(world.fetches().len() <= 6, "{}", world.fetches().len());
        let ada = {
            drop(ada);
            world.user("ada").await
        };
        let status = ada.status(&job).await;
        assert_eq!(status, if is_stored { "completed" } else { "failed" });
        world.check().await;
    }
}

/// Two concurrent runs of the reconciler, as when one of them takes long.
#[tokio::test]
async fn two_concurrent_reconcilers_are_one_ingest_attempt() {
    let world = World::new();
    let (_, _) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.next_at(&results[0], vec![Page::Broken; 2]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    world.tick(Duration::from_mins(2));
    let cron = world.atelier().cron();
    let (first, second) = futures::join!(cron.run(), cron.run());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(world.fetches().len(), 2);
    world.check().await;
}
