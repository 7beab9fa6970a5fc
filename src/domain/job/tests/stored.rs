//! A success whose pictures are stored before it is told.

use super::apply::{progressed, stored, succeeded};
use super::*;

/// A success whose pictures are stored does all that a success and the storing of them do.
#[test]
fn a_success_whose_pictures_are_stored_is_both_at_once() {
    for job in jobs(false) {
        let job = Lifecycle {
            task_id: Some("t".into()),
            ..job
        };
        let hold = job.is_open().then_some(HOLD);
        let both = Event::Succeeded {
            task_id: "t".into(),
            results: vec!["https://cdn.example/1".into()],
            cost: Some(Credits::of(1)),
            stored: (0..3).map(image).collect(),
        };
        let Event::Succeeded {
            task_id,
            results,
            cost,
            ..
        } = both.clone()
        else {
            unreachable!("it is one");
        };
        let success = Event::Succeeded {
            task_id,
            results,
            cost,
            stored: vec![],
        };
        let Ok(at_once) = apply(&job, 1, &both, hold, NOW) else {
            assert!(!job.is_open() && job.state.name() != StateName::Expired);
            continue;
        };
        let first = apply(&job, 1, &success, hold, NOW);
        let before = first.as_ref().map_or(&job, |first| &first.job);
        let second = apply(before, 1, &stored(3), hold, NOW).unwrap();
        let version = job.version + 1;
        assert_eq!(
            at_once.job,
            Lifecycle {
                version,
                ..second.job
            }
        );
        assert_eq!((at_once.hold, at_once.images), (second.hold, second.images));
        if let Ok(first) = first {
            assert_eq!(at_once.learned, first.learned);
        }
    }
}

#[test]
fn only_a_success_takes_pictures_that_are_stored() {
    let pictures = vec![image(0), image(1)];
    let success = succeeded().with_stored(pictures.clone());
    assert_eq!(success.stored(), pictures);
    assert_eq!(stored(2).stored(), pictures);
    let other = progressed(None, false).with_stored(pictures);
    assert_eq!(other, progressed(None, false));
    assert!(other.stored().is_empty());
}

/// What is stored under a job's name is of its own task.
#[test]
fn only_a_running_job_awaits_and_only_the_task_that_it_has() {
    for (is_deleted, expected) in [(false, vec!["running"]), (true, vec![])] {
        let jobs = jobs(false).map(|job| Lifecycle {
            is_deleted,
            task_id: Some("path/t".into()),
            ..job
        });
        let awaiting = jobs.iter().filter(|job| job.awaits(job.attempt, "t"));
        let awaiting: Vec<_> = awaiting.map(|job| job.state.name().name()).collect();
        assert_eq!(awaiting, expected);
        for job in &jobs {
            assert!(!job.awaits(job.attempt, "another"));
            assert!(!job.awaits(job.attempt + 1, "t"));
            let unknown = Lifecycle {
                task_id: None,
                ..job.clone()
            };
            assert!(!unknown.awaits(job.attempt, "t"));
        }
    }
}
