//! Submitting a job to a provider, and to the next one where that is safe.

use std::time::Duration;

use super::Atelier;
use crate::account::Reply;
use crate::config::Route;
use crate::domain::job::{AttemptId, Event, FailureCode, State};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::provider::{Created, Submission};

/// All submissions of a job together: what follows lives in `waitUntil`, which ends after 30 s, and
/// the account has to be told what came of it.
const DISPATCH_BUDGET: Duration = Duration::from_secs(22);

/// No provider answers in less; a submission that cannot have this long is not begun.
const LEAST_TIME: Duration = Duration::from_secs(5);

impl Atelier {
    /// Submits a job whose attempt is written down already: (1) ask the provider; (2) tell the
    /// account what it said; (3) if the account has opened an attempt with the next provider, go on
    /// with that. A lost answer is never followed by another submission.
    pub(super) async fn dispatch(
        &self,
        mut attempt: AttemptId,
        order: Order,
        mut provider: String,
        deadline: Timestamp,
    ) {
        let end = self.now().plus(DISPATCH_BUDGET);
        loop {
            let left = end.since(self.now());
            let event = match self.config.route(&provider) {
                Some(route) if left >= LEAST_TIME => {
                    self.submit(route, attempt, &order, deadline, left).await // (1)
                }
                Some(_) => Event::TurnedAway {
                    reason: FailureCode::ProviderUnavailable,
                    detail: format!("no time was left to ask {provider}"),
                    next: None,
                },
                None => Event::TurnedAway {
                    reason: FailureCode::ProviderUnavailable,
                    detail: format!("{provider} is not configured"),
                    next: None,
                },
            };
            let next = match &event {
                Event::TurnedAway { next, .. } => next.clone(),
                _ => None,
            };
            let (job, ordinal) = (attempt.job, attempt.ordinal);
            match self
                .advance(attempt.account, job, Some(ordinal), event)
                .await
            {
                Ok(Reply::Moved {
                    state: State::Dispatching,
                    attempt: ordinal,
                }) => {
                    attempt.ordinal = ordinal; // (3)
                }
                Ok(Reply::Moved { .. }) => return, // (2)
                Ok(reply) => {
                    return log::warn!("{job} attempt {ordinal}: the account answered {reply:?}");
                }
                Err(error) => {
                    return log::error!(
                        "{job} attempt {ordinal}: {error}; the sweep will see to it"
                    );
                }
            }
            match next {
                Some(name) => provider = name,
                None => return,
            }
        }
    }

    async fn submit(
        &self,
        route: &Route,
        attempt: AttemptId,
        order: &Order,
        deadline: Timestamp,
        timeout: Duration,
    ) -> Event {
        let name = route.provider.name();
        let unsent = |detail: String| Event::TurnedAway {
            reason: FailureCode::ProviderUnavailable,
            detail,
            next: self.next_after(name, order),
        };
        let Some(order) = route
            .provider
            .models()
            .iter()
            .find_map(|model| fitting(order, model))
        else {
            return unsent(format!("{name} has no model for this order"));
        };
        let token = self.config.seal.callback_token(name, attempt);
        let link = |upload| self.upload_link(attempt.account, upload, deadline);
        let (photo, garment) = (link(order.photo), order.garment.map(link));
        let submission = Submission {
            model: order.model,
            photo_url: &photo,
            garment_url: garment.as_deref(),
            prompt: order.prompt.as_deref(),
            aspect_ratio: order.aspect_ratio.as_deref(),
            count: order.count,
            callback_url: &format!("{}/v1/webhooks/{name}/{token}", self.config.public_url),
        };
        let request = match route.provider.create(&route.access, &submission) {
            Ok(request) => request,
            Err(error) => return unsent(format!("the request cannot be built: {error}")),
        };
        let answer = self.ports.http.send(request, timeout).await;
        match answer.map(|response| route.provider.read_created(&response)) {
            Ok(Created::Accepted { task_id }) => Event::Accepted { task_id },
            Ok(Created::Refused { reason, detail }) => Event::TurnedAway {
                reason,
                detail,
                next: None,
            },
            Ok(Created::Unavailable { detail, operator }) => {
                if operator {
                    log::error!("{name} wants the operator: {detail}");
                }
                unsent(detail)
            }
            Ok(Created::Unknown { detail }) => Event::SubmissionUnknown { detail },
            Err(error) => Event::SubmissionUnknown {
                detail: error.to_string(),
            },
        }
    }

    /// The provider after `name` in the list that has a model for the order.
    fn next_after(&self, name: &str, order: &Order) -> Option<String> {
        let after = self
            .config
            .providers
            .iter()
            .skip_while(|route| route.provider.name() != name)
            .skip(1);
        let mut able = after.filter(|route| {
            route
                .provider
                .models()
                .iter()
                .any(|model| fitting(order, model).is_some())
        });
        able.next().map(|route| route.provider.name().to_owned())
    }
}

/// The order at a model: at its own as it is, at another provider's if that can serve it. The price
/// stays.
fn fitting(order: &Order, model: &'static crate::domain::model::Model) -> Option<Order> {
    if order.model.provider == model.provider {
        (order.model.id == model.id).then(|| order.clone())
    } else {
        order.at(model)
    }
}
