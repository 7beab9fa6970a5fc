//! A provider's callback: verify, write down, answer; then deliver.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::{Atelier, Error};
use crate::account::Reply;
use crate::config::Route;
use crate::domain::job::{AttemptId, Event, FailureCode, State};
use crate::provider::{Report, Word};

/// Providers give a callback 10 s at the least; half of that leaves time to write down.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

impl Atelier {
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
        let word = route.provider.read_callback(&route.access, headers, body); // (2)
        let (task_id, report) = match word.map_err(|_| Error::Unauthenticated)? {
            Word::Proven { task_id, report } => (task_id, report),
            Word::Hint { task_id } => {
                let Some(task_id) = self.task_of(attempt, task_id).await? else {
                    return Ok(());
                };
                let report = self.ask(route, &task_id, READ_TIMEOUT).await; // (3)
                (task_id, report)
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
            report => self.hear(attempt, task_id, report).await,
        }
    }

    /// The task that a hint is about: the one it names, or else the one we know.
    async fn task_of(
        &self,
        attempt: AttemptId,
        named: Option<String>,
    ) -> Result<Option<String>, Error> {
        if named.is_some() {
            return Ok(named);
        }
        let job = self.store.job(attempt.account, attempt.job).await?;
        Ok(job
            .filter(|job| job.attempt.ordinal == attempt.ordinal)
            .and_then(|job| job.attempt.task_id))
    }

    /// Tells the account a provider's final word, and delivers a success.
    async fn hear(&self, attempt: AttemptId, task_id: String, report: Report) -> Result<(), Error> {
        let event = event_of(report, task_id);
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
                ..
            } => {
                let atelier = self.clone();
                self.ports.background.spawn(Box::pin(async move {
                    atelier.deliver(attempt, &results, 0).await; // (5)
                }));
            }
            Reply::Moved { .. } => {}
            other => log::info!("{job} attempt {ordinal}: a callback moved nothing: {other:?}"),
        }
        Ok(())
    }

    /// Asks a provider how a task is.
    pub(super) async fn ask(&self, route: &Route, task_id: &str, timeout: Duration) -> Report {
        let request = match route.provider.task(&route.access, task_id) {
            Ok(request) => request,
            Err(error) => {
                return Report::Unreadable {
                    detail: error.to_string(),
                };
            }
        };
        match self.ports.http.send(request, timeout).await {
            Ok(response) => route.provider.read_task(&response),
            Err(error) => Report::Unreadable {
                detail: error.to_string(),
            },
        }
    }
}

/// What a report means for the job.
pub(super) fn event_of(report: Report, task_id: String) -> Event {
    match report {
        Report::Succeeded { results } => Event::Succeeded { task_id, results },
        Report::Failed { reason, detail } => Event::Failed {
            task_id: Some(task_id),
            reason,
            detail,
        },
        Report::Canceled => Event::CancelConfirmed { task_id },
        Report::Running { percent } => Event::Progressed {
            task_id: Some(task_id),
            percent,
        },
        Report::NotFound => Event::Failed {
            reason: FailureCode::GenerationFailed,
            detail: format!("{task_id} is not known there"),
            task_id: Some(task_id),
        },
        Report::Unreadable { .. } => Event::Progressed {
            task_id: None,
            percent: None,
        },
    }
}
