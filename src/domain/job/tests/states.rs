//! What is read of a job's state, and how events change its data.

use std::time::Duration;

use super::*;

/// The job after an event.
fn after(job: &Lifecycle, event: &Event) -> Lifecycle {
    apply(job, 1, event, Some(HOLD), NOW).unwrap().job
}

fn polls(job: &Lifecycle) -> (u32, u32) {
    match &job.state {
        State::Running(polls) | State::Uncertain(Uncertain { polls, .. }) => {
            (polls.poll_count, polls.not_found_count)
        }
        other => panic!("{other:?}"),
    }
}

fn progressed(polled: bool) -> Event {
    Event::Progressed {
        task_id: None,
        percent: None,
        polled,
    }
}

const NOT_FOUND: Event = Event::PollInconclusive {
    not_found: true,
    poll_count: None,
};
const NO_ANSWER: Event = Event::PollInconclusive {
    not_found: false,
    poll_count: None,
};

/// A sign of life from the provider ends the row of "no such task"; only polls make the pauses longer.
#[test]
fn polls_are_counted_since_the_state_began() {
    let [dispatching, running, uncertain, ..] = jobs(false);
    let accepted = Event::Accepted {
        task_id: "t".into(),
        cost: None,
    };
    let twice = after(&after(&running, &NOT_FOUND), &NOT_FOUND);
    assert_eq!(polls(&twice), (2, 2));
    assert_eq!(polls(&after(&twice, &NO_ANSWER)), (3, 2));
    assert_eq!(polls(&after(&twice, &progressed(true))), (3, 0));
    assert_eq!(polls(&after(&twice, &progressed(false))), (2, 0));
    assert_eq!(polls(&after(&twice, &accepted)), (2, 0));
    assert_eq!(polls(&after(&twice, &Event::CancelRequested)), (2, 2));
    let polled = after(&after(&uncertain, &NOT_FOUND), &NO_ANSWER);
    assert_eq!(polls(&polled), (2, 1));
    assert_eq!(polls(&after(&polled, &Event::CancelRequested)), (2, 1));
    for event in [accepted, progressed(true), progressed(false)] {
        assert_eq!(polls(&after(&polled, &event)), (0, 0));
        assert_eq!(polls(&after(&dispatching, &event)), (0, 0));
    }
}

/// However often it did not answer.
#[test]
fn a_provider_that_does_not_answer_is_never_taken_to_have_no_such_task() {
    let [_, running, ..] = jobs(false);
    let mut job = running;
    for _ in 0..4 {
        job = after(&job, &NOT_FOUND);
    }
    for _ in 0..10 {
        job = after(&job, &NO_ANSWER);
    }
    assert_eq!(polls(&job), (14, 4));
    assert_eq!(after(&job, &NOT_FOUND).state.name(), StateName::Failed);
}

/// Its provider's longest run and its callbacks' retries begin with the last moment of a submission.
#[test]
fn an_uncertain_job_is_given_up_when_its_provider_can_no_longer_be_heard_of() {
    let [dispatching, _, uncertain, ..] = jobs(false);
    let unknown = Event::SubmissionUnknown {
        detail: String::new(),
        health: None,
        can_be_found: true,
        callback_possible_for: Duration::from_mins(20),
    };
    let until = Some(HOLD.opened_at.plus(Duration::from_mins(21)));
    let expected = Uncertain {
        polls: Polls::default(),
        can_be_found: true,
        until,
    };
    let job = after(&dispatching, &unknown);
    assert_eq!(job.state, State::Uncertain(expected));
    let without = apply(&dispatching, 1, &unknown, None, NOW).unwrap().job;
    let expected = Uncertain {
        until: None,
        ..expected
    };
    assert_eq!(without.state, State::Uncertain(expected));
    let at = |job: &Lifecycle, now| apply(job, 1, &NO_ANSWER, Some(HOLD), now).unwrap().job;
    let until = HOLD.deadline;
    let before = until.minus(Duration::from_millis(1));
    assert!(at(&uncertain, before).is_open());
    let expired = State::Expired { final_poll: None };
    assert_eq!(at(&uncertain, until).state, expired);
    let forever = Lifecycle {
        state: without.state,
        ..uncertain
    };
    assert!(at(&forever, until).is_open());
}

/// Only who has a task can be asked for it once more.
#[test]
fn a_final_poll_is_due_at_the_deadline_of_what_runs() {
    let [dispatching, running, uncertain, ..] = jobs(false);
    let expired = |job| after(job, &Event::DeadlinePassed).state;
    let none = State::Expired { final_poll: None };
    assert_eq!(expired(&dispatching), none);
    assert_eq!(expired(&uncertain), none);
    let final_poll = Some(FinalPoll {
        at: NOW,
        poll_count: 0,
    });
    assert_eq!(expired(&running), State::Expired { final_poll });
    let [.., expired] = jobs(false);
    let polled = |answered| {
        let event = Event::FinalPolled {
            answered,
            poll_count: None,
        };
        apply(&expired, 1, &event, None, NOW).unwrap().job.state
    };
    assert_eq!(polled(true), none);
    let again = Some(FinalPoll {
        at: NOW.plus(Duration::from_secs(30)),
        poll_count: 1,
    });
    assert_eq!(polled(false), State::Expired { final_poll: again });
}

fn storing(job: &Lifecycle) -> &Storing {
    match &job.state {
        State::Storing(storing) => storing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn results_are_kept_with_when_they_came_and_how_often_they_were_fetched() {
    let [_, running, ..] = jobs(false);
    let results = vec![String::from("https://cdn.example/1")];
    let succeeded = Event::Succeeded {
        task_id: "t".into(),
        results: results.clone(),
        cost: None,
        stored: vec![],
    };
    let begun = Storing {
        results,
        since: NOW,
        ingest_attempts: 0,
        waiting: None,
    };
    let job = after(&running, &succeeded);
    assert_eq!(*storing(&job), begun);
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: Duration::from_hours(24),
        has_some: false,
    };
    let retried = |attempts| Event::IngestRetried { attempts };
    let job = after(&after(&job, &retried(0)), &retried(1));
    assert_eq!(storing(&job).ingest_attempts, 2);
    let waits = after(&job, &unlisted);
    let waiting = Some(Waiting {
        hosts: "media.example".into(),
        until: HOLD.deadline,
    });
    let expected = Storing {
        ingest_attempts: 1,
        waiting,
        ..begun.clone()
    };
    assert_eq!(*storing(&waits), expected);
    assert_eq!(*storing(&after(&waits, &Event::CancelRequested)), expected);
    let expected = Storing {
        ingest_attempts: 2,
        ..begun
    };
    assert_eq!(*storing(&after(&waits, &retried(1))), expected);
}

/// At the very moment at which it would be settled, it is.
#[test]
fn a_set_that_is_stored_in_part_is_due_five_minutes_before_its_deadline() {
    let [.., job, _, _, _, _] = jobs(false);
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: Duration::from_hours(24),
        has_some: true,
    };
    let settles_at = HOLD.deadline.minus(Duration::from_mins(5));
    let before = settles_at.minus(Duration::from_millis(1));
    for (now, until) in [(before, settles_at), (settles_at, HOLD.deadline)] {
        let job = apply(&job, 1, &unlisted, Some(HOLD), now).unwrap().job;
        let waiting = storing(&job).waiting.clone().unwrap();
        assert_eq!(waiting.until, until);
    }
}

#[test]
fn the_fifth_ingest_is_the_last() {
    let last = [0, 1, 3, 4, 5].map(Storing::is_last);
    assert_eq!(last, [false, false, false, true, true]);
}

#[test]
fn where_the_results_are_is_known_while_they_are_fetched() {
    let results = jobs(false).map(|job| job.state.results().to_vec());
    let mut expected = <[Vec<String>; 8]>::default();
    expected[3] = vec!["https://cdn.example/1".into()];
    assert_eq!(results, expected);
}

#[test]
fn every_end_without_pictures_has_a_reason() {
    let reasons = jobs(false).map(|job| job.state.reason());
    let mut expected = [None; 8];
    expected[5] = Some(FailureCode::GenerationFailed);
    expected[6] = Some(FailureCode::Canceled);
    expected[7] = Some(FailureCode::TimedOut);
    assert_eq!(reasons, expected);
}

#[test]
fn a_state_has_the_same_name_in_rows_and_in_json() {
    for state in StateName::ALL {
        assert_eq!(serde_json::json!(state), state.name());
    }
    assert_eq!(jobs(false).map(|job| job.state.name()), StateName::ALL);
}

#[test]
fn a_job_should_stop_if_it_is_canceled_or_deleted() {
    let [job, ..] = jobs(false);
    let of = |cancel_requested, is_deleted| {
        let job = Lifecycle {
            cancel_requested,
            is_deleted,
            ..job.clone()
        };
        job.should_stop()
    };
    let all = [
        of(false, false),
        of(true, false),
        of(false, true),
        of(true, true),
    ];
    assert_eq!(all, [false, true, true, true]);
}

/// All tries to fetch a result from a listed host fit into a quarter of an hour.
#[test]
fn what_is_still_not_stored_after_a_quarter_of_an_hour_does_not_count_as_open() {
    let [dispatching, running, uncertain, storing, ..] = jobs(false);
    let quarter = NOW.plus(Duration::from_mins(15));
    let before = quarter.minus(Duration::from_millis(1));
    assert!(storing.counts_as_open(before));
    assert!(!storing.counts_as_open(quarter));
    assert!(!storing.counts_as_open(quarter.plus(Duration::from_mins(1))));
    for job in [dispatching, running, uncertain] {
        assert!(job.counts_as_open(quarter));
    }
}

/// Two reconcilers may have the same job, and an event may be told again after an answer that was lost.
#[test]
fn a_poll_that_is_told_twice_counts_once() {
    let told = |job: &Lifecycle, event: &Event, hold| {
        let applied = apply(job, 1, event, hold, NOW);
        applied.map(|applied| applied.job)
    };
    let [_, running, uncertain, .., expired] = jobs(false);
    let inconclusive = |poll_count| Event::PollInconclusive {
        not_found: true,
        poll_count: Some(poll_count),
    };
    let last = |poll_count| Event::FinalPolled {
        answered: false,
        poll_count: Some(poll_count),
    };
    for (job, event, hold) in [
        (&running, &inconclusive as &dyn Fn(u32) -> Event, Some(HOLD)),
        (&uncertain, &inconclusive, Some(HOLD)),
        (&expired, &last, None),
    ] {
        let once = told(job, &event(0), hold).unwrap();
        assert_eq!(once.state.poll_count(), Some(1));
        assert_eq!(told(&once, &event(0), hold), Err(NotApplied::Ignored));
        let twice = told(&once, &event(1), hold).unwrap();
        assert_eq!(twice.state.poll_count(), Some(2));
    }
}
