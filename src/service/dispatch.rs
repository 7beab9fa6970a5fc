//! Submitting a job to a provider, and to the next one where that is safe.

use std::sync::Arc;
use std::time::Duration;

use super::accounts::JobEvents;
use super::ask::Providers;
use super::candidates::Candidates;
use super::perform::{Continue, Executor};
use super::pictures::Links;
use super::reported::submission_unknown;
use crate::config::ProviderConfig;
use crate::domain::account::{Refused, Reply};
use crate::domain::health::Health;
use crate::domain::job::{AttemptId, CheckedRequest, Event, FailureCode, StateName};
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::provider::{Created, Submission, Unavailable, reason_told};

/// All submissions of a job together: what follows lives in `waitUntil`, which ends after 30 s, and
/// the account has to be told what came of it.
const DISPATCH_BUDGET: Duration = Duration::from_secs(22);

/// No provider answers in less; a submission that cannot have this long is not begun.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// What became of a submission.
enum Submitted {
    /// The job goes on, or is over.
    Decided(Event),
    /// The provider certainly does not have it; another one may be asked.
    NotTaken {
        /// What the user is told if no other one does it.
        reason: FailureCode,
        detail: String,
        health: Option<Health>,
    },
}

/// Submits jobs. What comes of it goes through the executor.
#[derive(Clone)]
pub(super) struct Dispatch {
    executor: Executor,
    events: JobEvents,
    providers: Providers,
    links: Links,
    clock: Arc<dyn Clock>,
}

impl Dispatch {
    pub(super) fn new(
        executor: Executor,
        events: JobEvents,
        providers: Providers,
        links: Links,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            executor,
            events,
            providers,
            links,
            clock,
        }
    }

    /// Submits a job whose attempt at its first model is recorded already: (1) ask the
    /// provider; (2) tell the account what it said; (3) if the account has opened an attempt at
    /// the next candidate, go on with that. A lost answer is never followed by another submission, nor
    /// is the request of its user to cancel it: a provider that has accepted it is then asked to stop.
    pub(super) async fn dispatch(
        &self,
        mut attempt: AttemptId,
        request: CheckedRequest,
        mut candidates: Candidates,
        deadline: Timestamp,
    ) {
        let end = self.clock.now().plus(DISPATCH_BUDGET);
        let mut current = Some(request);
        while let Some(request) = current {
            let submitted = self.submit(attempt, &request, deadline, end).await; // (1)
            let next = self.conclude_submission(attempt, submitted, &mut candidates);
            current = next.await.map(|(request, ordinal)| {
                attempt.ordinal = ordinal; // (2)
                request // (3)
            });
        }
    }

    async fn submit(
        &self,
        attempt: AttemptId,
        checked: &CheckedRequest,
        deadline: Timestamp,
        end: Timestamp,
    ) -> Submitted {
        let name = checked.model().provider;
        let unsent = |detail| Submitted::NotTaken {
            reason: FailureCode::ProviderUnavailable,
            detail,
            health: None,
        };
        let Some(provider) = self.providers.get(name) else {
            return unsent(format!("{name} is not configured"));
        };
        let left = end.since(self.clock.now());
        if left < LEAST_TIME {
            return unsent(format!("no time was left to ask {name}"));
        }
        let request = match self.submission(provider, attempt, checked, deadline) {
            Ok(request) => request,
            Err(error) => return unsent(format!("the request cannot be built: {error}")),
        };
        let answer = self.providers.send(request, left).await;
        let created = answer.map(|response| provider.codec.read_created(&response));
        let created = created.unwrap_or_else(|error| Created::Unknown {
            detail: error.to_string(),
        });
        submitted(provider, checked.model().id, created)
    }

    fn submission(
        &self,
        provider: &ProviderConfig,
        attempt: AttemptId,
        checked: &CheckedRequest,
        deadline: Timestamp,
    ) -> Result<http::Request<bytes::Bytes>, http::Error> {
        let (name, request) = (provider.codec.name(), &checked.request);
        let link = |upload| self.links.upload(upload, deadline);
        let (photo, garment) = (link(request.photo), request.garment.map(link));
        let submission = Submission {
            model: checked.model(),
            vendor_id: &checked.listing.vendor_id,
            reference: &attempt.reference(),
            photo_url: &photo,
            garment_url: garment.as_deref(),
            prompt: request.prompt.as_deref(),
            aspect_ratio: request.aspect_ratio.as_deref(),
            options: request.options,
            count: request.count,
            callback_url: &self.links.callback(name, attempt),
        };
        provider.codec.create(&provider.access, &submission)
    }

    /// Tells the account what became of a submission. If another candidate may do the job, the
    /// answer is that candidate and its attempt; one whose circuit is open is passed over.
    async fn conclude_submission(
        &self,
        attempt: AttemptId,
        submitted: Submitted,
        candidates: &mut Candidates,
    ) -> Option<(CheckedRequest, u8)> {
        let AttemptId { job, ordinal, .. } = attempt;
        loop {
            let next = match &submitted {
                Submitted::Decided(_) => None,
                Submitted::NotTaken { .. } => candidates.next().await,
            };
            let event = submitted.event(next.as_ref());
            let executor = &self.executor;
            let mut reply = executor
                .apply(attempt, event.clone(), Continue::Awaited)
                .await;
            if reply.is_err() {
                // What the provider said is known only here, so the account is told once more.
                reply = executor.apply(attempt, event, Continue::Awaited).await;
            }
            match reply {
                Ok(Reply::Moved {
                    state: StateName::Dispatching,
                    attempt: ordinal,
                    should_stop,
                    ..
                }) => {
                    if should_stop {
                        self.leave_unsent(AttemptId { ordinal, ..attempt }).await;
                        return None;
                    }
                    return next.map(|request| (request, ordinal));
                }
                Ok(Reply::Refused(Refused::CircuitOpen)) if next.is_some() => {}
                Ok(Reply::Moved { .. }) => return None,
                Ok(reply) => {
                    log::warn!(
                        "event=submission_reply_unexpected job={job} attempt={ordinal} reply=\"{reply:?}\""
                    );
                    return None;
                }
                Err(error) => {
                    log::error!(
                        "event=submission_not_recorded job={job} attempt={ordinal} error=\"{error}\""
                    );
                    return None;
                }
            }
        }
    }

    /// Tells the account that an attempt is not submitted, since its user has canceled the job after
    /// the attempt was opened: that ends the job.
    async fn leave_unsent(&self, attempt: AttemptId) {
        let AttemptId {
            account,
            job,
            ordinal,
        } = attempt;
        let detail = "it was canceled before it was submitted".into();
        let event = Event::Abandoned { detail };
        if let Err(error) = self.events.tell(account, (job, Some(ordinal)), event).await {
            log::error!(
                "event=abandoned_not_recorded job={job} attempt={ordinal} error=\"{error}\""
            );
        }
    }
}

/// A provider's answer to a submission of a job for a model.
fn submitted(provider: &ProviderConfig, model: &str, created: Created) -> Submitted {
    match created {
        Created::Accepted { task_id, cost } => Submitted::Decided(Event::Accepted {
            task_id,
            cost: cost.and_then(|cost| provider.in_credits(cost)),
        }),
        Created::Refused { reason, detail } => match reason_told(reason, &detail) {
            // Another one may get them.
            reason @ FailureCode::InputUnreachable => Submitted::NotTaken {
                reason,
                detail,
                health: Some(Health::Well),
            },
            reason => Submitted::Decided(Event::SubmissionRejected {
                reason,
                detail,
                health: Some(Health::Well),
                next: None,
            }),
        },
        Created::PictureRefused { detail } => Submitted::NotTaken {
            reason: reason_told(FailureCode::InputRefused, &detail),
            detail,
            health: Some(Health::Well),
        },
        Created::Unavailable { detail, cause } => {
            log_unavailable(provider.codec.name(), model, cause, &detail);
            let health = cause.health();
            Submitted::NotTaken {
                reason: FailureCode::ProviderUnavailable,
                detail,
                health,
            }
        }
        Created::Unknown { detail } => {
            let mut event = submission_unknown(Some(provider), detail);
            if let Event::SubmissionUnknown { health, .. } = &mut event {
                *health = Some(Health::Failing);
            }
            Submitted::Decided(event)
        }
    }
}

/// Logs what an operator has to mend; what passes by itself is only counted.
fn log_unavailable(provider: &str, model: &str, cause: Unavailable, detail: &str) {
    match cause {
        Unavailable::Misconfigured => {
            log::error!("event=provider_misconfigured provider={provider} detail=\"{detail}\"");
        }
        Unavailable::ModelMissing => {
            log::error!(
                "event=provider_model_missing provider={provider} model={model} detail=\"{detail}\""
            );
        }
        Unavailable::RateLimited | Unavailable::Down => {}
    }
}

impl Submitted {
    /// What the account is told, with the candidate that may do the job instead.
    fn event(&self, next: Option<&CheckedRequest>) -> Event {
        match self {
            Self::Decided(event) => event.clone(),
            Self::NotTaken {
                reason,
                detail,
                health,
            } => Event::SubmissionRejected {
                reason: *reason,
                detail: detail.clone(),
                health: *health,
                next: next.map(|request| request.model().id.into()),
            },
        }
    }
}
