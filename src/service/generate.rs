//! Asking for a picture: check, price, open, dispatch.

use std::sync::Arc;

use super::User;
use super::accounts::Openings;
use super::candidates::{Candidates, Requests};
use super::content::Screen;
use super::dispatch::Dispatch;
use super::error::{Error, unexpected};
use super::ids::Ids;
use super::jobs::Jobs;
use crate::domain::account::{Open, Opened, Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{
    Attempt, AttemptId, CheckedRequest, HoldSummary, HoldTimes, Job, Lifecycle, RequestBody,
};
use crate::domain::model::provider_of;
use crate::domain::words::flaw_of_name;
use crate::ports::Background;
use crate::store::Reader;

/// A longer idempotency key is refused.
const MAX_KEY_CHARS: usize = 255;

/// Opens jobs, and has them dispatched.
#[derive(Clone)]
pub struct Generations {
    requests: Requests,
    screen: Screen,
    store: Reader,
    openings: Openings,
    jobs: Jobs,
    dispatch: Dispatch,
    background: Arc<dyn Background>,
    ids: Ids,
}

impl Generations {
    pub(super) fn new(
        (requests, screen, store): (Requests, Screen, Reader),
        openings: Openings,
        jobs: Jobs,
        dispatch: Dispatch,
        background: Arc<dyn Background>,
        ids: Ids,
    ) -> Self {
        Self {
            requests,
            screen,
            store,
            openings,
            jobs,
            dispatch,
            background,
            ids,
        }
    }

    /// Opens a job, and goes on to dispatch it whether or not anybody waits: (1) check the request;
    /// (2) open the job, with its hold and its first attempt, at the first provider whose circuit is not
    /// open; (3) dispatch it in the background; (4) if the account's answer was lost, make sure in the
    /// background. The same request under the same key gives the same job, whatever has become of it and of
    /// the models that are sold.
    pub async fn generate(
        &self,
        user: &User,
        request: &RequestBody,
        key: Option<String>,
    ) -> Result<Job, Error> {
        let account = user.account;
        check_key(key.as_deref())?;
        let mut checked = match self.permitted(account, request).await {
            Ok(checked) => checked, // (1)
            Err(refused @ (Error::Invalid(_) | Error::ContentRefused)) => {
                let before = self
                    .find_by_idempotency_key(account, request, key.as_deref())
                    .await?;
                return before.ok_or(refused);
            }
            Err(error) => return Err(error),
        };
        let mut candidates = self.requests.candidates(account, &checked);
        let mut open = self.open_command(&checked, key);
        loop {
            let reply = match self.openings.open(account, &open).await {
                Ok(reply) => reply, // (2)
                Err(error) => {
                    let generations = self.clone();
                    self.background.spawn(Box::pin(async move {
                        generations
                            .resolve_lost_open(account, checked, candidates, open)
                            .await; // (4)
                    }));
                    return Err(error.into());
                }
            };
            let job = match reply {
                Reply::Opened(opened) => {
                    let job = newly_opened(account, &open, opened.clone());
                    let generations = self.clone();
                    self.background.spawn(Box::pin(async move {
                        generations
                            .submit_or_abandon((account, &open), &opened, checked, candidates)
                            .await; // (3)
                    }));
                    job
                }
                Reply::SameJob { job } => self.jobs.of(account, job).await?,
                Reply::Refused(Refused::CircuitOpen) => match candidates.next().await {
                    Some(next) => {
                        open.first = next.model().id.into();
                        checked = next;
                        continue;
                    }
                    None => return Err(Refused::CircuitOpen.into()),
                },
                Reply::Refused(refused) => return Err(refused.into()),
                other => return Err(unexpected(&other)),
            };
            return Ok(job);
        }
    }

    /// A request that may be made: one that a model supports, and that asks for nothing that must not be made.
    async fn permitted(
        &self,
        account: AccountId,
        request: &RequestBody,
    ) -> Result<CheckedRequest, Error> {
        let checked = self.requests.check(account, request).await?;
        self.screen.check(account, &checked.request).await?;
        Ok(checked)
    }

    /// The job that the same request once opened, though it would be refused now.
    async fn find_by_idempotency_key(
        &self,
        account: AccountId,
        request: &RequestBody,
        key: Option<&str>,
    ) -> Result<Option<Job>, Error> {
        if key.is_none() {
            return Ok(None);
        }
        match self.store.find_job(account, None, key).await? {
            None => Ok(None),
            Some((_, None)) => Err(Error::KEY_OF_DELETED),
            Some((job, Some(known))) if known == request.fingerprint() => {
                Ok(Some(self.jobs.of(account, job).await?))
            }
            Some(_) => Err(Error::IdempotencyMismatch),
        }
    }

    /// After an answer that was lost: the job may have been opened, and only this dispatches it.
    /// Its user was told to try again. With a key that will find this job, so it is dispatched;
    /// without one it would be a second job, so this one ends.
    async fn resolve_lost_open(
        &self,
        account: AccountId,
        checked: CheckedRequest,
        candidates: Candidates,
        open: Open,
    ) {
        let outcome = if open.idempotency_key.is_some() {
            self.openings.open(account, &open).await
        } else {
            let detail = "its user was told that it failed";
            self.openings.abandon(account, open.job, detail).await
        };
        match outcome {
            Ok(Reply::Opened(opened)) => {
                self.submit_or_abandon((account, &open), &opened, checked, candidates)
                    .await;
            }
            Ok(_) => {}
            Err(error) => log::error!("event=open_unresolved job={} error=\"{error}\"", open.job),
        }
    }

    /// Dispatches a job that was opened, unless its user has canceled or deleted it before the answer came:
    /// nobody has it yet, so it ends and costs nothing.
    async fn submit_or_abandon(
        &self,
        (account, open): (AccountId, &Open),
        opened: &Opened,
        checked: CheckedRequest,
        candidates: Candidates,
    ) {
        if !opened.should_stop {
            let attempt = open.attempt(account);
            return self
                .dispatch
                .dispatch(attempt, checked, candidates, opened.deadline)
                .await;
        }
        let detail = "it was canceled before it was submitted";
        if let Err(error) = self.openings.abandon(account, open.job, detail).await {
            log::error!("event=open_unresolved job={} error=\"{error}\"", open.job);
        }
    }

    fn open_command(&self, checked: &CheckedRequest, key: Option<String>) -> Open {
        Open {
            job: JobId::new(self.ids.now(), self.ids.bits()),
            request: checked.request.clone(),
            first: checked.model().id.into(),
            idempotency_key: key,
        }
    }
}

impl Open {
    fn attempt(&self, account: AccountId) -> AttemptId {
        AttemptId {
            account,
            job: self.job,
            ordinal: 1,
        }
    }
}

fn check_key(key: Option<&str>) -> Result<(), Error> {
    match key.and_then(|key| flaw_of_name(key, MAX_KEY_CHARS)) {
        None => Ok(()),
        Some(flaw) => Err(Error::Invalid(vec![FieldError::new(
            "Idempotency-Key",
            flaw,
        )])),
    }
}

/// A job as it is right after it was opened, which spares reading it.
fn newly_opened(account: AccountId, open: &Open, opened: Opened) -> Job {
    let Opened {
        amount,
        opened_at,
        deadline,
        receipt,
        should_stop: _,
    } = opened;
    let request = open.request.clone();
    let times = HoldTimes {
        opened_at,
        deadline,
    };
    Job {
        id: open.job,
        account,
        lifecycle: Lifecycle::opened(request.count, request.credits_per_image, times),
        request,
        attempt: Attempt {
            ordinal: 1,
            provider: provider_of(&open.first).into(),
            model: Some(open.first.clone()),
            task_id: None,
        },
        images: Vec::new(),
        thumbnails: Vec::new(),
        hold: HoldSummary {
            amount,
            closing: None,
            settled: Credits::ZERO,
            released: Credits::ZERO,
            opened_at,
            deadline,
            frozen: receipt,
            closed: None,
        },
        images_removed_at: None,
        created_at: opened_at,
        updated_at: opened_at,
    }
}
