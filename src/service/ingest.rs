//! Storing finished pictures, before the provider's addresses die.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};

use super::accounts::JobEvents;
use super::ask::Providers;
use super::cleanup::LateResults;
use super::configured::ListedHosts;
use super::perform::ASK_TIMEOUT;
use super::pictures::picture_key;
use super::waiting::Waiting;
use crate::domain::account::Reply;
use crate::domain::job::{Attempt, AttemptId, Event, Job, State, StateName, StoredImage, Storing};
use crate::domain::model::MAX_COUNT;
use crate::domain::picture::PictureHead;
use crate::domain::result_host::Inadmissible;
use crate::ports::{AccountUnavailable, FetchError, Fetched, PictureReader, PictureWriter};
use crate::provider::Report;

/// The largest result that is stored: 4K pictures of the models that are sold are well below it.
const MAX_RESULT_BYTES: u64 = 25 * 1024 * 1024;

/// More than any content network needs.
const MAX_REDIRECTS: usize = 3;

/// At most so many results are tried for each picture that was asked for.
const MAX_SPARE: u8 = 3;

/// No result of a job is stored at a place beyond these.
pub(super) const MAX_POSITIONS: u8 = MAX_COUNT.saturating_mul(MAX_SPARE);

/// The outcome of an ingest for one picture.
enum Ingest {
    Stored(StoredImage),
    Retry(String),
    /// It came broken. It may be whole the next time; a spare that is whole replaces it at once.
    Incomplete(String),
    Failed(String),
    /// It is on a host that an operator may list.
    Unlisted {
        host: String,
        why: String,
    },
}

/// The outcome for all of them.
#[derive(Default)]
pub(super) struct Ingests {
    /// How many were asked for.
    wanted: usize,
    pub(super) stored: Vec<StoredImage>,
    retry: Vec<String>,
    incomplete: Vec<String>,
    failed: Vec<String>,
    /// The unlisted hosts of results that are still needed. Empty if enough pictures are stored without them.
    pub(super) unlisted: BTreeSet<String>,
}

impl Ingests {
    /// The pictures, if all that were asked for are stored.
    pub(super) fn whole(&self) -> Vec<StoredImage> {
        let is_whole = self.stored.len() >= self.wanted;
        if is_whole {
            self.stored.clone()
        } else {
            Vec::new()
        }
    }

    /// Whether another try may store a picture that is still wanted.
    fn may_still_come(&self) -> bool {
        let is_short = self.stored.len() < self.wanted;
        !self.retry.is_empty() || (is_short && !self.incomplete.is_empty())
    }
}

/// A job's first try is counted if it fails; the reconciler counts each of its own beforehand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Try {
    Uncounted,
    Counted,
}

/// Stores results: it fetches them from listed hosts, tells the account what is stored, and has removed
/// what it stored for a job that was deleted during it.
#[derive(Clone)]
pub(super) struct Ingestion {
    events: JobEvents,
    providers: Providers,
    hosts: ListedHosts,
    reader: Arc<dyn PictureReader>,
    writer: Arc<dyn PictureWriter>,
    waiting: Waiting,
    late: LateResults,
}

impl Ingestion {
    pub(super) fn new(
        events: JobEvents,
        providers: Providers,
        hosts: ListedHosts,
        (reader, writer): (Arc<dyn PictureReader>, Arc<dyn PictureWriter>),
        waiting: Waiting,
        late: LateResults,
    ) -> Self {
        Self {
            events,
            providers,
            hosts,
            reader,
            writer,
            waiting,
            late,
        }
    }

    /// Stores a job's results as soon as they are known, and closes the job: completed for those that
    /// are stored, or tried again later if any that is wanted may still come. So many pictures are fetched
    /// at once.
    pub(super) async fn ingest(
        &self,
        attempt: AttemptId,
        results: Vec<String>,
        count: u8,
        at_once: usize,
    ) {
        let ingests = self
            .ingest_all(attempt, &results, count, (0, at_once))
            .await;
        self.conclude_first(attempt, ingests).await;
    }

    /// Begins to store a job's results, all at once, before anything is written down about them.
    pub(super) fn begin(
        &self,
        attempt: AttemptId,
        results: Vec<String>,
        count: u8,
    ) -> BoxFuture<'static, Ingests> {
        let ingestion = self.clone();
        async move {
            let all_at_once = (0, usize::from(count));
            ingestion
                .ingest_all(attempt, &results, count, all_at_once)
                .await
        }
        .boxed()
    }

    /// Records the outcome of the first ingest, which was not counted.
    pub(super) async fn conclude_first(&self, attempt: AttemptId, ingests: Ingests) {
        self.conclude(attempt, ingests, 0, Try::Uncounted).await;
    }

    /// Removes what was stored of a job that has come to nothing.
    pub(super) async fn remove_unwanted(&self, attempt: AttemptId) {
        let (account, job) = (attempt.account, attempt.job);
        self.late.remove_if_unwanted(account, job).await;
    }

    /// Tries again: (1) the try is recorded first, so that one that dies counts, and of two at once only one
    /// goes on; (2) results whose addresses may have died are asked for anew; (3) the
    /// last of the tries settles for the pictures that are stored. Only the download is ever repeated, never the
    /// generation.
    pub(super) async fn retry(&self, job: &Job) {
        let State::Storing(storing) = &job.lifecycle.state else {
            return;
        };
        let (attempt, attempts) = (job.attempt_id(), storing.ingest_attempts);
        match self.tell(attempt, Event::IngestRetried { attempts }).await {
            Ok(Reply::Moved {
                state: StateName::Storing,
                ..
            }) => {}
            Ok(_) => return self.late.remove_if_unwanted(job.account, job.id).await,
            Err(error) => {
                return log::error!(
                    "event=ingest_failed job={} step=count error=\"{error}\"",
                    job.id
                );
            } // (1)
        }
        let results = self.fresh_results(&job.attempt, &storing.results).await; // (2)
        let count = job.request.count;
        let ingests = self.ingest_all(attempt, &results, count, (attempts, 1));
        let ingests = ingests.await;
        self.conclude(attempt, ingests, attempts, Try::Counted)
            .await; // (3)
    }

    /// Records the outcome of an ingest. For a job that was deleted during it nothing stays stored.
    async fn conclude(&self, attempt: AttemptId, ingests: Ingests, tries: u32, tried: Try) {
        let event = match self.outcome(attempt, ingests, tries).await {
            Some(event) => event,
            None if tried == Try::Counted => return,
            None => Event::IngestRetried { attempts: tries },
        };
        match self.tell(attempt, event).await {
            Ok(Reply::Moved {
                state: StateName::Completed | StateName::Storing | StateName::Failed,
                is_deleted: false,
                ..
            }) => {}
            Ok(other) => {
                let job = attempt.job;
                log::info!("event=ingest_ignored job={job} reply=\"{other:?}\"");
                self.remove_unwanted(attempt).await;
            }
            Err(error) => log::error!(
                "event=ingest_failed job={} step=apply error=\"{error}\"",
                attempt.job
            ),
        }
    }

    async fn tell(&self, attempt: AttemptId, event: Event) -> Result<Reply, AccountUnavailable> {
        let job = (attempt.job, Some(attempt.ordinal));
        self.events.tell(attempt.account, job, event).await
    }

    /// The event that follows from an ingest; `None` to retry: (1) retry while a listed host may still give
    /// a picture; (2) then wait for unlisted hosts; (3) then end the job with the pictures that are stored,
    /// or fail it.
    async fn outcome(&self, attempt: AttemptId, ingests: Ingests, tries: u32) -> Option<Event> {
        let why = ingests.retry.iter().chain(&ingests.incomplete);
        let why = why.chain(&ingests.failed).map(String::as_str);
        let why = why.collect::<Vec<_>>().join("; ");
        if !why.is_empty() {
            log::warn!(
                "event=ingest_incomplete job={} reason=\"{why}\"",
                attempt.job
            );
        }
        if ingests.may_still_come() && !Storing::is_last(tries) {
            return None; // (1)
        }
        match self.waiting.wait_for_hosts(attempt, &ingests).await {
            Ok(Some(event)) => return Some(event), // (2)
            Ok(None) => {}
            Err(error) => {
                log::error!(
                    "event=ingest_failed job={} step=hosts error=\"{error}\"",
                    attempt.job
                );
                return None;
            }
        }
        Some(if ingests.stored.is_empty() {
            Event::IngestFailed { detail: why } // (3)
        } else {
            let images = ingests.stored;
            Event::Stored { images }
        })
    }

    /// Stores as many pictures as were asked for. A result that can never be fetched, is broken, or is on a
    /// host that is not listed, is replaced by a spare: one that the provider made beyond that number.
    async fn ingest_all(
        &self,
        attempt: AttemptId,
        results: &[String],
        count: u8,
        (tries, at_once): (u32, usize),
    ) -> Ingests {
        let count = usize::from(count);
        let most = count.saturating_mul(MAX_SPARE.into());
        let mut results = (0..MAX_POSITIONS).zip(results).take(most);
        let mut ingests = Ingests {
            wanted: count,
            ..Ingests::default()
        };
        loop {
            let found = ingests.stored.len().saturating_add(ingests.retry.len());
            let next = results.by_ref().take(count.saturating_sub(found));
            let each = next.map(|(position, from)| self.ingest_one(attempt, position, from, tries));
            let each: Vec<_> = each.collect();
            if each.is_empty() {
                if ingests.stored.len() >= count {
                    ingests.unlisted.clear();
                }
                return ingests;
            }
            let ingested: Vec<_> = iter(each).buffered(at_once).collect().await;
            for ingest in ingested {
                match ingest {
                    Ingest::Stored(image) => ingests.stored.push(image),
                    Ingest::Retry(why) => ingests.retry.push(why),
                    Ingest::Incomplete(why) => ingests.incomplete.push(why),
                    Ingest::Failed(why) => ingests.failed.push(why),
                    Ingest::Unlisted { host, why } => {
                        ingests.unlisted.insert(host);
                        ingests.failed.push(why);
                    }
                }
            }
        }
    }

    /// Stores one picture. One that is stored already counts, whatever has become of its address; after too
    /// many tries nothing else does.
    async fn ingest_one(&self, attempt: AttemptId, position: u8, from: &str, tries: u32) -> Ingest {
        let key = picture_key(attempt.job, position);
        if tries > 0
            && let Some(image) = self.find_stored(&key, position).await
        {
            return Ingest::Stored(image);
        }
        if tries >= Storing::MAX_INGESTS {
            return Ingest::Failed(format!(
                "{} ingests did not come back",
                Storing::MAX_INGESTS
            ));
        }
        match self.download(&key, position, from).await {
            Ingest::Stored(image) => Ingest::Stored(image),
            failed => {
                let image = self.find_stored(&key, position).await;
                image.map_or(failed, Ingest::Stored)
            }
        }
    }

    async fn find_stored(&self, key: &str, position: u8) -> Option<StoredImage> {
        match self.reader.look(key).await {
            Ok(found) => found.map(|(head, bytes)| stored(position, head, bytes)),
            Err(error) => {
                log::warn!("event=ingest_check_failed key={key} error=\"{error}\"");
                None
            }
        }
    }

    /// Fetches one picture: each hop's address must be one that results may come from.
    async fn download(&self, key: &str, position: u8, from: &str) -> Ingest {
        let mut address = from.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let url = match self.hosts.admit(&address) {
                Ok(url) => url,
                Err(inadmissible) => {
                    let why = format!("{} {inadmissible}", nameable(&address));
                    return match inadmissible {
                        Inadmissible::Unlisted { host } => Ingest::Unlisted { host, why },
                        _ => Ingest::Failed(why),
                    };
                }
            };
            match self.writer.fetch(key, &url, MAX_RESULT_BYTES).await {
                Ok(Fetched::Stored { head, bytes }) => {
                    return Ingest::Stored(stored(position, head, bytes));
                }
                Ok(Fetched::Redirect { to }) => address = to,
                Err(error @ FetchError::Unacceptable(_)) => {
                    return Ingest::Failed(format!("{}: {error}", nameable(&address)));
                }
                Err(error @ FetchError::Incomplete(_)) => {
                    return Ingest::Incomplete(format!("{}: {error}", nameable(&address)));
                }
                Err(error @ (FetchError::Gone(_) | FetchError::Broken(_))) => {
                    return Ingest::Retry(format!("{}: {error}", nameable(&address)));
                }
            }
        }
        Ingest::Failed(format!(
            "{} redirects more than {MAX_REDIRECTS} times",
            nameable(from)
        ))
    }

    /// The task's results, fresh from the provider, or else those that were recorded.
    async fn fresh_results(&self, at: &Attempt, known: &[String]) -> Vec<String> {
        let Some((provider, task)) = self.providers.task(at) else {
            return known.to_vec();
        };
        match self.providers.ask(provider, &task, ASK_TIMEOUT).await {
            Report::Succeeded { results, .. } => results,
            _ => known.to_vec(),
        }
    }
}

const fn stored(position: u8, head: PictureHead, bytes: u64) -> StoredImage {
    StoredImage {
        position,
        format: head.format,
        bytes,
        width: head.width,
        height: head.height,
    }
}

/// An address without its query, which may be what gives access to it.
fn nameable(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}
