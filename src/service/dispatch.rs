//! Submitting a job to a provider, and to the next one where that is safe.

use std::time::Duration;

use super::Atelier;
use super::candidates::Candidates;
use crate::config::Route;
use crate::domain::account::{Refused, Reply};
use crate::domain::health::Health;
use crate::domain::job::{AttemptId, Event, FailureCode, State};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::provider::{self, Created, Submission, Trouble};

/// All submissions of a job together: what follows lives in `waitUntil`, which ends after 30 s, and
/// the account has to be told what came of it.
const DISPATCH_BUDGET: Duration = Duration::from_secs(22);

/// No provider answers in less; a submission that cannot have this long is not begun.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// What became of a submission.
enum Submitted {
    /// The job goes on, or is over.
    Decided(Event),
    /// The provider certainly does not have it; another one may take it.
    NotTaken {
        /// What the user is told if nobody takes it.
        reason: FailureCode,
        detail: String,
        health: Option<Health>,
    },
}

impl Atelier {
    /// Submits a job whose attempt at its first model is written down already: (1) ask the
    /// provider; (2) tell the account what it said; (3) if the account has opened an attempt at
    /// the next candidate, go on with that. A lost answer is never followed by another submission, nor
    /// is the wish of its user to take it back: a provider that has taken it is then asked to stop.
    pub(super) async fn dispatch(
        &self,
        mut attempt: AttemptId,
        order: Order,
        mut candidates: Candidates,
        deadline: Timestamp,
    ) {
        let end = self.now().plus(DISPATCH_BUDGET);
        let mut current = Some(order);
        while let Some(order) = current {
            let submitted = self.submit(attempt, &order, deadline, end).await; // (1)
            let next = self.report(attempt, submitted, &mut candidates).await; // (2)
            current = next.map(|(order, ordinal)| {
                attempt.ordinal = ordinal;
                order // (3)
            });
        }
    }

    async fn submit(
        &self,
        attempt: AttemptId,
        order: &Order,
        deadline: Timestamp,
        end: Timestamp,
    ) -> Submitted {
        let name = order.model().provider;
        let unsent = |detail| Submitted::NotTaken {
            reason: FailureCode::ProviderUnavailable,
            detail,
            health: None,
        };
        let Some(route) = self.config.route(name) else {
            return unsent(format!("{name} is not configured"));
        };
        let left = end.since(self.now());
        if left < LEAST_TIME {
            return unsent(format!("no time was left to ask {name}"));
        }
        let request = match self.submission(route, attempt, order, deadline) {
            Ok(request) => request,
            Err(error) => return unsent(format!("the request cannot be built: {error}")),
        };
        let answer = self.ports.http.send(request, left).await;
        let created = answer.map(|response| route.provider.read_created(&response));
        let created = created.unwrap_or_else(|error| Created::Unknown {
            detail: error.to_string(),
        });
        match created {
            Created::Accepted { task_id, cost } => Submitted::Decided(Event::Accepted {
                task_id,
                cost: cost.and_then(|cost| route.in_credits(cost)),
            }),
            Created::Refused { reason, detail } => match provider::reason_told(reason, &detail) {
                // Another one may get them.
                reason @ FailureCode::InputUnreachable => Submitted::NotTaken {
                    reason,
                    detail,
                    health: Some(Health::Well),
                },
                reason => Submitted::Decided(Event::TurnedAway {
                    reason,
                    detail,
                    health: Some(Health::Well),
                    next: None,
                }),
            },
            Created::PictureRefused { detail } => Submitted::NotTaken {
                reason: provider::reason_told(FailureCode::InputRefused, &detail),
                detail,
                health: Some(Health::Well),
            },
            Created::Unavailable { detail, trouble } => {
                match trouble {
                    Trouble::Operator => {
                        log::error!("{name} wants the operator, and takes no jobs: {detail}");
                    }
                    Trouble::Model => log::error!("{name} has no {}: {detail}", order.model().id),
                    Trouble::Busy | Trouble::Broken => {}
                }
                let health = trouble.health();
                Submitted::NotTaken {
                    reason: FailureCode::ProviderUnavailable,
                    detail,
                    health,
                }
            }
            Created::Unknown { detail } => Submitted::Decided(Event::SubmissionUnknown {
                detail,
                health: Some(Health::Failing),
                can_be_found: route.can_find(),
                heard_of_within: route.heard_of_within(),
            }),
        }
    }

    fn submission(
        &self,
        route: &Route,
        attempt: AttemptId,
        order: &Order,
        deadline: Timestamp,
    ) -> Result<http::Request<bytes::Bytes>, http::Error> {
        let name = route.provider.name();
        let token = self.config.seal.callback_token(name, attempt);
        let link = |upload| self.upload_link(upload, deadline);
        let (photo, garment) = (link(order.photo), order.garment.map(link));
        let submission = Submission {
            model: order.model(),
            vendor_id: &order.listing.vendor_id,
            reference: &attempt.reference(),
            photo_url: &photo,
            garment_url: garment.as_deref(),
            prompt: order.prompt.as_deref(),
            aspect_ratio: order.aspect_ratio.as_deref(),
            options: order.options,
            count: order.count,
            callback_url: &format!("{}/v1/webhooks/{name}/{token}", self.config.public_url),
        };
        route.provider.create(&route.access, &submission)
    }

    /// Tells the account what became of a submission. If another candidate may take the job, the
    /// answer is that candidate and its attempt; one that rests is passed over.
    async fn report(
        &self,
        attempt: AttemptId,
        submitted: Submitted,
        candidates: &mut Candidates,
    ) -> Option<(Order, u8)> {
        let AttemptId {
            account,
            job,
            ordinal,
        } = attempt;
        loop {
            let (event, next) = match &submitted {
                Submitted::Decided(event) => (event.clone(), None),
                Submitted::NotTaken {
                    reason,
                    detail,
                    health,
                } => {
                    let next = candidates.next(self).await;
                    let event = Event::TurnedAway {
                        reason: *reason,
                        detail: detail.clone(),
                        health: *health,
                        next: next.as_ref().map(|order| order.model().id.into()),
                    };
                    (event, next)
                }
            };
            let mut reply = self
                .advance(account, job, Some(ordinal), event.clone())
                .await;
            if reply.is_err() {
                // What the provider said is known only here: it is said once more.
                reply = self.advance(account, job, Some(ordinal), event).await;
            }
            match reply {
                Ok(Reply::Moved {
                    state: State::Dispatching,
                    attempt: ordinal,
                    is_taken_back: true,
                    ..
                }) => {
                    self.leave_unsent(AttemptId { ordinal, ..attempt }).await;
                    return None;
                }
                Ok(Reply::Moved {
                    state: State::Dispatching,
                    attempt: ordinal,
                    ..
                }) => return next.map(|order| (order, ordinal)),
                Ok(Reply::Refused(Refused::ProviderResting)) if next.is_some() => {}
                Ok(Reply::Moved {
                    state: State::Running,
                    is_taken_back: true,
                    ..
                }) => {
                    self.stop(account, job).await;
                    return None;
                }
                Ok(Reply::Moved { .. }) => return None,
                Ok(reply) => {
                    log::warn!("{job} attempt {ordinal}: the account answered {reply:?}");
                    return None;
                }
                Err(error) => {
                    log::error!("{job} attempt {ordinal}: {error}; the sweep will see to it");
                    return None;
                }
            }
        }
    }

    /// Tells the account that an attempt is not submitted, since its user has taken the job back after
    /// the attempt was opened: that ends the job.
    async fn leave_unsent(&self, attempt: AttemptId) {
        let AttemptId {
            account,
            job,
            ordinal,
        } = attempt;
        let event = Event::TurnedAway {
            reason: FailureCode::Canceled,
            detail: "it was taken back before it was submitted".into(),
            health: None,
            next: None,
        };
        if let Err(error) = self.advance(account, job, Some(ordinal), event).await {
            log::error!("{job} attempt {ordinal}: {error}; the sweep will see to it");
        }
    }
}
