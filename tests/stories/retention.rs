//! Retention: pictures are removed when their time is over.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{User, When, World, configured, png};

const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

fn world_with(name: &str, value: &str) -> World {
    World::with(configured(&[(name.into(), value.into())]))
}

async fn completed(world: &World) -> (User, String) {
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    (ada, job)
}

fn kept(world: &World) -> (usize, usize) {
    let count = |prefix| world.pictures.kept(prefix).len();
    (count("uploads/"), count("results/"))
}

#[tokio::test]
async fn an_upload_is_removed_once_no_job_can_be_reading_it() {
    let world = World::new();
    completed(&world).await;
    // A day, plus the life of a hold that was opened at its very end.
    world.tick(DAY + Duration::from_hours(2) - MINUTE);
    world.run_cron().await;
    assert_eq!(kept(&world), (2, 1));
    world.tick(MINUTE);
    world.run_cron().await;
    assert_eq!(kept(&world), (0, 1));
    let left = "select count(*) from uploads where removed_at is null";
    assert_eq!(world.database.number(left), 0);
    // It is removed once.
    let before = world.went_out().len();
    world.tick(MINUTE);
    world.run_cron().await;
    assert_eq!(world.went_out().len(), before);
    world.check().await;
}

/// What was uploaded within seconds must not take an hour to remove.
#[tokio::test]
async fn five_thousand_uploads_are_removed_by_one_run_and_the_others_by_the_next() {
    let world = World::new();
    let ada = world.user("ada").await;
    ada.upload("me").await;
    let id = |n: usize| format!("upl_{n:026}");
    world.database.tamper(
        "insert into uploads (account_id, id, content_type, bytes, width, height, created_at, expires_at)
         with recursive more(n) as (select 1 union all select n + 1 from more where n < 5011)
         select account_id, printf('upl_%026d', n), content_type, bytes, width, height, created_at, expires_at
         from uploads, more",
    );
    for n in 1..=5011 {
        world.pictures.store(&format!("uploads/{}", id(n)), "me");
    }
    world.tick(DAY + Duration::from_hours(2));
    world.run_cron().await;
    assert_eq!(kept(&world), (12, 0));
    world.tick(MINUTE);
    world.run_cron().await;
    assert_eq!(kept(&world), (0, 0));
    world.check().await;
}

/// Bytes are never stored without a row, since nothing would ever remove them.
#[tokio::test]
async fn a_photo_whose_row_could_not_be_written_is_not_stored() {
    for when in [When::Before, When::After] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.database.lose(1, 100, when);
        assert_eq!(ada.try_upload(png("ada")).await.status, 503);
        world.database.heal();
        assert_eq!(kept(&world), (0, 0));
        world.check().await;
    }
}

#[tokio::test]
async fn a_photo_that_could_not_be_stored_is_unusable_and_cleaned_up() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.pictures.fail_next(1);
    assert_eq!(ada.try_upload(png("ada")).await.status, 503);
    world.tick(DAY + Duration::from_hours(2));
    world.run_cron().await;
    let left = "select count(*) from uploads where removed_at is null";
    assert_eq!((world.database.number(left), kept(&world)), (0, (0, 0)));
    world.check().await;
}

#[tokio::test]
async fn a_picture_is_removed_after_its_days_and_its_job_says_so() {
    let world = World::new();
    let (_, job) = completed(&world).await;
    world.tick(30 * DAY - MINUTE);
    world.run_cron().await;
    let ada = world.user("ada").await;
    let before = ada.get(&format!("/v1/jobs/{job}")).await;
    assert_eq!(before.body["images_removed_at"], Value::Null);
    world.tick(MINUTE);
    world.run_cron().await;
    assert_eq!(kept(&world), (0, 0));
    let ada = world.user("ada").await;
    let after = ada.get(&format!("/v1/jobs/{job}")).await;
    assert_ne!(before.headers["etag"], after.headers["etag"]);
    let now = atelier::ports::Clock::now(&*world.clock).to_string();
    assert_eq!(
        (
            &after.body["status"],
            &after.body["images"],
            &after.body["images_removed_at"]
        ),
        (&json!("completed"), &json!([]), &json!(now))
    );
    assert_eq!(after.body["credits"]["paid"], json!(4));
    assert_eq!(ada.get("/v1/jobs").await.body["jobs"][0], after.body);
    world.check().await;
}

/// Pictures are removed in the order of their jobs; one that comes for an old job is found all the same.
#[tokio::test]
async fn a_late_picture_of_an_old_job_is_removed_after_its_days() {
    let world = world_with("RESULT_DAYS", "1");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let late = ada.running_job().await;
    let prompt = ada.running_job().await;
    world.outside.finish("task-2", 1);
    world.callback("task-2").await;
    world.run_background().await;
    assert_eq!(ada.status(&prompt).await, "completed");
    for _ in 0..2 {
        world.tick(2 * DAY);
        world.run_cron().await;
    }
    assert_eq!(kept(&world).1, 0);
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&late).await, "completed");
    world.run_cron().await;
    assert_eq!(kept(&world).1, 1);
    world.tick(DAY);
    world.run_cron().await;
    assert_eq!(kept(&world).1, 0);
    world.check().await;
}

#[tokio::test]
async fn with_no_days_set_pictures_are_kept() {
    let world = world_with("RESULT_DAYS", "0");
    completed(&world).await;
    world.tick(4000 * DAY);
    world.run_cron().await;
    assert_eq!(kept(&world), (0, 1));
    world.check().await;
}

/// What could not be removed keeps its row for the next run; objects that we did not store are not
/// touched.
///
/// Seen in [artifactshare/artifactshare #190](https://github.com/artifactshare/artifactshare/pull/190).
#[tokio::test]
async fn a_removal_that_fails_is_retried_and_unknown_objects_are_left_alone() {
    let world = world_with("RESULT_DAYS", "1");
    completed(&world).await;
    for key in ["somebody/elses", "uploads/unknown", "results/unknown/0"] {
        let put = atelier::ports::PictureWriter::put(
            &*world.pictures,
            key,
            atelier::domain::picture::PictureFormat::Png,
            super::world::png("x"),
        );
        put.await.unwrap();
    }
    world.tick(2 * DAY);
    world.pictures.fail_next(2);
    world.run_cron().await;
    assert_eq!(kept(&world), (3, 2));
    assert_eq!(world.database.number("select count(*) from images"), 1);
    world.tick(MINUTE);
    world.run_cron().await;
    assert_eq!(kept(&world), (1, 1));
    assert_eq!(world.pictures.kept("").len(), 3);
    world.check().await;
}

/// The database's answer to marking a removal is lost: the next run removes nothing, and marks it.
#[tokio::test]
async fn a_lost_removal_mark_is_set_by_the_next_run() {
    for when in [super::world::When::Before, super::world::When::After] {
        let world = world_with("RESULT_DAYS", "1");
        completed(&world).await;
        world.tick(2 * DAY);
        world.database.lose(2, 1, when);
        assert!(world.atelier().cron().run().await.is_err());
        assert_eq!(kept(&world), (0, 0));
        world.tick(MINUTE);
        world.run_cron().await;
        assert_eq!(world.database.number("select count(*) from images"), 0);
        world.check().await;
    }
}
