//! Bringing finished pictures home, before the provider's addresses die.

use futures::future::join_all;

use super::Atelier;
use super::pictures::picture_key;
use crate::account::Reply;
use crate::domain::job::{AttemptId, Event, State, StoredImage};
use crate::ports::{FetchError, Fetched};
use crate::provider;

/// The largest result that is taken: 4K pictures of the models on offer are well below it.
const MAX_RESULT_BYTES: u64 = 25 * 1024 * 1024;

/// More than any content network needs.
const MAX_REDIRECTS: usize = 3;

/// What became of one picture.
enum Brought {
    Home(StoredImage),
    Later(String),
    Never(String),
}

impl Atelier {
    /// Stores a job's results, and closes the job: completed for those that are stored, or tried
    /// again later if any may still come. The last try settles for what there is. Only the download
    /// is ever repeated, never the generation.
    pub(super) async fn deliver(&self, attempt: AttemptId, results: &[String], last_try: bool) {
        let each = (0..u8::MAX)
            .zip(results)
            .map(|(position, from)| self.bring_home(attempt, position, from));
        let (mut images, mut later, mut never) = (Vec::new(), Vec::new(), Vec::new());
        for brought in join_all(each).await {
            match brought {
                Brought::Home(image) => images.push(image),
                Brought::Later(why) => later.push(why),
                Brought::Never(why) => never.push(why),
            }
        }
        let why = later
            .iter()
            .chain(&never)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("; ");
        if !why.is_empty() {
            log::warn!("{}: not all pictures came home: {why}", attempt.job);
        }
        let event = if !later.is_empty() && !last_try {
            Event::DeliveryDelayed
        } else if images.is_empty() {
            Event::Undeliverable { detail: why }
        } else {
            Event::Stored { images }
        };
        self.close(attempt, results, event).await;
    }

    /// Tells the account. A job that expired while its pictures were on their way gets them all the
    /// same.
    async fn close(&self, attempt: AttemptId, results: &[String], event: Event) {
        let AttemptId { account, job, .. } = attempt;
        let mut reply = self.advance(account, job, None, event.clone()).await;
        if matches!(
            (&reply, &event),
            (
                Ok(Reply::Unmoved {
                    state: State::Expired
                }),
                Event::Stored { .. }
            )
        ) {
            reply = match self
                .store
                .job(account, job)
                .await
                .map(|job| job.and_then(|job| job.attempt.task_id))
            {
                Ok(Some(task_id)) => {
                    let late = Event::Succeeded {
                        task_id,
                        results: results.to_vec(),
                    };
                    match self
                        .advance(account, job, Some(attempt.ordinal), late)
                        .await
                    {
                        Ok(Reply::Moved { .. }) => self.advance(account, job, None, event).await,
                        other => other,
                    }
                }
                _ => reply,
            };
        }
        match reply {
            Ok(Reply::Moved { .. }) => {}
            Ok(other) => log::info!("{job}: a delivery moved nothing: {other:?}"),
            Err(error) => log::error!("{job}: {error}; the sweep will deliver again"),
        }
    }

    /// Stores one picture: each hop's address must be one that results may come from.
    async fn bring_home(&self, attempt: AttemptId, position: u8, from: &str) -> Brought {
        let AttemptId { account, job, .. } = attempt;
        let key = picture_key(account, job, position);
        let hosts = self
            .config
            .providers
            .iter()
            .flat_map(|route| route.provider.result_hosts())
            .copied();
        let hosts: Vec<_> = hosts.collect();
        let mut address = from.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let url = match self.config.result_hosts.admit(&address, &hosts) {
                Ok(url) => url,
                Err(why) => return Brought::Never(format!("{address} {why}")),
            };
            match self
                .ports
                .pictures
                .fetch(&key, &url, MAX_RESULT_BYTES)
                .await
            {
                Ok(Fetched::Stored { head, bytes }) => {
                    let (width, height) = (head.width, head.height);
                    return Brought::Home(StoredImage {
                        position,
                        format: head.format,
                        bytes,
                        width,
                        height,
                    });
                }
                Ok(Fetched::Redirect { to }) => address = to,
                Err(error @ FetchError::Unacceptable(_)) => {
                    return Brought::Never(format!("{address}: {error}"));
                }
                Err(error @ (FetchError::Gone(_) | FetchError::Broken(_))) => {
                    return Brought::Later(format!("{address}: {error}"));
                }
            }
        }
        Brought::Never(format!("{from} redirects more than {MAX_REDIRECTS} times"))
    }

    /// The task's results, fresh from the provider, or else those that were written down.
    pub(super) async fn fresh_results(
        &self,
        provider: &str,
        task_id: Option<&str>,
        known: Vec<String>,
    ) -> Vec<String> {
        let Some((route, task_id)) = self.config.route(provider).zip(task_id) else {
            return known;
        };
        match self.ask(route, task_id, super::sweep::ASK_TIMEOUT).await {
            provider::Report::Succeeded { results } => results,
            _ => known,
        }
    }
}
