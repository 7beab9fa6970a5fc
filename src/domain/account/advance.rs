//! Deciding what an event does to a job and to its money.

use std::borrow::Cow;

use crate::domain::credits::Credits;
use crate::domain::health::Health;
use crate::domain::id::JobId;
use crate::domain::job::{Event, FailureCode, SUBMITTED_WITHIN, State, contradicts, transition};
use crate::domain::ledger::{Draft, Refusal};
use crate::domain::time::Timestamp;

use super::changes::{AttemptMove, JobMove, NewAttempt};
use super::command::Reply;
use super::schedule::{last_look_at, waiting_due_at};
use super::state::OpenJob;

/// A job that waits for a host has had one try, whatever there were before: once the host is listed,
/// the others are its own.
const FIRST_TRY: u32 = 1;

/// An event's effect on a job, beside that on its money, which is in the draft already.
pub(super) struct Effect {
    pub(super) reply: Reply,
    pub(super) moved: Option<JobMove>,
    pub(super) new_attempt: Option<NewAttempt>,
    pub(super) attempt: Option<AttemptMove>,
}

/// Decides an event: (1) was it decided before? (2) is it about the current attempt? (3) is it
/// wanted still, and what does the table of states say? (4) what follows for the money? (5) what is
/// written down?
pub(super) fn advance(
    draft: &mut Draft<'_>,
    id: JobId,
    job: &OpenJob,
    attempt: Option<u8>,
    event: &Event,
) -> Result<Effect, Refusal> {
    let spoken_of = attempt.unwrap_or(job.attempt);
    if let Some(reply) = said_before(job, spoken_of, event) {
        return Ok(Effect {
            reply,
            moved: None,
            new_attempt: None,
            attempt: None,
        }); // (1)
    }
    if let Some(anomaly) = stray(job, spoken_of, event) {
        return Ok(Effect::unmoved(id, job, spoken_of, Some(anomaly))); // (2)
    }
    let is_held = draft.book().hold(id).is_some();
    let event = &*as_wanted(job, is_held, event);
    let Ok(to) = transition(job.state, job.is_taken_back(), event) else {
        let contradicts = contradicts(job.state, event);
        let anomaly = contradicts.then(|| format!("{} after {}", name(event), job.state.name()));
        return Ok(Effect::unmoved(id, job, spoken_of, anomaly)); // (3)
    };
    let on_the_house = move_money(draft, id, job, to, event)?; // (4)
    let hold = draft.book().hold(id);
    let (opened_at, deadline) = (
        hold.map(|hold| hold.opened_at),
        hold.map(|hold| hold.deadline),
    );
    let mut moved = JobMove::new(id, job, to, draft.now(), deadline);
    moved.on_the_house = on_the_house;
    moved.attempt = spoken_of;
    if moved.from == moved.to && !is_look(event) {
        // The sweep goes on as it was going to.
        (moved.checks, moved.due_at) = (job.checks, None);
    }
    let told = learned(event, (id, spoken_of));
    if let Event::SubmissionUnknown {
        heard_of_within, ..
    } = event
        && let Some(opened_at) = opened_at
    {
        let end = opened_at.plus(SUBMITTED_WITHIN).plus(*heard_of_within);
        moved.due_at = moved.due_at.map(|due_at| due_at.min(end));
    }
    let new_attempt = write_down(event, draft.now(), job.missing, deadline, &mut moved); // (5)
    let reply = Reply::Moved {
        state: to,
        attempt: moved.attempt,
        count: job.count,
        is_taken_back: job.is_taken_back() || moved.cancel_requested,
        from: Some(job.state),
        is_deleted: job.is_deleted,
    };
    Ok(Effect {
        reply,
        moved: Some(moved),
        new_attempt,
        attempt: told.says_something().then_some(told),
    })
}

/// What an event comes to for a job that was deleted: what its provider has finished is paid while its
/// hold is open, and not stored. Of a set that is stored by then as many as are; else as many as the
/// provider reports.
fn as_wanted<'a>(job: &OpenJob, is_held: bool, event: &'a Event) -> Cow<'a, Event> {
    if !job.is_deleted {
        return Cow::Borrowed(event);
    }
    let (task_id, cost, made) = match event {
        Event::Succeeded {
            task_id,
            cost,
            results,
        } => (Some(task_id.clone()), *cost, results.len()),
        Event::Unwanted {
            task_id,
            cost,
            made,
        } => (task_id.clone(), *cost, usize::from(*made)),
        Event::Stored { images } => (None, None, images.len()),
        Event::DeliveryDelayed { .. } | Event::HostUnlisted { .. } => (None, None, job.results),
        _ => return Cow::Borrowed(event),
    };
    let made = u8::try_from(made).unwrap_or(u8::MAX).min(job.count);
    Cow::Owned(Event::Unwanted {
        task_id,
        cost,
        made: if is_held { made } else { 0 },
    })
}

impl Effect {
    fn unmoved(id: JobId, job: &OpenJob, attempt: u8, anomaly: Option<String>) -> Self {
        let of = Some((id, attempt));
        let attempt = anomaly.map(|anomaly| AttemptMove {
            of,
            anomaly: Some(anomaly),
            ..AttemptMove::default()
        });
        Self {
            reply: Reply::Unmoved { state: job.state },
            moved: None,
            new_attempt: None,
            attempt,
        }
    }
}

impl AttemptMove {
    fn says_something(&self) -> bool {
        self.task_id.is_some() || self.outcome.is_some() || self.detail.is_some()
    }
}

/// The answer to an event whose first answer was lost, where the state alone does not give it again.
fn said_before(job: &OpenJob, attempt: u8, event: &Event) -> Option<Reply> {
    let state = job.state;
    match event {
        // Only whoever dispatches says this, and has to hear that it must go on.
        Event::TurnedAway { next: Some(_), .. }
            if state == State::Dispatching && attempt.checked_add(1) == Some(job.attempt) =>
        {
            Some(Reply::Moved {
                state,
                attempt: job.attempt,
                count: job.count,
                is_taken_back: job.is_taken_back(),
                from: Some(state),
                is_deleted: job.is_deleted,
            })
        }
        // Two deliveries at once are one try.
        Event::DeliveryDelayed { tries } if *tries != job.checks => Some(Reply::Unmoved { state }),
        _ => None,
    }
}

/// Whether a word is not about what the job is at: another attempt, whose success alone still
/// counts, or a task that is not this attempt's.
fn stray(job: &OpenJob, attempt: u8, event: &Event) -> Option<String> {
    if attempt != job.attempt {
        let counts = matches!(event, Event::Succeeded { .. })
            && job.state != State::Storing
            && attempt < job.attempt;
        return (!counts).then(|| {
            format!(
                "{} of attempt {attempt} while at attempt {}",
                name(event),
                job.attempt
            )
        });
    }
    let said = match event {
        Event::Accepted { task_id, .. }
        | Event::Succeeded { task_id, .. }
        | Event::CancelConfirmed { task_id } => Some(task_id),
        Event::Progressed { task_id, .. }
        | Event::Failed { task_id, .. }
        | Event::Unwanted { task_id, .. } => task_id.as_ref(),
        _ => None,
    };
    let is_other = |said: &str| {
        let known = job.task_id.as_deref();
        known.is_some_and(|known| !is_same_task(known, said))
    };
    let other = said.filter(|said| is_other(said))?;
    Some(format!("{} of task {other}", name(event)))
}

/// Whether two ids are of one task: one may begin with the path to it, which callbacks leave out.
fn is_same_task(one: &str, other: &str) -> bool {
    let is_end = |whole: &str, end: &str| {
        whole
            .strip_suffix(end)
            .is_some_and(|path| path.is_empty() || path.ends_with('/'))
    };
    is_end(one, other) || is_end(other, one)
}

/// Whether an event is what the sweep found when it looked, rather than somebody's word.
const fn is_look(event: &Event) -> bool {
    matches!(
        event,
        Event::Progressed { is_look: true, .. }
            | Event::LookedInVain { .. }
            | Event::LookedAtLast { .. }
            | Event::DeliveryDelayed { .. }
            | Event::HostUnlisted { .. }
            // The next provider is asked: as if it began anew.
            | Event::TurnedAway { .. }
    )
}

/// What a job's new state means for its hold, and whether the house pays. An open hold is settled
/// by a completion, for as many pictures as are stored, and released by any other end.
fn move_money(
    draft: &mut Draft<'_>,
    id: JobId,
    job: &OpenJob,
    to: State,
    event: &Event,
) -> Result<bool, Refusal> {
    let is_held = draft.book().hold(id).is_some();
    match to {
        State::Dispatching | State::Running | State::Uncertain | State::Storing => Ok(false),
        State::Completed => {
            let amount = price_of(job, event)?;
            if is_held {
                draft.settle(id, amount).map(|_| false)
            } else {
                draft.late_success(id, amount).map(|()| true)
            }
        }
        State::Failed | State::Canceled | State::Expired if is_held => {
            draft.release(id).map(|_| false)
        }
        State::Failed | State::Canceled | State::Expired => Ok(false),
    }
}

/// k pictures of the n asked for, at the price that was quoted.
fn price_of(job: &OpenJob, event: &Event) -> Result<Credits, Refusal> {
    let made = match event {
        Event::Stored { images } => u8::try_from(images.len()).map_err(|_| Refusal::OutOfRange)?,
        Event::Unwanted { made, .. } => *made,
        _ => return Err(Refusal::NothingToMove),
    };
    Ok(job.credits_per_image.times(made.min(job.count))?)
}

/// What an event tells about the attempt it is of.
fn learned(event: &Event, of: (JobId, u8)) -> AttemptMove {
    let said;
    let (task_id, outcome, detail, cost, health) = match event {
        Event::Accepted { task_id, cost } => {
            let health = Some(Health::Well);
            (Some(task_id), Some("accepted"), None, *cost, health)
        }
        Event::TurnedAway { detail, health, .. } => {
            (None, Some("turned_away"), Some(detail), None, *health)
        }
        Event::SubmissionUnknown { detail, health, .. } => {
            (None, Some("unknown"), Some(detail), None, *health)
        }
        Event::Progressed { task_id, .. } => (task_id.as_ref(), None, None, None, None),
        Event::Succeeded { task_id, cost, .. } => {
            (Some(task_id), Some("succeeded"), None, *cost, None)
        }
        Event::Unwanted { task_id, cost, .. } => {
            (task_id.as_ref(), Some("succeeded"), None, *cost, None)
        }
        Event::Failed {
            task_id, detail, ..
        } => (task_id.as_ref(), Some("failed"), Some(detail), None, None),
        Event::Undeliverable { detail } => (None, None, Some(detail), None, None),
        Event::HostUnlisted { hosts, .. } => {
            said = format!("the result is on {hosts}, which RESULT_HOSTS does not list");
            (None, None, Some(&said), None, None)
        }
        Event::Unheard
        | Event::LookedInVain { .. }
        | Event::LookedAtLast { .. }
        | Event::Stored { .. }
        | Event::DeliveryDelayed { .. }
        | Event::CancelRequested
        | Event::CancelConfirmed { .. } => (None, None, None, None, None),
    };
    AttemptMove {
        of: Some(of),
        task_id: task_id.cloned(),
        outcome,
        detail: detail.cloned(),
        cost,
        health,
        anomaly: None,
    }
}

/// What an event writes down about the job, and the attempt that follows from it.
fn write_down(
    event: &Event,
    now: Timestamp,
    missing: u32,
    deadline: Option<Timestamp>,
    moved: &mut JobMove,
) -> Option<NewAttempt> {
    match event {
        Event::TurnedAway { .. } if moved.to == State::Canceled => {
            moved.reason = Some(FailureCode::Canceled);
        }
        Event::TurnedAway { reason, next, .. } => {
            let Some(model) = next else {
                moved.reason = Some(*reason);
                return None;
            };
            moved.attempt = moved.attempt.saturating_add(1);
            return Some(NewAttempt {
                job: moved.job,
                ordinal: moved.attempt,
                model: model.clone(),
            });
        }
        Event::SubmissionUnknown { can_be_found, .. } if *can_be_found => moved.look_again(now),
        Event::LookedInVain { is_missing } => {
            moved.missing = missing.saturating_add(u32::from(*is_missing));
            moved.look_again(now);
        }
        Event::Unheard => moved.reason = Some(FailureCode::TimedOut),
        Event::LookedAtLast { is_answered } => {
            moved.reason = Some(FailureCode::TimedOut);
            moved.last_look_at = last_look_at(moved.checks, now).filter(|_| !is_answered);
        }
        Event::Progressed { percent, .. } => moved.progress = *percent,
        Event::Succeeded { results, .. } => moved.results = Some(results.clone()),
        Event::Failed { reason, .. } => moved.reason = Some(*reason),
        Event::DeliveryDelayed { .. } => moved.waiting_hosts = None,
        Event::HostUnlisted {
            hosts,
            kept_for,
            has_some,
        } => {
            let kept_until = moved.storing_since.unwrap_or(now).plus(*kept_for);
            moved.due_at = Some(waiting_due_at(kept_until, *has_some, now, deadline));
            moved.waiting_hosts = Some(hosts.clone());
            moved.checks = FIRST_TRY;
        }
        Event::Undeliverable { .. } => moved.reason = Some(FailureCode::ResultLost),
        Event::Stored { .. } => moved.progress = Some(100),
        Event::CancelRequested => moved.cancel_requested = true,
        Event::Unwanted { .. } if moved.to == State::Completed => moved.progress = Some(100),
        Event::CancelConfirmed { .. } | Event::Unwanted { .. } => {
            moved.reason = Some(FailureCode::Canceled);
        }
        Event::Accepted { .. } | Event::SubmissionUnknown { .. } => {}
    }
    None
}

const fn name(event: &Event) -> &'static str {
    match event {
        Event::Accepted { .. } => "accepted",
        Event::TurnedAway { .. } => "turned away",
        Event::SubmissionUnknown { .. } => "submission unknown",
        Event::Unheard => "unheard",
        Event::LookedInVain { .. } => "looked in vain",
        Event::LookedAtLast { .. } => "looked at last",
        Event::Progressed { .. } => "progressed",
        Event::Succeeded { .. } => "succeeded",
        Event::Failed { .. } => "failed",
        Event::Stored { .. } => "stored",
        Event::DeliveryDelayed { .. } => "delivery delayed",
        Event::HostUnlisted { .. } => "host unlisted",
        Event::Undeliverable { .. } => "undeliverable",
        Event::Unwanted { .. } => "unwanted",
        Event::CancelRequested => "cancel requested",
        Event::CancelConfirmed { .. } => "cancel confirmed",
    }
}
