//! Commands at random, close to where things change: amounts that just fit, moments just before and at an expiry.

use atelier::domain::job::StateName;
use atelier::domain::ledger::PackageKind;

use super::command::{Command, JobEvent, Limits, Step};
use super::naive::{MOST, Naive};
use super::random::Random;
use super::view::Pack;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// When a sequence begins.
pub(crate) const BEGIN: i64 = 1_000_000_000_000;

/// The most jobs and the most packages of a sequence: each is named by a byte.
const NAMES: u8 = 250;

/// Makes the commands of one sequence.
#[derive(Debug)]
pub(crate) struct Generator {
    random: Random,
    size: Size,
    /// How many packages come in before anything else happens.
    stock: u64,
    /// Ids of packages to come, in no order.
    names: Vec<u8>,
    jobs: u8,
    clawbacks: u8,
    /// What came with a reference.
    asked: Vec<Command>,
    /// How many commands are still to come.
    left: u64,
}

/// How much credit packages have.
#[derive(Debug, Clone, Copy)]
enum Size {
    Few,
    Many,
    Huge,
}

impl Generator {
    /// The sequence with this seed, and its rules.
    pub(crate) fn new(seed: u64, longest: u64) -> (Self, Limits) {
        let mut random = Random::new(seed);
        let limits = Limits {
            max_open_holds: usize::try_from(random.between(1, 5)).unwrap(),
            ttl: match random.below(8) {
                0 => random.between(1, 5),
                1..=4 => random.between(1, 59) * MINUTE,
                _ => random.between(1, 6) * HOUR,
            },
            grace: match random.below(4) {
                0 => 0,
                1 => random.between(1, 5),
                2 => random.between(1, 59) * MINUTE,
                _ => random.between(1, 72) * HOUR,
            },
        };
        let size = match random.below(8) {
            0 => Size::Huge,
            1 | 2 => Size::Many,
            _ => Size::Few,
        };
        let stock = match random.below(4) {
            0 => random.below(40),
            _ => random.below(4),
        };
        let mut names: Vec<u8> = (1..=NAMES).collect();
        for place in (1..names.len()).rev() {
            let other = random.below(u64::try_from(place).unwrap() + 1);
            names.swap(place, usize::try_from(other).unwrap());
        }
        let left = 1 + random.below(longest);
        let generator = Self {
            random,
            size,
            stock,
            names,
            jobs: 0,
            clawbacks: 0,
            asked: Vec::new(),
            left,
        };
        (generator, limits)
    }

    /// What the clock shows at the next command; `None`: there is no next one.
    pub(crate) fn clock(&mut self, naive: &Naive) -> Option<i64> {
        self.left = self.left.checked_sub(1)?;
        let now = naive.now.max(BEGIN);
        Some(match self.random.below(20) {
            0..=10 => now,
            11 => now + 1,
            12..=15 => self.turning_point(naive).unwrap_or(now + 1) + self.random.between(-1, 1),
            16 => now + self.random.between(1, 45) * MINUTE,
            17 if self.random.one_in(2) => now + self.random.between(1, 30) * HOUR,
            17 | 18 => now + self.random.between(1, 5),
            _ => {
                let unit = self.random.pick(&[1, MINUTE, HOUR]).unwrap();
                now - self.random.between(1, 3) * unit
            }
        })
    }

    /// A moment to come at which something is due.
    fn turning_point(&mut self, naive: &Naive) -> Option<i64> {
        let deadlines = naive.view.holds.iter();
        let deadlines = deadlines.map(|hold| hold.opened_at + naive.limits.ttl);
        let good = naive
            .view
            .packages
            .iter()
            .filter(|pack| pack.remaining + pack.held > 0);
        let expiries = good.filter_map(Pack::gone_at);
        let points: Vec<i64> = deadlines
            .chain(expiries)
            .filter(|at| *at >= naive.now)
            .collect();
        let nearest = points.iter().copied().min();
        if self.random.one_in(2) {
            nearest
        } else {
            self.random.pick(&points)
        }
    }

    /// The next command, which is carried out at `naive.now`.
    pub(crate) fn step(&mut self, clock: i64, naive: &Naive) -> Step {
        let command = if self.stock > 0 {
            self.stock -= 1;
            self.grant(naive)
        } else {
            match self.random.below(24) {
                0..=2 => self.grant(naive),
                3 => self.again(),
                // There is little to end where nothing is open.
                4..=19 if naive.view.holds.is_empty() && !self.random.one_in(6) => self.open(naive),
                4..=9 => self.open(naive),
                10..=19 => self.event(naive),
                20 => self.claw_back(naive),
                21 => self.erase(naive),
                22 => Command::ExpireHold {
                    job: self.job(naive),
                },
                _ => Command::Look,
            }
        };
        if matches!(
            command,
            Command::Grant { .. } | Command::Open { .. } | Command::Clawback { .. }
        ) {
            self.asked.push(command);
        }
        Step { clock, command }
    }

    fn grant(&mut self, naive: &Naive) -> Command {
        let Some(package) = self.names.pop() else {
            return Command::Look;
        };
        let kind = if self.random.one_in(2) {
            PackageKind::Promo
        } else {
            PackageKind::Paid
        };
        let owned: u64 = naive
            .view
            .packages
            .iter()
            .map(|pack| pack.remaining + pack.held)
            .sum();
        let credits = match (self.size, self.random.below(16)) {
            (_, 0) => 0,
            (_, 1) => 1,
            (Size::Huge, 2 | 3) => MOST - self.random.below(2),
            (Size::Huge, 4 | 5) => (MOST - owned + self.random.below(2)).min(MOST),
            (Size::Huge, 6..=9) => MOST / (1 + self.random.below(9)),
            (Size::Many, _) => 1 + self.random.below(1000),
            _ => 1 + self.random.below(8),
        };
        Command::Grant {
            package,
            kind,
            credits,
            expires_at: self.expiry(naive),
        }
    }

    fn expiry(&mut self, naive: &Naive) -> Option<i64> {
        let now = naive.now;
        let same = naive
            .view
            .packages
            .iter()
            .filter_map(|pack| pack.expires_at);
        let same: Vec<i64> = same.filter(|expiry| *expiry > now).collect();
        match self.random.below(20) {
            0..=3 => None,
            4 => Some(now - self.random.between(1, HOUR)),
            5 => Some(now),
            6 => Some(now + 1),
            7..=9 => Some(self.random.pick(&same).unwrap_or(now + MINUTE)),
            10 => Some(now + naive.limits.ttl),
            11 => self.turning_point(naive),
            12..=14 => Some(now + self.random.between(2, 90) * MINUTE),
            15..=17 => Some(now + self.random.between(1, 48) * HOUR),
            _ => Some(now + self.random.between(2, 5)),
        }
    }

    fn claw_back(&mut self, naive: &Naive) -> Command {
        let packages: Vec<&Pack> = naive.view.packages.iter().collect();
        let open: Vec<&Pack> = packages
            .iter()
            .copied()
            .filter(|pack| pack.is_open())
            .collect();
        let from = if self.random.one_in(4) {
            packages
        } else {
            open
        };
        let (package, remaining) = match self.random.pick(&from) {
            Some(pack) => (pack.name, pack.remaining),
            None => (1, 0),
        };
        let credits = match self.random.below(8) {
            0 => 0,
            1 => remaining,
            2 => (remaining + 1).min(MOST),
            3 => MOST,
            _ => 1 + self.random.below(remaining.max(1)),
        };
        self.clawbacks = (self.clawbacks + 1).min(NAMES);
        Command::Clawback {
            number: self.clawbacks,
            package,
            credits,
        }
    }

    /// Something that was asked for before, or something else under its reference.
    fn again(&mut self) -> Command {
        let Some(mut command) = self.random.pick(&self.asked) else {
            return Command::Look;
        };
        let is_other = self.random.one_in(4);
        match &mut command {
            Command::Grant { credits, .. } | Command::Clawback { credits, .. } if is_other => {
                *credits = 1 + self.random.below(8);
            }
            Command::Open { price, job, .. } => {
                if is_other {
                    *price = 1 + self.random.below(3);
                }
                if self.random.one_in(2) && self.jobs < NAMES {
                    self.jobs += 1;
                    *job = self.jobs;
                }
            }
            _ => {}
        }
        command
    }

    fn open(&mut self, naive: &Naive) -> Command {
        let available = naive.view.available(naive.now);
        let credits = match self.random.below(16) {
            0 => 0,
            1 => available,
            2 => (available + 1).min(MOST),
            3 => available.saturating_sub(1),
            4 => MOST,
            5..=9 => 1 + self.random.below(4),
            10 => 1 + self.random.below(12),
            _ => 1 + self.random.below(available.max(1)),
        };
        let count = match self.random.below(8) {
            0..=2 => 1,
            3..=6 => u8::try_from(1 + self.random.below(4)).unwrap(),
            _ => u8::try_from(1 + self.random.below(255)).unwrap(),
        };
        let price = match self.random.below(24) {
            // One picture costs all of that, which is more than there is for several.
            0 => credits,
            1 => credits / u64::from(count),
            _ => credits.div_ceil(count.into()),
        };
        let job = if self.random.one_in(16) || self.jobs == NAMES {
            self.job(naive)
        } else {
            self.jobs += 1;
            self.jobs
        };
        Command::Open {
            job,
            key: job,
            count,
            price,
        }
    }

    /// Mostly what leads a job on, and ends it.
    fn event(&mut self, naive: &Naive) -> Command {
        let job = self.job(naive);
        let known = naive.jobs.get(&job);
        let count = u64::from(known.map_or(1, |job| job.count));
        let pictures = match self.random.below(8) {
            0 => 0,
            1 | 2 => count,
            3 => count + 1,
            _ => 1 + self.random.below(count),
        };
        let pictures = u8::try_from(pictures).unwrap_or(u8::MAX);
        let is_storing = known.is_some_and(|job| job.state == StateName::Storing);
        let event = match self.random.below(22) {
            0..=12 if is_storing => JobEvent::Stored { pictures },
            0..=5 => JobEvent::Succeeded { pictures },
            6..=11 => JobEvent::Delivered { pictures },
            12 => JobEvent::Failed,
            13 => JobEvent::Rejected,
            14 | 15 => JobEvent::Accepted,
            16 => JobEvent::CancelRequested,
            17 => JobEvent::CancelConfirmed,
            18 => JobEvent::Stored { pictures },
            19 => JobEvent::IngestFailed,
            20 => JobEvent::IngestRetried {
                attempts: known.map_or(0, |job| job.ingest_attempts)
                    + u32::from(self.random.one_in(4)),
            },
            _ => JobEvent::Discarded { pictures },
        };
        Command::Event { job, event }
    }

    fn erase(&mut self, naive: &Naive) -> Command {
        if self.random.one_in(4) {
            return Command::Forget;
        }
        let ended = naive.jobs.values().filter(|job| !job.is_open());
        let ended: Vec<u8> = ended.map(|job| job.number).collect();
        let job = match self.random.pick(&ended) {
            Some(job) if !self.random.one_in(4) => job,
            _ => self.job(naive),
        };
        Command::Delete { job }
    }

    /// A job: mostly one with an open hold, else any that there is, or rarely any number.
    fn job(&mut self, naive: &Naive) -> u8 {
        let open: Vec<u8> = naive.view.holds.iter().map(|hold| hold.job).collect();
        match self.random.pick(&open) {
            Some(job) if !self.random.one_in(6) => return job,
            _ => {}
        }
        let known: Vec<u8> = naive.jobs.keys().copied().collect();
        match self.random.pick(&known) {
            Some(job) if !self.random.one_in(6) => job,
            _ => u8::try_from(1 + self.random.below(u64::from(self.jobs) + 1)).unwrap(),
        }
    }
}
