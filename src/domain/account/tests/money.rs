//! Grants and clawbacks, and the same once more.

use super::*;
use crate::domain::ledger::{Receipt, ReceiptLine, Refusal};

fn granted_before(earlier: EarlierGrant) -> Facts {
    Facts {
        grant: Fact::Present(earlier),
        ..Facts::default()
    }
}

fn clawback(credits: u32) -> Clawback {
    Clawback {
        package: package(1),
        credits: Credits::of(credits),
        reason: "a refund".into(),
        reference: "clawback 1".into(),
        operator: None,
    }
}

fn clawed_back_before(account: AccountId, clawback: Clawback, receipt: Receipt) -> Facts {
    Facts {
        clawback: Fact::Present(EarlierClawback {
            account,
            clawback,
            receipt,
        }),
        ..Facts::default()
    }
}

#[test]
fn a_reference_is_looked_up_before_anything_comes_in_or_goes() {
    let account = Account::with(10);
    let reference = || "grant 2".into();
    assert_eq!(
        account.unread(&Command::Grant(grant(2, 5)), at(1, 0)),
        Err(Need::Grant {
            reference: reference()
        })
    );
    assert_eq!(
        account.unread(&Command::Clawback(clawback(5)), at(1, 0)),
        Err(Need::Clawback {
            reference: "clawback 1".into()
        })
    );
}

#[test]
fn a_grant_makes_a_package_and_the_first_one_an_account() {
    let mut account = Account::new();
    assert!(account.state.is_new());
    for (number, account_created) in [(1, true), (2, false)] {
        let grant = grant(number, 10);
        let decision = account.tell(&Command::Grant(grant.clone()), at(1, 0));
        let made = account.state.book.packages.last().copied().unwrap();
        assert_eq!(
            (made.id, made.remaining),
            (package(number), Credits::of(10))
        );
        assert_eq!(decision.changes.money.granted, Some(made));
        assert_eq!(decision.changes.writes, [Write::Grant(grant)]);
        assert_eq!(decision.changes.account, ACCOUNT);
        assert_eq!(decision.changes.now, at(1, 0));
        assert!(!decision.only_due);
        assert_eq!(
            decision.reply,
            Reply::Granted {
                package: made,
                receipt: Receipt::of_grant(&made),
                account_created
            }
        );
        assert!(!account.state.is_new());
    }
    assert_eq!(account.balance(at(1, 0)), (20, 0));
}

#[test]
fn a_grant_that_may_not_make_an_account_makes_none() {
    let grant = Grant {
        may_create: false,
        ..grant(2, 5)
    };
    let command = Command::Grant(grant);
    let refused = Account::new().refused(&nothing_there(), &command, at(0, 0));
    assert_eq!(refused, Refused::NoSuchAccount);
    Account::with(10).tell(&command, at(0, 0));
}

#[test]
fn a_grant_that_the_ledger_refuses_is_not_written() {
    for account in [Account::new(), Account::with(10)] {
        let command = Command::Grant(grant(2, 0));
        let refused = account.refused(&nothing_there(), &command, at(0, 0));
        assert_eq!(refused, Refused::Ledger(Refusal::NothingToMove));
    }
}

/// Whatever has become of its package, and under whatever id it would come in now.
#[test]
fn a_grant_that_comes_again_gets_its_first_receipt() {
    let mut account = Account::new();
    let first = account.tell(&Command::Grant(grant(1, 10)), at(0, 0));
    let Reply::Granted { receipt, .. } = first.reply else {
        panic!("{first:?}");
    };
    account.tell(&opens(open(1)), at(1, 0));
    let package = account.state.book.packages[0];
    for is_first in [true, false] {
        let earlier = EarlierGrant {
            account: ACCOUNT,
            package,
            is_first,
        };
        let again = Grant {
            package: super::package(7),
            ..grant(1, 10)
        };
        let decision = account.on(&granted_before(earlier), &Command::Grant(again), at(1, 0));
        let decision = decision.unwrap();
        assert_unchanged(&account, &decision);
        let receipt = receipt.clone();
        assert_eq!(
            decision.reply,
            Reply::Granted {
                package,
                receipt,
                account_created: is_first
            }
        );
    }
}

/// The row that was read is of before; what is due by now is written with the answer.
#[test]
fn a_grant_that_comes_again_tells_its_package_with_what_was_due() {
    let mut account = Account::new();
    let grant = Grant {
        expires_at: Some(at(10, 0)),
        ..grant(1, 10)
    };
    account.tell(&Command::Grant(grant.clone()), at(0, 0));
    let earlier = EarlierGrant {
        account: ACCOUNT,
        package: account.state.book.packages[0],
        is_first: true,
    };
    let facts = granted_before(earlier.clone());
    let again = account.on(&facts, &Command::Grant(grant), at(10, 0));
    let again = again.unwrap();
    assert_eq!(movements(&again), [(Movement::Expire, 10)]);
    assert!(again.only_due);
    let expired = crate::domain::ledger::Package {
        remaining: Credits::ZERO,
        expired: Credits::of(10),
        ..earlier.package
    };
    let Reply::Granted {
        package, receipt, ..
    } = again.reply
    else {
        panic!("{again:?}");
    };
    assert_eq!(package, expired);
    assert_eq!(receipt, Receipt::of_grant(&earlier.package));
}

/// One that is used up is no longer in the book.
#[test]
fn a_grant_that_comes_again_tells_its_package_when_that_is_used_up() {
    let mut account = Account::new();
    account.tell(&Command::Grant(grant(1, 10)), at(0, 0));
    let mut package = account.state.book.packages[0];
    account.tell(&Command::Clawback(clawback(10)), at(1, 0));
    account.tell(&Command::Grant(grant(2, 10)), at(1, 0));
    (package.remaining, package.clawed_back) = (Credits::ZERO, Credits::of(10));
    let earlier = EarlierGrant {
        account: ACCOUNT,
        package,
        is_first: true,
    };
    let again = account.on(
        &granted_before(earlier),
        &Command::Grant(grant(1, 10)),
        at(1, 0),
    );
    let Reply::Granted { package: told, .. } = again.unwrap().reply else {
        panic!("it is refused");
    };
    assert_eq!(told, package);
}

#[test]
fn a_reference_of_another_grant_is_refused() {
    let account = Account::with(10);
    let earlier = EarlierGrant {
        account: ACCOUNT,
        package: account.state.book.packages[0],
        is_first: true,
    };
    let elsewhere = EarlierGrant {
        account: AccountId::from_bytes([8; 16]),
        ..earlier.clone()
    };
    let same = grant(1, 10);
    let kind = PackageKind::Promo;
    let expires_at = Some(at(100, 0));
    for (earlier, grant) in [
        (&elsewhere, same.clone()),
        (&earlier, grant(1, 11)),
        (
            &earlier,
            Grant {
                kind,
                ..same.clone()
            },
        ),
        (&earlier, Grant { expires_at, ..same }),
    ] {
        let facts = granted_before(earlier.clone());
        let refused = account.refused(&facts, &Command::Grant(grant), at(1, 0));
        assert_eq!(refused, Refused::KeyReused);
    }
}

#[test]
fn a_clawback_takes_what_remains_and_says_from_what() {
    let mut account = Account::with(10);
    account.tell(&opens(open(1)), at(0, 0)); // 6 of them are held.
    let decision = account.tell(&Command::Clawback(clawback(3)), at(1, 0));
    let line = ReceiptLine {
        movement: Movement::Clawback,
        package: package(1),
        credits: Credits::of(3),
        expires_at: None,
        remaining_before: Credits::of(4),
        remaining_after: Credits::of(1),
    };
    let receipt = Receipt(vec![line]);
    assert_eq!(decision.reply, Reply::ClawedBack { receipt });
    assert_eq!(
        decision.changes.writes,
        [Write::Clawback(ClawbackRecord {
            clawback: clawback(3),
            remaining_before: Credits::of(4),
            expires_at: None
        })]
    );
    assert_eq!(movements(&decision), [(Movement::Clawback, 3)]);
    assert!(!decision.only_due);
    assert_eq!(account.balance(at(1, 0)), (1, 6));
}

#[test]
fn a_clawback_takes_nothing_that_is_not_there() {
    let command = Command::Clawback(clawback(11));
    let refused = Account::new().refused(&nothing_there(), &command, at(1, 0));
    assert_eq!(refused, Refused::NoSuchAccount);
    let (asked, remaining) = (Credits::of(11), Credits::of(10));
    assert_eq!(
        Account::with(10).refused(&nothing_there(), &command, at(1, 0)),
        Refused::Ledger(Refusal::WouldBeNegative { asked, remaining })
    );
}

/// And takes nothing, though there is enough for another.
#[test]
fn a_clawback_that_comes_again_gets_its_first_receipt() {
    let mut account = Account::with(10);
    let command = Command::Clawback(clawback(3));
    let first = account.tell(&command, at(1, 0)).reply;
    let Reply::ClawedBack { receipt } = first.clone() else {
        panic!("{first:?}");
    };
    account.tell(&opens(open(1)), at(1, 0));
    let facts = clawed_back_before(ACCOUNT, clawback(3), receipt);
    let decision = account.on(&facts, &command, at(1, 0)).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, first);
}

#[test]
fn a_reference_of_another_clawback_is_refused() {
    let account = Account::with(10);
    let elsewhere = AccountId::from_bytes([8; 16]);
    let reason = "a dispute".into();
    for (whose, clawback) in [
        (elsewhere, clawback(3)),
        (ACCOUNT, clawback(4)),
        (
            ACCOUNT,
            Clawback {
                reason,
                ..clawback(3)
            },
        ),
    ] {
        let facts = clawed_back_before(whose, self::clawback(3), Receipt::default());
        let refused = account.refused(&facts, &Command::Clawback(clawback), at(1, 0));
        assert_eq!(refused, Refused::KeyReused);
    }
}
