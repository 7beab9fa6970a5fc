//! What a provider reports, as an event of the job.

use std::time::Duration;

use crate::config::ProviderConfig;
use crate::domain::job::{Event, Job};
use crate::provider::{self, Report};

/// The event of a submission whose answer is not known. From a provider that is no longer configured nothing
/// more is expected.
pub(super) fn submission_unknown(provider: Option<&ProviderConfig>, detail: String) -> Event {
    Event::SubmissionUnknown {
        detail,
        health: None,
        can_be_found: provider.is_some_and(|provider| provider.codec.capabilities().find),
        callback_possible_for: provider
            .map_or(Duration::ZERO, ProviderConfig::callback_possible_for),
    }
}

/// The same event with the polls that were made before, if it counts as one.
pub(super) fn counted(mut event: Event, job: &Job) -> Event {
    if let Event::PollInconclusive { poll_count, .. } = &mut event {
        *poll_count = job.lifecycle.state.poll_count();
    }
    event
}

/// A report as an event of the job.
pub(super) fn event_of(provider: &ProviderConfig, task_id: &str, report: Report) -> Event {
    let task_id = task_id.to_owned();
    let inconclusive = |not_found| Event::PollInconclusive {
        not_found,
        poll_count: None,
    };
    match report {
        Report::Succeeded { results, cost } => Event::Succeeded {
            task_id,
            results,
            cost: cost.and_then(|cost| provider.in_credits(cost)),
            stored: Vec::new(),
        },
        Report::Failed { reason, detail } => Event::Failed {
            task_id: Some(task_id),
            reason: provider::reason_told(reason, &detail),
            detail,
        },
        Report::Canceled => Event::CancelConfirmed { task_id },
        Report::Running { percent } => Event::Progressed {
            task_id: Some(task_id),
            percent,
            polled: false,
        },
        Report::NotFound => inconclusive(true),
        Report::Finished | Report::Unreadable { .. } => inconclusive(false),
    }
}
