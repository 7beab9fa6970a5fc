//! Turnstile's verdicts.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    stage::{KEY, Stage},
    walk::{Pairs, post},
};

/// The token of Cloudflare's test widgets.
const TEST_TOKEN: &str = "XXXX.DUMMY.TOKEN.XXXX";

fn address(stage: &Stage) -> String {
    let base = stage.emulator.provider_url("turnstile");
    format!("{base}/v0/siteverify")
}

async fn verdict(stage: &Stage, body: &Value) -> (u16, Value) {
    let request = stage.http.post(address(stage)).json(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The verdict in short: whether it is good, and the code of the error.
async fn short(stage: &Stage, secret: &str, token: &str) -> (bool, Value) {
    let body = json!({ "secret": secret, "response": token });
    let (status, verdict) = verdict(stage, &body).await;
    assert_eq!(status, 200);
    let success = verdict["success"].as_bool().unwrap();
    (success, verdict["error-codes"].clone())
}

#[tokio::test]
async fn test_secrets_judge_the_dummy() {
    let stage = Stage::new().await;
    let invalid = json!(["invalid-input-response"]);
    for (number, token, expected) in [
        (1, TEST_TOKEN, (true, json!([]))),
        (1, TEST_TOKEN, (true, json!([]))),
        (1, "LOCAL|sign-in|localhost|1", (false, invalid.clone())),
        (2, TEST_TOKEN, (false, invalid.clone())),
        (3, TEST_TOKEN, (false, json!(["timeout-or-duplicate"]))),
    ] {
        let secret = format!("{number}x0000000000000000000000000000000AA");
        let told = short(&stage, &secret, token).await;
        assert_eq!(told, expected, "{number} {token}");
    }
    assert_eq!(short(&stage, KEY, TEST_TOKEN).await, (false, invalid));
}

#[tokio::test]
async fn a_token_is_good_once() {
    let stage = Stage::new().await;
    let token = "LOCAL|sign-in|127.0.0.1|1";
    let form: Pairs = vec![("secret", KEY.to_owned()), ("response", token.to_owned())];
    let response = post(&stage, &address(&stage), &form).send().await.unwrap();
    let verdict: Value = response.json().await.unwrap();
    assert_eq!(
        (
            &verdict["success"],
            &verdict["action"],
            &verdict["hostname"]
        ),
        (&json!(true), &json!("sign-in"), &json!("127.0.0.1"))
    );
    assert!(verdict["challenge_ts"].as_str().unwrap().ends_with('Z'));
    let spent = (false, json!(["timeout-or-duplicate"]));
    assert_eq!(short(&stage, KEY, token).await, spent);
    let other = "LOCAL|sign-in|127.0.0.1|2";
    assert_eq!(short(&stage, KEY, other).await, (true, json!([])));
}

#[tokio::test]
async fn a_retry_with_its_key_has_the_same_verdict() {
    let stage = Stage::new().await;
    for (key, success) in [("a", true), ("a", true), ("b", false)] {
        let body = json!({
            "secret": KEY, "response": "LOCAL|x|localhost|1", "remoteip": "127.0.0.1",
            "idempotency_key": key,
        });
        let (_, verdict) = verdict(&stage, &body).await;
        assert_eq!(verdict["success"], success, "{verdict}");
    }
}

#[tokio::test]
async fn a_wrong_request_is_refused() {
    let stage = Stage::new().await;
    let refused = |code: &str| (false, json!([code]));
    for (secret, token, code) in [
        ("", TEST_TOKEN, "missing-input-secret"),
        ("other", TEST_TOKEN, "invalid-input-secret"),
        (KEY, "", "missing-input-response"),
        (KEY, "forged", "invalid-input-response"),
        (KEY, "LOCAL|x|localhost|#internal", "internal-error"),
    ] {
        assert_eq!(short(&stage, secret, token).await, refused(code));
    }
    for body in [
        json!({ "secret": KEY, "response": TEST_TOKEN, "sitekey": "x" }),
        json!({ "secret": KEY, "response": 7 }),
        json!([]),
    ] {
        let (status, verdict) = verdict(&stage, &body).await;
        assert_eq!(
            (status, &verdict["error-codes"]),
            (400, &json!(["bad-request"]))
        );
    }
    let body = json!({ "secret": KEY, "response": "LOCAL|x|localhost|#hang" });
    let never = timeout(Duration::from_millis(300), verdict(&stage, &body)).await;
    assert!(never.is_err());
}
