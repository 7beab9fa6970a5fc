//! What events tell about their attempts, and what else is read of them.

use super::*;
use crate::domain::health::Health;

/// What is learned of an event in a state.
fn learned(job: &Lifecycle, event: &Event) -> Learned {
    apply(job, 1, event, Some(HOLD), NOW).unwrap().learned
}

const COST: Option<Credits> = Some(Credits::of(7));

#[test]
fn what_a_provider_says_of_a_submission_is_learned() {
    let [dispatching, ..] = jobs(false);
    let detail = || String::from("busy");
    let reason = FailureCode::ProviderUnavailable;
    let accepted = Event::Accepted {
        task_id: "t".into(),
        cost: COST,
    };
    let rejected = Event::SubmissionRejected {
        reason,
        detail: detail(),
        health: Some(Health::NeedsOperator),
        next: None,
    };
    let unknown = Event::SubmissionUnknown {
        detail: detail(),
        health: Some(Health::Failing),
        can_be_found: false,
        callback_possible_for: std::time::Duration::ZERO,
    };
    let abandoned = Event::Abandoned { detail: detail() };
    let with = |outcome, health| Learned {
        outcome: Some(outcome),
        detail: Some(detail()),
        health,
        ..Learned::default()
    };
    for (event, expected) in [
        (
            accepted,
            Learned {
                task_id: Some("t".into()),
                outcome: Some("accepted"),
                cost: COST,
                health: Some(Health::Well),
                ..Learned::default()
            },
        ),
        (rejected, with("rejected", Some(Health::NeedsOperator))),
        (unknown, with("unknown", Some(Health::Failing))),
        (abandoned, with("abandoned", None)),
    ] {
        assert_eq!(learned(&dispatching, &event), expected);
        assert!(expected.is_news());
    }
}

#[test]
fn how_a_task_ended_is_learned() {
    let [_, running, _, storing, ..] = jobs(false);
    let succeeded = Event::Succeeded {
        task_id: "t".into(),
        results: Vec::new(),
        cost: COST,
        stored: vec![],
    };
    let failed = Event::Failed {
        task_id: Some("t".into()),
        reason: FailureCode::GenerationFailed,
        detail: "no person".into(),
    };
    let of_task = |outcome, detail: Option<&str>, cost| Learned {
        task_id: Some("t".into()),
        outcome: Some(outcome),
        detail: detail.map(Into::into),
        cost,
        health: None,
    };
    assert_eq!(
        learned(&running, &succeeded),
        of_task("succeeded", None, COST)
    );
    assert_eq!(
        learned(&running, &failed),
        of_task("failed", Some("no person"), None)
    );
    let lost = Event::IngestFailed {
        detail: "gone".into(),
    };
    let only_detail = |detail: &str| Learned {
        detail: Some(detail.into()),
        ..Learned::default()
    };
    assert_eq!(learned(&storing, &lost), only_detail("gone"));
    let unlisted = Event::HostUnlisted {
        hosts: "media.example".into(),
        kept_for: std::time::Duration::from_hours(1),
        has_some: false,
    };
    let words = "the result is on media.example, which RESULT_HOSTS does not list";
    assert_eq!(learned(&storing, &unlisted), only_detail(words));
    assert!(only_detail(words).is_news());
}

/// A poll without an answer is nothing to write down, until the last of them ends the job.
#[test]
fn that_a_provider_has_no_such_task_is_learned_once_it_is_trusted() {
    let [_, mut running, ..] = jobs(false);
    let event = Event::PollInconclusive {
        not_found: true,
        poll_count: None,
    };
    for _ in 0..4 {
        let applied = apply(&running, 1, &event, Some(HOLD), NOW).unwrap();
        assert_eq!(applied.learned, Learned::default());
        assert!(!applied.learned.is_news());
        running = applied.job;
    }
    let last = learned(&running, &event);
    assert_eq!(last.outcome, Some("failed"));
    let words = "the provider has no such task";
    assert_eq!(last.detail.as_deref(), Some(words));
}

#[test]
fn a_task_that_comes_along_is_news_and_one_that_was_asked_to_stop_was_known() {
    let [_, running, ..] = jobs(false);
    let progressed = |task_id: Option<&str>| Event::Progressed {
        task_id: task_id.map(Into::into),
        percent: Some(1),
        polled: true,
    };
    let found = learned(&running, &progressed(Some("t")));
    assert_eq!(found.task_id.as_deref(), Some("t"));
    assert!(found.is_news());
    assert!(!learned(&running, &progressed(None)).is_news());
    let canceled = Event::CancelConfirmed {
        task_id: "t".into(),
    };
    assert_eq!(learned(&running, &canceled), Learned::default());
}

/// What a job costs is told of the task that has it, at its begin or at its end.
#[test]
fn what_it_costs_is_told_of_what_a_provider_has() {
    for (name, event) in events() {
        assert_eq!(event.cost(), None, "{name}");
    }
    let (task_id, results) = (String::from("t"), Vec::new());
    let accepted = Event::Accepted {
        task_id: task_id.clone(),
        cost: COST,
    };
    let succeeded = Event::Succeeded {
        task_id,
        results,
        cost: COST,
        stored: vec![],
    };
    assert_eq!([accepted.cost(), succeeded.cost()], [COST, COST]);
}

#[test]
fn the_words_of_a_vendor_can_be_redacted_where_there_are_any() {
    let mut with_words = Vec::new();
    for (name, mut event) in events() {
        if let Some(detail) = event.detail_mut() {
            assert_eq!(detail, "…");
            *detail = "redacted".into();
            let json = serde_json::json!(event).to_string();
            assert!(json.contains("redacted") && !json.contains('…'));
            with_words.push(name);
        }
    }
    assert_eq!(
        with_words,
        [
            "submission rejected",
            "submission rejected, next",
            "submission unknown",
            "abandoned",
            "failed",
            "ingest failed",
        ]
    );
}
