//! Every hashtag, once.

use std::time::Duration;

use atelier_emulator::{
    CallbackKind::{self, Contradiction, Forged, Progress, Terminal},
    HASHTAGS, Settings,
};
use serde_json::Value;

use crate::{
    stage::{
        Stage,
        served::{expected, served},
        settings,
    },
    talk::{flaw, results},
};

/// What went out: what it was, the code and state it claims, and what is wrong with its proof.
type Sent = (CallbackKind, u64, &'static str, &'static str);

const SUCCESS: Sent = (Terminal, 200, "success", "");
const RUNNING: Sent = (Progress, 200, "generating", "");

/// The callbacks of a hashtag.
fn callbacks(hashtag: &str) -> Vec<Sent> {
    let spoilt = |flaw| vec![(Terminal, 200, "success", flaw)];
    let forgeries = [(200, "success"), (200, "success"), (501, "fail")]
        .map(|(code, forgery)| ["another's", "unsigned"].map(|flaw| (Forged, code, forgery, flaw)));
    match hashtag {
        "hang" | "lost" | "429" | "500" | "402" => vec![],
        "fail" => vec![(Terminal, 501, "fail", "")],
        "refused" | "unreadable" => vec![(Terminal, 400, "fail", "")],
        "dup" => vec![SUCCESS; 3],
        "forged" => [forgeries.concat(), vec![SUCCESS]].concat(),
        "reorder" => vec![SUCCESS, (Contradiction, 501, "fail", "")],
        "progress" => vec![RUNNING, RUNNING, SUCCESS],
        "badsig" => spoilt("another's"),
        "oldsig" => spoilt("old"),
        "nosig" => spoilt("unsigned"),
        "truncsig" => spoilt("truncated"),
        // `tampered` too: the signature does not cover the body.
        _ => vec![SUCCESS],
    }
}

/// The code that create answers with; none where it never answers.
fn answer(hashtag: &str) -> Option<u64> {
    match hashtag {
        "hang" | "hangback" => None,
        "402" => Some(402),
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
    let body = stage.body(&format!("dress the person #{hashtag}"));
    let answered = match answer(hashtag) {
        None => {
            let request = stage.creation(&body).timeout(Duration::from_millis(500));
            assert!(request.send().await.unwrap_err().is_timeout());
            None
        }
        Some(_) => stage.post(&body).await["code"].as_u64(),
    };
    assert_eq!(answered, answer(hashtag), "{hashtag}");
    if answered.is_some_and(|code| code != 200) {
        assert_eq!(stage.emulator.created(), [], "{hashtag}");
        return;
    }
    let task = stage.emulator.created().remove(0);
    stage.settle(&task.id).await;
    let attempts = stage.emulator.callbacks();
    let sent = attempts.iter().map(|attempt| {
        let state = attempt.body["data"]["state"].as_str().unwrap();
        let code = attempt.body["code"].as_u64().unwrap();
        (attempt.kind, code, state, flaw(attempt))
    });
    assert_eq!(sent.collect::<Vec<_>>(), callbacks(hashtag), "{hashtag}");
    told(&stage, hashtag, &task.id).await;
}

/// What the task's own address tells after the end.
async fn told(stage: &Stage, hashtag: &str, id: &str) {
    let answer = stage.get(id).await;
    let record = &answer["data"];
    assert_eq!(answer["code"], 200, "{hashtag}");
    match hashtag {
        "fail" | "refused" | "unreadable" => {
            let code = if hashtag == "fail" { "500" } else { "400" };
            assert_eq!(record["state"], "fail");
            assert_eq!(record["failCode"], code);
            assert_eq!(record["resultJson"], Value::Null);
            assert_eq!(record["creditsConsumed"], 0.0);
        }
        "partial" => assert!(results(record).is_empty()),
        _ => {
            assert_eq!(record["state"], "success", "{hashtag}");
            let word = served(stage, &results(record)[0]).await;
            assert_eq!(word, expected(hashtag), "{hashtag}");
        }
    }
}

#[tokio::test]
async fn slow_and_late_take_their_time() {
    let stage = Stage::new().await;
    let slow = stage.create(&stage.body("#slow")).await;
    let late = stage.create(&stage.body("#late")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    for id in [slow, late] {
        assert_eq!(stage.get(&id).await["data"]["state"], "generating");
    }
}

#[tokio::test]
async fn fast_calls_back_before_create_is_answered() {
    let stage = Stage::new().await;
    let id = stage.create(&stage.body("#fast")).await;
    assert_eq!(stage.received()[0].1["data"]["taskId"], id.as_str());
}
