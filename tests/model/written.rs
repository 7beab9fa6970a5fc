//! The rows beside the money: jobs, and what grants and clawbacks were asked for.

use std::collections::BTreeMap;

use atelier::domain::account::{
    Changes, ClawbackRecord, Deletion, EarlierClawback, EarlierJob, Open, Write,
};
use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::job::{Lifecycle, State, StateName};
use atelier::domain::ledger::{Movement, Receipt, ReceiptLine};

/// A job's row.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) lifecycle: Lifecycle,
    /// How many pictures are stored.
    pub(crate) images: u8,
    /// Empty once it was deleted.
    fingerprint: Option<String>,
    /// Empty once its user was forgotten.
    key: Option<String>,
}

/// The rows.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) jobs: BTreeMap<JobId, JobRow>,
    grants: BTreeMap<String, PackageId>,
    clawbacks: BTreeMap<String, ClawbackRecord>,
}

impl Written {
    pub(crate) fn refuse(&self, changes: &Changes) -> bool {
        changes.writes.iter().any(|write| match write {
            Write::Open(open, _) => self
                .find(open.job, open.idempotency_key.as_deref())
                .is_some(),
            _ => false,
        })
    }

    /// The job of this id or, if there is none, of this key.
    fn find(&self, job: JobId, key: Option<&str>) -> Option<(JobId, &JobRow)> {
        let by_id = self.jobs.get(&job).map(|row| (job, row));
        by_id.or_else(|| {
            let mut rows = self.jobs.iter();
            let row = rows.find(|(_, row)| key.is_some() && row.key.as_deref() == key);
            row.map(|(job, row)| (*job, row))
        })
    }

    pub(crate) fn earlier(&self, job: JobId, key: Option<&str>) -> Option<EarlierJob> {
        let (job, row) = self.find(job, key)?;
        let fingerprint = row.fingerprint.clone();
        Some(EarlierJob { job, fingerprint })
    }

    pub(crate) fn lifecycle(&self, job: JobId) -> Option<Lifecycle> {
        self.jobs.get(&job).map(|row| row.lifecycle.clone())
    }

    pub(crate) fn package_of(&self, reference: &str) -> Option<PackageId> {
        self.grants.get(reference).copied()
    }

    pub(crate) fn clawback(&self, account: AccountId, reference: &str) -> Option<EarlierClawback> {
        let record = self.clawbacks.get(reference)?;
        let clawback = record.clawback.clone();
        let remaining_after = record.remaining_before.minus(clawback.credits);
        let line = ReceiptLine {
            movement: Movement::Clawback,
            package: clawback.package,
            credits: clawback.credits,
            expires_at: record.expires_at,
            remaining_before: record.remaining_before,
            remaining_after: remaining_after.expect("no more than there was"),
        };
        Some(EarlierClawback {
            account,
            clawback,
            receipt: Receipt(vec![line]),
        })
    }

    /// Follows what is written beside the money.
    pub(crate) fn follow(&mut self, changes: &Changes) -> Result<(), String> {
        changes.writes.iter().try_for_each(|write| match write {
            Write::Grant(grant) => {
                let earlier = self.grants.insert(grant.reference.clone(), grant.package);
                once(earlier.is_none(), &grant.reference)
            }
            Write::Clawback(record) => {
                let reference = record.clawback.reference.clone();
                let earlier = self.clawbacks.insert(reference.clone(), record.clone());
                once(earlier.is_none(), &reference)
            }
            Write::Open(open, lifecycle) => self.open(open, lifecycle),
            Write::Job(job, lifecycle) => moves(self.row(*job)?, lifecycle),
            Write::Image(job, _) => stores(self.row(*job)?),
            Write::Delete(Deletion::Job(job)) => deletes(self.row(*job)?),
            Write::Delete(Deletion::Everything) => {
                self.jobs.values_mut().for_each(forget);
                Ok(())
            }
            Write::NewAttempt(_) | Write::Learned(..) | Write::Anomaly(..) => Ok(()),
            Write::Checkout(..) | Write::Order(_) | Write::OrderAnomaly(..) => {
                Err("nobody ordered anything".into())
            }
        })
    }

    fn open(&mut self, open: &Open, lifecycle: &Lifecycle) -> Result<(), String> {
        let row = JobRow {
            lifecycle: lifecycle.clone(),
            images: 0,
            fingerprint: Some(open.request.fingerprint.clone()),
            key: open.idempotency_key.clone(),
        };
        let earlier = self.jobs.insert(open.job, row);
        once(earlier.is_none(), &open.job.to_string())
    }

    fn row(&mut self, job: JobId) -> Result<&mut JobRow, String> {
        let row = self.jobs.get_mut(&job);
        row.ok_or_else(|| format!("{job} is written and was never opened"))
    }
}

fn once(is_first: bool, name: &str) -> Result<(), String> {
    if is_first {
        Ok(())
    } else {
        Err(format!("{name} is written twice"))
    }
}

/// A job moves from the version it was decided on, and what is over stays over but for a late success.
fn moves(row: &mut JobRow, after: &Lifecycle) -> Result<(), String> {
    let before = &row.lifecycle;
    let is_late = before.state.name() == StateName::Expired && !before.is_deleted;
    let may_move = before.is_open() || (is_late && is_late_success(after));
    if !may_move || after.version != before.version + 1 || after.due_at.is_some() != after.is_open()
    {
        return Err(format!("a job cannot go from {before:?} to {after:?}"));
    }
    row.lifecycle = after.clone();
    Ok(())
}

fn stores(row: &mut JobRow) -> Result<(), String> {
    if row.lifecycle.is_deleted {
        return Err("a picture of a deleted job is stored".into());
    }
    row.images += 1;
    Ok(())
}

fn deletes(row: &mut JobRow) -> Result<(), String> {
    let job = &mut row.lifecycle;
    if job.is_open() || job.is_deleted {
        return Err(format!("{job:?} cannot be deleted"));
    }
    (job.is_deleted, job.version) = (true, job.version + 1);
    (row.fingerprint, row.images) = (None, 0);
    Ok(())
}

fn forget(row: &mut JobRow) {
    let job = &mut row.lifecycle;
    if job.is_deleted && row.key.is_none() && !job.is_open() {
        return;
    }
    job.cancel_requested |= job.is_open();
    (job.is_deleted, job.version) = (true, job.version + 1);
    (row.fingerprint, row.key, row.images) = (None, None, 0);
}

/// What is made after the deadline is stored, and waived.
const fn is_late_success(job: &Lifecycle) -> bool {
    matches!(
        job.state,
        State::Storing(_) | State::Completed { waived: true }
    )
}
