//! The providers: tasks that run, end or get lost, and answers and callbacks that may be lost. They speak
//! EvoLink's wire format, and fail the seed if they get a job that they should not.
//! Why there are other stand-ins, too, is in [`evolink`].

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use atelier::domain::id::JobId;
use atelier::domain::job::AttemptId;
use atelier::ports::{Http, NoAnswer};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::evolink;
use super::stripe;
use super::weather::Fault;
use super::world::World;

const ATTEMPT: &str =
    "select 1 from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3";

const KNOWN: &str = "select 1 from attempts
    where account_id = ?1 and job_id = ?2 and ordinal = ?3 and task_id is not null";

const OPEN: &str = "select 1 from holds where account_id = ?1 and job_id = ?2 and state = 'open'";

/// The host of some results, which is unlisted until an operator lists it.
pub(crate) const NEW_HOST: &str = "media.new.example";

/// The status of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded(u8),
    Failed,
    Canceled,
    Forgotten,
}

/// A task of a provider.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) provider: &'static str,
    pub(crate) token: String,
    pub(crate) attempt: AttemptId,
    pub(crate) count: u8,
    pub(crate) status: Status,
    /// Whether its pictures are on the unlisted host.
    pub(crate) is_elsewhere: bool,
    /// Whether its provider has told us otherwise: that it did not take the job, or that it failed.
    pub(crate) is_denied: bool,
    /// Once it is finished: whether the job's hold was open at that time, so that it is to be
    /// charged.
    pub(crate) is_owed: Option<bool>,
}

/// A callback that a provider sends, unless it is lost.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) provider: &'static str,
    pub(crate) token: String,
    pub(crate) body: Bytes,
    pub(crate) tries: u8,
}

#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) tasks: Vec<Task>,
    pub(crate) callbacks: Vec<Callback>,
    /// The submissions of each job: the attempt, and whether we were told for certain that it failed.
    submissions: BTreeMap<JobId, Vec<(u8, bool)>>,
}

impl Outside {
    /// The index of the task with this id.
    pub(crate) fn task(&self, name: &str) -> Option<usize> {
        let place: usize = name.strip_prefix("task-")?.parse().ok()?;
        (place < self.tasks.len()).then_some(place)
    }

    /// A task in the provider's JSON.
    pub(crate) fn said(&self, place: usize) -> Value {
        let id = format!("task-{place}");
        match self.tasks[place].status {
            Status::Running | Status::Forgotten => evolink::processing(&id, 40),
            Status::Succeeded(count) => {
                let host = if self.tasks[place].is_elsewhere {
                    NEW_HOST
                } else {
                    "files.evolink.ai"
                };
                let address = |number| format!("https://{host}/task-{place}/{number}.png");
                let results: Vec<_> = (0..count).map(address).collect();
                evolink::completed(&id, &results)
            }
            Status::Failed => evolink::failed(&id, "busy"),
            Status::Canceled => evolink::canceled(&id),
        }
    }

    /// Checks that a job arrives once per attempt, and never again once it may have been taken.
    fn arrives(&mut self, AttemptId { job, ordinal, .. }: AttemptId) -> Result<(), String> {
        let before = self.submissions.entry(job).or_default();
        let twice = before.iter().any(|(each, _)| *each >= ordinal);
        let unsure = before.iter().any(|(_, rejected)| !rejected);
        before.push((ordinal, false));
        if twice || unsure {
            return Err(format!("{job} is submitted again: attempts {before:?}"));
        }
        Ok(())
    }

    fn rejected(&mut self, attempt: AttemptId) {
        if let Some((_, rejected)) = self.submissions.entry(attempt.job).or_default().last_mut() {
            *rejected = true;
        }
    }

    /// Whether a provider ever finished anything for a job.
    pub(crate) fn has_made(&self, job: &str) -> bool {
        let mut tasks = self.tasks.iter();
        tasks.any(|task| task.is_owed.is_some() && task.attempt.job.to_string() == job)
    }

    /// The number of submitted jobs.
    pub(crate) fn submitted(&self) -> usize {
        self.submissions.len()
    }
}

#[async_trait]
impl Http for World {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, NoAnswer> {
        assert!(timeout <= Duration::from_secs(22), "{timeout:?}");
        let end = self.time().plus(timeout);
        self.pause().await;
        if request.uri().host() == Some(stripe::HOST) {
            return self.at_stripe(&request, end).await;
        }
        let path = request.uri().path();
        let (attempt, answer) = if let Some(name) = path.strip_prefix("/v1/cancel/") {
            (None, self.told_to_stop(name))
        } else if let Some(reference) = path.strip_prefix("/v1/references/") {
            (None, self.looked_up(reference))
        } else if request.method() == Method::POST {
            assert_eq!(path, "/v1/images/generations");
            let provider = if request.uri().host() == Some("acme.test") {
                "acme"
            } else {
                "evolink"
            };
            let body = serde_json::from_slice(request.body()).unwrap();
            self.submitted(provider, &body)
        } else {
            (None, self.asked(path.strip_prefix("/v1/tasks/").unwrap()))
        };
        self.pause().await;
        let (status, body) = answer?;
        if self.time() > end {
            self.count(Fault::SubmitLate);
            return Err(NoAnswer("not in time".into()));
        }
        if let Some(attempt) = attempt {
            self.outside.lock().unwrap().rejected(attempt);
        }
        Ok(Response::builder()
            .status(status)
            .body(body.into())
            .unwrap())
    }
}

type Answer = Result<(u16, String), NoAnswer>;

impl World {
    /// Accepts a submission or not; returns the attempt if the answer says for certain that it was
    /// not accepted.
    fn submitted(&self, provider: &'static str, body: &Value) -> (Option<AttemptId>, Answer) {
        let url = body["callback_url"].as_str().unwrap();
        let token = url.rsplit('/').next().unwrap().to_owned();
        let attempt = self.signer.open_callback_token(provider, &token).unwrap();
        self.note(|| {
            format!(
                "  {provider} gets {} attempt {}",
                attempt.job, attempt.ordinal
            )
        });
        let lost = || Err(NoAnswer("lost".into()));
        if self.strikes(Fault::SubmitLost) {
            return (None, lost());
        }
        let arrives = self.outside.lock().unwrap().arrives(attempt);
        let known = self.is_recorded(attempt);
        if let Err(what) = arrives.and(known) {
            self.broke(what);
        }
        let error = |code| evolink::error(code).to_string();
        let count = body["n"]
            .as_u64()
            .map_or(1, |count| u8::try_from(count).unwrap());
        let task = Task {
            provider,
            token,
            attempt,
            count,
            status: Status::Running,
            is_elsewhere: self.strikes(Fault::TaskElsewhere),
            is_denied: false,
            is_owed: None,
        };
        let takes = |is_denied| {
            let mut outside = self.outside.lock().unwrap();
            outside.tasks.push(Task { is_denied, ..task });
            format!("task-{}", outside.tasks.len() - 1)
        };
        if self.strikes(Fault::SubmitLimited) {
            if self.strikes(Fault::SubmitLied) {
                takes(true);
            }
            let status = [429, 402, 500, 503][self.place(4)];
            return (Some(attempt), Ok((status, error("busy"))));
        }
        if self.strikes(Fault::SubmitRefused) {
            return (Some(attempt), Ok((400, error("content_policy_violation"))));
        }
        if self.strikes(Fault::SubmitGateway) {
            if self.percent(50) {
                takes(false);
            }
            return (None, Ok((502, "<html>bad gateway</html>".into())));
        }
        let id = takes(false);
        if self.strikes(Fault::SubmitUnheard) {
            return (None, lost());
        }
        let id = if self.strikes(Fault::SubmitMute) {
            json!(null)
        } else {
            json!(id)
        };
        (None, Ok((200, evolink::accepted(&id).to_string())))
    }

    /// The attempt must have been recorded before it is submitted.
    fn is_recorded(
        &self,
        AttemptId {
            account,
            job,
            ordinal,
        }: AttemptId,
    ) -> Result<(), String> {
        let connection = self.connection.lock().unwrap();
        let mut attempt = connection.prepare_cached(ATTEMPT).unwrap();
        let key = (account.to_string(), job.to_string(), ordinal);
        if attempt.exists(key).unwrap() {
            Ok(())
        } else {
            Err(format!(
                "{job} attempt {ordinal} is submitted, but not recorded"
            ))
        }
    }

    /// Whether the id of an attempt's task is recorded.
    pub(crate) fn knows_task(
        &self,
        AttemptId {
            account,
            job,
            ordinal,
        }: AttemptId,
    ) -> bool {
        let connection = self.connection.lock().unwrap();
        let mut attempt = connection.prepare_cached(KNOWN).unwrap();
        let key = (account.to_string(), job.to_string(), ordinal);
        attempt.exists(key).unwrap()
    }

    fn asked(&self, name: &str) -> Answer {
        if self.strikes(Fault::AskLost) {
            return Err(NoAnswer("lost".into()));
        }
        if self.strikes(Fault::AskBroken) {
            return Ok(([429, 500, 502][self.place(3)], "{}".into()));
        }
        let outside = self.outside.lock().unwrap();
        match outside.task(name) {
            Some(place) if outside.tasks[place].status != Status::Forgotten => {
                let said = outside.said(place);
                drop(outside);
                self.note(|| format!("  {name} is said to be {}", said["status"]));
                Ok((200, said.to_string()))
            }
            _ => Ok((404, "{}".into())),
        }
    }

    /// Stops a task or lets it continue, and answers with its status.
    fn told_to_stop(&self, name: &str) -> Answer {
        let place = self.outside.lock().unwrap().task(name);
        let running = place
            .filter(|place| self.outside.lock().unwrap().tasks[*place].status == Status::Running);
        if let Some(place) = running
            && !self.strikes(Fault::CancelIgnored)
        {
            self.settle_task(place, Status::Canceled);
        }
        self.asked(name)
    }

    /// The task of an attempt, by our reference.
    fn looked_up(&self, reference: &str) -> Answer {
        let outside = self.outside.lock().unwrap();
        let is_it = |task: &Task| task.attempt.reference() == reference;
        let place = outside.tasks.iter().position(is_it);
        drop(outside);
        match place {
            Some(place) => self.asked(&format!("task-{place}")),
            None => Ok((404, "{}".into())),
        }
    }

    /// Ends a task; its provider calls back not at all, once, or more often.
    pub(crate) fn end_task(&self, place: usize) {
        let count = self.outside.lock().unwrap().tasks[place].count;
        let status = if self.strikes(Fault::TaskForgotten) {
            Status::Forgotten
        } else if self.strikes(Fault::TaskFailed) {
            Status::Failed
        } else if self.strikes(Fault::TaskCanceled) {
            Status::Canceled
        } else if self.strikes(Fault::TaskOdd) {
            Status::Succeeded(u8::try_from(self.below(u64::from(count) + 3)).unwrap())
        } else {
            Status::Succeeded(count)
        };
        self.settle_task(place, status);
        let ended = matches!(status, Status::Succeeded(_) | Status::Failed);
        if ended && self.strikes(Fault::TaskContradicted) {
            let other = match status {
                Status::Failed => Status::Succeeded(count),
                _ => Status::Failed,
            };
            self.outside.lock().unwrap().tasks[place].is_denied = true;
            self.settle_task(place, other);
        }
    }

    /// Whether the hold of a job is open.
    fn holds(&self, AttemptId { account, job, .. }: AttemptId) -> bool {
        let connection = self.connection.lock().unwrap();
        let mut open = connection.prepare_cached(OPEN).unwrap();
        open.exists((account.to_string(), job.to_string())).unwrap()
    }

    fn settle_task(&self, place: usize, status: Status) {
        self.note(|| format!("task-{place} is {status:?}"));
        let attempt = self.outside.lock().unwrap().tasks[place].attempt;
        let is_held = self.holds(attempt);
        let callback = {
            let mut outside = self.outside.lock().unwrap();
            let task = &mut outside.tasks[place];
            task.status = status;
            if matches!(status, Status::Succeeded(1..)) {
                task.is_owed = Some(is_held && !task.is_denied);
            }
            let Task {
                provider, token, ..
            } = outside.tasks[place].clone();
            let body = outside.said(place).to_string().into();
            Callback {
                provider,
                token,
                body,
                tries: 4,
            }
        };
        if status == Status::Forgotten || self.strikes(Fault::CallbackLost) {
            return;
        }
        let times = if self.strikes(Fault::CallbackDoubled) {
            3
        } else {
            1
        };
        let mut outside = self.outside.lock().unwrap();
        outside
            .callbacks
            .extend(std::iter::repeat_n(callback, times));
    }
}
