//! Every hashtag, one after the other, against what a provider's table expects of it. The tests of
//! the providers without a prompt share it.

use atelier_emulator::HASHTAGS;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::stage::Stage;

/// What a hashtag leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// Create refuses, with this HTTP status and this error.
    Refused(u16, &'static str),
    /// Create is never answered. These are the statuses called back.
    Hangs(&'static [&'static str]),
    /// These are the statuses called back, and this is the one at the task's own address.
    Tells(&'static [&'static str], &'static str),
    /// This is how the task's first result is served; see [`served`].
    Serves(&'static str),
}

/// How to speak to a provider. The places are JSON pointers.
#[derive(Debug)]
pub(crate) struct Language {
    /// A create call whose garment carries a hashtag.
    pub(crate) create: fn(&Stage, &str) -> RequestBuilder,
    /// The request for the state of the task of an id.
    pub(crate) read: fn(&Stage, &str) -> RequestBuilder,
    /// Where create's answer has the id.
    pub(crate) id: &'static str,
    /// Where its refusal has the error.
    pub(crate) error: &'static str,
    /// Where a callback has the status.
    pub(crate) told: &'static str,
    /// Where the task's own state has it.
    pub(crate) status: &'static str,
    /// Where that has the first result's address.
    pub(crate) result: &'static str,
    /// What a hashtag leads to that is not in the table.
    pub(crate) usual: Expected,
}

impl Language {
    /// Goes through all hashtags, by a table of those that do something unusual.
    pub(crate) async fn check(&self, table: &[(&str, Expected)]) {
        assert!(table.iter().all(|(tag, _)| HASHTAGS.contains(tag)));
        for tag in HASHTAGS {
            let stage = Stage::new().await;
            let listed = table.iter().find(|(listed, _)| *listed == tag);
            match listed.map_or(self.usual, |(_, expected)| *expected) {
                Expected::Refused(status, error) => {
                    let (answered, body) = stage.send((self.create)(&stage, tag)).await;
                    let refusal = (answered, word(&body, self.error));
                    assert_eq!(refusal, (status, error.to_owned()), "#{tag}");
                    assert_eq!(stage.emulator.created(), [], "#{tag}");
                }
                Expected::Hangs(told) => {
                    let request = (self.create)(&stage, tag);
                    stage.is_never_answered(request).await;
                    stage.settle(&stage.emulator.created()[0].id).await;
                    assert_eq!(self.told(&stage), told, "#{tag}");
                }
                Expected::Tells(told, end) => {
                    let task = self.finish(&stage, tag).await;
                    assert_eq!(self.told(&stage), told, "#{tag}");
                    assert_eq!(word(&task, self.status), end, "#{tag}");
                }
                Expected::Serves(how) => {
                    let task = self.finish(&stage, tag).await;
                    let address = word(&task, self.result);
                    assert_eq!(served(&stage, &address).await, how, "#{tag}");
                }
            }
        }
    }

    /// Creates a task, waits for its end, and returns it as its address tells it.
    async fn finish(&self, stage: &Stage, tag: &str) -> Value {
        let (status, answer) = stage.send((self.create)(stage, tag)).await;
        assert_eq!(status, 200, "#{tag}: {answer}");
        let id = word(&answer, self.id);
        stage.settle(&id).await;
        stage.send((self.read)(stage, &id)).await.1
    }

    /// The statuses called back so far.
    fn told(&self, stage: &Stage) -> Vec<String> {
        let received = stage.received();
        received
            .iter()
            .map(|(_, body)| word(body, self.told))
            .collect()
    }
}

/// A word or a number in a body; empty where there is none.
fn word(body: &Value, pointer: &str) -> String {
    match body.pointer(pointer) {
        Some(Value::String(word)) => word.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// How a result is served, in short: its status, how it is encoded, what it is, and its size if that
/// is a MiB or more. A foreign address is returned as it is, and so is none at all.
async fn served(stage: &Stage, address: &str) -> String {
    if !address.starts_with(stage.emulator.base_url()) {
        return address.to_owned();
    }
    let mut response = stage.http.get(address).send().await.unwrap();
    let mut short = response.status().as_u16().to_string();
    for header in ["transfer-encoding", "content-encoding"] {
        if let Some(value) = response.headers().get(header) {
            short = format!("{short} {}", value.to_str().unwrap());
        }
    }
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return format!("{short} broken"),
        }
    }
    if image::load_from_memory(&bytes).is_ok() {
        short += " picture";
    } else if bytes.first() == Some(&b'<') {
        let text = String::from_utf8_lossy(&bytes);
        short = format!("{short} {}", text.split(' ').next().unwrap());
    }
    match bytes.len() >> 20 {
        0 => short,
        size => format!("{short} of {size} MiB"),
    }
}
