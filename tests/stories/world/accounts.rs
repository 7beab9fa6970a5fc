//! The account objects, in this process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atelier::account::{Keeper, message};
use atelier::domain::account::{Command, Reply};
use atelier::domain::id::AccountId;
use atelier::domain::ledger::Rules;
use atelier::domain::limits::Limits;
use atelier::ports::{AccountUnavailable, Accounts};
use atelier::store::AccountStore;

use super::{HandWoundClock, Pauses, When};

/// Calls that are lost: which first, how many, and whether their commands are carried out.
type Faults = Option<(usize, usize, When)>;

pub(crate) struct AccountObjects {
    store: AccountStore,
    clock: Arc<HandWoundClock>,
    rules: (Rules, Limits),
    pauses: Arc<Pauses>,
    keepers: Mutex<BTreeMap<AccountId, Arc<Keeper>>>,
    calls: AtomicUsize,
    faults: Mutex<Faults>,
}

impl AccountObjects {
    pub(crate) fn new(
        store: AccountStore,
        clock: Arc<HandWoundClock>,
        rules: (Rules, Limits),
        pauses: Arc<Pauses>,
    ) -> Self {
        Self {
            store,
            clock,
            rules,
            pauses,
            keepers: Mutex::default(),
            calls: AtomicUsize::new(0),
            faults: Mutex::default(),
        }
    }

    /// The number of calls so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Loses `times` calls in a row, the first of which is the `nth` from now (1: the next).
    pub(crate) fn lose(&self, nth: usize, times: usize, when: When) {
        *self.faults.lock().unwrap() = Some((self.calls() + nth, times, when));
    }

    pub(crate) fn heal(&self) {
        *self.faults.lock().unwrap() = None;
    }

    /// The account's current object, with its state.
    pub(crate) fn keeper(&self, account: AccountId) -> Arc<Keeper> {
        let mut keepers = self.keepers.lock().unwrap();
        let keeper = keepers
            .entry(account)
            .or_insert_with(|| self.another(account));
        Arc::clone(keeper)
    }

    /// Another object of the same account, still without state.
    pub(crate) fn another(&self, account: AccountId) -> Arc<Keeper> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Arc::new(Keeper::new(account, store, clock, self.rules))
    }

    /// Calls go to this object from now on.
    pub(crate) fn install(&self, account: AccountId, keeper: Arc<Keeper>) {
        self.keepers.lock().unwrap().insert(account, keeper);
    }

    pub(crate) fn evict_all(&self) {
        self.keepers.lock().unwrap().clear();
    }
}

#[async_trait]
impl Accounts for AccountObjects {
    async fn call(
        &self,
        account: AccountId,
        command: Command,
    ) -> Result<Reply, AccountUnavailable> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = self.faults.lock().unwrap().and_then(|(from, times, when)| {
            (number >= from && number - from < times).then_some(when)
        });
        self.pauses.pause().await;
        if fault == Some(When::Before) {
            return Err(AccountUnavailable("before the command".into()));
        }
        // Both ways by messages, as between a Worker and its object.
        let call = message::call(&command).unwrap();
        let command = message::read_call(&call).unwrap();
        let reply = self.keeper(account).handle(&command).await?;
        let answer = message::answer(Ok(reply)).unwrap();
        self.pauses.pause().await;
        if fault == Some(When::After) {
            return Err(AccountUnavailable("after the command".into()));
        }
        message::read_answer(&answer)
    }
}
