//! One callback: composed, signed as its provider signs, sent, and recorded.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::{
    behaviour::SignatureFault,
    clock, ids,
    log::{self, Line},
    record::{CallbackAttempt, CallbackKind},
    signing::{self, Headers, Signing},
    task::{Snapshot, State, Task},
    world::World,
};

/// The result that forgeries and `#tampered` claim.
pub(crate) const HOSTILE_RESULT: &str = "http://hostile.invalid/stolen.png";

/// The age of an old signature; receivers accept at most five minutes.
const OLD: Duration = Duration::from_mins(10);
/// The timeout of an attempt where the provider has none.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A callback in a provider's name, not yet signed.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    task: &'a Task,
    /// The id of the task that it is about.
    subject: String,
    kind: CallbackKind,
    url: String,
    body: Bytes,
}

/// What goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) task_id: Option<String>,
    pub(crate) kind: CallbackKind,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) timeout: Option<Duration>,
}

impl<'a> Draft<'a> {
    /// A task's callback with the state of a snapshot.
    pub(crate) fn of(
        world: &World,
        task: &'a Task,
        kind: CallbackKind,
        url: &str,
        shown: &Snapshot,
    ) -> Self {
        let said = said(world, task, shown);
        Self {
            subject: shown.id.clone(),
            ..Self::saying(task, kind, url, &said)
        }
    }

    /// A task's callbacks about its end.
    pub(crate) fn all_of(
        world: &World,
        task: &'a Task,
        kind: CallbackKind,
        url: &str,
        shown: &Snapshot,
    ) -> Vec<Self> {
        let base_url = world.provider_url(task.protocol.name());
        let said = task.protocol.callbacks(shown, &base_url).into_iter();
        said.map(|said| Self {
            subject: shown.id.clone(),
            ..Self::saying(task, kind, url, &said)
        })
        .collect()
    }

    /// Anything, in the name of a task's provider.
    pub(crate) fn saying(task: &'a Task, kind: CallbackKind, url: &str, body: &Value) -> Self {
        Self {
            task,
            subject: task.id.clone(),
            kind,
            url: url.to_owned(),
            body: Bytes::from(body.to_string()),
        }
    }

    /// Signs it as its provider would. `None` for a faulty signature where the provider does not
    /// sign, since it could not be told from a good one.
    pub(crate) fn sign(&self, world: &World, fault: Option<SignatureFault>) -> Option<Message> {
        let now = clock::now();
        let forgers = signing::forgers(&world.settings);
        let (settings, at) = match fault {
            Some(SignatureFault::WrongKey) => (&forgers, now),
            Some(SignatureFault::Old) => (&world.settings, now.checked_sub(OLD).unwrap_or(now)),
            _ => (&world.settings, now),
        };
        let protocol = self.task.protocol;
        let mut headers = protocol.sign(&Signing {
            settings,
            task_id: &self.subject,
            message_id: &self.id(),
            at,
            body: &self.body,
        });
        if fault.is_some() && headers.is_empty() {
            return None;
        }
        let mut body = self.body.clone();
        match fault {
            None | Some(SignatureFault::WrongKey | SignatureFault::Old) => {}
            Some(SignatureFault::Missing) => headers.clear(),
            Some(SignatureFault::Truncated) => cut_in_half(&mut headers),
            Some(SignatureFault::Tampered) => {
                let hostile = State::Completed(vec![HOSTILE_RESULT.to_owned()]);
                body = said(world, self.task, &self.task.showing(hostile))
                    .to_string()
                    .into();
            }
        }
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Some(Message {
            task_id: Some(self.task.id.clone()),
            kind: self.kind,
            url: self.url.clone(),
            headers: headers.collect(),
            body,
            timeout: Some(protocol.retries().timeout),
        })
    }

    /// The message's id: one for the end of a task, however often it is sent, and one for each other
    /// callback.
    fn id(&self) -> String {
        let said = match self.kind {
            CallbackKind::Terminal => "the end".into(),
            _ => String::from_utf8_lossy(&self.body),
        };
        format!("msg_{}", ids::uuid(&format!("{} {said}", self.subject)))
    }
}

impl Message {
    /// Sends it once, and records the attempt.
    pub(crate) async fn send(&self, world: &World) -> CallbackAttempt {
        let settings = &world.settings;
        let timeout = settings.callback_timeout.or(self.timeout);
        let request = world
            .client
            .post(&self.url)
            .timeout(timeout.unwrap_or(TIMEOUT))
            .header(CONTENT_TYPE, "application/json")
            .body(self.body.clone());
        let request = self.headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        let outcome = match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(error.to_string()),
        };
        let attempt = CallbackAttempt {
            task_id: self.task_id.clone(),
            kind: self.kind,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: serde_json::from_slice(&self.body).unwrap_or(Value::Null),
            bytes: self.body.to_vec(),
            outcome,
            at: clock::now(),
        };
        world.change(|memory| memory.callbacks.push(attempt.clone()));
        log::write(world, line(&attempt));
        attempt
    }
}

fn line(attempt: &CallbackAttempt) -> Line {
    let headers = attempt.headers.iter();
    Line {
        callback: Some(format!("POST {}", attempt.url)),
        headers: headers
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect(),
        body: log::shown(&attempt.body),
        status: attempt.outcome.clone().ok(),
        error: attempt.outcome.clone().err(),
        ..Line::default()
    }
}

/// The body of a callback, by the task's provider.
fn said(world: &World, task: &Task, shown: &Snapshot) -> Value {
    let base_url = world.provider_url(task.protocol.name());
    task.protocol.callback(shown, &base_url)
}

fn cut_in_half(headers: &mut Headers) {
    for (name, value) in headers {
        if name.to_ascii_lowercase().ends_with("signature") {
            value.truncate(value.len() / 2);
        }
    }
}
