//! When the sweep should next look at a job, if nothing happens to it before.

use std::time::Duration;

use crate::domain::job::{SETTLES_BEFORE_DEADLINE, SUBMITTED_WITHIN, State};
use crate::domain::time::Timestamp;

/// How long a delivery is left alone, which is tried again sooner the first time.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(45);

/// A provider is first asked when most callbacks have come, then less and less often.
const FIRST_CHECK: Duration = Duration::from_secs(15);

/// Six times [`FIRST_CHECK`] doubled is 16 minutes; five minutes keeps well below the shortest life
/// of results, an hour.
const LONGEST_CHECK: Duration = Duration::from_mins(5);

/// With the pauses of [`backoff`] that is a quarter of an hour, well below the life of results.
const MAX_LAST_LOOKS: u32 = 7;

/// The moment at which a job in `state`, looked at `checks` times since that began, is due. A job
/// with an open hold is due at its deadline at the latest; one that is over is never due.
pub(super) fn due_at(
    state: State,
    checks: u32,
    now: Timestamp,
    deadline: Option<Timestamp>,
) -> Option<Timestamp> {
    let patience = match state {
        State::Dispatching => SUBMITTED_WITHIN,
        State::Running => backoff(FIRST_CHECK, checks),
        State::Storing => backoff(DELIVERY_PATIENCE, checks),
        // Nobody can be asked; it waits for its callback or its end.
        State::Uncertain => deadline.map_or(LONGEST_CHECK, |deadline| deadline.since(now)),
        State::Completed | State::Failed | State::Canceled | State::Expired => return None,
    };
    let due = now.plus(patience);
    Some(deadline.map_or(due, |deadline| due.min(deadline)))
}

/// The moment at which a job that waits for a host to be listed is due: just before its hold's deadline
/// if there are pictures to settle, then at the deadline, and once the provider keeps its results no
/// longer. Adding the host makes it due at any time.
pub(super) fn waiting_due_at(
    kept_until: Timestamp,
    has_some: bool,
    now: Timestamp,
    deadline: Option<Timestamp>,
) -> Timestamp {
    let Some(deadline) = deadline else {
        return kept_until;
    };
    let settles_at = deadline.minus(SETTLES_BEFORE_DEADLINE);
    let due = if has_some && now < settles_at {
        settles_at
    } else {
        deadline
    };
    kept_until.min(due)
}

/// When the provider of a job whose time is up is asked again, after `looks` that it did not answer.
pub(super) fn last_look_at(looks: u32, now: Timestamp) -> Option<Timestamp> {
    (looks < MAX_LAST_LOOKS).then(|| now.plus(backoff(FIRST_CHECK, looks)))
}

fn backoff(first: Duration, checks: u32) -> Duration {
    first.saturating_mul(1 << checks.min(16)).min(LONGEST_CHECK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_waits_is_due_before_its_deadline_then_at_it_then_at_the_end() {
        let at = |minutes| Timestamp::from_millis(0).plus(Duration::from_mins(minutes));
        let due = |has_some, now, deadline: Option<u64>| {
            waiting_due_at(at(1440), has_some, at(now), deadline.map(at))
        };
        assert_eq!(due(true, 0, Some(120)), at(115));
        assert_eq!(due(true, 115, Some(120)), at(120));
        assert_eq!(due(false, 0, Some(120)), at(120));
        assert_eq!(due(true, 121, None), at(1440));
        let kept_briefly = waiting_due_at(at(60), true, at(0), Some(at(120)));
        assert_eq!(kept_briefly, at(60));
    }

    #[test]
    fn checks_grow_from_seconds_to_minutes_and_never_pass_the_deadline() {
        let now = Timestamp::from_millis(0);
        let deadline = now.plus(Duration::from_mins(4));
        let after = |checks| {
            due_at(State::Running, checks, now, Some(deadline))
                .map(crate::domain::time::Timestamp::seconds)
        };
        assert_eq!(
            [0, 1, 2, 3, 9].map(after),
            [Some(15), Some(30), Some(60), Some(120), Some(240)]
        );
        assert_eq!(
            due_at(State::Running, 40, now, None),
            Some(now.plus(LONGEST_CHECK))
        );
        assert_eq!(
            due_at(State::Uncertain, 0, now, Some(deadline)),
            Some(deadline)
        );
        assert_eq!(due_at(State::Failed, 0, now, Some(deadline)), None);
    }
}
