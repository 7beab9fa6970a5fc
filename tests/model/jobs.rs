//! The jobs of the second ledger: where each is, and where what happens to it leads.

use atelier::domain::job::StateName;

use super::command::{JobEvent, Opened};

/// 15 minutes.
const QUARTER: i64 = 15 * 60_000;

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) number: u8,
    /// Until its user is forgotten.
    pub(crate) key: Option<u8>,
    pub(crate) count: u8,
    pub(crate) price: u64,
    /// What was answered as it was opened.
    pub(crate) opened: Opened,
    pub(crate) state: StateName,
    /// Since when its pictures are made and not stored.
    pub(crate) storing_since: i64,
    /// How many pictures its provider has reported.
    pub(crate) reported: u8,
    /// How many ingests of them were tried.
    pub(crate) ingest_attempts: u32,
    /// How many pictures its user has.
    pub(crate) pictures: u8,
    /// Whether its pictures were not charged, since its hold had ended.
    pub(crate) is_waived: bool,
    pub(crate) cancel_requested: bool,
    pub(crate) is_deleted: bool,
}

impl Job {
    pub(crate) const fn is_open(&self) -> bool {
        matches!(
            self.state,
            StateName::Dispatching | StateName::Running | StateName::Storing
        )
    }

    pub(crate) const fn should_stop(&self) -> bool {
        self.cancel_requested || self.is_deleted
    }

    /// Whether it counts against the limit of open jobs: after a quarter of an hour it waits for an operator.
    pub(crate) fn counts_as_open(&self, now: i64) -> bool {
        self.state != StateName::Storing || now - self.storing_since < QUARTER
    }

    /// Its deadline passes. What is made by then is still stored.
    pub(crate) fn expire(&mut self) {
        if self.state != StateName::Storing {
            self.state = StateName::Expired;
        }
    }

    pub(crate) fn delete(&mut self) {
        (self.is_deleted, self.pictures) = (true, 0);
    }

    /// Its user is forgotten.
    pub(crate) fn forget(&mut self) {
        self.cancel_requested |= self.is_open();
        self.key = None;
        self.delete();
    }

    /// Where an event leads, and how many pictures are there then to be charged, or waived; `None` if it does not act.
    pub(crate) fn after(&self, event: JobEvent, is_held: bool) -> Option<(StateName, u8)> {
        use JobEvent as Event;
        use StateName as State;
        let made = |pictures: u8| (State::Completed, pictures.min(self.count));
        let charged = |pictures: u8| match pictures {
            1.. if is_held => made(pictures),
            _ => (State::Canceled, 0),
        };
        Some(match (self.state, event) {
            // Nothing is stored for somebody who has deleted it, and what was made before its deadline is charged.
            (
                State::Dispatching | State::Running | State::Storing,
                Event::Succeeded { pictures }
                | Event::Delivered { pictures }
                | Event::Discarded { pictures },
            )
            | (State::Storing, Event::Stored { pictures })
                if self.is_deleted =>
            {
                charged(pictures)
            }
            (State::Storing, Event::IngestRetried { attempts })
                if attempts == self.ingest_attempts =>
            {
                if self.is_deleted {
                    charged(self.reported)
                } else {
                    (State::Storing, 0)
                }
            }
            // What is stored already needs no storing.
            (
                State::Dispatching | State::Running | State::Storing | State::Expired,
                Event::Delivered {
                    pictures: pictures @ 1..,
                },
            ) if !self.is_deleted => made(pictures),
            (State::Dispatching | State::Running, Event::Accepted) => (State::Running, 0),
            (State::Dispatching, Event::Rejected) if self.should_stop() => (State::Canceled, 0),
            (State::Dispatching, Event::Rejected) => (State::Failed, 0),
            (State::Dispatching | State::Running, Event::Failed) => (State::Failed, 0),
            (State::Dispatching | State::Running, Event::CancelConfirmed) => (State::Canceled, 0),
            (
                State::Dispatching | State::Running,
                Event::Succeeded { .. } | Event::Delivered { .. },
            ) => (State::Storing, 0),
            (State::Expired, Event::Succeeded { .. } | Event::Delivered { .. })
                if !self.is_deleted =>
            {
                (State::Storing, 0)
            }
            (State::Storing, Event::Stored { pictures }) if pictures > 0 => made(pictures),
            (State::Storing, Event::IngestFailed) => (State::Failed, 0),
            (state, Event::CancelRequested) if self.is_open() && !self.should_stop() => (state, 0),
            _ => return None,
        })
    }
}
