//! A provider's callback: verify, write down, answer; then deliver.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::{Atelier, Error};
use crate::config::Route;
use crate::domain::account::Reply;
use crate::domain::job::{AttemptId, Event, FailureCode, State};
use crate::provider::{self, BadSignature, Callback, Report, Task, Word};

/// Providers give a callback 10 s at the least; half of that leaves time to write down.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

impl Atelier {
    /// Whether a callback with this token may be one of ours.
    pub fn expects_callback(&self, provider: &str, token: &str) -> Result<(), Error> {
        let attempt = self.config.seal.open_callback_token(provider, token);
        attempt.map(drop).ok_or(Error::Unauthenticated)
    }

    /// Takes a callback: (1) its token must be ours, for this provider; (2) its signature must be
    /// the provider's, where it signs; (3) where nothing proves the body, the task is read; (4) the
    /// account writes the word down; (5) a success is delivered in the background. An error makes
    /// the provider send it again.
    pub async fn callback(
        &self,
        provider: &str,
        token: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(), Error> {
        let attempt = self
            .config
            .seal
            .open_callback_token(provider, token)
            .ok_or(Error::Unauthenticated)?; // (1)
        let route = self.config.route(provider).ok_or(Error::Unauthenticated)?;
        let word = self.verified(route, headers, body).await?; // (2)
        let (task_id, report) = match word {
            Word::Proven { task_id, report } => (task_id, report),
            Word::Hint { task_id } => {
                let Some((task_id, report)) = self.follow_hint(route, attempt, task_id).await?
                else {
                    return Ok(());
                };
                (task_id, report) // (3)
            }
        };
        match report {
            Report::Unreadable { detail } => {
                log::warn!("{}: {provider} called back, but {detail}", attempt.job);
                Err(Error::ProviderUnavailable(detail))
            }
            Report::NotFound => {
                log::warn!(
                    "{}: {provider} called back about {task_id}, which it does not know",
                    attempt.job
                );
                Ok(())
            }
            report => self.hear(attempt, route, &task_id, report).await,
        }
    }

    /// Reads a callback by the keys we know; if it is not good by them, once more by those that
    /// are published now.
    async fn verified(
        &self,
        route: &Route,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Word, Error> {
        let read = |keys: &[serde_json::Value]| {
            let callback = Callback {
                headers,
                body,
                now: self.now(),
                keys,
            };
            route.provider.read_callback(&route.access, &callback)
        };
        let refused = |_: BadSignature| {
            let name = route.provider.name();
            log::warn!("a callback of {name} has a good token, but not a good signature");
            Error::Unauthenticated
        };
        let Some(url) = route.provider.callback_keys(&route.access) else {
            return read(&[]).map_err(refused);
        };
        let known = self.keys(&url).await?;
        if let Ok(word) = read(&known) {
            return Ok(word);
        }
        let fresh = self.newer_keys(&url, &known).await?;
        read(&fresh.unwrap_or(known)).map_err(refused)
    }

    /// Reads the task that a hint is about: the one it names, or else the one we know.
    async fn follow_hint(
        &self,
        route: &Route,
        attempt: AttemptId,
        named: Option<String>,
    ) -> Result<Option<(String, Report)>, Error> {
        if let Some(id) = named {
            let task = Task {
                id: &id,
                vendor_id: None,
            };
            let report = self.ask(route, &task, READ_TIMEOUT).await;
            return Ok(Some((id, report)));
        }
        let job = self.store.job(attempt.account, attempt.job).await?;
        let job = job.filter(|job| job.attempt.ordinal == attempt.ordinal);
        let counts = |state: State| state.is_open() || state == State::Expired;
        let Some(job) = job.filter(|job| counts(job.status.state())) else {
            return Ok(None);
        };
        let Some((route, task)) = self.task(&job.attempt) else {
            // The answer to the submission is not written down yet.
            let problem = format!("{}: its task is not known yet", attempt.job);
            return Err(Error::ProviderUnavailable(problem));
        };
        let report = self.ask(route, &task, READ_TIMEOUT).await;
        Ok(Some((task.id.to_owned(), report)))
    }

    /// Tells the account a provider's word, and delivers a success.
    async fn hear(
        &self,
        attempt: AttemptId,
        route: &Route,
        task_id: &str,
        report: Report,
    ) -> Result<(), Error> {
        let event = event_of(route, task_id, report);
        let results = match &event {
            Event::Succeeded { results, .. } => results.clone(),
            _ => Vec::new(),
        };
        let AttemptId {
            account,
            job,
            ordinal,
        } = attempt;
        let reply = self.advance(account, job, Some(ordinal), event).await?; // (4)
        match reply {
            Reply::Moved {
                state: State::Storing,
                count,
                ..
            } => {
                let atelier = self.clone();
                self.ports.background.spawn(Box::pin(async move {
                    let at_once = usize::from(count);
                    atelier.deliver(attempt, &results, count, at_once).await; // (5)
                }));
            }
            // Only the first word of its task: of one that was known to run already its cancel has asked,
            // and the sweep will ask again.
            Reply::Moved {
                state: State::Running,
                is_taken_back: true,
                from,
                ..
            } if from != Some(State::Running) => self.stop_later(account, job),
            Reply::Moved { .. } => {}
            other => log::info!("{job} attempt {ordinal}: a callback moved nothing: {other:?}"),
        }
        Ok(())
    }
}

/// What a report means for the job.
pub(super) fn event_of(route: &Route, task_id: &str, report: Report) -> Event {
    let task_id = task_id.to_owned();
    match report {
        Report::Succeeded { results, cost } => Event::Succeeded {
            task_id,
            results,
            cost: cost.and_then(|cost| route.in_credits(cost)),
        },
        Report::Failed { reason, detail } => Event::Failed {
            task_id: Some(task_id),
            reason: provider::reason_told(reason, &detail),
            detail,
        },
        Report::Canceled => Event::CancelConfirmed { task_id },
        Report::Running { percent } => Event::Progressed {
            task_id: Some(task_id),
            percent,
            is_look: false,
        },
        Report::NotFound => Event::Failed {
            reason: FailureCode::GenerationFailed,
            detail: format!("{task_id} is not known there"),
            task_id: Some(task_id),
        },
        Report::Finished | Report::Unreadable { .. } => Event::LookedInVain { is_missing: false },
    }
}
