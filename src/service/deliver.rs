//! Bringing finished pictures home, before the provider's addresses die.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream::iter;

use super::Atelier;
use super::pictures::picture_key;
use crate::domain::account::Reply;
use crate::domain::job::{Attempt, AttemptId, Event, Job, State, StoredImage};
use crate::domain::model::MAX_COUNT;
use crate::domain::picture::PictureHead;
use crate::domain::result_host::Inadmissible;
use crate::ports::{FetchError, Fetched};
use crate::provider;

/// The largest result that is taken: 4K pictures of the models on offer are well below it.
const MAX_RESULT_BYTES: u64 = 25 * 1024 * 1024;

/// More than any content network needs.
const MAX_REDIRECTS: usize = 3;

/// Downloads that are tried before a result is given up: at once, and then 1.5, 3 and twice 5 minutes
/// apart, as the schedule has it. A provider's network has a quarter of an hour to come back.
const MAX_TRIES: u32 = 5;

/// Of so many results for each picture that was asked for, one is looked for that is good.
const MAX_SPARE: u8 = 3;

/// No result of a job is stored at a place beyond these.
pub(super) const MAX_POSITIONS: u8 = MAX_COUNT.saturating_mul(MAX_SPARE);

/// What became of one picture.
enum Brought {
    Home(StoredImage),
    Later(String),
    /// What came is not whole. It may be the next time; a whole one takes its place at once.
    Incomplete(String),
    Never(String),
    /// It is on a host that an operator may list.
    Unlisted {
        host: String,
        why: String,
    },
}

/// What became of all of them.
#[derive(Default)]
pub(super) struct Delivery {
    /// How many were asked for.
    wanted: usize,
    pub(super) home: Vec<StoredImage>,
    later: Vec<String>,
    incomplete: Vec<String>,
    never: Vec<String>,
    /// Hosts that results which are still wanted are on; none if there are enough without those.
    pub(super) unlisted: BTreeSet<String>,
}

impl Delivery {
    /// Whether another try may bring a picture that is still wanted.
    fn may_still_come(&self) -> bool {
        let is_short = self.home.len() < self.wanted;
        !self.later.is_empty() || (is_short && !self.incomplete.is_empty())
    }
}

/// A job's first try is counted if it fails; the sweep counts each of its own beforehand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Try {
    Uncounted,
    Counted,
}

impl Atelier {
    /// Stores a job's results as soon as they are known, and closes the job: completed for those that
    /// are stored, or tried again later if any that is wanted may still come. So many pictures are fetched
    /// at once.
    pub(super) async fn deliver(
        &self,
        attempt: AttemptId,
        results: &[String],
        count: u8,
        at_once: usize,
    ) {
        let delivery = self.bring_all(attempt, results, count, (0, at_once)).await;
        self.conclude(attempt, delivery, 0, Try::Uncounted).await;
    }

    /// Tries again: (1) the try is written down first, so that one that dies is one less, and of two
    /// at once only one goes on; (2) results whose addresses may have died are asked for anew; (3) the
    /// last of the tries settles for what there is. Only the download is ever repeated, never the
    /// generation.
    pub(super) async fn deliver_again(&self, job: &Job, results: &[String]) {
        let (attempt, tries) = (job.attempt_id(), job.checks);
        let event = Event::DeliveryDelayed { tries };
        match self.advance(job.account, job.id, None, event).await {
            Ok(Reply::Moved {
                state: State::Storing,
                ..
            }) => {}
            Ok(_) => return self.remove_if_deleted(job.account, job.id).await,
            Err(error) => return log::error!("{}: {error}; the sweep will try again", job.id), // (1)
        }
        let results = self.fresh_results(&job.attempt, results).await; // (2)
        let delivery = self
            .bring_all(attempt, &results, job.count, (tries, 1))
            .await;
        self.conclude(attempt, delivery, tries, Try::Counted).await; // (3)
    }

    /// Writes down what a delivery came to. For a job that was deleted meanwhile nothing stays
    /// stored.
    async fn conclude(&self, attempt: AttemptId, delivery: Delivery, tries: u32, tried: Try) {
        let event = match self.outcome(attempt, delivery, tries).await {
            Some(event) => event,
            None if tried == Try::Counted => return,
            None => Event::DeliveryDelayed { tries },
        };
        match self
            .advance(attempt.account, attempt.job, None, event)
            .await
        {
            Ok(Reply::Moved {
                state: State::Completed | State::Storing | State::Failed,
                is_deleted: false,
                ..
            }) => {}
            Ok(other) => {
                log::info!("{}: a delivery completed nothing: {other:?}", attempt.job);
                self.remove_if_deleted(attempt.account, attempt.job).await;
            }
            Err(error) => log::error!("{}: {error}; the sweep will deliver again", attempt.job),
        }
    }

    /// What a delivery means for its job; `None` if it is to be tried again: (1) what may come from
    /// where results are fetched is waited for first; (2) then what an operator may let in; (3) what
    /// there is then is all there is.
    async fn outcome(&self, attempt: AttemptId, delivery: Delivery, tries: u32) -> Option<Event> {
        let why = delivery.later.iter().chain(&delivery.incomplete);
        let why = why.chain(&delivery.never).map(String::as_str);
        let why = why.collect::<Vec<_>>().join("; ");
        if !why.is_empty() {
            log::warn!("{}: not all pictures came home: {why}", attempt.job);
        }
        let is_last = tries.saturating_add(1) >= MAX_TRIES;
        if delivery.may_still_come() && !is_last {
            return None; // (1)
        }
        match self.wait_for_hosts(attempt, &delivery).await {
            Ok(Some(event)) => return Some(event), // (2)
            Ok(None) => {}
            Err(error) => {
                log::error!("{}: {error}; the sweep will try again", attempt.job);
                return None;
            }
        }
        Some(if delivery.home.is_empty() {
            Event::Undeliverable { detail: why } // (3)
        } else {
            let images = delivery.home;
            Event::Stored { images }
        })
    }

    /// Brings as many pictures home as were asked for. A result that can never be had, is broken, or is
    /// on a host that is not listed, is made up for by one that the provider made beyond that.
    async fn bring_all(
        &self,
        attempt: AttemptId,
        results: &[String],
        count: u8,
        (tries, at_once): (u32, usize),
    ) -> Delivery {
        let count = usize::from(count);
        let most = count.saturating_mul(MAX_SPARE.into());
        let mut results = (0..MAX_POSITIONS).zip(results).take(most);
        let mut delivery = Delivery {
            wanted: count,
            ..Delivery::default()
        };
        loop {
            let found = delivery.home.len().saturating_add(delivery.later.len());
            let next = results.by_ref().take(count.saturating_sub(found));
            let each = next.map(|(position, from)| self.bring_home(attempt, position, from, tries));
            let each: Vec<_> = each.collect();
            if each.is_empty() {
                if delivery.home.len() >= count {
                    delivery.unlisted.clear();
                }
                return delivery;
            }
            let brought: Vec<_> = iter(each).buffered(at_once).collect().await;
            for brought in brought {
                match brought {
                    Brought::Home(image) => delivery.home.push(image),
                    Brought::Later(why) => delivery.later.push(why),
                    Brought::Incomplete(why) => delivery.incomplete.push(why),
                    Brought::Never(why) => delivery.never.push(why),
                    Brought::Unlisted { host, why } => {
                        delivery.unlisted.insert(host);
                        delivery.never.push(why);
                    }
                }
            }
        }
    }

    /// Stores one picture. One that is stored is home, whatever has become of its address; after too
    /// many tries nothing else counts.
    async fn bring_home(
        &self,
        attempt: AttemptId,
        position: u8,
        from: &str,
        tries: u32,
    ) -> Brought {
        let key = picture_key(attempt.job, position);
        if tries > 0
            && let Some(home) = self.at_home(&key, position).await
        {
            return Brought::Home(home);
        }
        if tries >= MAX_TRIES {
            return Brought::Never(format!("{MAX_TRIES} deliveries did not come back"));
        }
        match self.download(&key, position, from).await {
            Brought::Home(home) => Brought::Home(home),
            lost => {
                let home = self.at_home(&key, position).await;
                home.map_or(lost, Brought::Home)
            }
        }
    }

    async fn at_home(&self, key: &str, position: u8) -> Option<StoredImage> {
        match self.ports.pictures.look(key).await {
            Ok(found) => found.map(|(head, bytes)| stored(position, head, bytes)),
            Err(error) => {
                log::warn!("{key}: {error}");
                None
            }
        }
    }

    /// Fetches one picture: each hop's address must be one that results may come from.
    async fn download(&self, key: &str, position: u8, from: &str) -> Brought {
        let mut address = from.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let url = match self.config.admit_result(&address) {
                Ok(url) => url,
                Err(inadmissible) => {
                    let why = format!("{} {inadmissible}", nameable(&address));
                    return match inadmissible {
                        Inadmissible::Unlisted { host } => Brought::Unlisted { host, why },
                        _ => Brought::Never(why),
                    };
                }
            };
            match self.ports.pictures.fetch(key, &url, MAX_RESULT_BYTES).await {
                Ok(Fetched::Stored { head, bytes }) => {
                    return Brought::Home(stored(position, head, bytes));
                }
                Ok(Fetched::Redirect { to }) => address = to,
                Err(error @ FetchError::Unacceptable(_)) => {
                    return Brought::Never(format!("{}: {error}", nameable(&address)));
                }
                Err(error @ FetchError::Incomplete(_)) => {
                    return Brought::Incomplete(format!("{}: {error}", nameable(&address)));
                }
                Err(error @ (FetchError::Gone(_) | FetchError::Broken(_))) => {
                    return Brought::Later(format!("{}: {error}", nameable(&address)));
                }
            }
        }
        Brought::Never(format!(
            "{} redirects more than {MAX_REDIRECTS} times",
            nameable(from)
        ))
    }

    /// The task's results, fresh from the provider, or else those that were written down.
    async fn fresh_results(&self, at: &Attempt, known: &[String]) -> Vec<String> {
        let Some((route, task)) = self.task(at) else {
            return known.to_vec();
        };
        match self.ask(route, &task, super::sweep::ASK_TIMEOUT).await {
            provider::Report::Succeeded { results, .. } => results,
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
