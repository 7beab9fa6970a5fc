//! A provider's callback: verify, apply, answer; then ingest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::Error;
use super::ask::Providers;
use super::keys::Keys;
use super::perform::Executor;
use super::reported::event_of;
use crate::config::ProviderConfig;
use crate::domain::account::Reply;
use crate::domain::id::JobId;
use crate::domain::job::{AttemptId, StateName};
use crate::ports::Clock;
use crate::provider::{BadSignature, Callback, CallbackReport, Report, Task};
use crate::signer::Signer;
use crate::store::Reader;

/// Providers give a callback 10 s at the least; half of that leaves time to apply it.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Receives callbacks.
pub struct Callbacks {
    signer: Signer,
    providers: Providers,
    keys: Keys,
    store: Reader,
    executor: Executor,
    clock: Arc<dyn Clock>,
}

impl Callbacks {
    pub(super) fn new(
        signer: Signer,
        (providers, keys): (Providers, Keys),
        store: Reader,
        executor: Executor,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            signer,
            providers,
            keys,
            store,
            executor,
            clock,
        }
    }

    /// Whether a callback with this token may be one of ours.
    pub fn expects(&self, provider: &str, token: &str) -> Result<(), Error> {
        let attempt = self.signer.open_callback_token(provider, token);
        attempt.map(drop).ok_or(Error::Unauthenticated)
    }

    /// Receives a callback: (1) its token must be ours, for this provider; (2) its signature must be
    /// the provider's, where it signs; (3) if it is unverified, the task is read; (4) the results of a
    /// success are ingested, and (5) the account applies the task's outcome. An ingest that takes long goes on
    /// in the background. An error makes the provider send it again.
    pub async fn receive(
        &self,
        provider: &str,
        token: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(), Error> {
        let attempt = self
            .signer
            .open_callback_token(provider, token)
            .ok_or(Error::Unauthenticated)?; // (1)
        let name = provider;
        let provider = self.providers.get(name).ok_or(Error::Unauthenticated)?;
        let verified = self.verified(provider, attempt.job, headers, body);
        let callback = verified.await?; // (2)
        let (task_id, report) = match callback {
            CallbackReport::Verified { task_id, report } => (task_id, report),
            CallbackReport::Unverified { task_id } => {
                let Some((task_id, report)) = self.read_task(provider, attempt, task_id).await?
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
                let applied = self.executor.apply_callback(attempt, event);
                let reply = applied.await?; // (4) (5)
                if !matches!(reply, Reply::Moved { .. }) {
                    log::info!(
                        "event=callback_ignored job={job} attempt={ordinal} reply=\"{reply:?}\""
                    );
                }
                Ok(())
            }
        }
    }

    /// Reads a callback by the keys we know; if its signature is none of theirs, once more by those that are
    /// published now.
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
                now: self.clock.now(),
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
        let known = self.keys.known(&url).await?;
        if let Ok(callback) = read(&known) {
            return Ok(callback);
        }
        let fresh = self.keys.newer(&url, &known).await?;
        read(&fresh.unwrap_or(known)).map_err(refused)
    }

    /// Reads the task that an unverified callback is about: the one it names, or else the one we know.
    async fn read_task(
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
            let report = self.providers.ask(provider, &task, READ_TIMEOUT).await;
            return Ok(Some((id, report)));
        }
        let job = self.store.job(attempt.account, attempt.job).await?;
        let job = job.filter(|job| job.attempt.ordinal == attempt.ordinal);
        let counts = |state: StateName| state.is_open() || state == StateName::Expired;
        let Some(job) = job.filter(|job| counts(job.state())) else {
            return Ok(None);
        };
        let Some((provider, task)) = self.providers.task(&job.attempt) else {
            // The answer to the submission is not recorded yet.
            let problem = format!("{}: its task is not known yet", attempt.job);
            return Err(Error::ProviderUnavailable(problem));
        };
        let report = self.providers.ask(provider, &task, READ_TIMEOUT).await;
        Ok(Some((task.id.to_owned(), report)))
    }
}
