//! A request that comes again: because its first answer was lost, or under the same idempotency key.

use super::*;
use crate::domain::ledger::Refusal;

/// The database's answer: this job has the id or the key, and this was asked for.
fn earlier(number: u8, fingerprint: Option<&str>) -> Facts {
    Facts {
        may_have_happened: true,
        earlier_job: Fact::Present(EarlierJob {
            job: job(number),
            fingerprint: fingerprint.map(Into::into),
        }),
        ..Facts::default()
    }
}

fn with_key(number: u8) -> Open {
    Open {
        idempotency_key: Some("key".into()),
        ..open(number)
    }
}

#[test]
fn after_a_batch_that_may_have_been_written_it_is_looked_up_first() {
    let account = Account::with(10);
    let command = opens(with_key(1));
    let unread = Facts {
        may_have_happened: true,
        ..Facts::default()
    };
    assert_eq!(
        account.on(&unread, &command, at(1, 0)),
        Err(Need::EarlierJob {
            job: job(1),
            key: Some("key".into())
        })
    );
    let facts = Facts {
        may_have_happened: true,
        ..nothing_there()
    };
    let decision = account.on(&facts, &command, at(1, 0)).unwrap();
    assert!(matches!(decision.reply, Reply::Opened(_)));
    assert!(!decision.only_due);
}

/// With its hold still open the answer is the first one, to the letter: nobody has submitted it yet.
#[test]
fn a_request_whose_answer_was_lost_gets_that_answer() {
    let mut account = Account::with(10);
    let command = opens(with_key(1));
    let first = account.tell(&command, at(1, 0)).reply;
    assert!(matches!(first, Reply::Opened(_)));
    account.tell(&Command::Grant(grant(2, 5)), at(1, 10));
    for fingerprint in [Some("request 1"), None] {
        let facts = earlier(1, fingerprint);
        let decision = account.on(&facts, &command, at(1, 30)).unwrap();
        assert_unchanged(&account, &decision);
        assert_eq!(decision.reply, first);
    }
}

/// Its answer was lost, its user canceled it or was forgotten, and then the request comes again: whoever gets the
/// answer would be the first to submit it.
#[test]
fn a_request_whose_job_was_canceled_before_its_answer_came_is_told_so() {
    for ending in [happens(1, Event::CancelRequested), Command::Forget] {
        let mut account = Account::with(10);
        let command = opens(with_key(1));
        account.tell(&command, at(1, 0));
        account.tell(&ending, at(1, 10));
        let decision = account
            .on(&earlier(1, Some("request 1")), &command, at(1, 30))
            .unwrap();
        let Reply::Opened(opened) = decision.reply else {
            unreachable!("its hold is open");
        };
        assert!(opened.should_stop);
        let abandoned = Event::Abandoned {
            detail: "it was canceled before it was submitted".into(),
        };
        let reply = account.tell(&happens(1, abandoned), at(1, 31)).reply;
        assert!(matches!(
            reply,
            Reply::Moved {
                state: StateName::Canceled,
                ..
            }
        ));
    }
}

#[test]
fn an_earlier_request_under_the_key_is_the_answer_whether_or_not_its_job_is_open() {
    let mut account = Account::with(10);
    account.tell(&opens(with_key(1)), at(1, 0));
    let again = opens(with_key(2));
    for event in [accepted(), failed()] {
        account.tell(&happens(1, event), at(1, 0));
        for (fingerprint, expected) in [
            (Some("request 2"), Reply::SameJob { job: job(1) }),
            (Some("another"), Reply::Refused(Refused::KeyReused)),
            (None, Reply::Refused(Refused::KeyOfDeleted)),
        ] {
            let facts = earlier(1, fingerprint);
            let decision = account.on(&facts, &again, at(1, 0)).unwrap();
            assert_unchanged(&account, &decision);
            assert_eq!(decision.reply, expected);
        }
    }
}

#[test]
fn a_request_whose_answer_was_lost_until_its_job_had_ended_is_that_job() {
    let mut account = Account::with(10);
    let command = opens(with_key(1));
    account.tell(&command, at(1, 0));
    account.tell(&happens(1, failed()), at(1, 1));
    let facts = earlier(1, Some("request 1"));
    let decision = account.on(&facts, &command, at(1, 2)).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, Reply::SameJob { job: job(1) });
}

#[test]
fn what_the_ledger_refuses_is_answered_with_the_earlier_job_if_there_is_one() {
    let mut account = Account::with(6);
    let command = opens(with_key(1));
    let first = account.tell(&command, at(1, 0)).reply;
    let facts = Facts {
        may_have_happened: false,
        ..earlier(1, Some("request 1"))
    };
    let decision = account.on(&facts, &command, at(1, 0)).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, first);
}

#[test]
fn a_batch_that_the_database_refuses_is_answered_with_the_earlier_job_if_there_is_one() {
    let mut account = Account::with(10);
    let command = opens(with_key(1));
    let first = account.tell(&command, at(1, 0)).reply;
    let refused = Refused::CircuitOpen;
    let say = |facts: &Facts| instead(&account.state, facts, &command, refused.clone());
    assert_eq!(
        say(&Facts::default()),
        Err(Need::EarlierJob {
            job: job(1),
            key: Some("key".into())
        })
    );
    assert_eq!(say(&earlier(1, Some("request 1"))), Ok(first));
    assert_eq!(
        say(&earlier(3, Some("request 1"))),
        Ok(Reply::SameJob { job: job(3) })
    );
    assert_eq!(say(&nothing_there()), Ok(Reply::Refused(refused.clone())));
}

/// Each other command either looks its reference up before, or does the same again.
#[test]
fn a_batch_of_another_command_that_the_database_refuses_is_refused() {
    let account = Account::with(10);
    let clawback = Clawback {
        package: package(1),
        credits: Credits::of(1),
        reason: String::new(),
        reference: String::new(),
        operator: None,
    };
    for command in [
        Command::Grant(grant(2, 5)),
        Command::Clawback(clawback),
        happens(1, accepted()),
        Command::ExpireHold { job: job(1) },
        Command::Delete { job: job(1) },
        Command::Forget,
        Command::Balance,
        Command::Limits,
    ] {
        let refused = Refused::Ledger(Refusal::NoOpenHold);
        assert_eq!(
            instead(&account.state, &Facts::default(), &command, refused.clone()),
            Ok(Reply::Refused(refused))
        );
    }
}
