//! Results on hosts that are not listed. The provider has made them and will be paid, so they are
//! not given up: they wait for an operator as long as the provider keeps them.
//!
//! Until its hold's deadline such a job is charged as any other. After that its credits are released, and
//! what is rescued then is waived. Waiting jobs are not polled one by one: each run of the cron reads which
//! hosts are waited for, and then the jobs of those that are listed by now.

use std::sync::Arc;
use std::time::Duration;

use super::configured::{ListedHosts, ProviderConfigs};
use super::ingest::Ingests;
use crate::domain::job::{AttemptId, Event, Job, SETTLES_BEFORE_DEADLINE, State};
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::provider;
use crate::store::{DueJob, Reader, StoreError};

/// Jobs that one run of the cron adds to the due ones because their hosts are listed by now: a
/// minute's worth of 20 jobs a second, since some providers keep results for an hour.
const MAX_RESCUED: u16 = 1200;

/// How long results are kept by a provider that is not known any more: as short as by any.
const LEAST_KEPT: Duration = Duration::from_hours(1);

/// How long results on unlisted hosts are still waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Whatever else there is.
    Whole,
    /// Only if nothing else is there: the hold ends, or has ended.
    UnlessSomeStored,
    /// No more: the provider has removed them.
    Over,
}

/// Jobs whose results wait for an operator.
#[derive(Clone)]
pub(super) struct Waiting {
    store: Reader,
    providers: ProviderConfigs,
    hosts: ListedHosts,
    clock: Arc<dyn Clock>,
}

impl Waiting {
    pub(super) fn new(
        store: Reader,
        providers: ProviderConfigs,
        hosts: ListedHosts,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            providers,
            hosts,
            clock,
        }
    }

    /// Whether a job is to wait for the hosts that an ingest needs, and says so in the log.
    pub(super) async fn wait_for_hosts(
        &self,
        attempt: AttemptId,
        ingests: &Ingests,
    ) -> Result<Option<Event>, StoreError> {
        if ingests.unlisted.is_empty() {
            return Ok(None);
        }
        let Some(job) = self.store.job(attempt.account, attempt.job).await? else {
            return Ok(None);
        };
        let provider = job.attempt.provider.as_str();
        let kept_for = self.results_kept(provider);
        let has_some = !ingests.stored.is_empty();
        match wait_of(&job, kept_for, self.clock.now()) {
            Wait::Whole => {}
            Wait::UnlessSomeStored if !has_some => {}
            Wait::UnlessSomeStored | Wait::Over => return Ok(None),
        }
        let hosts: Vec<_> = ingests.unlisted.iter().map(String::as_str).collect();
        let hosts = hosts.join(",");
        log::error!(
            "event=result_host_unlisted job={} provider={provider} host={hosts}",
            job.id
        );
        Ok(Some(Event::HostUnlisted {
            hosts,
            kept_for,
            has_some,
        }))
    }

    /// Some of the jobs that wait for hosts which are listed by now. `waited_for` are the hosts of all
    /// that wait, as each job has them.
    pub(super) async fn rescuable(&self, waited_for: &[String]) -> Vec<DueJob> {
        let listed = waited_for.iter().map(String::as_str);
        let listed: Vec<_> = listed.filter(|hosts| self.hosts.has_any(hosts)).collect();
        if listed.is_empty() {
            return Vec::new();
        }
        log::info!("event=result_host_listed host={}", listed.join(","));
        match self.store.waiting_for(&listed, MAX_RESCUED).await {
            Ok(jobs) => jobs,
            Err(error) => {
                log::error!("event=result_host_rescue_failed error=\"{error}\"");
                Vec::new()
            }
        }
    }

    fn results_kept(&self, provider: &str) -> Duration {
        let configured = self.providers.get(provider);
        let codec = configured.map(|provider| provider.codec);
        let codec = codec.or_else(|| provider::by_name(provider));
        codec.map_or(LEAST_KEPT, |codec| codec.timing().results_kept)
    }
}

fn wait_of(job: &Job, kept_for: Duration, now: Timestamp) -> Wait {
    let since = match &job.lifecycle.state {
        State::Storing(storing) => storing.since,
        _ => now,
    };
    let settles_at = job.hold.deadline.minus(SETTLES_BEFORE_DEADLINE);
    if since.plus(kept_for) <= now {
        Wait::Over
    } else if job.hold.closing.is_some() || settles_at <= now {
        Wait::UnlessSomeStored
    } else {
        Wait::Whole
    }
}
