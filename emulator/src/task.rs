//! A task and its state, independent of the provider.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    behaviour::{Behaviour, Pace},
    picture::Ratio,
    protocol::Protocol,
    settings::Settings,
};

/// Below this share of the work, in percent, a task is still queued.
pub(crate) const QUEUED_PERCENT: u8 = 10;
/// A running task never claims more than this, in percent.
const MOST_PERCENT: u8 = 95;

/// The valid request of a create call.
#[derive(Debug, Clone)]
pub(crate) struct Generation {
    pub(crate) model: String,
    /// The prompt; empty where a request has no field for it.
    pub(crate) prompt: String,
    /// URLs of the input pictures: the person first, then the garment.
    pub(crate) images: Vec<String>,
    /// The most bytes that one input picture may have.
    pub(crate) image_bytes: u64,
    pub(crate) ratio: Ratio,
    pub(crate) count: u32,
    pub(crate) callback_url: Option<String>,
    /// The events to call back about.
    pub(crate) events: Vec<Event>,
    /// The caller's own id for the task, where the provider takes one.
    pub(crate) external_id: Option<String>,
    /// The price, in the provider's credits.
    pub(crate) price: f64,
    /// The request's body, for the record.
    pub(crate) body: serde_json::Value,
}

/// An event that a callback may be sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The task is queued. Sent once, however it is answered.
    Queued,
    /// The work has begun. Sent once, likewise.
    Started,
    /// The task has ended. Sent until it is accepted, by the provider's retries.
    Ended,
}

/// The pictures of a task, made once however often they are needed.
pub(crate) type Pictures = Arc<OnceCell<Result<Vec<Bytes>, Failure>>>;

/// A task that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) generation: Arc<Generation>,
    pub(crate) behaviour: Behaviour,
    pub(crate) created: SystemTime,
    /// When it ended, or its end was last changed manually.
    pub(crate) ended: Option<SystemTime>,
    pub(crate) accepted: Instant,
    pub(crate) phase: Phase,
    pub(crate) pictures: Pictures,
    /// Whether the last callback of its end has been sent.
    pub(crate) announced: bool,
}

/// Whether a task has ended, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// With the URLs of its results.
    Completed(Vec<String>),
    Failed(Failure),
    Canceled,
}

/// A provider's code and message of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The failures that the emulator causes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// A temporary error.
    Service,
    /// A refusal by the content policy.
    Refused,
    /// An input picture cannot be fetched or read.
    Input,
}

/// A task at one moment, as a protocol shows it.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: String,
    pub(crate) generation: Arc<Generation>,
    pub(crate) created: SystemTime,
    /// `None` for an open task, even where the shown state is an end.
    pub(crate) ended: Option<SystemTime>,
    pub(crate) behaviour: Behaviour,
    pub(crate) pictures: Pictures,
    pub(crate) state: State,
}

/// What a task looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    /// Running, with its progress in percent.
    Running(u8),
    Completed(Vec<String>),
    Failed(Failure),
    Canceled,
}

impl Task {
    /// How long the work takes in total.
    pub(crate) fn work(&self, settings: &Settings) -> Duration {
        match self.behaviour.pace {
            Pace::Normal => settings.work,
            Pace::Instant => Duration::ZERO,
            Pace::Slow => settings.slow,
            Pace::Late => settings.late,
        }
    }

    /// The task as it is at `now`.
    pub(crate) fn snapshot(&self, settings: &Settings, now: Instant) -> Snapshot {
        let state = match &self.phase {
            Phase::Completed(results) => State::Completed(results.clone()),
            Phase::Failed(failure) => State::Failed(failure.clone()),
            Phase::Canceled => State::Canceled,
            Phase::Open => {
                let elapsed = now.saturating_duration_since(self.accepted);
                match percent(elapsed, self.work(settings)) {
                    done if done < QUEUED_PERCENT => State::Queued,
                    done => State::Running(done),
                }
            }
        };
        self.showing(state)
    }

    /// The task as it would look in another state.
    pub(crate) fn showing(&self, state: State) -> Snapshot {
        Snapshot {
            id: self.id.clone(),
            generation: Arc::clone(&self.generation),
            created: self.created,
            ended: self.ended,
            behaviour: self.behaviour.clone(),
            pictures: Arc::clone(&self.pictures),
            state,
        }
    }
}

fn percent(elapsed: Duration, whole: Duration) -> u8 {
    let done = elapsed.as_millis().saturating_mul(100);
    let share = done.checked_div(whole.as_millis()).unwrap_or(100);
    u8::try_from(share)
        .unwrap_or(MOST_PERCENT)
        .min(MOST_PERCENT)
}

#[cfg(test)]
impl Snapshot {
    /// A task of a model in a state, created at a second of Unix time.
    pub(crate) fn sample(id: &str, model: &str, created: u64, state: State) -> Self {
        Self {
            id: id.to_owned(),
            generation: Arc::new(Generation {
                model: model.to_owned(),
                prompt: String::new(),
                images: Vec::new(),
                image_bytes: 0,
                ratio: Ratio::Auto,
                count: 1,
                callback_url: None,
                events: vec![Event::Ended],
                external_id: None,
                price: 1.0,
                body: serde_json::Value::Null,
            }),
            created: crate::clock::at(created),
            ended: None,
            behaviour: Behaviour::default(),
            pictures: Arc::default(),
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_moves_and_never_arrives_by_itself() {
        let second = Duration::from_secs(1);
        assert_eq!(percent(Duration::ZERO, second), 0);
        assert_eq!(percent(second / 2, second), 50);
        assert_eq!(percent(second * 300, second), 95);
        assert_eq!(percent(Duration::ZERO, Duration::ZERO), 95);
    }
}
