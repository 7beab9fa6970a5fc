//! The webhook: what it says, how often, and the ends by hand.

use atelier_emulator::CallbackKind;

use crate::stage::Stage;

#[tokio::test]
async fn the_webhook_tells_the_end_unsigned() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.try_on("garment.png")).await;
    assert_eq!(stage.received(), [("token-1".to_owned(), task)]);
    let attempt = stage.emulator.callbacks().remove(0);
    assert_eq!(attempt.kind, CallbackKind::Terminal);
    assert_eq!(attempt.headers, []);
}

#[tokio::test]
async fn a_failure_s_webhook_has_no_output() {
    let stage = Stage::new().await;
    let mut task = stage.finish(&stage.edit("#fail")).await;
    assert_eq!(task["output"].take(), serde_json::Value::Null);
    task.as_object_mut().unwrap().remove("output");
    assert_eq!(stage.received(), [("token-1".to_owned(), task)]);
}

#[tokio::test]
async fn any_2xx_ends_the_retries() {
    let stage = Stage::new().await;
    stage.answer([500, 302, 204, 200]);
    stage.finish(&stage.try_on("garment.png")).await;
    let attempts = stage.emulator.callbacks();
    let outcomes: Vec<_> = attempts.into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Ok(500), Ok(302), Ok(204)]);
}

#[tokio::test]
async fn fast_calls_back_before_the_run_is_answered() {
    let stage = Stage::new().await;
    let id = stage.start(&stage.edit("#fast")).await;
    assert_eq!(stage.received()[0].1["id"], id.as_str());
}

#[tokio::test]
async fn ends_by_hand_may_be_statuses_of_their_own() {
    let stage = Stage::new().await;
    for status in ["canceled", "time_out"] {
        let id = stage.start(&stage.edit("#slow")).await;
        stage.emulator.fail(&id, status).await.unwrap();
        stage.settle(&id).await;
        assert_eq!(stage.status(&id).await["status"], status);
        assert_eq!(stage.received().pop().unwrap().1["status"], status);
    }
}
