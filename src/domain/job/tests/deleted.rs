//! What happens to a job that its user has deleted: nothing is stored, and what was made is charged.

use super::*;

fn deleted(job: &Lifecycle) -> Lifecycle {
    Lifecycle {
        is_deleted: true,
        ..job.clone()
    }
}

fn addresses(count: usize) -> Vec<String> {
    vec!["https://cdn.example/1".into(); count]
}

fn succeeded(results: usize) -> Event {
    Event::Succeeded {
        task_id: "t".into(),
        results: addresses(results),
        cost: Some(Credits::of(7)),
        stored: vec![],
    }
}

fn discarded(made: u8) -> Event {
    Event::DiscardedAfterDeletion {
        task_id: Some("t".into()),
        cost: Some(Credits::of(7)),
        made,
    }
}

/// Where it leads, what is charged, and that nothing is stored.
fn outcome(
    job: &Lifecycle,
    event: &Event,
    hold: Option<HoldTimes>,
) -> Result<(StateName, HoldEffect), NotApplied> {
    let applied = apply(&deleted(job), 1, event, hold, NOW)?;
    assert_eq!(applied.images, []);
    Ok((applied.job.state.name(), applied.hold))
}

const fn paid(pictures: u8) -> (StateName, HoldEffect) {
    (StateName::Completed, HoldEffect::Settle { pictures })
}

const RELEASED: (StateName, HoldEffect) = (StateName::Canceled, HoldEffect::Release);

#[test]
fn what_a_provider_reports_is_paid_up_to_what_was_asked_for() {
    let [dispatching, running, uncertain, storing, ..] = jobs(false);
    for job in [&dispatching, &running, &uncertain, &storing] {
        for (results, pictures) in [(1, 1), (2, 2), (3, 2), (300, 2)] {
            let success = outcome(job, &succeeded(results), Some(HOLD));
            assert_eq!(success, Ok(paid(pictures)));
        }
        for (made, pictures) in [(1, 1), (2, 2), (3, 2)] {
            assert_eq!(
                outcome(job, &discarded(made), Some(HOLD)),
                Ok(paid(pictures))
            );
        }
        assert_eq!(outcome(job, &succeeded(0), Some(HOLD)), Ok(RELEASED));
        assert_eq!(outcome(job, &discarded(0), Some(HOLD)), Ok(RELEASED));
    }
}

#[test]
fn after_its_hold_nothing_is_paid() {
    let [.., storing, _, _, _, _] = jobs(false);
    for event in [succeeded(2), discarded(2)] {
        assert_eq!(outcome(&storing, &event, None), Ok(RELEASED));
    }
    let [.., expired] = jobs(false);
    let late = outcome(&expired, &succeeded(2), None);
    assert_eq!(late, Err(NotApplied::Ignored));
}

/// By then two addresses are known, of which one picture may be stored.
#[test]
fn an_ingest_under_way_pays_what_it_has_stored_or_else_what_was_reported() {
    let [.., mut storing, _, _, _, _] = jobs(false);
    let State::Storing(state) = &mut storing.state else {
        unreachable!("the fourth is storing");
    };
    state.results = addresses(2);
    let images = vec![image(0)];
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: std::time::Duration::from_hours(1),
        has_some: false,
    };
    for (event, pictures) in [
        (Event::Stored { images }, 1),
        (Event::IngestRetried { attempts: 0 }, 2),
        (unlisted, 2),
    ] {
        assert_eq!(outcome(&storing, &event, Some(HOLD)), Ok(paid(pictures)));
        assert_eq!(outcome(&storing, &event, None), Ok(RELEASED));
    }
}

/// A job that a provider still has is neither charged nor released by it.
#[test]
fn an_ingest_of_a_job_that_is_not_being_stored_tells_nothing() {
    let [dispatching, running, uncertain, ..] = jobs(false);
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: std::time::Duration::from_hours(1),
        has_some: false,
    };
    let stored = Event::Stored {
        images: vec![image(0)],
    };
    for event in [stored, Event::IngestRetried { attempts: 0 }, unlisted] {
        for job in [&dispatching, &running, &uncertain] {
            let ignored = Err(NotApplied::Ignored);
            assert_eq!(outcome(job, &event, Some(HOLD)), ignored);
        }
    }
}

#[test]
fn what_is_discarded_is_learned_as_the_success_it_was() {
    let [_, running, ..] = jobs(false);
    for event in [succeeded(2), discarded(2)] {
        let applied = apply(&deleted(&running), 1, &event, Some(HOLD), NOW);
        let applied = applied.unwrap();
        assert_eq!(applied.learned.outcome, Some("succeeded"));
        assert_eq!(applied.learned.task_id.as_deref(), Some("t"));
        assert_eq!(applied.learned.cost, Some(Credits::of(7)));
        assert_eq!(applied.job.task_id.as_deref(), Some("t"));
    }
}

/// It asks to cancel, too.
#[test]
fn what_is_not_finished_ends_as_any_job_that_was_canceled() {
    for (event, (name, said)) in events().into_iter().enumerate() {
        for (job, canceled) in jobs(false).iter().zip(jobs(true)) {
            let is_finished = matches!(
                said,
                Event::Succeeded { .. }
                    | Event::DiscardedAfterDeletion { .. }
                    | Event::Stored { .. }
                    | Event::IngestRetried { .. }
                    | Event::HostUnlisted { .. }
            );
            let hold = job.is_open().then_some(HOLD);
            let state = |job: &Lifecycle| {
                let applied = apply(job, 1, &said, hold, NOW);
                applied.map(|applied| (applied.job.state, applied.hold))
            };
            if !is_finished {
                assert_eq!(state(&deleted(job)), state(&canceled), "{event} {name}");
            }
        }
    }
}
