//! Asking the providers: about a task, or for one.

use std::sync::Arc;
use std::time::Duration;

use super::configured::ProviderConfigs;
use crate::config::ProviderConfig;
use crate::domain::job::Attempt;
use crate::ports::{Http, NoAnswer};
use crate::provider::{Report, Request, Response, Task};

/// The providers, with their keys and the way to them.
#[derive(Clone)]
pub(super) struct Providers {
    configs: ProviderConfigs,
    http: Arc<dyn Http>,
}

impl Providers {
    pub(super) fn new(configs: ProviderConfigs, http: Arc<dyn Http>) -> Self {
        Self { configs, http }
    }

    /// A provider that is, or was, in use.
    pub(super) fn get(&self, name: &str) -> Option<&ProviderConfig> {
        self.configs.get(name)
    }

    /// The task of an attempt and where to ask about it; `None` if nobody can be asked, or the
    /// task has no id yet.
    pub(super) fn task<'a>(&'a self, at: &'a Attempt) -> Option<(&'a ProviderConfig, Task<'a>)> {
        let provider = self.configs.get(&at.provider)?;
        let mut models = provider.codec.models().iter();
        let id = at.task_id.as_deref()?;
        let model = models.find(|known| Some(known.id) == at.model.as_deref());
        let vendor_id = model.map(|model| self.configs.vendor_id(model));
        Some((provider, Task { id, vendor_id }))
    }

    /// Reads a task's status and, where that is a second request, its result.
    pub(super) async fn ask(
        &self,
        provider: &ProviderConfig,
        task: &Task<'_>,
        timeout: Duration,
    ) -> Report {
        let (codec, access) = (provider.codec, &provider.access);
        let read = |response: &_| codec.read_task(response);
        let report = self.exchange(codec.task(access, task), read, timeout);
        match report.await {
            Report::Finished => {
                let read = |response: &_| codec.read_result(response);
                self.exchange(codec.result(access, task), read, timeout)
                    .await
            }
            report => report,
        }
    }

    /// Sends a request, if it could be built, and reads the answer, if there is one.
    pub(super) async fn exchange(
        &self,
        request: Result<Request, http::Error>,
        read: impl FnOnce(&Response) -> Report,
        timeout: Duration,
    ) -> Report {
        let unreadable = |detail: String| Report::Unreadable { detail };
        match request {
            Ok(request) => match self.send(request, timeout).await {
                Ok(response) => read(&response),
                Err(error) => unreadable(error.to_string()),
            },
            Err(error) => unreadable(error.to_string()),
        }
    }

    /// Sends a request. If no answer comes it may have had its effect.
    pub(super) async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<bytes::Bytes>, NoAnswer> {
        self.http.send(request, timeout).await
    }
}
