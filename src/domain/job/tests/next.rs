//! What a job needs next, and when.

use std::time::Duration;

use super::*;

/// The next thing and its time, minutes after the hold was opened.
fn next_of(state: State, hold: Option<HoldTimes>) -> Option<(u64, Action)> {
    let job = Lifecycle {
        state,
        ..Lifecycle::opened(1, Credits::of(3), HOLD)
    };
    let (at, action) = next(&job, hold, NOW)?;
    Some((at.since(NOW).as_secs(), action))
}

#[test]
fn polls_are_made_after_seconds_then_minutes_and_a_hold_expires_at_its_deadline() {
    let polled = |poll_count| {
        let not_found_count = 0;
        State::Running(Polls {
            poll_count,
            not_found_count,
        })
    };
    let hold = Some(HOLD);
    let pauses = [0, 1, 2, 3, 9, 40].map(|count| next_of(polled(count), hold));
    let polls = [15, 30, 60, 120, 300, 300].map(|pause| Some((pause, Action::Poll)));
    assert_eq!(pauses, polls);
    let deadline = NOW.plus(Duration::from_secs(100));
    let soon = Some(HoldTimes { deadline, ..HOLD });
    let pauses = [2, 3, 9].map(|count| next_of(polled(count), soon));
    let expire = Some((100, Action::Expire));
    assert_eq!(pauses, [Some((60, Action::Poll)), expire, expire]);
    assert_eq!(next_of(State::Canceled, hold), None);
}

/// What cannot be found waits for its callback, until nothing can be heard of it any more.
#[test]
fn an_uncertain_job_is_polled_where_it_can_be_found() {
    let until = Some(NOW.plus(Duration::from_mins(20)));
    let of = |can_be_found, until| {
        let polls = Polls::default();
        let uncertain = Uncertain {
            polls,
            can_be_found,
            until,
        };
        next_of(State::Uncertain(uncertain), Some(HOLD))
    };
    assert_eq!(of(true, until), Some((15, Action::Find)));
    assert_eq!(of(false, until), Some((1200, Action::Find)));
    assert_eq!(of(false, None), Some((3600, Action::Expire)));
}

#[test]
fn nothing_is_heard_of_an_uncertain_job_once_its_time_is_over() {
    let [_, _, mut job, ..] = jobs(false);
    let State::Uncertain(uncertain) = &mut job.state else {
        unreachable!("the third is uncertain");
    };
    uncertain.until = Some(NOW);
    let event = Event::PollInconclusive {
        not_found: false,
        poll_count: None,
    };
    let state = transition(&job, &event, Some(HOLD), NOW);
    assert_eq!(state, Ok(State::Expired { final_poll: None }));
}

/// Of a provider that says so once more than four times in a row.
#[test]
fn a_task_that_is_not_found_five_times_in_a_row_was_never_there() {
    let [_, running, uncertain, ..] = jobs(false);
    for (mut job, reason) in [
        (running, FailureCode::GenerationFailed),
        (uncertain, FailureCode::ProviderUnavailable),
    ] {
        let event = Event::PollInconclusive {
            not_found: true,
            poll_count: None,
        };
        for _ in 0..4 {
            let state = transition(&job, &event, Some(HOLD), NOW);
            job.state = state.unwrap();
            assert!(job.is_open());
        }
        let state = transition(&job, &event, Some(HOLD), NOW);
        assert_eq!(state, Ok(State::Failed { reason }));
    }
}

#[test]
fn a_job_that_waits_for_a_host_is_due_before_its_deadline_then_at_it_then_at_the_end() {
    let minutes = Duration::from_mins;
    let [.., mut job, _, _, _, _] = jobs(false);
    let mut until = |kept: u64, has_some, now: u64, hold: Option<HoldTimes>| {
        let State::Storing(storing) = &mut job.state else {
            unreachable!("the fourth is storing");
        };
        storing.since = HOLD.opened_at;
        let event = Event::HostUnlisted {
            hosts: "media.example".into(),
            kept_for: minutes(kept),
            has_some,
        };
        let now = HOLD.opened_at.plus(minutes(now));
        let applied = apply(&job, 1, &event, hold, now).unwrap();
        applied.job.due_at.unwrap().since(HOLD.opened_at).as_secs() / 60
    };
    let deadline = HOLD.opened_at.plus(minutes(120));
    let hold = Some(HoldTimes { deadline, ..HOLD });
    assert_eq!(until(1440, true, 0, hold), 115);
    assert_eq!(until(1440, true, 115, hold), 120);
    assert_eq!(until(1440, false, 0, hold), 120);
    assert_eq!(until(1440, true, 121, None), 1440);
    assert_eq!(until(60, true, 0, hold), 60);
}

#[test]
fn what_a_job_needs_when_its_hold_is_released_depends_on_what_its_provider_may_have() {
    let needs = jobs(false).map(|job| after_expiry(&job, NOW));
    let (poll, ingest) = (Some(Action::FinalPoll), Some(Action::Ingest));
    assert_eq!(needs, [None, poll, None, ingest, None, None, None, poll]);
    let [_, _, _, mut storing, ..] = jobs(false);
    storing.is_deleted = true;
    assert_eq!(after_expiry(&storing, NOW), Some(Action::Discard));
}

/// With pauses that double up to five minutes: for a quarter of an hour.
#[test]
fn a_provider_that_does_not_answer_after_the_deadline_is_asked_seven_times() {
    let [.., mut job] = jobs(false);
    let mut polls = 0;
    while polls < 100
        && let Some((at, Action::FinalPoll)) = next(&job, None, NOW)
    {
        let event = Event::FinalPolled {
            answered: false,
            poll_count: None,
        };
        job = apply(&job, 1, &event, None, at).unwrap().job;
        polls += 1;
    }
    assert_eq!(polls, 7);
}

#[test]
fn a_job_is_submitted_within_a_minute_or_its_answer_is_lost() {
    let doubt = Some((60, Action::DoubtSubmission));
    assert_eq!(next_of(State::Dispatching, Some(HOLD)), doubt);
    let hold = HOLD.opened_at;
    let opened = Lifecycle::opened(2, Credits::of(3), HOLD);
    assert_eq!(opened.due_at, Some(hold.plus(SUBMITTED_WITHIN)));
}

#[test]
fn results_are_fetched_again_after_pauses_and_those_of_a_deleted_job_discarded_at_once() {
    let [.., storing, _, _, _, _] = jobs(false);
    let of = |ingest_attempts, is_deleted| {
        let State::Storing(storing) = storing.state.clone() else {
            unreachable!("the fourth is storing");
        };
        let job = Lifecycle {
            state: State::Storing(Storing {
                ingest_attempts,
                ..storing
            }),
            is_deleted,
            ..Lifecycle::opened(1, Credits::of(3), HOLD)
        };
        next(&job, Some(HOLD), NOW).map(|(at, action)| (at.since(NOW).as_secs(), action))
    };
    let pauses = [0, 1, 2, 3].map(|attempts| of(attempts, false));
    let ingests = [45, 90, 180, 300].map(|pause| Some((pause, Action::Ingest)));
    assert_eq!(pauses, ingests);
    assert_eq!(of(2, true), Some((0, Action::Discard)));
}

/// What a job needs at its deadline is its expiry, but for what is made, or is over.
#[test]
fn from_its_very_deadline_on_a_job_expires_unless_its_pictures_are_made() {
    let before = HOLD.deadline.minus(Duration::from_millis(1));
    let due_at = |now| jobs(false).map(|job| due(&job, Some(HOLD), now));
    let open = [
        Some(Action::DoubtSubmission),
        Some(Action::Poll),
        Some(Action::Find),
        Some(Action::Ingest),
    ];
    let over = [None, None, None, Some(Action::FinalPoll)];
    assert_eq!(due_at(before)[..4], open);
    assert_eq!(due_at(before)[4..], over);
    for now in [HOLD.deadline, HOLD.deadline.plus(Duration::from_hours(1))] {
        let expire = Some(Action::Expire);
        let open = [expire, expire, expire, Some(Action::Ingest)];
        assert_eq!(due_at(now)[..4], open);
        assert_eq!(due_at(now)[4..], over);
    }
    let closed = jobs(false).map(|job| due(&job, None, HOLD.deadline));
    assert_eq!(closed[..4], open);
    let deleted = jobs(false).map(|job| Lifecycle {
        is_deleted: true,
        ..job
    });
    assert_eq!(
        due(&deleted[3], Some(HOLD), HOLD.deadline),
        Some(Action::Discard)
    );
}

/// The reconciler finds a final poll by its own time, not by the job's.
#[test]
fn a_job_that_has_expired_is_not_due_as_open_jobs_are() {
    let [_, running, ..] = jobs(false);
    let expired = apply(&running, 1, &Event::DeadlinePassed, None, NOW);
    let expired = expired.unwrap().job;
    assert_eq!(expired.due_at, None);
    assert_eq!(next(&expired, None, NOW), Some((NOW, Action::FinalPoll)));
}
