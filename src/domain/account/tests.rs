//! What each command does to an account. Facts are given by hand, times are hours and minutes, packages and
//! jobs are named by a number.

mod due;
mod erasing;
mod events;
mod events_after_the_hold;
mod money;
mod opening;
mod opening_again;
mod orders;
mod purchases;
mod reversals;

use std::time::Duration;

use super::*;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, PackageId, UploadId};
use crate::domain::job::{
    Event, FailureCode, GenerationRequest, Lifecycle, StateName, StoredImage,
};
use crate::domain::ledger::{Movement, PackageKind, Rules};
use crate::domain::limits::Limits;
use crate::domain::options::Options;
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;

const ACCOUNT: AccountId = AccountId::from_bytes([9; 16]);

const POLICY: Policy = Policy {
    rules: Rules {
        max_open_holds: 3,
        hold_ttl: Duration::from_hours(2),
        release_grace: Duration::from_hours(72),
    },
    limits: NO_LIMITS,
};

const NO_LIMITS: Limits = Limits {
    generations_per_minute: 0,
    failed_per_hour: 0,
};

fn at(hours: u64, minutes: u64) -> Timestamp {
    let hours = Timestamp::from_millis(0).plus(Duration::from_hours(hours));
    hours.plus(Duration::from_mins(minutes))
}

fn just_before(moment: Timestamp) -> Timestamp {
    moment.minus(Duration::from_millis(1))
}

const fn package(number: u8) -> PackageId {
    PackageId::from_bytes([number; 16])
}

const fn job(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

/// What a database answers that has nothing of what it is asked for.
fn nothing_there() -> Facts {
    Facts {
        may_have_happened: false,
        job: Fact::Absent,
        grant: Fact::Absent,
        clawback: Fact::Absent,
        earlier_job: Fact::Absent,
        missing_upload: Fact::Absent,
        order: Fact::Absent,
        checkout: Fact::Absent,
    }
}

/// The facts of a job without an open hold.
fn job_is(lifecycle: &Lifecycle) -> Facts {
    Facts {
        job: Fact::Present(lifecycle.clone()),
        ..nothing_there()
    }
}

/// An account that does as the keeper does: releases expired holds, decides, and remembers.
#[derive(Debug, Clone)]
struct Account {
    policy: Policy,
    state: AccountState,
}

impl Account {
    /// One that nothing has happened to.
    fn new() -> Self {
        Self {
            policy: POLICY,
            state: AccountState::empty(ACCOUNT),
        }
    }

    /// One that was granted credits that never expire, as package 1 at hour 0.
    fn with(credits: u32) -> Self {
        let mut account = Self::new();
        account.tell(&Command::Grant(grant(1, credits)), at(0, 0));
        account
    }

    /// What it would decide on these facts.
    fn on(&self, facts: &Facts, command: &Command, now: Timestamp) -> Result<Decision, Need> {
        decide(&self.policy, &self.state, facts, command, now)
    }

    /// What it would decide if nobody has read anything.
    fn unread(&self, command: &Command, now: Timestamp) -> Result<Decision, Need> {
        self.on(&Facts::default(), command, now)
    }

    /// Carries out a command that a database knows nothing of.
    fn tell(&mut self, command: &Command, now: Timestamp) -> Decision {
        self.tell_on(&nothing_there(), command, now)
    }

    fn tell_on(&mut self, facts: &Facts, command: &Command, now: Timestamp) -> Decision {
        if let Some(due) = expire_holds(&self.policy, &self.state, now) {
            self.state.follow(&due.changes);
        }
        let decision = self.on(facts, command, now).unwrap();
        self.state.follow(&decision.changes);
        decision
    }

    /// Carries out a command on these facts that must be refused, and change nothing.
    fn refused(&self, facts: &Facts, command: &Command, now: Timestamp) -> Refused {
        let decision = self.on(facts, command, now).unwrap();
        assert_unchanged(self, &decision);
        match decision.reply {
            Reply::Refused(refused) => refused,
            other => panic!("it is not refused: {other:?}"),
        }
    }

    /// What can be frozen and what is held.
    fn balance(&self, now: Timestamp) -> (u64, u64) {
        match self.unread(&Command::Balance, now).unwrap().reply {
            Reply::Balance {
                available, held, ..
            } => (available.get(), held.get()),
            other => panic!("no balance: {other:?}"),
        }
    }
}

/// The account once a decision is committed.
fn after(account: &Account, decision: &Decision) -> Account {
    let mut after = account.clone();
    after.state.follow(&decision.changes);
    after
}

/// A decision that changes nothing, not even what is due.
fn assert_unchanged(account: &Account, decision: &Decision) {
    assert!(decision.changes.is_empty(), "{:?}", decision.changes);
    assert_eq!(after(account, decision).state, account.state);
    assert!(decision.only_due);
    assert_eq!(decision.operator_loss, None);
}

fn grant(number: u8, credits: u32) -> Grant {
    Grant {
        subject: Some("ada".into()),
        may_create: true,
        package: package(number),
        kind: PackageKind::Paid,
        credits: Credits::of(credits),
        expires_at: None,
        reference: format!("grant {number}"),
        operator: None,
        claims: Vec::new(),
    }
}

/// Three pictures at 2 credits, without an idempotency key.
fn open(number: u8) -> Open {
    Open {
        job: job(number),
        request: GenerationRequest {
            model: "a/model".into(),
            photo: UploadId::from_bytes([1; 16]),
            garment: Some(UploadId::from_bytes([2; 16])),
            prompt: None,
            aspect_ratio: None,
            options: Options::default(),
            count: 3,
            credits_per_image: Credits::of(2),
            fingerprint: format!("request {number}"),
        },
        first: "b/model".into(),
        idempotency_key: None,
    }
}

fn opens(open: Open) -> Command {
    Command::Open(Box::new(open))
}

/// Something that happens to the current attempt of a job.
fn happens(number: u8, event: Event) -> Command {
    Command::JobEvent {
        job: job(number),
        attempt: None,
        event,
    }
}

fn accepted() -> Event {
    Event::Accepted {
        task_id: "task".into(),
        cost: None,
    }
}

/// The provider has made so many pictures.
fn succeeded(pictures: u8) -> Event {
    let results = (0..pictures).map(|number| format!("https://cdn.example/{number}"));
    Event::Succeeded {
        task_id: "task".into(),
        results: results.collect(),
        cost: None,
        stored: vec![],
    }
}

fn failed() -> Event {
    Event::Failed {
        task_id: None,
        reason: FailureCode::GenerationFailed,
        detail: "no person".into(),
    }
}

const fn image(position: u8) -> StoredImage {
    StoredImage {
        position,
        format: PictureFormat::Png,
        bytes: 9,
        width: 1,
        height: 1,
    }
}

/// So many pictures are in our own storage.
fn stored(pictures: u8) -> Event {
    let images = (0..pictures).map(image).collect();
    Event::Stored { images }
}

/// The movements that a decision journals.
fn movements(decision: &Decision) -> Vec<(Movement, u64)> {
    let entries = decision.changes.money.entries.iter();
    let movements = entries.map(|(entry, _)| (entry.movement, entry.amount.get()));
    movements.collect()
}

/// The states that a decision writes of jobs.
fn states(decision: &Decision) -> Vec<(JobId, StateName)> {
    let jobs = decision.changes.jobs();
    jobs.map(|(id, job)| (id, job.state.name())).collect()
}

#[test]
fn what_was_read_is_there_or_is_not() {
    assert_eq!(Fact::from(Some(1)), Fact::Present(1));
    assert_eq!(Fact::<u8>::from(None), Fact::Absent);
}
