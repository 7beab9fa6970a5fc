//! Requests and callbacks, in memory and in the log.

use std::{fs, path::PathBuf, time::Duration};

use atelier_emulator::{LogTo, Settings};
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, settings};

/// A log of a test's own, removed when the test is over.
struct Log(PathBuf);

impl Log {
    fn of(test: &str) -> Self {
        let name = format!("atelier-emulator-{}-{test}", std::process::id());
        Self(std::env::temp_dir().join(name).join("emulator.log"))
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.0).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

async fn logged(test: &str) -> (Stage, Log) {
    let log = Log::of(test);
    let to = LogTo::File(log.0.clone());
    let stage = Stage::with(Settings {
        log: to,
        ..settings()
    })
    .await;
    (stage, log)
}

fn edit(stage: &Stage, prompt: &str) -> Value {
    let pictures = ["person.png", "garment.png"].map(|name| stage.at_side(name));
    json!({
        "model": "doubao-seedream-4.0", "prompt": prompt, "image_urls": pictures,
        "callback_url": stage.hook(),
    })
}

#[tokio::test]
async fn calls_have_their_queries_headers_and_bodies() {
    let stage = Stage::new().await;
    let address = format!(
        "{}/v1/images/generations?trace=1",
        stage.emulator.provider_url("evolink")
    );
    let body = edit(&stage, "dress the person");
    let request = stage.http.post(address).header("x-trace", "7").json(&body);
    let (status, answer) = stage.send(request).await;
    assert_eq!(status, 200, "{answer}");
    let call = stage.emulator.calls().remove(0);
    assert_eq!(
        (call.path.as_str(), call.query.as_str()),
        ("/evolink/v1/images/generations", "trace=1")
    );
    assert_eq!(call.body, body);
    assert_eq!(
        Value::Object(call.headers),
        json!({ "authorization": "Bearer ***", "content-type": "application/json", "x-trace": "7" })
    );
}

#[tokio::test]
async fn the_log_has_what_was_asked_answered_and_called_back() {
    let (stage, log) = logged("told").await;
    let address = format!(
        "{}/v1/images/generations",
        stage.emulator.provider_url("evolink")
    );
    let mut bad = edit(&stage, "x");
    bad["aspect_ratio"] = json!("3:4");
    stage.send(stage.http.post(&address).json(&bad)).await;
    let good = edit(&stage, "dress the person");
    let (_, answer) = stage.send(stage.http.post(&address).json(&good)).await;
    stage.settle(answer["id"].as_str().unwrap()).await;

    let lines = log.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line["at"].as_str().unwrap().ends_with('Z'))
    );
    let request = "POST /evolink/v1/images/generations";
    for (line, body, status) in [(&lines[0], &bad, 400), (&lines[1], &good, 200)] {
        assert_eq!((&line["request"], &line["body"]), (&json!(request), body));
        assert_eq!(line["status"], status);
        assert_eq!(line["headers"]["authorization"], "Bearer ***");
    }
    assert_eq!(lines[0]["answer"]["error"]["param"], "aspect_ratio");
    assert_eq!(lines[1]["answer"], answer);
    assert_eq!(lines[2]["callback"], format!("POST {}", stage.hook()));
    assert_eq!(
        (&lines[2]["status"], &lines[2]["body"]["status"]),
        (&json!(200), &json!("completed"))
    );
    assert!(!lines.iter().any(|line| line.to_string().contains(KEY)));
}

#[tokio::test]
async fn a_request_that_is_never_answered_is_logged_when_its_caller_leaves() {
    let (stage, log) = logged("left").await;
    let address = format!(
        "{}/v1/images/generations",
        stage.emulator.provider_url("evolink")
    );
    let request = stage
        .http
        .post(address)
        .bearer_auth(KEY)
        .json(&edit(&stage, "#hang"));
    let left = request.timeout(Duration::from_millis(300)).send().await;
    assert!(left.unwrap_err().is_timeout());
    while !log.lines().iter().any(|line| line["request"].is_string()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(log.lines()[0].get("status"), None);
}
