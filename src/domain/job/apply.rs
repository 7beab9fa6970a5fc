//! What an event does to a job.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::event::Event;
use super::record::StoredImage;
use super::state::{HoldTimes, Lifecycle, State, StateName};
use super::transition::{Unmoved, transition};
use crate::domain::credits::Credits;
use crate::domain::health::Health;
use crate::domain::time::Timestamp;

/// The outcome of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The job as it is then.
    pub job: Lifecycle,
    /// What follows for its hold.
    pub hold: HoldEffect,
    /// What is learned about the attempt that the event is of.
    pub learned: Learned,
    /// The model of a new attempt.
    pub next_model: Option<String>,
    /// Pictures that are stored, no more than were asked for.
    pub images: Vec<StoredImage>,
}

/// What follows for a job's hold, if it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldEffect {
    /// It stays as it is.
    Keep,
    /// So many pictures are charged; the rest of the hold is returned.
    Settle {
        /// How many pictures, at most as many as were asked for.
        pictures: u8,
    },
    /// The whole hold is returned.
    Release,
}

/// What an event tells about its attempt. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The provider's id of the task.
    pub task_id: Option<String>,
    /// The outcome of the attempt, for its row.
    pub outcome: Option<&'static str>,
    /// What the provider said.
    pub detail: Option<String>,
    /// What it costs the operator.
    pub cost: Option<Credits>,
    /// What it says about the provider's health.
    pub health: Option<Health>,
}

/// Why an event is not applied to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotApplied {
    /// It did before, and its answer is given again.
    Repeated,
    /// The job is over, or knows it already.
    Ignored,
    /// It contradicts what is known, or is of something else: for operators.
    Anomaly(String),
}

/// Applies an event of an attempt to a job: (1) was it applied before? (2) is it about the current
/// attempt? (3) is the job deleted? (4) where does it lead? (5) what follows for the hold, and (6) what
/// does the reconciler do next?
pub fn apply(
    job: &Lifecycle,
    attempt: u8,
    event: &Event,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Result<Applied, NotApplied> {
    if let Some(repeated) = applied_before(job, attempt, event) {
        return Err(repeated); // (1)
    }
    if let Some(anomaly) = stray(job, attempt, event) {
        return Err(NotApplied::Anomaly(anomaly)); // (2)
    }
    let event = &*for_deleted_job(job, hold.is_some(), event); // (3)
    let state = match transition(job, event, hold, now) {
        Ok(state) => state, // (4)
        Err(unmoved) => return Err(not_applied(job.state.name(), event, unmoved)),
    };
    let next_model = next_model(job, event);
    let after = job.after(state, (attempt, event), hold, now); // (6)
    let images = match after.state {
        State::Completed { .. } => event
            .stored()
            .iter()
            .take(job.count.into())
            .copied()
            .collect(),
        _ => Vec::new(),
    };
    Ok(Applied {
        hold: hold_effect(&after.state, job.count, event), // (5)
        learned: learned(&after.state, event),
        job: after,
        next_model,
        images,
    })
}

/// An event whose first answer was lost, where the state alone does not tell.
fn applied_before(job: &Lifecycle, attempt: u8, event: &Event) -> Option<NotApplied> {
    match (event, &job.state) {
        // Only the dispatch sends this, and needs the reply that it must go on.
        (Event::SubmissionRejected { next: Some(_), .. }, State::Dispatching)
            if attempt.checked_add(1) == Some(job.attempt) =>
        {
            Some(NotApplied::Repeated)
        }
        // Two concurrent ingests are one attempt.
        (Event::IngestRetried { attempts }, State::Storing(storing))
            if *attempts != storing.ingest_attempts =>
        {
            Some(NotApplied::Ignored)
        }
        (
            Event::PollInconclusive {
                poll_count: Some(read),
                ..
            }
            | Event::FinalPolled {
                poll_count: Some(read),
                ..
            },
            state,
        ) if state.poll_count().is_some_and(|count| count != *read) => Some(NotApplied::Ignored),
        _ => None,
    }
}

/// Why an event does not concern the job's current attempt: it is of another attempt (of which only a
/// success counts), or of another task.
fn stray(job: &Lifecycle, attempt: u8, event: &Event) -> Option<String> {
    let (name, current) = (event.name(), job.attempt);
    let is_storing = matches!(job.state, State::Storing(_));
    match attempt.cmp(&current) {
        Ordering::Less if matches!(event, Event::Succeeded { .. }) && !is_storing => None,
        Ordering::Less | Ordering::Greater => Some(format!(
            "{name} of attempt {attempt} while at attempt {current}"
        )),
        Ordering::Equal => {
            let known = job.task_id.as_deref()?;
            let other = event.task_id().filter(|said| !is_same_task(known, said))?;
            Some(format!("{name} of task {other}"))
        }
    }
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

/// The event for a job that was deleted: what its provider has finished is charged while its hold is
/// open, and not stored. For a set that is partly stored, the stored pictures count; otherwise those
/// that the provider reports. Events of an ingest are ignored unless the job is storing.
fn for_deleted_job<'a>(job: &Lifecycle, is_held: bool, event: &'a Event) -> Cow<'a, Event> {
    if !job.is_deleted {
        return Cow::Borrowed(event);
    }
    let is_storing = matches!(job.state, State::Storing(_));
    let reported = job.state.results().len();
    let (task_id, cost, made) = match event {
        Event::Succeeded {
            task_id,
            cost,
            results,
            ..
        } => (Some(task_id.clone()), *cost, results.len()),
        Event::DiscardedAfterDeletion {
            task_id,
            cost,
            made,
        } => (task_id.clone(), *cost, usize::from(*made)),
        Event::Stored { images } if is_storing => (None, None, images.len()),
        Event::IngestRetried { .. } | Event::HostUnlisted { .. } if is_storing => {
            (None, None, reported)
        }
        _ => return Cow::Borrowed(event),
    };
    let made = u8::try_from(made).unwrap_or(u8::MAX).min(job.count);
    Cow::Owned(Event::DiscardedAfterDeletion {
        task_id,
        cost,
        made: if is_held { made } else { 0 },
    })
}

fn not_applied(state: StateName, event: &Event, _: Unmoved) -> NotApplied {
    if event.contradicts(state) {
        NotApplied::Anomaly(format!("{} after {}", event.name(), state.name()))
    } else {
        NotApplied::Ignored
    }
}

fn next_model(job: &Lifecycle, event: &Event) -> Option<String> {
    match event {
        Event::SubmissionRejected { next, .. } if !job.should_stop() => next.clone(),
        _ => None,
    }
}

impl Lifecycle {
    /// Whether the results of this task are awaited: it is known to be that of the current attempt, and runs.
    pub fn awaits(&self, attempt: u8, task_id: &str) -> bool {
        let known = self.task_id.as_deref();
        let is_its_own = known.is_some_and(|known| is_same_task(known, task_id));
        is_its_own
            && attempt == self.attempt
            && !self.is_deleted
            && matches!(self.state, State::Running(_))
    }

    /// The job in its new state, with what else the event tells, and with its next `due_at`. An event that
    /// does not change the state and was not caused by the reconciler keeps `due_at`.
    fn after(
        &self,
        state: State,
        (attempt, event): (u8, &Event),
        hold: Option<HoldTimes>,
        now: Timestamp,
    ) -> Self {
        let goes_on = self.state.name() == state.name() && !is_of_reconciler(event);
        let next_attempt = next_model(self, event).map(|_| attempt.saturating_add(1));
        let attempt = next_attempt.unwrap_or(attempt);
        let known = self.task_id.clone().filter(|_| attempt == self.attempt);
        let task_id = match next_attempt {
            Some(_) => None,
            None => known.or_else(|| event.task_id().map(Into::into)),
        };
        let mut after = Self {
            version: self.version.saturating_add(1),
            attempt,
            task_id,
            progress: match (&state, event) {
                (State::Completed { .. }, _) => 100,
                (_, Event::Progressed { percent, .. }) => percent.unwrap_or(self.progress),
                _ => self.progress,
            },
            cancel_requested: self.cancel_requested || matches!(event, Event::CancelRequested),
            state,
            ..self.clone()
        };
        if !goes_on {
            after.schedule(hold.filter(|_| after.is_open()), now);
        }
        after
    }
}

/// Whether an event comes from the reconciler, or begins the state anew, rather than from a callback.
const fn is_of_reconciler(event: &Event) -> bool {
    matches!(
        event,
        Event::Progressed { polled: true, .. }
            | Event::PollInconclusive { .. }
            | Event::FinalPolled { .. }
            | Event::IngestRetried { .. }
            | Event::HostUnlisted { .. }
            // The next provider is asked: as if it began anew.
            | Event::SubmissionRejected { .. }
    )
}

/// An open hold is settled by a completion, for as many pictures as there are, and released by any
/// other end.
fn hold_effect(state: &State, count: u8, event: &Event) -> HoldEffect {
    match state {
        State::Dispatching | State::Running(_) | State::Uncertain(_) | State::Storing(_) => {
            HoldEffect::Keep
        }
        State::Completed { .. } => {
            let pictures = match event {
                Event::DiscardedAfterDeletion { made, .. } => *made,
                _ => u8::try_from(event.stored().len()).unwrap_or(u8::MAX),
            };
            HoldEffect::Settle {
                pictures: pictures.min(count),
            }
        }
        State::Failed { .. } | State::Canceled | State::Expired { .. } => HoldEffect::Release,
    }
}

fn learned(state: &State, event: &Event) -> Learned {
    let (outcome, detail, cost, health) = match event {
        Event::Accepted { cost, .. } => (Some("accepted"), None, *cost, Some(Health::Well)),
        Event::SubmissionRejected { detail, health, .. } => {
            (Some("rejected"), Some(detail.clone()), None, *health)
        }
        Event::Abandoned { detail } => (Some("abandoned"), Some(detail.clone()), None, None),
        Event::SubmissionUnknown { detail, health, .. } => {
            (Some("unknown"), Some(detail.clone()), None, *health)
        }
        Event::Succeeded { cost, .. } | Event::DiscardedAfterDeletion { cost, .. } => {
            (Some("succeeded"), None, *cost, None)
        }
        Event::Failed { detail, .. } => (Some("failed"), Some(detail.clone()), None, None),
        Event::PollInconclusive { .. } if matches!(state, State::Failed { .. }) => {
            let detail = "the provider has no such task".to_owned();
            (Some("failed"), Some(detail), None, None)
        }
        Event::IngestFailed { detail } => (None, Some(detail.clone()), None, None),
        Event::HostUnlisted { hosts, .. } => {
            let detail = format!("the result is on {hosts}, which RESULT_HOSTS does not list");
            (None, Some(detail), None, None)
        }
        Event::Progressed { .. }
        | Event::PollInconclusive { .. }
        | Event::FinalPolled { .. }
        | Event::Stored { .. }
        | Event::IngestRetried { .. }
        | Event::CancelRequested
        | Event::CancelConfirmed { .. }
        | Event::DeadlinePassed => (None, None, None, None),
    };
    // A cancel's task is known, or it could not have been asked for.
    let task_id = match event {
        Event::CancelConfirmed { .. } => None,
        _ => event.task_id().map(Into::into),
    };
    Learned {
        task_id,
        outcome,
        detail,
        cost,
        health,
    }
}

impl Learned {
    /// Whether there is anything to write down.
    pub const fn is_news(&self) -> bool {
        self.task_id.is_some() || self.outcome.is_some() || self.detail.is_some()
    }
}
