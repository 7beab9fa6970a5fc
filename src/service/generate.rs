//! Asking for a picture: check, price, open, dispatch.

use super::candidates::Candidates;
use super::{Atelier, Error, unexpected};
use crate::domain::account::{Command, Open, Opened, Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{
    Attempt, AttemptId, CheckedRequest, Event, HoldSummary, HoldTimes, Job, Lifecycle, RequestBody,
};
use crate::domain::model::provider_of;
use crate::domain::words::flaw_of_name;
use crate::ports::AccountUnavailable;

/// An idempotency key is the caller's, but not a place to keep things.
const MAX_KEY_CHARS: usize = 255;

/// A job that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// As it is now.
    pub job: Job,
}

impl Atelier {
    /// Opens a job, and goes on to dispatch it whether or not anybody waits: (1) check the request;
    /// (2) open the job, with its hold and its first attempt, at the first provider that does not
    /// rest; (3) dispatch it in the background;
    /// (4) if the account's answer was lost, make sure in the background. The same request under
    /// the same key gives the same job, whatever has become of it and of what is on offer.
    pub async fn generate(
        &self,
        account: AccountId,
        request: &RequestBody,
        key: Option<String>,
    ) -> Result<Placed, Error> {
        check_key(key.as_deref())?;
        let mut checked = match self.check(account, request).await {
            Ok(checked) => checked, // (1)
            Err(Error::Invalid(errors)) => {
                let before = self
                    .find_by_idempotency_key(account, request, key.as_deref())
                    .await?;
                return before.ok_or(Error::Invalid(errors));
            }
            Err(error) => return Err(error),
        };
        let mut candidates = self.candidates(account, &checked);
        let mut open = self.open_command(&checked, key);
        loop {
            let reply = match self.open(account, &open).await {
                Ok(reply) => reply, // (2)
                Err(error) => {
                    let atelier = self.clone();
                    self.ports.background.spawn(Box::pin(async move {
                        atelier
                            .resolve_lost_open(account, checked, candidates, open)
                            .await; // (4)
                    }));
                    return Err(error.into());
                }
            };
            let job = match reply {
                Reply::Opened(opened) => {
                    let job = newly_opened(account, &open, opened);
                    let (atelier, deadline) = (self.clone(), job.hold.deadline);
                    self.ports.background.spawn(Box::pin(async move {
                        let attempt = open.attempt(account);
                        atelier
                            .dispatch(attempt, checked, candidates, deadline)
                            .await; // (3)
                    }));
                    job
                }
                Reply::SameJob { job } => self.job(account, job).await?,
                Reply::Refused(Refused::CircuitOpen) => match candidates.next(self).await {
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
            return Ok(Placed { job });
        }
    }

    /// The job that a request was once taken for, though it could not be taken now.
    async fn find_by_idempotency_key(
        &self,
        account: AccountId,
        request: &RequestBody,
        key: Option<&str>,
    ) -> Result<Option<Placed>, Error> {
        if key.is_none() {
            return Ok(None);
        }
        match self.store.find_job(account, None, key).await? {
            None => Ok(None),
            Some((_, None)) => Err(Error::KEY_OF_DELETED),
            Some((job, Some(known))) if known == request.fingerprint() => {
                let job = self.job(account, job).await?;
                Ok(Some(Placed { job }))
            }
            Some(_) => Err(Error::IdempotencyMismatch),
        }
    }

    async fn open(&self, account: AccountId, open: &Open) -> Result<Reply, AccountUnavailable> {
        let command = Command::Open(Box::new(open.clone()));
        self.ports.accounts.call(account, command).await
    }

    /// After an answer that was lost: the job may be there, and nobody else will ever dispatch it.
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
            self.open(account, &open).await
        } else {
            let detail = "its user was told that it failed".into();
            let event = Event::Abandoned { detail };
            self.tell_account(account, (open.job, Some(1)), event).await
        };
        match outcome {
            Ok(Reply::Opened(opened)) => {
                let attempt = open.attempt(account);
                self.dispatch(attempt, checked, candidates, opened.deadline)
                    .await;
            }
            Ok(_) => {}
            Err(error) => log::error!("event=open_unresolved job={} error=\"{error}\"", open.job),
        }
    }

    fn open_command(&self, checked: &CheckedRequest, key: Option<String>) -> Open {
        Open {
            job: JobId::new(self.ports.clock.now(), self.ports.random.bits()),
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

/// A job as it is right after it was opened, so that nobody has to read it.
fn newly_opened(account: AccountId, open: &Open, opened: Opened) -> Job {
    let Opened {
        amount,
        opened_at,
        deadline,
        receipt,
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
