//! What a good signature does not say, and the retries.

use crate::{
    stage::Stage,
    talk::{flaw, results},
};

/// Only the task's own address can tell the truth.
#[tokio::test]
async fn tampered_bears_a_good_signature() {
    let stage = Stage::new().await;
    let record = stage.finish(&stage.body("#tampered")).await;
    let attempt = stage.emulator.callbacks().remove(0);
    assert_eq!(flaw(&attempt), "");
    let hostile = ["http://hostile.invalid/stolen.png"];
    assert_eq!(results(&attempt.body["data"]), hostile);
    assert_ne!(results(&record), hostile);
}

#[tokio::test]
async fn a_200_alone_takes_it() {
    let stage = Stage::new().await;
    let outcomes = || {
        let callbacks = stage.emulator.callbacks().into_iter();
        callbacks
            .map(|one| one.outcome.unwrap())
            .collect::<Vec<_>>()
    };
    stage.answer([500, 204, 200]);
    stage.finish(&stage.body("x")).await;
    assert_eq!(outcomes(), [500, 204, 200]);
}
