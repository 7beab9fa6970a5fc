//! A provider's callback: verify, write down, answer; then deliver.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::perform::{Waits, event_of};
use super::{Atelier, Error};
use crate::config::ProviderConfig;
use crate::domain::account::Reply;
use crate::domain::id::JobId;
use crate::domain::job::{AttemptId, StateName};
use crate::provider::{BadSignature, Callback, CallbackReport, Report, Task};

/// Providers give a callback 10 s at the least; half of that leaves time to write down.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

impl Atelier {
    /// Whether a callback with this token may be one of ours.
    pub fn expects_callback(&self, provider: &str, token: &str) -> Result<(), Error> {
        let attempt = self.config.signer.open_callback_token(provider, token);
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
            .signer
            .open_callback_token(provider, token)
            .ok_or(Error::Unauthenticated)?; // (1)
        let name = provider;
        let provider = self.config.provider(name).ok_or(Error::Unauthenticated)?;
        let verified = self.verified(provider, attempt.job, headers, body);
        let word = verified.await?; // (2)
        let (task_id, report) = match word {
            CallbackReport::Verified { task_id, report } => (task_id, report),
            CallbackReport::Unverified { task_id } => {
                let Some((task_id, report)) = self.follow_hint(provider, attempt, task_id).await?
                else {
                    return Ok(());
                };
                (task_id, report) // (3)
            }
        };
        let AttemptId { job, ordinal, .. } = attempt;
        match report {
            Report::Unreadable { detail } => {
                log::warn!(
                    "event=callback_unreadable job={job} provider={name} detail=\"{detail}\""
                );
                Err(Error::ProviderUnavailable(detail))
            }
            Report::NotFound => {
                log::warn!("event=callback_task_unknown job={job} provider={name} task={task_id}");
                Ok(())
            }
            report => {
                let event = event_of(provider, &task_id, report);
                let reply = self.happened(attempt, event, Waits::Nobody).await?; // (4) (5)
                if !matches!(reply, Reply::Moved { .. }) {
                    log::info!(
                        "event=callback_ignored job={job} attempt={ordinal} reply=\"{reply:?}\""
                    );
                }
                Ok(())
            }
        }
    }

    /// Reads a callback by the keys we know; if it is not good by them, once more by those that
    /// are published now.
    async fn verified(
        &self,
        provider: &ProviderConfig,
        job: JobId,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<CallbackReport, Error> {
        let read = |keys: &[serde_json::Value]| {
            let callback = Callback {
                headers,
                body,
                now: self.now(),
                keys,
            };
            provider.codec.read_callback(&provider.access, &callback)
        };
        let refused = |_: BadSignature| {
            let name = provider.codec.name();
            log::warn!("event=callback_signature_refused job={job} provider={name}");
            Error::Unauthenticated
        };
        let Some(url) = provider.codec.callback_keys(&provider.access) else {
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
        provider: &ProviderConfig,
        attempt: AttemptId,
        named: Option<String>,
    ) -> Result<Option<(String, Report)>, Error> {
        if let Some(id) = named {
            let task = Task {
                id: &id,
                vendor_id: None,
            };
            let report = self.ask(provider, &task, READ_TIMEOUT).await;
            return Ok(Some((id, report)));
        }
        let job = self.store.job(attempt.account, attempt.job).await?;
        let job = job.filter(|job| job.attempt.ordinal == attempt.ordinal);
        let counts = |state: StateName| state.is_open() || state == StateName::Expired;
        let Some(job) = job.filter(|job| counts(job.state())) else {
            return Ok(None);
        };
        let Some((provider, task)) = self.task(&job.attempt) else {
            // The answer to the submission is not written down yet.
            let problem = format!("{}: its task is not known yet", attempt.job);
            return Err(Error::ProviderUnavailable(problem));
        };
        let report = self.ask(provider, &task, READ_TIMEOUT).await;
        Ok(Some((task.id.to_owned(), report)))
    }
}
