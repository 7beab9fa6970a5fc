//! fal, where a task is completed before its result is known, and can be canceled.

use std::time::Duration;

use atelier::ports::Clock;
use serde_json::json;

use super::world::real::{asked, callback_path, fal, fal_is, with_fal};
use super::world::{Wire, World, configured, sign};

/// Seen in [edenartlab/eve #567](https://github.com/edenartlab/eve/pull/567), [edenartlab/eve
/// #568](https://github.com/edenartlab/eve/pull/568) and [TanStack/ai
/// #396](https://github.com/TanStack/ai/pull/396).
#[tokio::test]
async fn a_completed_task_without_a_result_fails_with_a_reason() {
    let (world, ada, job) = with_fal().await;
    let detail = json!({"detail": [{"loc": ["body", "model_image"], "msg": "no face", "type": "face_detection_error"}]});
    fal_is(&world, &json!({"status": "COMPLETED"}), 422, &detail);
    world.pass(1).await;
    let failed = ada.job(&job).await;
    assert_eq!(failed["error"]["code"], "input_refused");
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

/// The task is completed, and its callback leaves out the result.
async fn completes_without_its_payload(world: &World) {
    let image = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}]});
    fal_is(world, &json!({"status": "COMPLETED"}), 200, &image);
    let body =
        json!({"request_id": "r1", "status": "OK", "payload": null, "payload_error": "too odd"});
    let body = body.to_string();
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    let path = callback_path(world);
    assert_eq!(world.call_back(&path, &headers, &body).await, 200);
    world.run_background().await;
}

/// Seen in [edenartlab/eve #567](https://github.com/edenartlab/eve/pull/567), [edenartlab/eve
/// #568](https://github.com/edenartlab/eve/pull/568) and [TanStack/ai
/// #396](https://github.com/TanStack/ai/pull/396).
#[tokio::test]
async fn a_success_without_its_payload_is_read_from_the_provider() {
    let (world, ada, job) = with_fal().await;
    completes_without_its_payload(&world).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// Seen in [fal-ai/fal #1027](https://github.com/fal-ai/fal/issues/1027) and [openstory-so/openstory
/// #828](https://github.com/openstory-so/openstory/issues/828).
#[tokio::test]
async fn a_task_still_queued_at_its_deadline_is_released_and_stopped() {
    let (world, ada, job) = with_fal().await;
    let queued = json!({"status": "IN_QUEUE", "queue_position": 12000});
    let running = json!({"detail": "in progress"});
    fal_is(&world, &queued, 400, &running);
    let at = format!("PUT {}/fal-ai/fashn/requests/r1/cancel", fal(&world));
    let asked_to = json!({"status": "CANCELLATION_REQUESTED"});
    world.outside.answers(&at, [Wire::json(202, &asked_to)]);
    world.pass(119).await;
    assert_eq!(asked(&world, &at), 0);
    assert_eq!(ada.status(&job).await, "running");
    world.pass(2).await;
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!((asked(&world, &at), ada.credits().await), (1, (20, 0)));
    world.check().await;
}

/// Seen in [ddcat-ai/open-ai-canvas #477](https://github.com/ddcat-ai/open-ai-canvas/issues/477),
/// [edenartlab/eve #568](https://github.com/edenartlab/eve/pull/568) and the source of VOVV.
#[tokio::test]
async fn a_provider_is_asked_to_stop_and_its_answer_is_awaited() {
    let (world, ada, job) = with_fal().await;
    let at = format!("PUT {}/fal-ai/fashn/requests/r1/cancel", fal(&world));
    let asked_to = json!({"status": "CANCELLATION_REQUESTED"});
    world.outside.answers(&at, [Wire::json(202, &asked_to)]);
    assert_eq!(ada.cancel(&job).await.status, 200);
    world.run_background().await;
    assert_eq!((asked(&world, &at), ada.credits().await), (1, (13, 7)));
    let body = json!({"request_id": "r1", "status": "ERROR", "error": "canceled",
        "payload": {"detail": "canceled", "error_type": "client_cancelled"}});
    let body = body.to_string();
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    let path = callback_path(&world);
    assert_eq!(world.call_back(&path, &headers, &body).await, 200);
    assert_eq!(ada.status(&job).await, "canceled");
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

/// Seen in [ddcat-ai/open-ai-canvas #477](https://github.com/ddcat-ai/open-ai-canvas/issues/477),
/// [edenartlab/eve #568](https://github.com/edenartlab/eve/pull/568) and the source of VOVV.
#[tokio::test]
async fn a_completion_that_wins_the_race_with_the_cancel_is_charged() {
    let (world, ada, job) = with_fal().await;
    let at = format!("PUT {}/fal-ai/fashn/requests/r1/cancel", fal(&world));
    let too_late = json!({"status": "ALREADY_COMPLETED"});
    world.outside.answers(&at, [Wire::json(400, &too_late)]);
    assert_eq!(ada.cancel(&job).await.status, 200);
    world.run_background().await;
    let image = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}]});
    fal_is(&world, &json!({"status": "COMPLETED"}), 200, &image);
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (13, 0));
    world.check().await;
}

#[tokio::test]
async fn a_former_provider_finishes_its_open_jobs() {
    let (world, ada, job) = with_fal().await;
    world.deploy(configured(&[
        ("FAL_API_KEY".into(), "key".into()),
        ("FAL_BASE_URL".into(), format!("https://{}", fal(&world))),
    ]));
    let image = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}]});
    fal_is(&world, &json!({"status": "COMPLETED"}), 200, &image);
    world.pass(20).await;
    let status = ada.status(&job).await;
    world.check().await;
    assert_eq!(status, "completed");
}

/// A callback without a result has the task read, as long as a success still counts.
///
/// Seen in [edenartlab/eve #567](https://github.com/edenartlab/eve/pull/567), [edenartlab/eve
/// #568](https://github.com/edenartlab/eve/pull/568) and [TanStack/ai
/// #396](https://github.com/TanStack/ai/pull/396).
#[tokio::test]
async fn a_late_success_without_its_result_is_not_lost() {
    let (world, _, job) = with_fal().await;
    let running = json!({"status": "IN_QUEUE"});
    fal_is(&world, &running, 400, &json!({}));
    world.tick(Duration::from_hours(2));
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "expired");
    completes_without_its_payload(&world).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}
