//! Asking a provider about a task.

use std::time::Duration;

use super::Atelier;
use crate::config::ProviderConfig;
use crate::domain::job::Attempt;
use crate::provider::{Report, Request, Response, Task};

impl Atelier {
    /// The task of an attempt and where to ask about it; `None` if nobody can be asked, or the
    /// task has no name yet.
    pub(super) fn task<'a>(&'a self, at: &'a Attempt) -> Option<(&'a ProviderConfig, Task<'a>)> {
        let provider = self.config.provider(&at.provider)?;
        let mut models = provider.codec.models().iter();
        let id = at.task_id.as_deref()?;
        let model = models.find(|known| Some(known.id) == at.model.as_deref());
        let vendor_id = model.map(|model| self.config.overrides.vendor_id(model));
        Some((provider, Task { id, vendor_id }))
    }

    /// Asks how a task is and, where that is another question, what it came to.
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
            Ok(request) => match self.ports.http.send(request, timeout).await {
                Ok(response) => read(&response),
                Err(error) => unreadable(error.to_string()),
            },
            Err(error) => unreadable(error.to_string()),
        }
    }
}
