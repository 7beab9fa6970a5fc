//! What cron runs, each minute: the reconciler for jobs that callbacks did not finish, and cleanup.

use std::sync::Arc;

use futures::StreamExt;

use super::Error;
use super::accounts::AccountReader;
use super::cleanup::Cleanup;
use super::reconciler::{MAX_RUN, Reconciler};
use super::selling::{OrderReconciler, PurchaseMails};
use super::waiting::Waiting;
use crate::config::slices::CONNECTIONS;
use crate::domain::id::AccountId;
use crate::ports::{Clock, Slice};
use crate::store::{CronWriter, DueJob, People, Reader};

/// How many due jobs one run reconciles; as many more may be waiting for a host. Without callbacks, 20 jobs a
/// second are 1,200 a minute, each polled about twice.
const MAX_JOBS: u16 = 2400;

/// How many accounts with expired credits one run calls: some 50 ms each, six at once.
const MAX_ACCOUNTS: u16 = 1000;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CronReport {
    /// Jobs reconciled, here and in the slices that were handed on.
    pub jobs: usize,
    /// Orders that were due.
    pub orders: usize,
    /// Accounts whose expired credits were recorded.
    pub accounts: usize,
    /// Uploads, and jobs, whose pictures were removed.
    pub removed: usize,
}

/// The minute's run. Pictures it removes by way of the cleanup alone.
pub struct Cron {
    runs: CronWriter,
    store: Reader,
    account: AccountReader,
    reconciler: Reconciler,
    orders: Option<OrderReconciler>,
    waiting: Waiting,
    cleanup: Cleanup,
    people: People,
    mails: PurchaseMails,
    clock: Arc<dyn Clock>,
}

impl Cron {
    pub(super) fn new(
        (runs, store): (CronWriter, Reader),
        account: AccountReader,
        (reconciler, orders): (Reconciler, Option<OrderReconciler>),
        waiting: Waiting,
        (cleanup, people, mails): (Cleanup, People, PurchaseMails),
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            runs,
            store,
            account,
            reconciler,
            orders,
            waiting,
            cleanup,
            people,
            mails,
            clock,
        }
    }

    /// Reconciles every job that is due, the longest due first, and those that wait for a host which is
    /// listed by now; then removes the pictures whose time has come, and each hour sessions and sign-ins that are over, has expired
    /// credits recorded, and compares what was sold with what processors say. It decides nothing: it performs what each job's lifecycle says is due. That it ran is
    /// recorded in the batch that reads what is due.
    pub async fn run(&self) -> Result<CronReport, Error> {
        let now = self.clock.now();
        let cutoffs = self.cleanup.cutoffs(now);
        let due = self.runs.due(now, MAX_JOBS, &cutoffs).await?;
        let rescued = self.waiting.rescuable(&due.waiting_hosts).await;
        let jobs = due.jobs.into_iter().chain(due.waiting).chain(rescued);
        let jobs = jobs.map(|DueJob { account, id }| (account, id)).collect();
        let began_at = now;
        // Orders first: buyers wait for them, and they are few.
        let orders = self.reconcile_orders().await;
        let on_the_hour = now.seconds().rem_euclid(3600) < 60;
        if on_the_hour {
            self.compare_orders().await;
        }
        let jobs = self.reconciler.reconcile(Slice { began_at, jobs }).await;
        let in_time = || self.clock.now().since(now) <= MAX_RUN;
        let removed = if in_time() {
            self.cleanup.remove(due.removable, now).await?
        } else {
            0
        };
        self.mail(on_the_hour).await;
        let mut accounts = 0;
        if on_the_hour && in_time() {
            self.people.clean(now).await?;
            let expired = self.store.accounts_with_expired(now, MAX_ACCOUNTS).await?;
            accounts = expired.len();
            futures::stream::iter(expired)
                .for_each_concurrent(CONNECTIONS, |account| self.record_expiry(account))
                .await;
        }
        Ok(CronReport {
            jobs,
            orders,
            accounts,
            removed,
        })
    }

    async fn reconcile_orders(&self) -> usize {
        let Some(orders) = &self.orders else {
            return 0;
        };
        let due = orders.run().await;
        if let Err(error) = &due {
            log::error!("event=orders_not_reconciled error=\"{error:?}\"");
        }
        due.unwrap_or_default()
    }

    async fn compare_orders(&self) {
        let Some(orders) = &self.orders else {
            return;
        };
        if let Err(error) = orders.compare().await {
            log::error!("event=orders_not_compared error=\"{error:?}\"");
        }
    }

    /// Nothing waits for mails.
    async fn mail(&self, on_the_hour: bool) {
        let mut told = match self.orders {
            Some(_) => self.mails.of_orders().await,
            None => Ok(()),
        };
        if on_the_hour && told.is_ok() {
            told = self.mails.of_expiry().await;
        }
        if let Err(error) = told {
            log::error!("event=mails_not_sent error=\"{error:?}\"");
        }
    }

    async fn record_expiry(&self, account: AccountId) {
        if let Err(error) = self.account.balance(account).await {
            log::error!("event=expiry_failed account={account} error=\"{error}\"");
        }
    }
}
