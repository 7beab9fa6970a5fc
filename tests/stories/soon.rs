//! A callback whose results are stored soon is written down once.

use super::world::{Page, Task, User, When, World};

/// A job whose provider has finished it, and not told yet.
async fn finished(world: &World) -> (User, String) {
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    (ada, job)
}

#[tokio::test]
async fn a_success_whose_pictures_are_stored_soon_is_one_write() {
    let world = World::new();
    let (ada, job) = finished(&world).await;
    let before = world.database.batches();
    assert_eq!(world.callback("task-1").await, 200);
    assert_eq!(world.database.batches() - before, 1);
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    world.check().await;
}

/// The provider is answered within seconds, and the ingest is not begun again.
#[tokio::test]
async fn a_success_whose_pictures_take_longer_is_written_down_first() {
    let world = World::new();
    let (ada, job) = finished(&world).await;
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    assert_eq!(ada.status(&job).await, "storing");
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(world.fetches().len(), 1);
    world.check().await;
}

/// What could not be stored at once is written down first, and this try is not counted.
#[tokio::test]
async fn a_success_whose_pictures_fail_at_first_is_written_down_and_tried_again() {
    let world = World::new();
    let (ada, job) = finished(&world).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.next_at(&results[0], vec![Page::Broken; 4]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(30).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(world.fetches().len(), 5);
    world.check().await;
}

/// The pictures are stored, and the account cannot be told: the provider sends its callback again.
#[tokio::test]
async fn a_success_that_cannot_be_told_comes_again_and_is_charged_once() {
    for when in [When::Before, When::After] {
        let world = World::new();
        let (ada, job) = finished(&world).await;
        world.accounts.lose(2, 1, when);
        assert_eq!(world.callback("task-1").await, 503);
        world.accounts.heal();
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
        assert_eq!(ada.status(&job).await, "completed");
        assert_eq!(ada.credits().await, (16, 0));
        world.check().await;
    }
}

/// An object of an older release does not say whether it awaits a task: then it is told of the success.
#[tokio::test]
async fn an_account_that_does_not_say_what_it_awaits_is_told_as_before() {
    let world = World::new();
    let (ada, job) = finished(&world).await;
    world.accounts.lose(1, 1, When::Before);
    assert_eq!(world.callback("task-1").await, 200);
    assert_eq!(ada.status(&job).await, "storing");
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// Its user deletes everything, or the provider says that it failed, between the first picture and the telling:
/// nothing stays stored, at whichever moment that is.
#[tokio::test]
async fn what_ends_while_its_pictures_are_stored_keeps_none() {
    for ending in ["deleted", "failed"] {
        let mut stored_before = 0;
        for turns in 0..40 {
            let world = World::new();
            let (ada, job) = finished(&world).await;
            world.pictures.downloads_take(10);
            let mut callback = Box::pin(world.callback("task-1"));
            let answered = super::world::advance(turns, &mut callback).await;
            stored_before += usize::from(!world.pictures.kept("results/").is_empty() && !answered);
            let end = async {
                if ending == "deleted" {
                    assert_eq!(ada.delete("/v1/account").await.status, 200);
                } else {
                    world.outside.set("task-1", Task::Failed("internal_error"));
                    world.callback("task-1").await;
                }
            };
            // The callback may hold what the other one needs.
            let rest = async {
                if !answered {
                    callback.await;
                }
            };
            futures::join!(end, rest);
            world.run_background().await;
            world.pass(10).await;
            let kept = world.pictures.kept("results/");
            let is_delivered = ending == "failed"
                && world
                    .database
                    .number("select count(*) from jobs where state = 'completed'")
                    == 1;
            assert_eq!(
                kept.len(),
                usize::from(is_delivered),
                "{ending} {job} {turns}: {kept:?}"
            );
            world.check().await;
        }
        assert!(stored_before > 0, "{ending} never came in between");
    }
}
