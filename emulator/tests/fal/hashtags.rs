//! Every hashtag, once.

use std::time::Duration;

use atelier_emulator::{
    CallbackKind::{self, Contradiction, Forged, Progress, Terminal},
    HASHTAGS, Settings,
};
use serde_json::{Value, json};

use crate::{
    stage::{
        Stage,
        served::{expected, served},
        settings,
    },
    talk::{NANO_BANANA, flaw},
};

/// What went out: what it was, the status it claims, and what is wrong with its proof.
type Sent = (CallbackKind, &'static str, &'static str);

const OK: Sent = (Terminal, "OK", "");
const ERROR: Sent = (Terminal, "ERROR", "");

/// The callbacks of a hashtag.
fn callbacks(hashtag: &str) -> Vec<Sent> {
    let forgeries = ["OK", "OK", "ERROR"].map(|forgery| {
        [
            (Forged, forgery, "another's"),
            (Forged, forgery, "unsigned"),
        ]
    });
    match hashtag {
        "hang" | "lost" | "429" | "500" | "402" => vec![],
        "fail" | "refused" | "unreadable" => vec![ERROR],
        "dup" => vec![OK; 3],
        "forged" => [forgeries.concat(), vec![OK]].concat(),
        "reorder" => vec![OK, (Contradiction, "ERROR", "")],
        "progress" => vec![
            (Progress, "IN_PROGRESS", ""),
            (Progress, "IN_PROGRESS", ""),
            OK,
        ],
        "badsig" | "tampered" => vec![(Terminal, "OK", "another's")],
        "oldsig" => vec![(Terminal, "OK", "old")],
        "nosig" => vec![(Terminal, "OK", "unsigned")],
        "truncsig" => vec![(Terminal, "OK", "truncated")],
        _ => vec![OK],
    }
}

/// The status that submit answers with; none where it never answers.
fn answer(hashtag: &str) -> Option<u16> {
    match hashtag {
        "hang" | "hangback" => None,
        "402" => Some(403),
        "429" => Some(429),
        "500" => Some(500),
        _ => Some(200),
    }
}

#[tokio::test]
async fn every_hashtag_does_here_what_it_says() {
    for hashtag in HASHTAGS {
        run(hashtag).await;
    }
}

async fn run(hashtag: &'static str) {
    let stage = Stage::with(Settings {
        callback_timeout: None,
        ..settings()
    })
    .await;
    let input = stage.input(&format!("dress the person #{hashtag}"));
    let request = stage.submission(NANO_BANANA, &input);
    let answered = match answer(hashtag) {
        None => request.timeout(Duration::from_millis(500)).send().await,
        Some(_) => request.send().await,
    };
    let answered = answered.ok().map(|response| response.status().as_u16());
    assert_eq!(answered, answer(hashtag), "{hashtag}");
    if answered.is_some_and(|status| status != 200) {
        assert_eq!(stage.emulator.created(), [], "{hashtag}");
        return;
    }
    let task = stage.emulator.created().remove(0);
    stage.settle(&task.id).await;
    let attempts = stage.emulator.callbacks();
    let sent = attempts.iter().map(|attempt| {
        let status = attempt.body["status"].as_str().unwrap();
        (attempt.kind, status, flaw(attempt))
    });
    assert_eq!(sent.collect::<Vec<_>>(), callbacks(hashtag), "{hashtag}");
    told(&stage, hashtag, &task.id).await;
}

/// What the request's own addresses tell after the end.
async fn told(stage: &Stage, hashtag: &str, id: &str) {
    let own = stage.at(&format!("fal-ai/nano-banana/requests/{id}"));
    let (_, shown) = stage.get(&json!(format!("{own}/status"))).await;
    let (status, result) = stage.get(&json!(own)).await;
    assert_eq!(shown["status"], "COMPLETED", "{hashtag}");
    let pictures = result["images"].as_array().map_or(0, Vec::len);
    match hashtag {
        "fail" => {
            assert_eq!((status, &result["error_type"]), (500, &shown["error_type"]));
            assert_eq!(shown["error_type"], "runner_server_error");
        }
        "refused" => {
            assert_eq!((status, &shown["error"]), (422, &Value::Null));
            assert_eq!(result["detail"][0]["type"], "content_policy_violation");
            assert_eq!(result["detail"][0]["loc"], json!(["body", "prompt"]));
        }
        "unreadable" => {
            assert_eq!((status, &shown["error"]), (422, &Value::Null));
            assert_eq!(result["detail"][0]["type"], "file_download_error");
        }
        "partial" => assert_eq!((status, pictures), (200, 0)),
        _ => {
            assert_eq!((status, pictures), (200, 1), "{hashtag}");
            let address = result["images"][0]["url"].as_str().unwrap();
            assert_eq!(served(stage, address).await, expected(hashtag), "{hashtag}");
        }
    }
}

#[tokio::test]
async fn slow_and_late_take_their_time() {
    let stage = Stage::new().await;
    let mut addresses = Vec::new();
    for hashtag in ["#slow", "#late"] {
        let (_, answer) = stage.submit(NANO_BANANA, &stage.input(hashtag)).await;
        addresses.push(answer["status_url"].clone());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for address in addresses {
        assert_eq!(stage.get(&address).await.0, 202);
    }
}

#[tokio::test]
async fn fast_calls_back_before_submit_is_answered() {
    let stage = Stage::new().await;
    let (_, answer) = stage.submit(NANO_BANANA, &stage.input("#fast")).await;
    assert_eq!(stage.received()[0].1["request_id"], answer["request_id"]);
}

#[tokio::test]
async fn payloadnull_says_so_and_leaves_it_to_the_result() {
    let stage = Stage::new().await;
    let (_, (status, result)) = stage
        .ending(NANO_BANANA, &stage.input("#payloadnull"))
        .await;
    let said = stage.received().remove(0).1;
    assert_eq!(
        (&said["status"], &said["payload"]),
        (&json!("OK"), &Value::Null)
    );
    assert!(said["payload_error"].is_string() && said.get("payload").is_some());
    assert_eq!(
        (status, result["images"].as_array().unwrap().len()),
        (200, 1)
    );
}

#[tokio::test]
async fn tampered_says_what_was_not_signed() {
    let stage = Stage::new().await;
    stage.finish(NANO_BANANA, &stage.input("#tampered")).await;
    let said = stage.received().remove(0).1;
    let address = &said["payload"]["images"][0]["url"];
    assert_eq!(address, "http://hostile.invalid/stolen.png");
}
