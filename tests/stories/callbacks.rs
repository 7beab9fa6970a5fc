//! Callbacks: repeated, too early, in the wrong order, forged, and during our own outages.

use super::world::{Create, Task, Vendor, When, World, config, model};

/// Seen in the source of headshots-starter and photo-ai.
#[tokio::test]
async fn a_repeated_success_moves_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    // Also while the pictures are being stored.
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let done = ada.job(&job).await;
    for _ in 0..3 {
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
    }
    assert_eq!(ada.job(&job).await, done);
    assert_eq!(world.pictures.kept("results/").len(), 1);
    assert_eq!(ada.journal().await.len(), 3);
    let fetches = world.fetches().len();
    assert_eq!(fetches, 1);
    world.check().await;
}

/// Seen in [Replicate's documentation](https://replicate.com/docs/topics/webhooks) and the source of `ShipAny`.
#[tokio::test]
async fn a_failure_after_the_success_is_only_an_anomaly() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    world.outside.set("task-1", Task::Running(40));
    assert_eq!(world.callback("task-1").await, 200);
    world.outside.set("task-1", Task::Failed("internal_error"));
    assert_eq!(world.callback("task-1").await, 200);
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    let attempts = world
        .database
        .query("select outcome, anomaly from attempts");
    let told = serde_json::json!([{"outcome": "succeeded", "anomaly": "failed after completed"}]);
    assert_eq!(serde_json::Value::from(attempts), told);
    world.check().await;
}

/// Seen in [Replicate's documentation](https://replicate.com/docs/topics/webhooks) and the source of `ShipAny`.
#[tokio::test]
async fn a_success_after_the_failure_is_only_an_anomaly() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    assert_eq!(world.callback("task-1").await, 200);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "failed");
    assert_eq!(ada.credits().await, (20, 0));
    let attempts = world.database.query("select anomaly from attempts");
    assert_eq!(attempts[0]["anomaly"], "succeeded after failed");
    assert_eq!(world.pictures.kept("results/").len(), 0);
    world.check().await;
}

/// Seen in [inngest/inngest #1433](https://github.com/inngest/inngest/issues/1433).
#[tokio::test]
async fn the_callback_comes_before_the_answer_to_the_submission() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    let meanwhile = world.clone();
    world.outside.during_create(async move {
        meanwhile.outside.finish("task-1", 1);
        assert_eq!(meanwhile.callback("task-1").await, 200);
    });
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    world.check().await;
}

/// Seen in [inngest/inngest #1433](https://github.com/inngest/inngest/issues/1433).
#[tokio::test]
async fn the_failure_comes_before_the_answer_to_the_submission() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    let meanwhile = world.clone();
    world.outside.during_create(async move {
        meanwhile
            .outside
            .set("task-1", Task::Failed("content_policy_violation"));
        assert_eq!(meanwhile.callback("task-1").await, 200);
    });
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "content_refused");
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "ask task-1: failed"
        ]
    );
    world.check().await;
}

/// Seen in the source of eliza.
#[tokio::test]
async fn a_lost_answer_to_the_submission_is_never_followed_by_another_submission() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.outside.next_creates([Create::AcceptAndLose]);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "uncertain");
    world.pass(30).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("uncertain", (16, 4))
    );
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    world.check().await;
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn a_forged_failure_is_refused_before_anything_is_read() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    let path = world.outside.callback_path("task-1");
    let token = path.rsplit('/').next().unwrap();
    let (first, rest) = token.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    let batches = world.database.batches();
    for forged in [
        "/v1/webhooks/evolink/task-1".to_owned(),
        format!("/v1/webhooks/evolink/{job}"),
        format!("/v1/webhooks/evolink/{other}{rest}"),
        format!("/v1/webhooks/evolink/{token}A"),
        format!("/v1/webhooks/evolink/{}", &token[..40]),
        // Valid, but for another provider.
        format!("/v1/webhooks/fal/{token}"),
    ] {
        assert_eq!(world.callback_at(&forged, "task-1").await, 401, "{forged}");
    }
    assert_eq!(world.database.batches(), batches);
    assert_eq!(ada.status(&job).await, "running");
    assert_eq!(
        world.went_out(),
        ["create task-1 at evolink.test: 2 pictures"]
    );
    world.check().await;
}

/// A token that is valid for one job verifies nothing about another job's task.
///
/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn one_jobs_token_verifies_nothing_about_another_jobs_task() {
    for end in [
        Task::Failed("internal_error"),
        Task::Canceled,
        Task::Succeeded(vec!["https://files.evolink.ai/x".into()]),
    ] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let (first, second) = (ada.running_job().await, ada.running_job().await);
        world.outside.set("task-2", end.clone());
        let path = world.outside.callback_path("task-1");
        assert_eq!(world.callback_at(&path, "task-2").await, 200);
        world.run_background().await;
        assert_eq!(
            (ada.status(&first).await, ada.status(&second).await),
            ("running".into(), "running".into()),
            "{end:?}"
        );
        let anomalies = world
            .database
            .query("select ordinal from attempts where anomaly like '% of task task-2'");
        assert_eq!(anomalies.len(), 1);
        assert_eq!(ada.credits().await, (12, 8));
        world.check().await;
    }
}

/// Seen in the source of pixelrelay.
#[tokio::test]
async fn without_a_signing_secret_callbacks_are_refused_and_the_reconciler_finishes() {
    let vendor = Vendor {
        name: "signer",
        models: model("signer", "signer/one", 4, 1),
        signs: true,
    };
    let mut config = config();
    config.providers = vec![vendor.config()];
    let world = World::with(config);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 401);
    assert_eq!(ada.status(&job).await, "running");
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at signer.test: 2 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    world.check().await;
}

/// Seen in [octopusreview/octopus #577](https://github.com/octopusreview/octopus/pull/577) and the source of
/// `ShipAny`.
#[tokio::test]
async fn a_callback_that_cannot_be_committed_gets_503_and_comes_again() {
    for when in [When::Before, When::After] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.running_job().await;
        world.outside.finish("task-1", 1);
        world.database.lose(1, 9, when);
        assert_eq!(world.callback("task-1").await, 503);
        world.database.heal();
        // Whether the results are awaited, and the success.
        world.accounts.lose(1, 2, when);
        assert_eq!(world.callback("task-1").await, 503);
        world.accounts.heal();
        world.run_background().await;
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
        // Where the first one took effect, this callback is a duplicate, and the reconciler
        // ingests.
        world.pass(3).await;
        assert_eq!(ada.status(&job).await, "completed", "{when:?}");
        assert_eq!(ada.credits().await, (16, 0));
        assert_eq!(ada.journal().await.len(), 3);
        world.check().await;
    }
}

/// The provider calls back, but its task cannot be read: it has to call again.
///
/// Seen in [octopusreview/octopus #577](https://github.com/octopusreview/octopus/pull/577) and the source of
/// `ShipAny`.
#[tokio::test]
async fn an_unverified_callback_whose_task_cannot_be_read_gets_503_and_comes_again() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.outside.next_asks([
        super::world::Ask::Lose,
        super::world::Ask::Answer(500, "oh"),
    ]);
    assert_eq!(world.callback("task-1").await, 503);
    assert_eq!(world.callback("task-1").await, 503);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}
