//! Carrying out commands: recall, decide, commit; and when in doubt, forget and look.

use std::sync::Arc;

use futures::lock::{Mutex, MutexGuard};

use crate::domain::account::{
    AccountState, Changes, Command, Decision, Facts, OperatorLoss, Policy, Refused, Reply, decide,
    expire_holds, instead,
};
use crate::domain::id::AccountId;
use crate::domain::ledger::Rules;
use crate::domain::limits::Limits;
use crate::domain::time::Timestamp;
use crate::ports::{AccountUnavailable, Clock};
use crate::store::{AccountStore, CommitError};

/// How often a command is decided before it is given up: one try, one after a conflict or a lost
/// answer, and one more, since a twin that is still alive may win twice.
const TRIES: usize = 3;

/// Keeps one account. Its mutex is its own, so it is only ever waited for within one object.
pub struct Keeper {
    account: AccountId,
    store: AccountStore,
    clock: Arc<dyn Clock>,
    policy: Policy,
    remembered: Mutex<Option<AccountState>>,
}

/// The right to be the one that a keeper carries out a command for. No other is begun as long as it is there.
pub struct Turn<'a>(MutexGuard<'a, Option<AccountState>>);

impl Keeper {
    /// A keeper that remembers nothing yet.
    pub fn new(
        account: AccountId,
        store: AccountStore,
        clock: Arc<dyn Clock>,
        (rules, limits): (Rules, Limits),
    ) -> Self {
        Self {
            account,
            store,
            clock,
            policy: Policy { rules, limits },
            remembered: Mutex::new(None),
        }
    }

    /// Carries out a command, one at a time.
    pub async fn handle(&self, command: &Command) -> Result<Reply, AccountUnavailable> {
        let turn = self.turn().await;
        self.take(turn, command).await
    }

    /// Waits until the commands that came before are carried out.
    pub async fn turn(&self) -> Turn<'_> {
        Turn(self.remembered.lock().await)
    }

    /// Carries out a command for whoever has the turn: (1) recall the account, or load it; (2) release expired
    /// holds; (3) decide, reading the facts that this takes; (4) commit; (5) if a batch was refused or its
    /// answer lost, forget, start again, and check whether it happened; (6) a decision that writes nothing is
    /// made again on freshly loaded rows, since no commit would reveal that the kept state was stale. The exception
    /// is a refusal by a limit: stale state knows fewer requests than there were, never more.
    pub async fn take(
        &self,
        Turn(mut remembered): Turn<'_>,
        command: &Command,
    ) -> Result<Reply, AccountUnavailable> {
        let mut error = None;
        for _ in 0..TRIES {
            let may_have_happened = error.is_some();
            let attempt = self.attempt(remembered.take(), command, may_have_happened);
            match attempt.await {
                Ok(Some((state, reply))) => {
                    *remembered = Some(state);
                    return Ok(reply);
                }
                Ok(None) => {} // (6)
                Err(failed) => {
                    log::warn!(
                        "event=commit_retried account={} error=\"{failed}\"",
                        self.account
                    ); // (5)
                    error = Some(failed.to_string());
                }
            }
        }
        Err(AccountUnavailable(error.unwrap_or_default()))
    }

    async fn attempt(
        &self,
        remembered: Option<AccountState>,
        command: &Command,
        may_have_happened: bool,
    ) -> Result<Option<(AccountState, Reply)>, CommitError> {
        let from_memory = remembered.is_some();
        let mut state = self.recall(remembered).await?; // (1)
        let now = self.clock.now();
        self.expire_holds(&mut state, now).await?; // (2)
        let mut facts = Facts {
            may_have_happened,
            ..Facts::default()
        };
        let decision = self.decide(&state, &mut facts, command, now).await?; // (3)
        if from_memory && must_be_judged_on_rows(&decision, command) {
            return Ok(None);
        }
        let Err(error) = self.commit(&decision.changes).await else {
            state.follow(&decision.changes);
            return Ok(Some((state, decision.reply))); // (4)
        };
        let refused = by_the_database(error)?;
        let reply = self.instead(&state, &mut facts, command, refused).await?;
        Ok(Some((state, reply)))
    }

    async fn recall(&self, remembered: Option<AccountState>) -> Result<AccountState, CommitError> {
        match remembered {
            Some(state) => Ok(state),
            None => Ok(self.store.load(self.account, self.clock.now()).await?),
        }
    }

    /// Decides a command, and reads each fact that it asks for.
    async fn decide(
        &self,
        state: &AccountState,
        facts: &mut Facts,
        command: &Command,
        now: Timestamp,
    ) -> Result<Decision, CommitError> {
        loop {
            match decide(&self.policy, state, facts, command, now) {
                Ok(decision) => {
                    if let Some(loss) = decision.operator_loss {
                        tell_of(loss);
                    }
                    return Ok(decision);
                }
                Err(need) => self.store.read_fact(self.account, need, facts).await?,
            }
        }
    }

    async fn instead(
        &self,
        state: &AccountState,
        facts: &mut Facts,
        command: &Command,
        refused: Refused,
    ) -> Result<Reply, CommitError> {
        loop {
            match instead(state, facts, command, refused.clone()) {
                Ok(reply) => return Ok(reply),
                Err(need) => self.store.read_fact(self.account, need, facts).await?,
            }
        }
    }

    /// Releases expired holds, and ends their jobs, in a batch of its own, so that no command meets
    /// them half-way: what is decided after it is decided as of the same moment.
    async fn expire_holds(
        &self,
        state: &mut AccountState,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        if let Some(decision) = expire_holds(&self.policy, state, now) {
            self.commit(&decision.changes).await?;
            state.follow(&decision.changes);
        }
        Ok(())
    }

    async fn commit(&self, changes: &Changes) -> Result<(), CommitError> {
        if changes.is_empty() {
            Ok(())
        } else {
            self.store.commit(changes).await
        }
    }
}

/// Whether a decision on the kept state has to be made again on fresh rows: it commits nothing, or only what was
/// due anyway, so the database cannot reveal that the kept state was stale.
fn must_be_judged_on_rows(decision: &Decision, command: &Command) -> bool {
    (decision.changes.moves_nothing() || decision.only_due)
        && !is_asking(command)
        && !matches!(decision.reply, Reply::Refused(Refused::RateLimited(_)))
}

/// Whether a command asks only for what may be somewhat old: that a task is a job's own never changes.
const fn is_asking(command: &Command) -> bool {
    matches!(
        command,
        Command::Balance | Command::Limits | Command::Awaits { .. }
    )
}

/// Why the database refuses a command for a reason of its own, rather than for stale state.
fn by_the_database(error: CommitError) -> Result<Refused, CommitError> {
    match error {
        CommitError::UploadMissing { field } => Ok(Refused::UploadMissing { field }),
        CommitError::CircuitOpen => Ok(Refused::CircuitOpen),
        CommitError::Blocked => Ok(Refused::Blocked),
        CommitError::ClaimTaken => Ok(Refused::AlreadyClaimed),
        CommitError::Conflict(_) | CommitError::Lost(_) => Err(error),
    }
}

fn tell_of(loss: OperatorLoss) {
    let OperatorLoss { job, cost, held } = loss;
    let loss = cost.get().saturating_sub(held.get());
    log::warn!("event=cost_above_hold job={job} cost={cost} held={held} loss={loss}");
}
