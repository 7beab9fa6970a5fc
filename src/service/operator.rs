//! What operators read, over all accounts.

use std::sync::Arc;
use std::time::Duration;

use super::{Error, Operator};
use crate::domain::id::JobId;
use crate::ports::Clock;
use crate::store::{AdminJobs, AdminPage, Overview, Reader};

/// How far back the times that jobs took are read.
const TIMES_WINDOW: Duration = Duration::from_hours(24);

/// How far back their costs are read.
const COSTS_WINDOW: Duration = Duration::from_hours(30 * 24);

/// Reads the rows of all accounts.
pub struct Operators {
    store: Reader,
    providers: Vec<&'static str>,
    clock: Arc<dyn Clock>,
}

impl Operators {
    /// `providers` are the names of all that have a key.
    pub(super) fn new(store: Reader, providers: Vec<&'static str>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            providers,
            clock,
        }
    }

    /// A page of jobs of all accounts, newest first. It is as the rows are: an expired hold is shown,
    /// not released.
    pub async fn jobs(&self, _: &Operator, which: &AdminJobs) -> Result<AdminPage, Error> {
        Ok(self.store.admin_jobs(which, self.clock.now()).await?)
    }

    /// How everything is: jobs, providers, credits, and what was earned. It reads every job and every
    /// package.
    pub async fn overview(&self, _: &Operator) -> Result<Overview, Error> {
        let now = self.clock.now();
        // The first id that a job could have had then.
        let since = |window| JobId::new(now.minus(window), 0);
        let (times, costs) = (since(TIMES_WINDOW), since(COSTS_WINDOW));
        Ok(self
            .store
            .overview(now, &self.providers, times, costs)
            .await?)
    }
}
