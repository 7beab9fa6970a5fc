//! A job's row and its [`Lifecycle`]: the one codec between the two, for every statement that reads or
//! writes a job.

use serde::Deserialize;
use serde_json::{Value, json};

use super::StoreError;
use super::row::Flag;
use crate::domain::credits::Credits;
use crate::domain::id::JobId;
use crate::domain::job::{
    FailureCode, FinalPoll, Lifecycle, Polls, State, StateName, Storing, Uncertain, Waiting,
};
use crate::domain::time::Timestamp;

/// The columns of a [`LifecycleRow`], of a job `j` and its current attempt `a`.
macro_rules! lifecycle_columns {
    () => {
        "j.version, j.state, j.attempt, j.count, j.credits_per_image, j.progress, j.checks, j.missing, j.results,
           j.storing_since, j.waiting_hosts, j.uncertain_until, j.can_be_found, j.error_code, j.on_the_house,
           j.cancel_requested, j.deleted_at, j.due_at, j.last_look_at, a.task_id"
    };
}
pub(super) use lifecycle_columns;

/// What decides a job's next step, as it is stored. Which of the columns of a state are there depends on
/// that.
#[derive(Debug, Deserialize)]
pub(super) struct LifecycleRow {
    version: u32,
    state: StateName,
    attempt: u8,
    count: u8,
    credits_per_image: Credits,
    progress: u8,
    checks: u32,
    missing: u32,
    results: Option<String>,
    storing_since: Option<Timestamp>,
    waiting_hosts: Option<String>,
    uncertain_until: Option<Timestamp>,
    can_be_found: Flag,
    pub(super) error_code: Option<FailureCode>,
    on_the_house: Flag,
    cancel_requested: Flag,
    pub(super) deleted_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    last_look_at: Option<Timestamp>,
    task_id: Option<String>,
}

impl LifecycleRow {
    /// What the row says; a row that says what cannot be is refused.
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
            poll_count: self.checks,
            not_found_count: self.missing,
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
                waived: self.on_the_house.0,
            },
            StateName::Failed => State::Failed {
                reason: self.error_code.ok_or_else(|| self.lacks("a reason"))?,
            },
            StateName::Canceled => State::Canceled,
            StateName::Expired => State::Expired {
                final_poll: self.last_look_at.map(|at| FinalPoll {
                    at,
                    poll_count: self.checks,
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
            ingest_attempts: self.checks,
            waiting,
        })
    }

    fn lacks(&self, what: &str) -> StoreError {
        StoreError::Row(format!("a {} job lacks {what}", self.state.name()))
    }
}

/// The columns of a job that moved, as the statement reads them.
pub(super) fn columns(id: JobId, job: &Lifecycle) -> Value {
    let reason = job.state.reason();
    let mut columns = json!({
        "job": id, "version": job.version, "state": job.state.name(), "attempt": job.attempt,
        "progress": job.progress, "cancel_requested": u8::from(job.cancel_requested), "due_at": job.due_at,
        "checks": 0, "missing": 0, "can_be_found": 0, "on_the_house": 0,
        "error_code": reason, "error_message": reason.map(FailureCode::message),
    });
    let own = match &job.state {
        State::Running(polls) => {
            json!({"checks": polls.poll_count, "missing": polls.not_found_count})
        }
        State::Uncertain(uncertain) => json!({
            "checks": uncertain.polls.poll_count, "missing": uncertain.polls.not_found_count,
            "can_be_found": u8::from(uncertain.can_be_found), "uncertain_until": uncertain.until,
        }),
        // A list is stored as its text: `->>` of a JSON list gives just that.
        State::Storing(storing) => json!({
            "results": storing.results, "storing_since": storing.since, "checks": storing.ingest_attempts,
            "waiting_hosts": storing.waiting.as_ref().map(|waiting| &waiting.hosts),
        }),
        State::Completed { waived } => json!({"on_the_house": u8::from(*waived)}),
        State::Expired {
            final_poll: Some(poll),
        } => json!({"last_look_at": poll.at, "checks": poll.poll_count}),
        State::Dispatching
        | State::Failed { .. }
        | State::Canceled
        | State::Expired { final_poll: None } => json!({}),
    };
    if let (Some(columns), Value::Object(own)) = (columns.as_object_mut(), own) {
        columns.extend(own);
    }
    columns
}
