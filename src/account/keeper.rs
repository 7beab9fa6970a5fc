//! Carrying out commands: remember, decide, commit; and when in doubt, forget and look.

use std::sync::Arc;

use futures::lock::Mutex;

use super::advance::advance;
use super::command::{Command, Grant, Open, Opened, Refused, Reply};
use super::decision::{Commit, NewAttempt};
use super::memory::{Memory, OpenJob};
use super::schedule::due_at;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Event, State};
use crate::domain::ledger::{self, Closing, Draft, Freeze, Receipt, Refusal, Rules};
use crate::domain::time::Timestamp;
use crate::ports::{AccountUnavailable, Clock};
use crate::store::{CommitError, Store, StoreError};

/// How often a command is decided before it is given up: one try, one after a conflict or a lost
/// answer, and one more, since a twin that is still alive may win twice.
const TRIES: usize = 3;

/// Keeps one account. Its mutex is its own, so it is only ever waited for within one object.
pub struct Keeper {
    account: AccountId,
    store: Store,
    clock: Arc<dyn Clock>,
    rules: Rules,
    memory: Mutex<Option<Memory>>,
}

/// A command decided: what to write, what is then true, and what to answer.
struct Decision {
    commit: Commit,
    after: Memory,
    reply: Reply,
}

impl Keeper {
    /// A keeper that remembers nothing yet.
    pub fn new(account: AccountId, store: Store, clock: Arc<dyn Clock>, rules: Rules) -> Self {
        Self {
            account,
            store,
            clock,
            rules,
            memory: Mutex::new(None),
        }
    }

    /// Carries out a command, one at a time: (1) recall the account, or load it; (2) end what is
    /// stale; (3) decide; (4) commit; (5) if a batch was refused or its answer lost, forget, and
    /// begin again with a look at whether it happened; (6) what the ledger refuses is judged again
    /// on the database's rows: a refusal commits nothing, so nothing else would show that the
    /// memory of it is stale.
    pub async fn handle(&self, command: &Command) -> Result<Reply, AccountUnavailable> {
        let mut remembered = self.memory.lock().await;
        let mut trouble = None;
        for _ in 0..TRIES {
            let known = remembered.take();
            let is_known = known.is_some();
            match self.attempt(known, command, trouble.is_some()).await {
                Ok((_, Reply::Refused(Refused::Ledger(_)))) if is_known => {} // (6)
                Ok((memory, reply)) => {
                    *remembered = Some(memory);
                    return Ok(reply);
                }
                Err(error) => {
                    log::warn!("account {}: {error}; looking again", self.account); // (5)
                    trouble = Some(error.to_string());
                }
            }
        }
        Err(AccountUnavailable(trouble.unwrap_or_default()))
    }

    async fn attempt(
        &self,
        remembered: Option<Memory>,
        command: &Command,
        in_doubt: bool,
    ) -> Result<(Memory, Reply), CommitError> {
        let memory = match remembered {
            Some(memory) => memory, // (1)
            None => self.store.load(self.account).await?,
        };
        let now = self.clock.now();
        let memory = self.end_stale(memory, now).await?; // (2)
        let decision = self.decide(&memory, command, now, in_doubt).await?; // (3)
        match self.commit(&decision.commit).await {
            Ok(()) => Ok((decision.after, decision.reply)), // (4)
            Err(CommitError::UploadMissing { field }) => {
                let refused = Refused::UploadMissing { field };
                let reply = self.known_or(&memory, command, refused).await?;
                Ok((memory, reply))
            }
            Err(error) => Err(error),
        }
    }

    /// Releases stale holds, and ends their jobs, in a batch of its own, so that no command meets
    /// them half-way: what is decided after it is decided as of the same moment.
    async fn end_stale(&self, memory: Memory, clock: Timestamp) -> Result<Memory, CommitError> {
        let now = clock.max(memory.book.head.at);
        if !memory.book.holds.iter().any(|hold| hold.deadline <= now) {
            return Ok(memory);
        }
        let Ok(draft) = Draft::open(&memory.book, self.rules, now) else {
            return Ok(memory);
        };
        let decision = self.due(&memory, draft, balance);
        self.commit(&decision.commit).await?;
        Ok(decision.after)
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        if commit.is_empty() {
            Ok(())
        } else {
            self.store.commit(commit).await
        }
    }

    async fn decide(
        &self,
        memory: &Memory,
        command: &Command,
        now: Timestamp,
        in_doubt: bool,
    ) -> Result<Decision, StoreError> {
        let draft = Draft::open(&memory.book, self.rules, now);
        let draft = match draft {
            Ok(draft) => draft,
            Err(refusal) => return Ok(self.nothing(memory, Reply::Refused(refusal.into()))),
        };
        match command {
            Command::Grant(grant) => self.grant(memory, draft, grant).await,
            Command::Open(open) => self.open(memory, draft, open, in_doubt).await,
            Command::Advance {
                job,
                attempt,
                event,
            } => self.advance(memory, draft, *job, *attempt, event).await,
            Command::Balance => Ok(self.due(memory, draft, balance)),
        }
    }

    async fn grant(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        grant: &Grant,
    ) -> Result<Decision, StoreError> {
        if let Some((account, package)) = self.store.granted(&grant.reference).await? {
            let same = account == self.account
                && (package.granted, package.kind, package.expires_at)
                    == (grant.credits, grant.kind, grant.expires_at);
            let receipt = Receipt::of_grant(&package);
            let reply = if same {
                Reply::Granted { package, receipt }
            } else {
                Reply::Refused(Refused::KeyReused)
            };
            return Ok(self.due(memory, draft, |_| reply));
        }
        let granted = draft.grant(ledger::Grant {
            package: grant.package,
            kind: grant.kind,
            credits: grant.credits,
            expires_at: grant.expires_at,
        });
        let reply = match (granted, draft.book().packages.last()) {
            (Ok(receipt), Some(package)) => Reply::Granted {
                package: *package,
                receipt,
            },
            (Err(refusal), _) => Reply::Refused(refusal.into()),
            (Ok(_), None) => Reply::Refused(Refusal::OutOfRange.into()),
        };
        let granted = matches!(reply, Reply::Granted { .. });
        let mut decision = self.due(memory, draft, |_| reply);
        decision.commit.grant = granted.then(|| grant.clone());
        Ok(decision)
    }

    async fn open(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        open: &Open,
        in_doubt: bool,
    ) -> Result<Decision, StoreError> {
        if in_doubt && let Some(reply) = self.opened_before(memory, open).await? {
            return Ok(self.due(memory, draft, |_| reply));
        }
        let Ok(amount) = open.credits_per_image.times(open.count) else {
            let refused = Reply::Refused(Refusal::OutOfRange.into());
            return Ok(self.due(memory, draft, |_| refused));
        };
        let receipt = match draft.freeze(Freeze {
            job: open.job,
            amount,
        }) {
            Ok(receipt) => receipt,
            Err(refusal) => {
                let known = self.opened_before(memory, open).await?;
                let reply = known.unwrap_or(Reply::Refused(refusal.into()));
                return Ok(self.due(memory, draft, |_| reply));
            }
        };
        let (now, deadline) = (draft.now(), draft.now().plus(self.rules.hold_ttl));
        let reply = Reply::Opened(Opened {
            amount,
            opened_at: now,
            deadline,
            receipt,
        });
        let mut decision = self.due(memory, draft, |_| reply);
        decision.commit.opened = Some((
            open.clone(),
            due_at(State::Dispatching, 0, now, Some(deadline)),
        ));
        decision.commit.new_attempt = Some(NewAttempt {
            job: open.job,
            ordinal: 1,
            provider: open.provider.clone(),
        });
        let job = OpenJob {
            state: State::Dispatching,
            attempt: 1,
            task_id: None,
            count: open.count,
            credits_per_image: open.credits_per_image,
            checks: 0,
        };
        decision.after.jobs.insert(open.job, job);
        Ok(decision)
    }

    async fn advance(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        id: JobId,
        attempt: Option<u8>,
        event: &Event,
    ) -> Result<Decision, StoreError> {
        let job = match memory.jobs.get(&id) {
            Some(job) => job.clone(),
            None => match self.store.job(self.account, id).await? {
                Some(job) => OpenJob::from(&job),
                None => return Ok(self.due(memory, draft, |_| Reply::Refused(Refused::NoSuchJob))),
            },
        };
        let effect = match advance(&mut draft, id, &job, attempt, event) {
            Ok(effect) => effect,
            Err(refusal) => return Ok(self.due(memory, draft, |_| Reply::Refused(refusal.into()))),
        };
        let mut decision = self.due(memory, draft, |_| effect.reply);
        if let Some(moved) = effect.moved {
            let task_id = effect
                .attempt
                .as_ref()
                .and_then(|told| told.task_id.clone());
            decision.after.follow(&moved, task_id);
            decision.commit.moved.push(moved);
        }
        if let Event::Stored { images } = event
            && matches!(decision.reply, Reply::Moved { .. })
        {
            decision.commit.images = images.iter().map(|image| (id, *image)).collect();
        }
        decision.commit.new_attempt = effect.new_attempt;
        decision.commit.attempt = effect.attempt;
        Ok(decision)
    }

    /// Commits a draft as it stands, and answers.
    fn due(
        &self,
        memory: &Memory,
        draft: Draft<'_>,
        reply: impl FnOnce(&Draft<'_>) -> Reply,
    ) -> Decision {
        let reply = reply(&draft);
        let now = draft.now();
        let (changes, book) = draft.finish();
        let mut jobs = memory.jobs.clone();
        for closed in changes
            .closed
            .iter()
            .filter(|closed| closed.closing == Closing::Stale)
        {
            jobs.remove(&closed.job);
        }
        let commit = Commit::of_due(self.account, now, changes, memory);
        Decision {
            commit,
            after: Memory { book, jobs },
            reply,
        }
    }

    /// Changes nothing, and answers.
    fn nothing(&self, memory: &Memory, reply: Reply) -> Decision {
        let commit = Commit::of_due(
            self.account,
            memory.book.head.at,
            ledger::Changes::default(),
            memory,
        );
        Decision {
            commit,
            after: memory.clone(),
            reply,
        }
    }

    /// A refusal, unless the request was granted before: then its job is the answer, whatever has
    /// become of it.
    async fn known_or(
        &self,
        memory: &Memory,
        command: &Command,
        refused: Refused,
    ) -> Result<Reply, StoreError> {
        let known = match command {
            Command::Open(open) => self.opened_before(memory, open).await?,
            Command::Grant(_) | Command::Advance { .. } | Command::Balance => None,
        };
        Ok(known.unwrap_or(Reply::Refused(refused)))
    }

    /// The answer to an order that has a job already: our own, whose answer was lost, or that of an
    /// earlier request under the same key.
    async fn opened_before(
        &self,
        memory: &Memory,
        open: &Open,
    ) -> Result<Option<Reply>, StoreError> {
        let key = open.idempotency_key.as_deref();
        let Some((job, fingerprint)) = self.store.find_job(self.account, open.job, key).await?
        else {
            return Ok(None);
        };
        if job == open.job
            && let Some(hold) = memory.book.hold(job)
        {
            let receipt = Receipt::of_freeze(&hold.items).unwrap_or_default();
            let (amount, opened_at, deadline) = (hold.amount, hold.opened_at, hold.deadline);
            return Ok(Some(Reply::Opened(Opened {
                amount,
                opened_at,
                deadline,
                receipt,
            })));
        }
        let same = fingerprint == open.fingerprint;
        Ok(Some(if same {
            Reply::SameJob { job }
        } else {
            Reply::Refused(Refused::KeyReused)
        }))
    }
}

fn balance(draft: &Draft<'_>) -> Reply {
    let now = draft.now();
    let available = draft.book().available(now).unwrap_or_default();
    let held = draft.book().packages.iter().map(|package| package.held);
    let held = crate::domain::credits::Credits::sum(held).unwrap_or_default();
    Reply::Balance {
        available,
        held,
        now,
    }
}
