//! The state that an event leads to: one total function, a part of it for each state.

use super::event::Event;
use super::failure::FailureCode;
use super::record::StoredImage;
use super::state::{
    FinalPoll, HoldTimes, Lifecycle, Polls, SETTLES_BEFORE_DEADLINE, SUBMITTED_WITHIN, State,
    Storing, Uncertain, Waiting,
};
use crate::domain::time::Timestamp;

/// The count of ingests when a job begins to wait for a host: once the host is listed, it has all retries
/// but the first.
const FIRST_TRY: u32 = 1;

/// Why an event leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmoved {
    /// The job is over; the first end is the end.
    Over,
    /// The event says what is known already.
    Already,
    /// The event contradicts what is known, or comes before what it depends on.
    OutOfTurn,
}

/// The state that an event leads to, which may be the same one.
pub(super) fn transition(
    job: &Lifecycle,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<State, Unmoved> {
    if matches!(event, Event::DiscardedAfterDeletion { .. }) && !job.is_deleted {
        return Err(Unmoved::OutOfTurn); // Nobody pays for a picture that they want and do not get.
    }
    match &job.state {
        State::Dispatching => dispatching(job.should_stop(), event, hold, now),
        State::Running(polls) => running(job.should_stop(), *polls, event, hold, now),
        State::Uncertain(uncertain) => {
            self::uncertain(job.should_stop(), *uncertain, event, hold, now)
        }
        State::Storing(storing) => self::storing(job.should_stop(), storing, event, hold, now),
        State::Expired { final_poll } => expired(*final_poll, event, now),
        State::Completed { .. } | State::Failed { .. } | State::Canceled => Err(Unmoved::Over),
    }
}

fn dispatching(
    should_stop: bool,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<State, Unmoved> {
    match event {
        Event::Accepted { .. } | Event::Progressed { .. } => Ok(State::Running(Polls::default())),
        Event::SubmissionRejected { .. } | Event::Abandoned { .. } if should_stop => {
            Ok(State::Canceled)
        }
        Event::SubmissionRejected { next: Some(_), .. } => Ok(State::Dispatching),
        Event::SubmissionRejected { reason, .. } => Ok(State::Failed { reason: *reason }),
        Event::Abandoned { .. } => Ok(State::Failed {
            reason: FailureCode::ProviderUnavailable,
        }),
        Event::SubmissionUnknown {
            can_be_found,
            callback_possible_for,
            ..
        } => Ok(State::Uncertain(Uncertain {
            polls: Polls::default(),
            can_be_found: *can_be_found,
            until: hold.map(|hold| {
                let begun_by = hold.opened_at.plus(SUBMITTED_WITHIN);
                begun_by.plus(*callback_possible_for)
            }),
        })),
        Event::CancelRequested if should_stop => Err(Unmoved::Already),
        // The submission may be on its way already: a hold that was released now could not pay for it.
        Event::CancelRequested => Ok(State::Dispatching),
        Event::DeadlinePassed => Ok(State::Expired { final_poll: None }),
        _ => with_provider(event, hold, now),
    }
}

fn running(
    should_stop: bool,
    polls: Polls,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<State, Unmoved> {
    let not_found = FailureCode::GenerationFailed;
    match event {
        Event::Progressed { polled: true, .. } => Ok(State::Running(Polls {
            poll_count: polls.poll_count.saturating_add(1),
            not_found_count: 0,
        })),
        Event::Accepted { .. } | Event::Progressed { .. } => Ok(State::Running(Polls {
            not_found_count: 0,
            ..polls
        })),
        Event::PollInconclusive {
            not_found: said, ..
        } => Ok(polls
            .inconclusive(*said)
            .map_or(State::Failed { reason: not_found }, State::Running)),
        Event::SubmissionUnknown { .. } => Err(Unmoved::Already),
        Event::CancelRequested if should_stop => Err(Unmoved::Already),
        Event::CancelRequested => Ok(State::Running(polls)),
        Event::DeadlinePassed => Ok(State::Expired {
            final_poll: Some(FinalPoll::first(now)),
        }),
        _ => with_provider(event, hold, now),
    }
}

fn uncertain(
    should_stop: bool,
    uncertain: Uncertain,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<State, Unmoved> {
    match event {
        Event::Accepted { .. } | Event::Progressed { .. } => Ok(State::Running(Polls::default())),
        Event::PollInconclusive { not_found, .. } => {
            let Some(polls) = uncertain.polls.inconclusive(*not_found) else {
                // It was never there.
                return Ok(State::Failed {
                    reason: FailureCode::ProviderUnavailable,
                });
            };
            if uncertain.until.is_some_and(|until| until <= now) {
                // As at the deadline: a late success is ingested, and waived.
                return Ok(State::Expired { final_poll: None });
            }
            Ok(State::Uncertain(Uncertain { polls, ..uncertain }))
        }
        Event::SubmissionUnknown { .. } => Err(Unmoved::Already),
        Event::CancelRequested if should_stop => Err(Unmoved::Already),
        Event::CancelRequested => Ok(State::Uncertain(uncertain)),
        Event::DeadlinePassed => Ok(State::Expired { final_poll: None }),
        _ => with_provider(event, hold, now),
    }
}

/// The transitions that `dispatching`, `running` and `uncertain` share. All events that neither the state
/// nor this handles are out of turn.
fn with_provider(event: &Event, hold: Option<HoldTimes>, now: Timestamp) -> Result<State, Unmoved> {
    match event {
        Event::Succeeded {
            results, stored, ..
        } => Ok(succeeded(results, stored, hold, now)),
        Event::Failed { reason, .. } => Ok(State::Failed { reason: *reason }),
        Event::CancelConfirmed { .. } => Ok(State::Canceled),
        Event::DiscardedAfterDeletion { made, .. } => Ok(discarded(*made)),
        Event::FinalPolled { .. }
        | Event::Stored { .. }
        | Event::IngestRetried { .. }
        | Event::HostUnlisted { .. }
        | Event::IngestFailed { .. }
        | Event::Accepted { .. }
        | Event::Progressed { .. }
        | Event::PollInconclusive { .. }
        | Event::SubmissionRejected { .. }
        | Event::Abandoned { .. }
        | Event::SubmissionUnknown { .. }
        | Event::CancelRequested
        | Event::DeadlinePassed => Err(Unmoved::OutOfTurn),
    }
}

fn storing(
    should_stop: bool,
    storing: &Storing,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<State, Unmoved> {
    let with = |ingest_attempts, waiting| {
        Ok(State::Storing(Storing {
            ingest_attempts,
            waiting,
            ..storing.clone()
        }))
    };
    match event {
        // Of a set without a picture there is nothing to complete with.
        Event::Stored { images } if images.is_empty() => Err(Unmoved::OutOfTurn),
        Event::Stored { .. } => Ok(completed(hold)),
        Event::Succeeded { stored, .. } if !stored.is_empty() => Ok(completed(hold)),
        Event::IngestRetried { attempts } => with(attempts.saturating_add(1), None),
        Event::HostUnlisted {
            hosts,
            kept_for,
            has_some,
        } => {
            let kept_until = storing.since.plus(*kept_for);
            let hosts = hosts.clone();
            let until = waits_until(kept_until, *has_some, now, hold);
            with(FIRST_TRY, Some(Waiting { hosts, until }))
        }
        Event::IngestFailed { .. } => Ok(State::Failed {
            reason: FailureCode::ResultLost,
        }),
        Event::DiscardedAfterDeletion { made, .. } => Ok(discarded(*made)),
        Event::CancelRequested if should_stop => Err(Unmoved::Already),
        Event::CancelRequested => Ok(State::Storing(storing.clone())),
        // Pictures that are made already are still stored, though nobody pays for them now.
        Event::DeadlinePassed
        | Event::Accepted { .. }
        | Event::Progressed { .. }
        | Event::SubmissionUnknown { .. }
        | Event::Succeeded { .. } => Err(Unmoved::Already),
        Event::SubmissionRejected { .. }
        | Event::Abandoned { .. }
        | Event::PollInconclusive { .. }
        | Event::FinalPolled { .. }
        | Event::Failed { .. }
        | Event::CancelConfirmed { .. } => Err(Unmoved::OutOfTurn),
    }
}

fn expired(final_poll: Option<FinalPoll>, event: &Event, now: Timestamp) -> Result<State, Unmoved> {
    match event {
        // A success is never thrown away: after the deadline it is ingested, and waived.
        Event::Succeeded {
            results, stored, ..
        } => Ok(succeeded(results, stored, None, now)),
        Event::FinalPolled { answered, .. } => Ok(State::Expired {
            final_poll: final_poll
                .filter(|_| !answered)
                .and_then(|poll| poll.unanswered(now)),
        }),
        Event::Accepted { .. }
        | Event::SubmissionRejected { .. }
        | Event::Abandoned { .. }
        | Event::SubmissionUnknown { .. }
        | Event::PollInconclusive { .. }
        | Event::Progressed { .. }
        | Event::Failed { .. }
        | Event::Stored { .. }
        | Event::IngestRetried { .. }
        | Event::HostUnlisted { .. }
        | Event::IngestFailed { .. }
        | Event::DiscardedAfterDeletion { .. }
        | Event::CancelRequested
        | Event::CancelConfirmed { .. }
        | Event::DeadlinePassed => Err(Unmoved::Over),
    }
}

/// After a success: its pictures are stored, or being stored.
fn succeeded(
    results: &[String],
    stored: &[StoredImage],
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> State {
    match stored {
        [] => State::Storing(Storing::begun(results.to_vec(), now)),
        _ => completed(hold),
    }
}

/// With its pictures; nobody pays for them once its hold has ended.
const fn completed(hold: Option<HoldTimes>) -> State {
    State::Completed {
        waived: hold.is_none(),
    }
}

/// Nothing is stored for a deleted job. What the provider has made is charged, so that nobody can have it
/// work for free by deleting their account.
const fn discarded(made: u8) -> State {
    match made {
        0 => State::Canceled,
        _ => State::Completed { waived: false },
    }
}

/// When a job that waits for a host to be listed is due: just before its hold's deadline if there
/// are pictures to settle, then at the deadline, and once the provider keeps its results no longer.
fn waits_until(
    kept_until: Timestamp,
    has_some: bool,
    now: Timestamp,
    hold: Option<HoldTimes>,
) -> Timestamp {
    let Some(HoldTimes { deadline, .. }) = hold else {
        return kept_until;
    };
    let settles_at = deadline.minus(SETTLES_BEFORE_DEADLINE);
    let until = if has_some && now < settles_at {
        settles_at
    } else {
        deadline
    };
    kept_until.min(until)
}
