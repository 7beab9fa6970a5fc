//! The signature against the published key, and the retries.

use atelier_emulator::LOCAL_SIGNING_SEED;
use ed25519_dalek::SigningKey;
use serde_json::json;

use crate::{
    stage::Stage,
    talk::{NANO_BANANA, flaw, published},
};

#[tokio::test]
async fn the_published_key_is_the_one_that_signs() {
    let stage = Stage::new().await;
    let keys = stage.get(&json!(stage.at(".well-known/jwks.json"))).await.1;
    let key = SigningKey::from_bytes(&LOCAL_SIGNING_SEED).verifying_key();
    assert_eq!(published(&keys), key);

    let answer = stage.finish(NANO_BANANA, &stage.input("x")).await;
    let attempt = stage.emulator.callbacks().remove(0);
    assert_eq!(flaw(&attempt), "");
    let (headers, bytes) = stage.raw().remove(0);
    assert_eq!(
        headers["x-fal-webhook-request-id"],
        answer["request_id"].as_str().unwrap()
    );
    assert_eq!(headers["x-fal-webhook-signature"].len(), 128);
    assert_eq!(bytes, attempt.bytes);
}

#[tokio::test]
async fn a_redirect_gives_up_and_anything_else_tries_again() {
    let stage = Stage::new().await;
    stage.answer([500, 404, 302, 200]);
    stage.finish(NANO_BANANA, &stage.input("x")).await;
    let outcomes = stage
        .emulator
        .callbacks()
        .into_iter()
        .map(|one| one.outcome);
    assert_eq!(outcomes.collect::<Vec<_>>(), [Ok(500), Ok(404), Ok(302)]);
}

#[tokio::test]
async fn a_failure_by_hand_is_the_queues_or_the_models_by_its_code() {
    let stage = Stage::new().await;
    for (code, status) in [("request_timeout", 504), ("no_media_generated", 422)] {
        let (_, answer) = stage.submit(NANO_BANANA, &stage.input("#late")).await;
        let id = answer["request_id"].as_str().unwrap();
        stage.emulator.fail(id, code).await.unwrap();
        stage.settle(id).await;
        assert_eq!(stage.get(&answer["response_url"]).await.0, status);
        let said = stage.received().pop().unwrap().1;
        assert_eq!(said["error"], format!("Invalid status code: {status}"));
    }
}
