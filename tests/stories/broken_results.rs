//! Results that are not whole pictures: what is retried, what replaces them, and what is charged.

use serde_json::json;

use super::ingest::running;
use super::world::{Page, World, png};

/// A picture whose head is fine and whose end is missing did not arrive: it is retried, and then the
/// job fails and costs nothing. Seen in [LaMP57/BilibiliMangaDownload
/// #6](https://github.com/LaMP57/BilibiliMangaDownload/issues/6), [Nandaka/PixivUtil2
/// #977](https://github.com/Nandaka/PixivUtil2/issues/977) and [libvips/libvips
/// #2309](https://github.com/libvips/libvips/issues/2309).
#[tokio::test]
async fn a_picture_that_cannot_be_opened_is_retried_and_then_not_charged() {
    let whole = png("x");
    for half in [
        whole.slice(..whole.len() / 2),
        whole.slice(..24),
        whole.slice(..whole.len() - 1),
    ] {
        let world = World::new();
        world.grant("ada", 20).await;
        let (ada, job) = running(&world, 1).await;
        let results = world.outside.finish("task-1", 1);
        world
            .pictures
            .next_at(&results[0], vec![Page::Bytes(half); 99]);
        world.callback("task-1").await;
        world.run_background().await;
        assert_eq!(ada.status(&job).await, "storing");
        world.pass(30).await;
        let over = ada.job(&job).await;
        assert_eq!(over["error"]["code"], "result_lost");
        assert_eq!(over["credits"]["paid"], 0);
        assert_eq!(ada.credits().await, (20, 0));
        world.check().await;
    }
}

/// A picture that was cut off on its way is whole the next time, and replaces the stored one.
#[tokio::test]
async fn a_whole_picture_replaces_a_broken_one() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    let whole = png(&results[0]);
    let half = Page::Bytes(whole.slice(..whole.len() / 2));
    world.pictures.next_at(&results[0], [half]);
    world.callback("task-1").await;
    world.run_background().await;
    world.pass(3).await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["paid"]),
        (&json!("completed"), &json!(3))
    );
    let kept: Vec<_> = world.pictures.kept("results/").into_values().collect();
    assert_eq!(kept, [whole]);
    world.check().await;
}

/// The Worker dies after it has stored half a picture, before that was checked.
#[tokio::test]
async fn a_stored_half_picture_never_counts_as_a_picture() {
    for comes_whole in [false, true] {
        let world = World::new();
        world.grant("ada", 20).await;
        let (ada, job) = running(&world, 1).await;
        let results = world.outside.finish("task-1", 1);
        world.pictures.downloads_are_slow();
        assert_eq!(world.callback("task-1").await, 200);
        world.background.kill();
        let half = png("half").slice(..40);
        world.pictures.leave(&format!("results/{job}/0"), half);
        if !comes_whole {
            world
                .pictures
                .next_at(&results[0], vec![Page::Gone(404); 99]);
        }
        world.pass(30).await;
        let status = if comes_whole { "completed" } else { "failed" };
        assert_eq!(ada.status(&job).await, status);
        let paid = if comes_whole { 3 } else { 0 };
        assert_eq!(ada.job(&job).await["credits"]["paid"], paid);
        world.check().await;
    }
}

#[tokio::test]
async fn of_three_pictures_with_one_broken_two_are_charged() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 3).await;
    let results = world.outside.finish("task-1", 3);
    let half = Page::Bytes(png("x").slice(..40));
    world.pictures.next_at(&results[1], vec![half; 99]);
    world.callback("task-1").await;
    world.run_background().await;
    world.pass(30).await;
    let credits = ada.job(&job).await["credits"].clone();
    assert_eq!(
        (&credits["paid"], &credits["returned"]),
        (&json!(6), &json!(3))
    );
    assert_eq!(ada.credits().await, (14, 0));
    world.check().await;
}

#[tokio::test]
async fn a_spare_replaces_a_broken_picture_at_once() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 2).await;
    let results = world.outside.finish("task-1", 3);
    let half = Page::Bytes(png("x").slice(..40));
    world.pictures.next_at(&results[0], vec![half; 99]);
    world.callback("task-1").await;
    world.run_background().await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["paid"]),
        (&json!("completed"), &json!(6))
    );
    assert_eq!(done["images"].as_array().unwrap().len(), 2);
    world.check().await;
}
