//! What an event does to a job beside its state: which events count, and what the job is afterwards.

use std::time::Duration;

use super::*;

/// The job in a state, at an attempt.
fn at_attempt(job: &Lifecycle, attempt: u8) -> Lifecycle {
    Lifecycle {
        attempt,
        ..job.clone()
    }
}

fn applied(job: &Lifecycle, event: &Event) -> Applied {
    apply(job, job.attempt, event, Some(HOLD), NOW).unwrap()
}

fn not_applied(job: &Lifecycle, attempt: u8, event: &Event) -> NotApplied {
    apply(job, attempt, event, Some(HOLD), NOW).unwrap_err()
}

pub(super) fn succeeded() -> Event {
    Event::Succeeded {
        task_id: "t".into(),
        results: vec!["https://cdn.example/1".into()],
        cost: None,
        stored: vec![],
    }
}

fn rejected(next: Option<&str>) -> Event {
    Event::SubmissionRejected {
        reason: FailureCode::ProviderUnavailable,
        detail: "busy".into(),
        health: None,
        next: next.map(Into::into),
    }
}

pub(super) fn progressed(percent: Option<u8>, polled: bool) -> Event {
    Event::Progressed {
        task_id: None,
        percent,
        polled,
    }
}

pub(super) fn stored(pictures: u8) -> Event {
    Event::Stored {
        images: (0..pictures).map(image).collect(),
    }
}

#[test]
fn of_an_earlier_attempt_only_a_success_counts_and_only_while_nothing_is_being_stored() {
    for job in jobs(false) {
        let second = at_attempt(&job, 2);
        let hold = job.is_open().then_some(HOLD);
        let success = apply(&second, 1, &succeeded(), hold, NOW);
        match job.state.name() {
            StateName::Dispatching
            | StateName::Running
            | StateName::Uncertain
            | StateName::Expired => {
                let success = success.unwrap().job;
                assert_eq!(success.state.name(), StateName::Storing);
                assert_eq!(success.attempt, 1);
            }
            StateName::Storing => {
                let words = "succeeded of attempt 1 while at attempt 2".into();
                assert_eq!(success, Err(NotApplied::Anomaly(words)));
            }
            StateName::Completed => assert_eq!(success, Err(NotApplied::Ignored)),
            StateName::Failed | StateName::Canceled => {
                assert!(matches!(success, Err(NotApplied::Anomaly(_))));
            }
        }
    }
}

#[test]
fn of_an_attempt_that_was_never_made_nothing_counts() {
    for job in jobs(false) {
        let words = "succeeded of attempt 2 while at attempt 1".into();
        let anomaly = NotApplied::Anomaly(words);
        assert_eq!(not_applied(&job, 2, &succeeded()), anomaly);
    }
}

/// The words that an operator reads, of each event.
#[test]
fn what_is_of_another_attempt_is_kept_by_its_name() {
    let [_, running, ..] = jobs(false);
    let mut names = Vec::new();
    for (_, event) in events() {
        let NotApplied::Anomaly(words) = not_applied(&running, 9, &event) else {
            panic!("{event:?}");
        };
        let name = words.strip_suffix(" of attempt 9 while at attempt 1");
        names.push(name.unwrap().to_owned());
    }
    names.dedup();
    assert_eq!(
        names,
        [
            "accepted",
            "submission rejected",
            "submission unknown",
            "abandoned",
            "poll inconclusive",
            "final poll",
            "progressed",
            "succeeded",
            "failed",
            "stored",
            "ingest retried",
            "host unlisted",
            "ingest failed",
            "discarded after deletion",
            "cancel requested",
            "cancel confirmed",
            "deadline passed",
        ]
    );
}

/// Some vendors put the path before an id in one place, and leave it out in another.
#[test]
fn a_task_is_known_with_or_without_the_path_before_its_id() {
    let [_, running, ..] = jobs(false);
    let of = |known: &str, said: &str| {
        let job = Lifecycle {
            task_id: Some(known.into()),
            ..running.clone()
        };
        let event = Event::Failed {
            task_id: Some(said.into()),
            reason: FailureCode::GenerationFailed,
            detail: String::new(),
        };
        apply(&job, 1, &event, Some(HOLD), NOW).map(drop)
    };
    for (known, said) in [("7", "7"), ("model/runs/7", "7"), ("7", "model/runs/7")] {
        assert_eq!(of(known, said), Ok(()), "{known} {said}");
    }
    for (known, said) in [("7", "8"), ("17", "7"), ("7", "17"), ("7", "7/8")] {
        let anomaly = NotApplied::Anomaly(format!("failed of task {said}"));
        assert_eq!(of(known, said), Err(anomaly));
    }
}

#[test]
fn an_end_after_another_is_an_anomaly_with_both_names() {
    let [.., storing, completed, failed, canceled, _] = jobs(false);
    let failure = Event::Failed {
        task_id: None,
        reason: FailureCode::GenerationFailed,
        detail: String::new(),
    };
    for (job, event, words) in [
        (&storing, &failure, "failed after storing"),
        (&completed, &failure, "failed after completed"),
        (&failed, &succeeded(), "succeeded after failed"),
        (&canceled, &succeeded(), "succeeded after canceled"),
    ] {
        let anomaly = NotApplied::Anomaly(words.into());
        assert_eq!(not_applied(job, 1, event), anomaly);
    }
    assert_eq!(
        not_applied(&completed, 1, &succeeded()),
        NotApplied::Ignored
    );
}

/// The dispatch submits to the next one only if the reply says that it may.
#[test]
fn a_rejection_that_opened_the_next_attempt_is_answered_again() {
    let [dispatching, running, ..] = jobs(false);
    let next = rejected(Some("b"));
    let second = applied(&dispatching, &next).job;
    assert_eq!(second.attempt, 2);
    assert_eq!(not_applied(&second, 1, &next), NotApplied::Repeated);
    let anomaly = |job: &Lifecycle, attempt, event: &Event| {
        matches!(not_applied(job, attempt, event), NotApplied::Anomaly(_))
    };
    assert!(anomaly(&second, 1, &rejected(None)));
    assert!(anomaly(&at_attempt(&second, 3), 1, &next));
    assert!(anomaly(&at_attempt(&running, 2), 1, &next));
}

#[test]
fn of_two_ingests_at_once_one_is_a_try() {
    let [.., storing, _, _, _, _] = jobs(false);
    let tried = |job: &Lifecycle, attempts| {
        apply(job, 1, &Event::IngestRetried { attempts }, Some(HOLD), NOW)
    };
    let once = tried(&storing, 0).unwrap().job;
    assert_eq!(tried(&once, 0), Err(NotApplied::Ignored));
    let twice = tried(&once, 1).unwrap().job;
    let State::Storing(Storing {
        ingest_attempts, ..
    }) = twice.state
    else {
        panic!("{twice:?}");
    };
    assert_eq!(ingest_attempts, 2);
}

#[test]
fn another_attempt_begins_without_a_task_and_as_if_the_job_began() {
    let [dispatching, ..] = jobs(false);
    let dispatching = Lifecycle {
        task_id: Some("t".into()),
        due_at: None,
        ..dispatching
    };
    let next = applied(&dispatching, &rejected(Some("b")));
    assert_eq!(next.next_model.as_deref(), Some("b"));
    assert_eq!((next.job.attempt, next.job.task_id.clone()), (2, None));
    assert_eq!(next.job.due_at, Some(NOW.plus(SUBMITTED_WITHIN)));
    let last = applied(&dispatching, &rejected(None));
    assert_eq!((last.job.attempt, last.next_model), (1, None));
    let wished = Lifecycle {
        cancel_requested: true,
        ..dispatching
    };
    let canceled = applied(&wished, &rejected(Some("b")));
    assert_eq!((canceled.job.attempt, canceled.next_model), (1, None));
}

#[test]
fn a_task_keeps_the_id_that_came_first_and_a_late_one_has_its_own() {
    let [_, running, ..] = jobs(false);
    assert_eq!(running.task_id, None);
    let accepted = |task: &str| Event::Accepted {
        task_id: task.into(),
        cost: None,
    };
    let known = applied(&running, &accepted("runs/7")).job;
    assert_eq!(known.task_id.as_deref(), Some("runs/7"));
    let again = applied(&known, &accepted("7")).job;
    assert_eq!(again.task_id.as_deref(), Some("runs/7"));
    let second = at_attempt(&known, 2);
    let late = apply(&second, 1, &succeeded(), Some(HOLD), NOW)
        .unwrap()
        .job;
    assert_eq!(late.task_id.as_deref(), Some("t"));
}

#[test]
fn every_change_is_another_version() {
    for (_, event) in events() {
        for job in jobs(false) {
            let hold = job.is_open().then_some(HOLD);
            if let Ok(applied) = apply(&job, 1, &event, hold, NOW) {
                assert_eq!(applied.job.version, 1);
                assert_eq!(applied.job.count, job.count);
                assert_eq!(applied.job.credits_per_image, job.credits_per_image);
            }
        }
    }
}

#[test]
fn progress_is_what_was_said_last_and_all_of_it_at_the_end() {
    let [_, running, _, storing, ..] = jobs(false);
    let half = applied(&running, &progressed(Some(50), false)).job;
    assert_eq!(half.progress, 50);
    assert_eq!(applied(&half, &progressed(None, true)).job.progress, 50);
    assert_eq!(applied(&half, &succeeded()).job.progress, 50);
    assert_eq!(applied(&storing, &stored(1)).job.progress, 100);
}

#[test]
fn a_request_to_cancel_stays() {
    let [_, running, ..] = jobs(false);
    assert!(
        !applied(&running, &progressed(None, true))
            .job
            .cancel_requested
    );
    let wished = applied(&running, &Event::CancelRequested).job;
    assert!(wished.cancel_requested);
    let later = applied(&wished, &progressed(None, true)).job;
    assert!(later.cancel_requested);
}

/// Or a chatty provider would be the reason that it is never asked.
#[test]
fn what_others_say_of_a_job_that_goes_on_leaves_the_reconcilers_time_as_it_is() {
    let later = NOW.plus(Duration::from_mins(3));
    let due = |job: &Lifecycle, event: &Event| {
        let due_at = Some(later);
        let job = Lifecycle {
            due_at,
            ..job.clone()
        };
        let applied = applied(&job, event).job;
        applied.due_at != due_at
    };
    let [dispatching, running, uncertain, storing, ..] = jobs(false);
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: Duration::from_hours(1),
        has_some: false,
    };
    let inconclusive = Event::PollInconclusive {
        not_found: false,
        poll_count: None,
    };
    for (job, event, is_anew) in [
        (&running, progressed(None, false), false),
        (&running, Event::CancelRequested, false),
        (&storing, Event::CancelRequested, false),
        (&running, progressed(None, true), true),
        (&running, inconclusive.clone(), true),
        (&uncertain, inconclusive, true),
        (&storing, Event::IngestRetried { attempts: 0 }, true),
        (&storing, unlisted, true),
        (&dispatching, rejected(Some("b")), true),
        // It has moved.
        (&dispatching, progressed(None, false), true),
        (&running, succeeded(), true),
    ] {
        assert_eq!(due(job, &event), is_anew, "{event:?}");
    }
}

#[test]
fn what_is_over_needs_nothing_more() {
    for (_, event) in events() {
        for job in jobs(false).into_iter().filter(Lifecycle::is_open) {
            let Ok(Applied { job, .. }) = apply(&job, 1, &event, Some(HOLD), NOW) else {
                continue;
            };
            assert_eq!(job.due_at.is_some(), job.is_open(), "{event:?}");
        }
    }
}

#[test]
fn a_hold_is_settled_for_the_pictures_there_are_and_released_at_any_other_end() {
    for (_, event) in events() {
        for job in jobs(false).into_iter().filter(Lifecycle::is_open) {
            let Ok(applied) = apply(&job, 1, &event, Some(HOLD), NOW) else {
                continue;
            };
            let expected = match applied.job.state.name() {
                StateName::Completed => HoldEffect::Settle { pictures: 1 },
                state if state.is_open() => HoldEffect::Keep,
                _ => HoldEffect::Release,
            };
            assert_eq!(applied.hold, expected, "{event:?}");
        }
    }
    let [.., storing, _, _, _, _] = jobs(false);
    assert_eq!(not_applied(&storing, 1, &stored(0)), NotApplied::Ignored);
    for (pictures, paid) in [(1, 1), (2, 2), (3, 2)] {
        let stored = applied(&storing, &stored(pictures));
        assert_eq!(stored.hold, HoldEffect::Settle { pictures: paid });
        assert_eq!(stored.images.len(), usize::from(paid));
    }
}

#[test]
fn pictures_are_waived_if_their_hold_has_ended() {
    let [.., storing, _, _, _, _] = jobs(false);
    for (hold, waived) in [(Some(HOLD), false), (None, true)] {
        let applied = apply(&storing, 1, &stored(2), hold, NOW).unwrap();
        assert_eq!(applied.job.state, State::Completed { waived });
    }
}
