//! Results that their users report, for an operator to look at.

use std::sync::Arc;

use super::{Error, User};
use crate::domain::id::JobId;
use crate::ports::Clock;
use crate::store::{Reader, ReportWriter};

/// Takes reports.
pub struct Reports {
    store: Reader,
    rows: ReportWriter,
    clock: Arc<dyn Clock>,
}

impl Reports {
    pub(super) fn new(store: Reader, rows: ReportWriter, clock: Arc<dyn Clock>) -> Self {
        Self { store, rows, clock }
    }

    /// Takes a report of a job's result: from then on cleanup keeps it, until its user deletes it. Reporting twice is
    /// reporting once.
    pub async fn report(&self, user: &User, job: JobId, reason: &str) -> Result<(), Error> {
        let found = self.store.job(user.account, job).await?;
        if found.is_none_or(|job| job.lifecycle.is_deleted) {
            return Err(Error::NotFound);
        }
        self.rows
            .report(user.account, job, reason, self.clock.now())
            .await?;
        log::warn!("event=job_reported job={job}");
        Ok(())
    }
}
