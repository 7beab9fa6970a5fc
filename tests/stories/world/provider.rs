//! The providers, as Atelier sees them: they speak EvoLink's wire format, and answer as the story
//! says. Why there are other stand-ins, too, is in [`evolink`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atelier::ports::{Http, NoAnswer};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use serde_json::Value;

use super::evolink;
use super::privacy::text;
use super::till::Stripe;
use super::{Pauses, Transcript};

/// What happens to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Create {
    /// A task is created, and answered.
    Accept,
    /// A task is created, but the answer is lost.
    AcceptAndLose,
    /// No task is created, and the request fails.
    Lose,
    /// No task is created, and this is the answer.
    Answer(u16, &'static str),
}

/// How a poll fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The request fails.
    Lose,
    /// This is the answer.
    Answer(u16, &'static str),
}

/// The state of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    Running(u8),
    Succeeded(Vec<String>),
    Failed(&'static str),
    Canceled,
}

/// A submission, as the provider received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submitted {
    pub(crate) model: String,
    pub(crate) prompt: String,
    pub(crate) pictures: Vec<String>,
    pub(crate) callback_url: String,
    pub(crate) task: String,
}

/// An answer with exactly these bytes.
#[derive(Debug, Clone)]
pub(crate) struct Wire(pub(crate) u16, pub(crate) String);

impl Wire {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self(status, body.to_string())
    }
}

#[derive(Default)]
struct Script {
    wires: BTreeMap<String, VecDeque<Wire>>,
    requests: Vec<Request<Bytes>>,
    heard: Vec<String>,
    creates: VecDeque<Create>,
    asks: VecDeque<Ask>,
    always_ask: Option<Ask>,
    tasks: BTreeMap<String, Task>,
    submitted: Vec<Submitted>,
    during_create: Option<BoxFuture<'static, ()>>,
}

/// All providers. The ids of tasks are task-1, task-2, … in the order of the submissions.
pub(crate) struct Outside {
    /// Who takes money.
    pub(crate) stripe: Stripe,
    script: Mutex<Script>,
    transcript: Transcript,
    pauses: Arc<Pauses>,
}

impl Outside {
    pub(crate) fn new(transcript: Transcript, pauses: Arc<Pauses>) -> Self {
        Self {
            stripe: Stripe::default(),
            script: Mutex::default(),
            transcript,
            pauses,
        }
    }

    /// What happens to the next submissions; later ones are accepted.
    pub(crate) fn next_creates(&self, creates: impl IntoIterator<Item = Create>) {
        self.script.lock().unwrap().creates.extend(creates);
    }

    /// How the next polls fail; later ones are answered.
    pub(crate) fn next_asks(&self, asks: impl IntoIterator<Item = Ask>) {
        self.script.lock().unwrap().asks.extend(asks);
    }

    /// How all polls fail from now on.
    pub(crate) fn always_ask(&self, ask: Ask) {
        self.script.lock().unwrap().always_ask = Some(ask);
    }

    /// The answers at `METHOD host/path`, in turn, the last one for ever. Requests there are not in
    /// EvoLink's format.
    pub(crate) fn answers(&self, at: &str, wires: impl IntoIterator<Item = Wire>) {
        let wires = wires.into_iter().collect();
        self.script.lock().unwrap().wires.insert(at.into(), wires);
    }

    /// All requests to providers, in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.script.lock().unwrap().heard.clone()
    }

    /// All requests to URLs with set answers, in order.
    pub(crate) fn requests(&self) -> Vec<Request<Bytes>> {
        self.script.lock().unwrap().requests.clone()
    }

    fn wire(&self, request: &Request<Bytes>) -> Option<Wire> {
        let (host, path) = (request.uri().host()?, request.uri().path());
        let at = format!("{} {host}{path}", request.method());
        let mut script = self.script.lock().unwrap();
        let wires = script.wires.get_mut(&at)?;
        let wire = if wires.len() > 1 {
            wires.pop_front()
        } else {
            wires.front().cloned()
        }?;
        script.requests.push(request.clone());
        self.transcript.note(format!("{at}: {}", wire.0));
        Some(wire)
    }

    /// Runs this while the next submission waits for its answer.
    pub(crate) fn during_create(&self, what: impl Future<Output = ()> + Send + 'static) {
        self.script.lock().unwrap().during_create = Some(Box::pin(what));
    }

    pub(crate) fn set(&self, task: &str, to: Task) {
        self.script.lock().unwrap().tasks.insert(task.into(), to);
    }

    /// Finishes a task with so many pictures, and returns their URLs.
    pub(crate) fn finish(&self, task: &str, count: u8) -> Vec<String> {
        let results: Vec<_> = (0..count)
            .map(|place| format!("https://files.evolink.ai/{task}/{place}.png"))
            .collect();
        self.set(task, Task::Succeeded(results.clone()));
        results
    }

    pub(crate) fn submitted(&self) -> Vec<Submitted> {
        self.script.lock().unwrap().submitted.clone()
    }

    /// The path of a task's callbacks.
    pub(crate) fn callback_path(&self, task: &str) -> String {
        let submitted = self.submitted();
        let of_task = submitted.iter().find(|submitted| submitted.task == task);
        let url = &of_task.expect("no such task").callback_url;
        url.strip_prefix("https://app.test").unwrap().to_owned()
    }

    fn create(&self, host: &str, body: &Value) -> (Option<BoxFuture<'static, ()>>, Create, String) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut script = self.script.lock().unwrap();
        let create = script.creates.pop_front().unwrap_or(Create::Accept);
        let task = format!("task-{}", script.submitted.len() + 1);
        let pictures: Vec<_> = body["image_urls"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        self.transcript.note(format!(
            "create {task} at {host}: {} pictures",
            pictures.len()
        ));
        script.submitted.push(Submitted {
            model: text(&body["model"]),
            prompt: text(&body["prompt"]),
            pictures,
            callback_url: text(&body["callback_url"]),
            task: task.clone(),
        });
        if matches!(create, Create::Accept | Create::AcceptAndLose) {
            script.tasks.insert(task.clone(), Task::Running(0));
        }
        (script.during_create.take(), create, task)
    }

    fn ask(&self, task: &str) -> Result<(u16, String), NoAnswer> {
        let mut script = self.script.lock().unwrap();
        let ask = script
            .asks
            .pop_front()
            .or_else(|| script.always_ask.clone());
        let (said, answer) = match (ask, script.tasks.get(task)) {
            (Some(Ask::Lose), _) => ("no answer".into(), Err(NoAnswer("lost".into()))),
            (Some(Ask::Answer(status, body)), _) => {
                (status.to_string(), Ok((status, body.to_owned())))
            }
            (None, None) => ("unknown".into(), Ok((404, "{}".into()))),
            (None, Some(state)) => {
                let body = match state {
                    Task::Running(percent) => evolink::processing(task, *percent),
                    Task::Succeeded(results) => evolink::completed(task, results),
                    Task::Failed(code) => evolink::failed(task, code),
                    Task::Canceled => evolink::canceled(task),
                };
                let status = body["status"].as_str().unwrap();
                (status.to_owned(), Ok((200, body.to_string())))
            }
        };
        self.transcript.note(format!("ask {task}: {said}"));
        answer
    }
}

#[async_trait]
impl Http for Outside {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, NoAnswer> {
        // `waitUntil` ends after thirty seconds, and the account has to be told within them.
        assert!(timeout <= Duration::from_secs(22), "{timeout:?}");
        self.pauses.pause().await;
        self.script.lock().unwrap().heard.push(text(&request));
        if let Some(Wire(status, body)) = self.wire(&request) {
            self.pauses.pause().await;
            let response = Response::builder().status(status);
            return Ok(response.body(body.into()).unwrap());
        }
        let (host, path) = (request.uri().host().unwrap(), request.uri().path());
        if host == "stripe.test" {
            let answer = self.stripe.answer(&request);
            self.pauses.pause().await;
            return answer.ok_or_else(|| NoAnswer("lost".into()));
        }
        let (status, body) =
            if request.method() == Method::POST && path == "/v1/images/generations" {
                let body = serde_json::from_slice(request.body()).unwrap();
                let (meanwhile, create, task) = self.create(host, &body);
                if let Some(meanwhile) = meanwhile {
                    meanwhile.await;
                }
                match create {
                    Create::Accept => (200, evolink::accepted(&task.into()).to_string()),
                    Create::Answer(status, body) => (status, body.to_owned()),
                    Create::AcceptAndLose | Create::Lose => return Err(NoAnswer("lost".into())),
                }
            } else {
                self.ask(path.strip_prefix("/v1/tasks/").unwrap_or_else(|| {
                    panic!("an unexpected request: {} {path}", request.method())
                }))?
            };
        self.pauses.pause().await;
        Ok(Response::builder()
            .status(status)
            .body(body.into())
            .unwrap())
    }
}
