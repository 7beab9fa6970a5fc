//! Bringing finished pictures home, before the provider's addresses die.

use futures::future::join_all;

use super::Atelier;
use super::pictures::picture_key;
use crate::account::Reply;
use crate::domain::job::{Attempt, AttemptId, Event, State, StoredImage};
use crate::ports::{FetchError, Fetched};
use crate::provider;

/// The largest result that is taken: 4K pictures of the models on offer are well below it.
const MAX_RESULT_BYTES: u64 = 25 * 1024 * 1024;

/// More than any content network needs.
const MAX_REDIRECTS: usize = 3;

/// Downloads that are tried before a result is given up: at once, and then 1.5, 3 and twice 5 minutes
/// apart, as the schedule has it. A provider's network has a quarter of an hour to come back.
const MAX_TRIES: u32 = 5;

/// What became of one picture.
enum Brought {
    Home(StoredImage),
    Later(String),
    Never(String),
}

impl Atelier {
    /// Stores a job's results, and closes the job: completed for those that are stored, or tried
    /// again later if any may still come. The last of the tries settles for what there is. Only the
    /// download is ever repeated, never the generation. For a job that was deleted meanwhile nothing
    /// stays stored.
    pub(super) async fn deliver(&self, attempt: AttemptId, results: &[String], tries: u32) {
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
        let is_last = tries.saturating_add(1) >= MAX_TRIES;
        let event = if !later.is_empty() && !is_last {
            Event::DeliveryDelayed { tries }
        } else if images.is_empty() {
            Event::Undeliverable { detail: why }
        } else {
            Event::Stored { images }
        };
        match self
            .advance(attempt.account, attempt.job, None, event)
            .await
        {
            Ok(Reply::Moved {
                state: State::Completed | State::Storing | State::Failed,
                ..
            }) => {}
            Ok(other) => {
                log::info!("{}: a delivery completed nothing: {other:?}", attempt.job);
                self.remove_if_deleted(attempt.account, attempt.job).await;
            }
            Err(error) => log::error!("{}: {error}; the sweep will deliver again", attempt.job),
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
            .chain(&self.config.former_providers)
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
    pub(super) async fn fresh_results(&self, at: &Attempt, known: Vec<String>) -> Vec<String> {
        let Some((route, task)) = self.task(at) else {
            return known;
        };
        match self.ask(route, &task, super::sweep::ASK_TIMEOUT).await {
            provider::Report::Succeeded { results, .. } => results,
            _ => known,
        }
    }
}
