//! What operators look at, over all accounts.

use std::time::Duration;

use super::{Atelier, Error};
use crate::domain::id::JobId;
use crate::store::{AdminJobs, AdminPage, Overview};

/// How far back it is looked for what jobs took.
const TIMES_WINDOW: Duration = Duration::from_hours(24);

/// How far back it is looked for what they cost.
const COSTS_WINDOW: Duration = Duration::from_hours(30 * 24);

impl Atelier {
    /// A page of jobs of all accounts, newest first. It is as the rows are: an expired hold is shown,
    /// not released.
    pub async fn admin_jobs(&self, which: &AdminJobs) -> Result<AdminPage, Error> {
        Ok(self.store.admin_jobs(which, self.now()).await?)
    }

    /// How everything is: jobs, providers, credits, and what was earned. It reads every job and every
    /// package.
    pub async fn overview(&self) -> Result<Overview, Error> {
        let now = self.now();
        let providers = self.config.providers.iter();
        let providers = providers.chain(&self.config.former_providers);
        let names: Vec<_> = providers.map(|provider| provider.codec.name()).collect();
        // The first name that a job could have had then.
        let since = |window| JobId::new(now.minus(window), 0);
        let (times, costs) = (since(TIMES_WINDOW), since(COSTS_WINDOW));
        Ok(self.store.overview(now, &names, times, costs).await?)
    }
}
