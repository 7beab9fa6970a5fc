//! The second ledger.

use std::collections::BTreeMap;

use atelier::domain::account::Refused;
use atelier::domain::job::StateName;
use atelier::domain::ledger::{
    ClosedHold, Closing, Entry, Movement, PackageKind, Receipt, Refusal,
};
use atelier::domain::time::Timestamp;

use super::command::{
    Answer, Command, JobEvent, Limits, Opened, credits, job_id, moment, package_id,
};
use super::event::{Event, What};
use super::jobs::Job;
use super::view::View;

/// The largest amount: 2^53 - 1.
pub(crate) const MOST: u64 = 9_007_199_254_740_991;

/// An account: its events, and their sum.
#[derive(Debug, Clone)]
pub(crate) struct Naive {
    pub(crate) limits: Limits,
    pub(crate) events: Vec<Event>,
    /// The moment of the command that is being carried out.
    pub(crate) now: i64,
    /// The sum of the events.
    pub(crate) view: View,
    /// Every job there ever was.
    pub(crate) jobs: BTreeMap<u8, Job>,
    /// What came in under which reference, with the answer.
    grants: BTreeMap<u8, (Asked, Receipt, bool)>,
    /// What was clawed back under which reference, from which package, with the answer.
    clawbacks: BTreeMap<u8, ((u8, u64), Receipt)>,
    /// What the last command did: see [`Done`].
    pub(crate) done: Done,
}

/// What a grant asks for, beside its package's id.
type Asked = (PackageKind, u64, Option<i64>);

/// What one command did, with all that was due before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// What there was before it.
    pub(crate) before: View,
    /// What happened, as rows of the journal.
    pub(crate) rows: Vec<Entry>,
    /// Holds that ended.
    pub(crate) closed: Vec<ClosedHold>,
}

impl Naive {
    /// An account nothing has happened to.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            events: Vec::new(),
            now: 0,
            view: View::default(),
            jobs: BTreeMap::new(),
            grants: BTreeMap::new(),
            clawbacks: BTreeMap::new(),
            done: Done::default(),
        }
    }

    /// Whether nothing ever came in.
    const fn is_new(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn happen(&mut self, credits: u64, what: What) {
        let at = self.now;
        self.events.push(Event { at, credits, what });
        self.view = View::of(&self.events, self.limits.grace);
        self.done.rows.push(self.row(credits, what));
    }

    /// What just happened, as a row of the journal.
    fn row(&self, amount: u64, what: What) -> Entry {
        let newest = self.view.packages.len().wrapping_sub(1);
        let (movement, package, job) = match what {
            What::Granted { .. } => (Movement::Grant, Some(newest), None),
            What::Frozen { package, job } => (Movement::Freeze, Some(package), Some(job)),
            What::Settled { package, job } => (Movement::Settle, Some(package), Some(job)),
            What::Released { package, job } => (Movement::Release, Some(package), Some(job)),
            What::Expired { package } => (Movement::Expire, Some(package), None),
            What::ClawedBack { package } => (Movement::Clawback, Some(package), None),
            What::Waived { job } => (Movement::LateSuccess, None, Some(job)),
        };
        let pack = package.map(|package| self.view.packages[package]);
        Entry {
            seq: u64::try_from(self.events.len()).unwrap(),
            at: Timestamp::from_millis(self.now),
            movement,
            amount: credits(amount),
            package: pack.map(|pack| package_id(pack.name)),
            job: job.map(job_id),
            remaining_after: credits(pack.map_or(0, |pack| pack.remaining)),
            held_after: credits(pack.map_or(0, |pack| pack.held)),
            expires_at: moment(pack.and_then(|pack| pack.gone_at())),
        }
    }

    /// The account is accessed: (1) time goes on, never back; (2) what remains of packages that have expired is gone;
    /// (3) holds past their deadline are released, and their jobs end; (4) what was returned to a package that has had
    /// its grace is gone, too: holds are released in a batch of their own, and the command comes after it.
    pub(crate) fn look(&mut self, clock: i64) {
        let last = self.events.last().map_or(0, |event| event.at);
        self.now = clock.max(last); // (1)
        self.done = Done {
            before: self.view.clone(),
            ..Done::default()
        };
        self.expire_packages(); // (2)
        for hold in self.view.holds.clone() {
            if self.now >= hold.opened_at + self.limits.ttl {
                self.end(&hold, 0, Closing::Expired); // (3)
                self.job(hold.job).expect("a job that was opened").expire();
            }
        }
        self.expire_packages(); // (4)
    }

    fn expire_packages(&mut self) {
        for package in 0..self.view.packages.len() {
            let pack = self.view.packages[package];
            if pack.remaining > 0 && !pack.is_good(self.now) {
                self.happen(pack.remaining, What::Expired { package });
            }
        }
    }

    /// Carries out a command. What was due has happened already: see [`Naive::look`].
    pub(crate) fn carry_out(&mut self, command: Command) -> Answer {
        let answer = match command {
            Command::Grant {
                package,
                kind,
                credits,
                expires_at,
            } => self.grant_once(package, kind, credits, expires_at),
            Command::Open {
                job,
                key,
                count,
                price,
            } => self.open_once(job, key, count, price),
            Command::Event { job, event } => self.event(job, event),
            Command::ExpireHold { job } => self.job(job).map(|job| unmoved(job.state)),
            Command::Clawback {
                number,
                package,
                credits,
            } => self.claw_back_once(number, package, credits),
            Command::Delete { job } => self.delete(job),
            Command::Forget => Ok(self.forget()),
            Command::Look => Ok(Answer::Balance {
                available: self.view.available(self.now),
                held: self.view.held(),
            }),
        };
        answer.unwrap_or_else(Answer::Refused)
    }

    /// Under one reference credits come in once. The same grant has the same answer, another is refused.
    fn grant_once(
        &mut self,
        package: u8,
        kind: PackageKind,
        credits: u64,
        expires_at: Option<i64>,
    ) -> Result<Answer, Refused> {
        if let Some(&(asked, ref receipt, account_created)) = self.grants.get(&package) {
            return if asked == (kind, credits, expires_at) {
                let receipt = receipt.clone();
                Ok(Answer::Granted {
                    receipt,
                    account_created,
                })
            } else {
                Err(Refused::KeyReused)
            };
        }
        let account_created = self.is_new();
        let what = What::Granted {
            name: package,
            kind,
            expires_at,
        };
        let receipt = self.grant(package, credits, expires_at, what)?;
        let asked = (kind, credits, expires_at);
        let granted = (asked, receipt.clone(), account_created);
        self.grants.insert(package, granted);
        Ok(Answer::Granted {
            receipt,
            account_created,
        })
    }

    /// As for grants.
    fn claw_back_once(&mut self, number: u8, package: u8, credits: u64) -> Result<Answer, Refused> {
        if let Some((asked, receipt)) = self.clawbacks.get(&number) {
            return if *asked == (package, credits) {
                Ok(Answer::ClawedBack(receipt.clone()))
            } else {
                Err(Refused::KeyReused)
            };
        }
        if self.is_new() {
            return Err(Refused::NoSuchAccount);
        }
        let receipt = self.claw_back(package, credits)?;
        let clawed_back = ((package, credits), receipt.clone());
        self.clawbacks.insert(number, clawed_back);
        Ok(Answer::ClawedBack(receipt))
    }

    /// A job is opened once, and one for each idempotency key. While its own hold is open the answer is the first one.
    fn open_once(&mut self, job: u8, key: u8, count: u8, price: u64) -> Result<Answer, Refused> {
        let by_key = || self.jobs.values().find(|known| known.key == Some(key));
        if let Some(earlier) = self.jobs.get(&job).or_else(by_key) {
            return if earlier.number == job && self.view.hold(job).is_some() {
                Ok(Answer::Opened(earlier.opened.clone()))
            } else if earlier.is_deleted {
                Err(Refused::KeyOfDeleted)
            } else if (earlier.count, earlier.price) == (count, price) {
                Ok(Answer::SameJob(earlier.number))
            } else {
                Err(Refused::KeyReused)
            };
        }
        let amount = price.checked_mul(count.into());
        let amount = amount.filter(|amount| *amount <= MOST);
        let amount = amount.ok_or(Refusal::OutOfRange)?;
        let opened = Opened {
            amount,
            since: self.now,
            deadline: self.now + self.limits.ttl,
            receipt: self.freeze(job, amount)?,
        };
        let opens = Job {
            number: job,
            key: Some(key),
            count,
            price,
            opened: opened.clone(),
            state: StateName::Dispatching,
            storing_since: 0,
            reported: 0,
            ingest_attempts: 0,
            pictures: 0,
            is_waived: false,
            cancel_requested: false,
            is_deleted: false,
        };
        self.jobs.insert(job, opens);
        Ok(Answer::Opened(opened))
    }

    fn job(&mut self, number: u8) -> Result<&mut Job, Refused> {
        self.jobs.get_mut(&number).ok_or(Refused::NoSuchJob)
    }

    /// Something happens to a job. Its first end ends its hold: the pictures are charged, the rest is returned. What is
    /// stored without a hold is waived.
    fn event(&mut self, number: u8, event: JobEvent) -> Result<Answer, Refused> {
        let (now, hold) = (self.now, self.view.hold(number).cloned());
        let job = self.job(number)?;
        let Some((state, pictures)) = job.after(event, hold.is_some()) else {
            return Ok(unmoved(job.state));
        };
        match event {
            JobEvent::Succeeded { pictures } | JobEvent::Delivered { pictures } => {
                (job.storing_since, job.reported) = (now, pictures);
            }
            JobEvent::IngestRetried { .. } => job.ingest_attempts += 1,
            _ => {}
        }
        job.state = state;
        job.cancel_requested |= event == JobEvent::CancelRequested;
        job.is_waived = state == StateName::Completed && hold.is_none();
        if !job.is_deleted {
            job.pictures = pictures;
        }
        let amount = job.price * u64::from(pictures);
        let receipt = match hold {
            Some(hold) if !self.jobs[&number].is_open() => {
                let closing = match amount {
                    0 => Closing::Released,
                    _ => Closing::Settled,
                };
                self.end(&hold, amount, closing)
            }
            None if amount > 0 => {
                self.happen(amount, What::Waived { job: number });
                Receipt::default()
            }
            _ => Receipt::default(),
        };
        Ok(Answer::Job {
            state,
            moved: true,
            receipt,
        })
    }

    fn delete(&mut self, number: u8) -> Result<Answer, Refused> {
        let job = self.job(number)?;
        if job.is_open() && !job.is_deleted {
            return Err(Refused::StillOpen);
        }
        job.delete();
        Ok(Answer::Deleted)
    }

    /// Everything is deleted. Of what may still be charged, that which nobody canceled before is to be stopped.
    fn forget(&mut self) -> Answer {
        let mut open = Vec::new();
        for job in self.jobs.values_mut() {
            if self.view.hold(job.number).is_some() && !job.should_stop() {
                open.push(job.number);
            }
            job.forget();
        }
        Answer::Forgotten(open)
    }
}

/// The answer to what does not act.
fn unmoved(state: StateName) -> Answer {
    Answer::Job {
        state,
        moved: false,
        receipt: Receipt::default(),
    }
}
