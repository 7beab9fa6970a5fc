//! Every way in which a provider can fail: none of them is charged.
//!
//! Seen in [QuantumNous/new-api #2050](https://github.com/QuantumNous/new-api/issues/2050),
//! [comfyanonymous/ComfyUI #11876](https://github.com/comfyanonymous/ComfyUI/issues/11876),
//! [DaWe35/image-router #39](https://github.com/DaWe35/image-router/issues/39) and [Muneerali199/Draftdeckai
//! #859](https://github.com/Muneerali199/Draftdeckai/issues/859).

use super::world::{Ask, Create, Task, World};

/// For a submission: the provider's answer, how the job ends, and the code that its user sees.
const AT_CREATE: &[(Create, &str, &str)] = &[
    (
        Create::Answer(400, r#"{"error":{"code":"invalid_parameters"}}"#),
        "failed",
        "input_refused",
    ),
    (
        Create::Answer(400, r#"{"error":{"code":"content_policy_violation"}}"#),
        "failed",
        "content_refused",
    ),
    (
        Create::Answer(
            400,
            r#"{"error":{"code":"invalid_parameters","message":"Failed to download image"}}"#,
        ),
        "failed",
        "input_unreachable",
    ),
    (Create::Answer(413, "{}"), "failed", "input_refused"),
    (Create::Answer(422, "{}"), "failed", "input_refused"),
    (Create::Answer(401, "{}"), "failed", "provider_unavailable"),
    (Create::Answer(402, "{}"), "failed", "provider_unavailable"),
    (Create::Answer(403, "{}"), "failed", "provider_unavailable"),
    (Create::Answer(404, "{}"), "failed", "provider_unavailable"),
    (Create::Answer(429, "{}"), "failed", "provider_unavailable"),
    (
        Create::Answer(503, r#"{"error":{"code":"service_unavailable"}}"#),
        "failed",
        "provider_unavailable",
    ),
    (
        Create::Answer(502, "<html>Bad gateway</html>"),
        "expired",
        "timed_out",
    ),
    (Create::Answer(200, "{}"), "expired", "timed_out"),
    (Create::Answer(200, r#"{"id":""}"#), "expired", "timed_out"),
    (Create::Answer(200, "garbage"), "expired", "timed_out"),
    (Create::Answer(301, ""), "expired", "timed_out"),
    (Create::Lose, "expired", "timed_out"),
];

const ON_RELEASE: [&str; 3] = [
    "grant 20 of A: 20 left, 0 held",
    "freeze 4 of A: 16 left, 4 held",
    "release 4 of A: 20 left, 0 held",
];

#[tokio::test]
async fn a_submission_that_fails_is_never_charged() {
    for (create, status, code) in AT_CREATE {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.open_job().await;
        world.outside.next_creates([create.clone()]);
        world.run_background().await;
        if *status == "expired" {
            assert_eq!(ada.status(&job).await, "uncertain", "{create:?}");
            world.pass(121).await;
        }
        let over = ada.job(&job).await;
        assert_eq!(
            (over["status"].as_str(), over["error"]["code"].as_str()),
            (Some(*status), Some(*code)),
            "{create:?}"
        );
        assert_eq!(ada.credits().await, (20, 0));
        assert_eq!(ada.journal().await, ON_RELEASE);
        assert_eq!(
            world.went_out(),
            ["create task-1 at evolink.test: 2 pictures"]
        );
        world.check().await;
    }
}

#[tokio::test]
async fn a_task_that_fails_is_never_charged() {
    for (code, told) in [
        ("content_policy_violation", "content_refused"),
        ("invalid_parameters", "input_refused"),
        ("image_processing_error", "input_refused"),
        ("insufficient_quota", "generation_failed"),
        ("internal_error", "generation_failed"),
        ("a code of next year", "generation_failed"),
    ] {
        for by_callback in [true, false] {
            let world = World::new();
            let ada = world.user("ada").await;
            world.grant("ada", 20).await;
            let job = ada.running_job().await;
            world.outside.set("task-1", Task::Failed(code));
            if by_callback {
                assert_eq!(world.callback("task-1").await, 200);
            } else {
                world.pass(1).await;
            }
            assert_eq!(ada.job(&job).await["error"]["code"], told, "{code}");
            assert_eq!(ada.journal().await, ON_RELEASE);
            assert_eq!(
                world.went_out(),
                [
                    "create task-1 at evolink.test: 2 pictures",
                    "ask task-1: failed"
                ]
            );
            world.check().await;
        }
    }
}

/// A provider that cannot tell the status of a task: the deadline ends the job.
#[tokio::test]
async fn a_task_whose_status_is_never_told_ends_at_the_deadline() {
    for ask in [
        Ask::Lose,
        Ask::Answer(401, "{}"),
        Ask::Answer(402, "{}"),
        Ask::Answer(429, "{}"),
        Ask::Answer(500, "{}"),
        Ask::Answer(200, "garbage"),
        Ask::Answer(200, r#"{"id":"task-1","status":"a status of next year"}"#),
    ] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.running_job().await;
        world.outside.always_ask(ask.clone());
        world.pass(119).await;
        assert_eq!(ada.status(&job).await, "running", "{ask:?}");
        world.pass(2).await;
        assert_eq!(ada.status(&job).await, "expired", "{ask:?}");
        assert_eq!(ada.journal().await, ON_RELEASE);
        world.check().await;
    }
}

#[tokio::test]
async fn a_task_that_the_provider_no_longer_knows_fails_uncharged() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.always_ask(Ask::Answer(404, "{}"));
    world.pass(1).await;
    assert_eq!(
        ada.status(&job).await,
        "running",
        "it may just not know it yet"
    );
    world.pass(15).await;
    assert_eq!(ada.job(&job).await["error"]["code"], "generation_failed");
    assert_eq!(ada.journal().await, ON_RELEASE);
    world.check().await;
}
