//! A job's row and its [`Lifecycle`]: the only codec between the two, for every statement that reads
//! or writes a job.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::StoreError;
use super::row::Flag;
use crate::domain::credits::Credits;
use crate::domain::id::JobId;
use crate::domain::job::{
    FailureCode, FinalPoll, Lifecycle, Polls, State, StateName, Storing, Uncertain, Waiting,
};
use crate::domain::time::Timestamp;

/// A field of the current attempt of a job `j`.
macro_rules! attempt {
    ($field:literal) => {
        concat!("j.attempts->>('$[' || (j.attempt - 1) || '].", $field, "')")
    };
}
pub(super) use attempt;

/// The columns of a [`LifecycleRow`], of a job `j`.
macro_rules! lifecycle_columns {
    () => {
        concat!(
            "j.version, j.state, j.attempt, j.count, j.credits_per_image, j.progress, j.poll_count, j.not_found_count, j.results,
           j.storing_since, j.ingest_attempts, j.waiting_hosts, j.uncertain_until, j.can_be_found, j.error_code, j.waived,
           j.cancel_requested, j.deleted_at, j.due_at, j.final_poll_at, ",
            attempt!("task_id"),
            " as task_id"
        )
    };
}
pub(super) use lifecycle_columns;

/// The names of these columns, in the order of the fields of a [`LifecycleRow`].
macro_rules! lifecycle_names {
    () => {
        "version, state, attempt, count, credits_per_image, progress, poll_count, not_found_count, results,
         storing_since, ingest_attempts, waiting_hosts, uncertain_until, can_be_found, error_code, waived,
         cancel_requested, deleted_at, due_at, final_poll_at, task_id"
    };
}
pub(super) use lifecycle_names;

/// What a job's next step depends on, as it is stored. The state decides which of the nullable columns
/// are set.
#[derive(Debug, Deserialize)]
pub(super) struct LifecycleRow {
    version: u32,
    state: StateName,
    attempt: u8,
    count: u8,
    credits_per_image: Credits,
    progress: u8,
    poll_count: u32,
    not_found_count: u32,
    results: Option<String>,
    storing_since: Option<Timestamp>,
    ingest_attempts: u32,
    waiting_hosts: Option<String>,
    uncertain_until: Option<Timestamp>,
    can_be_found: Flag,
    pub(super) error_code: Option<FailureCode>,
    waived: Flag,
    cancel_requested: Flag,
    pub(super) deleted_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    final_poll_at: Option<Timestamp>,
    task_id: Option<String>,
}

impl LifecycleRow {
    /// The lifecycle in the row; an inconsistent row is refused.
    pub(super) fn lifecycle(self) -> Result<Lifecycle, StoreError> {
        Ok(Lifecycle {
            version: self.version,
            state: self.state()?,
            attempt: self.attempt,
            count: self.count,
            credits_per_image: self.credits_per_image,
            progress: self.progress,
            cancel_requested: self.cancel_requested.0,
            is_deleted: self.deleted_at.is_some(),
            due_at: self.due_at,
            task_id: self.task_id,
        })
    }

    fn state(&self) -> Result<State, StoreError> {
        let polls = Polls {
            poll_count: self.poll_count,
            not_found_count: self.not_found_count,
        };
        Ok(match self.state {
            StateName::Dispatching => State::Dispatching,
            StateName::Running => State::Running(polls),
            StateName::Uncertain => State::Uncertain(Uncertain {
                polls,
                can_be_found: self.can_be_found.0,
                until: self.uncertain_until,
            }),
            StateName::Storing => State::Storing(self.storing()?),
            StateName::Completed => State::Completed {
                waived: self.waived.0,
            },
            StateName::Failed => State::Failed {
                reason: self.error_code.ok_or_else(|| self.lacks("a reason"))?,
            },
            StateName::Canceled => State::Canceled,
            StateName::Expired => State::Expired {
                final_poll: self.final_poll_at.map(|at| FinalPoll {
                    at,
                    poll_count: self.poll_count,
                }),
            },
        })
    }

    fn storing(&self) -> Result<Storing, StoreError> {
        let list = self
            .results
            .as_deref()
            .ok_or_else(|| self.lacks("results"))?;
        let waiting = match (&self.waiting_hosts, self.due_at) {
            (None, _) => None,
            (Some(hosts), Some(until)) => Some(Waiting {
                hosts: hosts.clone(),
                until,
            }),
            (Some(_), None) => return Err(self.lacks("a time to wait until")),
        };
        Ok(Storing {
            results: serde_json::from_slice(list.as_bytes())
                .map_err(|_| self.lacks("readable results"))?,
            since: self
                .storing_since
                .ok_or_else(|| self.lacks("the time of its success"))?,
            ingest_attempts: self.ingest_attempts,
            waiting,
        })
    }

    fn lacks(&self, what: &str) -> StoreError {
        StoreError::Row(format!("a {} job lacks {what}", self.state.name()))
    }
}

/// The columns of a job that moved, as JSON for the update.
pub(super) fn columns(id: JobId, job: &Lifecycle) -> Map<String, Value> {
    let reason = job.state.reason();
    let columns = json!({
        "job": id, "version": job.version, "state": job.state.name(), "attempt": job.attempt,
        "progress": job.progress, "cancel_requested": u8::from(job.cancel_requested), "due_at": job.due_at,
        "poll_count": 0, "not_found_count": 0, "ingest_attempts": 0, "can_be_found": 0, "waived": 0,
        "error_code": reason, "error_message": reason.map(FailureCode::message),
    });
    let own = match &job.state {
        State::Running(polls) => {
            json!({"poll_count": polls.poll_count, "not_found_count": polls.not_found_count})
        }
        State::Uncertain(uncertain) => json!({
            "poll_count": uncertain.polls.poll_count, "not_found_count": uncertain.polls.not_found_count,
            "can_be_found": u8::from(uncertain.can_be_found), "uncertain_until": uncertain.until,
        }),
        // A list is stored as JSON text, which is what `->>` gives for a JSON list.
        State::Storing(storing) => json!({
            "results": storing.results, "storing_since": storing.since, "ingest_attempts": storing.ingest_attempts,
            "waiting_hosts": storing.waiting.as_ref().map(|waiting| &waiting.hosts),
        }),
        State::Completed { waived } => json!({"waived": u8::from(*waived)}),
        State::Expired {
            final_poll: Some(poll),
        } => json!({"final_poll_at": poll.at, "poll_count": poll.poll_count}),
        State::Dispatching
        | State::Failed { .. }
        | State::Canceled
        | State::Expired { final_poll: None } => json!({}),
    };
    let [Value::Object(mut columns), Value::Object(own)] = [columns, own] else {
        return Map::new();
    };
    columns.extend(own);
    columns
}
