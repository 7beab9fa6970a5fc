//! Deleting a job.

use serde_json::json;

use super::world::{Answer, Create, Task, User, When, World};

pub(super) async fn delete(user: &User, path: &str) -> Answer {
    user.delete(path).await
}

pub(super) async fn delete_job(user: &User, id: &str) -> Answer {
    delete(user, &format!("/v1/jobs/{id}")).await
}

/// A user with a completed job.
pub(super) async fn with_a_picture() -> (World, User, String) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let job = completed_job(&ada, "task-1").await;
    (world, ada, job)
}

pub(super) async fn completed_job(user: &User, task: &str) -> String {
    let job = user.running_job().await;
    user.world.outside.finish(task, 1);
    assert_eq!(user.world.callback(task).await, 200);
    user.world.run_background().await;
    assert_eq!(user.status(&job).await, "completed");
    job
}

pub(super) fn results(world: &World) -> usize {
    world.pictures.kept("results/").len()
}

#[tokio::test]
async fn a_deleted_job_loses_its_picture_and_prompt_and_stays_charged() {
    let (world, ada, job) = with_a_picture().await;
    let link = ada.job(&job).await["images"][0]["url"].clone();
    let journal = ada.journal().await;
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    assert_eq!(results(&world), 0);
    let link = link.as_str().unwrap().strip_prefix("https://app.test");
    for path in [link.unwrap(), &format!("/v1/jobs/{job}")] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    assert_eq!(ada.cancel(&job).await.status, 404);
    assert_eq!(ada.get("/v1/jobs").await.body["jobs"], json!([]));
    let row = &world.database.query("select prompt, state from jobs")[0];
    assert_eq!(row, &json!({"prompt": null, "state": "completed"}));
    assert_eq!(
        (ada.credits().await, ada.journal().await),
        ((36, 0), journal)
    );
    // A second deletion changes nothing; cleanup checks once more, then never again.
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    world.pass(10).await;
    let cleared = "select count(*) from jobs where images_removed_at is null";
    assert_eq!(world.database.number(cleared), 0);
    world.check().await;
}

#[tokio::test]
async fn an_open_job_cannot_be_deleted_and_another_users_is_not_found() {
    let (world, ada, done) = with_a_picture().await;
    let running = ada.running_job().await;
    let refused = delete_job(&ada, &running).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"));
    assert_eq!(ada.status(&running).await, "running");
    let ben = world.user("ben").await;
    for id in [&done, "job_0123456789ABCDEFGHJKMNPQRS", "nonsense"] {
        assert_eq!(delete_job(&ben, id).await.status, 404, "{id}");
    }
    assert_eq!(results(&world), 1);
    world.check().await;
}

/// A job that expired may still succeed at its provider; if its user has deleted it, nothing
/// follows.
#[tokio::test]
async fn a_late_callback_of_a_deleted_job_stores_nothing() {
    let world = World::new();
    let (ada, job) = world.with_expired_job("ada").await;
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    world.pass(10).await;
    let fetched = world
        .went_out()
        .iter()
        .any(|line| line.starts_with("fetch"));
    assert!(!fetched, "{:?}", world.went_out());
    assert_eq!((results(&world), ada.credits().await), (0, (20, 0)));
    world.check().await;
}

/// The row is marked first, so cleanup continues whatever fails after that.
#[tokio::test]
async fn pictures_that_could_not_be_removed_at_once_are_removed_by_cleanup() {
    let (world, ada, job) = with_a_picture().await;
    world.pictures.fail_next(1);
    let failed = delete_job(&ada, &job).await;
    assert_eq!((failed.status, failed.code()), (503, "storage_unavailable"));
    assert!(failed.headers.contains_key("retry-after"));
    assert_eq!(
        (
            results(&world),
            ada.get(&format!("/v1/jobs/{job}")).await.status
        ),
        (1, 404)
    );
    world.pass(10).await;
    assert_eq!(results(&world), 0);
    world.check().await;
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_done_once() {
    for when in [When::Before, When::After] {
        let (world, ada, job) = with_a_picture().await;
        world.accounts.lose(1, 1, when);
        assert_eq!(delete_job(&ada, &job).await.status, 503);
        world.database.lose(1, 1, when);
        assert_eq!(delete_job(&ada, &job).await.status, 204);
        assert_eq!(results(&world), 0);
        world.check().await;
    }
}

/// The request is cleared with the job, and its idempotency key with the person.
#[tokio::test]
async fn the_request_of_a_deleted_job_is_cleared() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request_of("evolink/nano-banana-2", 1).await;
    let job = ada.generate_as("k", &request).await.id();
    world.run_background().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    ada.generate_as("l", &request).await;
    let words = || {
        let with = |what| format!("select count(*) from jobs where {what}");
        [
            "prompt is not null",
            "fingerprint <> ''",
            "idempotency_key is not null",
        ]
        .map(|what| world.database.number(&with(what)))
    };
    assert_eq!(words(), [2, 2, 2]);
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    assert_eq!(words(), [1, 1, 2]);
    delete(&ada, "/v1/account").await;
    assert_eq!(words(), [0, 0, 0]);
    world.check().await;
}

/// Messages may repeat the prompt. Those that arrive after the deletion are not kept either.
#[tokio::test]
async fn a_providers_messages_about_a_job_are_deleted_with_it() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let details = "select count(*) from attempts where detail is not null";
    world.outside.next_creates([Create::Answer(400, "{}")]);
    let failed = ada.open_job().await;
    world.run_background().await;
    assert_eq!(world.database.number(details), 1);
    assert_eq!(delete_job(&ada, &failed).await.status, 204);
    assert_eq!(world.database.number(details), 0);
    ada.running_job().await;
    delete(&ada, "/v1/account").await;
    world
        .outside
        .set("task-2", Task::Failed("your words are refused"));
    assert_eq!(world.callback("task-2").await, 200);
    assert_eq!(world.database.number(details), 0);
    let failed = "select count(*) from jobs where state = 'failed'";
    assert_eq!(world.database.number(failed), 2);
    world.check().await;
}

/// Its key stays taken: a late retry must not become a second job.
#[tokio::test]
async fn the_key_of_a_deleted_job_starts_no_second_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    world.outside.next_creates([Create::Answer(400, "{}")]);
    let request = ada.request().await;
    let job = ada.generate_as("k", &request).await.id();
    world.run_background().await;
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    let again = ada.generate_as("k", &request).await;
    assert_eq!((again.status, again.code()), (409, "conflict"));
    world.check().await;
}
