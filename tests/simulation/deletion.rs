//! Users who delete jobs or their account, and what must hold after the answer.

use std::collections::{BTreeMap, BTreeSet};

use atelier::domain::id::{AccountId, JobId};
use atelier::service::{Atelier, Error, Forgotten};

use super::executor::Place;
use super::gone::Deleted;
use super::journal::Hold;
use super::people::{PEOPLE, STRANGER, user};
use super::pictures::OUT_OF_ORDER;
use super::world::World;

/// How often a user retries after an error, at most.
const TRIES: u8 = 4;

const IDS: &str = "select id from uploads where account_id = ?1 union all select id from jobs where account_id = ?1";

const NAME: &str = "select 1 from accounts where id = ?1 and subject is not null";

/// What users asked to delete, and the answers.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    jobs: BTreeSet<String>,
    pub(crate) accounts: BTreeSet<String>,
    /// How often each kind of answer occurred.
    pub(crate) heard: BTreeMap<&'static str, u64>,
}

impl Wishes {
    fn hear(&mut self, what: &'static str) {
        *self.heard.entry(what).or_default() += 1;
    }
}

impl World {
    /// A user deletes a job: mostly a finished one, at times one that is open or was deleted
    /// before.
    pub(crate) fn delete_job(&self, atelier: &Atelier, account: AccountId, job: JobId) {
        let asks = if self.percent(85) {
            account
        } else {
            let other = [STRANGER].iter().chain(PEOPLE);
            let others = other.map(|name| AccountId::of_subject(name));
            let others: Vec<_> = others.filter(|other| *other != account).collect();
            others[self.place(others.len())]
        };
        if asks == account {
            let mut truth = self.truth.lock().unwrap();
            truth.wishes.jobs.insert(job.to_string());
        }
        let (world, atelier) = (self.this(), atelier.clone());
        let user = user(&atelier, asks);
        self.start(Place::Worker, "delete", async move {
            for _ in 0..TRIES {
                let (step, before) = (world.step(), world.state_of(job));
                let answer = atelier.deletion().delete_job(&user, job).await;
                world.note(|| format!("deleting {job}: {answer:?}"));
                let told = match &answer {
                    Err(error) if asks != account => (*error == Error::NotFound || is_ours(error))
                        .then_some("somebody else's job refused"),
                    Ok(()) if asks == account => world.is_rid_of(job, step),
                    Err(Error::Conflict(_)) => world.was_open(job, before, step),
                    Err(error) if is_ours(error) => Some("deletions that failed"),
                    _ => None,
                };
                let Some(told) = told else {
                    return world.broke(format!("deleting {job} is answered {answer:?}"));
                };
                world.truth.lock().unwrap().wishes.hear(told);
                if answer.is_ok() || world.percent(50) {
                    return;
                }
            }
        });
    }

    /// A user asks to be forgotten, and retries while that is not done.
    pub(crate) fn forget(&self, atelier: &Atelier, account: AccountId) {
        let mut truth = self.truth.lock().unwrap();
        truth.wishes.accounts.insert(account.to_string());
        drop(truth);
        let (world, atelier) = (self.this(), atelier.clone());
        let user = user(&atelier, account);
        self.start(Place::Worker, "forget", async move {
            let step = world.step();
            for _ in 0..TRIES {
                let answer = atelier.deletion().forget(&user).await;
                world.note(|| format!("forgetting {account}: {answer:?}"));
                match answer {
                    Ok(Forgotten { more: true, .. }) => return,
                    Ok(Forgotten { more: false, .. }) => {
                        return world.is_rid_of_all(account, step);
                    }
                    Err(error) if is_ours(&error) && world.percent(50) => {}
                    Err(error) if is_ours(&error) => return,
                    Err(error) => {
                        return world.broke(format!("forgetting is answered {error:?}"));
                    }
                }
            }
        });
    }

    /// After an answer, to a request of this step, that a job was deleted: it is, and its pictures are gone.
    fn is_rid_of(&self, job: JobId, step: u64) -> Option<&'static str> {
        let deleted = self.gone(job)?;
        let part = format!("/{job}/");
        let kept = self.kept.lock().unwrap();
        let mut of_job = kept.iter().filter(|(key, _)| key.contains(&part));
        if of_job.any(|(_, picture)| picture.step < step) {
            return None;
        }
        Some(if deleted.step < step {
            "deleted again"
        } else {
            "deletions that were heard of"
        })
    }

    /// After an answer that a job could not be deleted: it was open at some moment after this step.
    fn was_open(&self, job: JobId, before: Option<String>, step: u64) -> Option<&'static str> {
        let was_deleted = self.gone(job).is_some_and(|deleted| deleted.step < step);
        let before = before.unwrap_or_default();
        let is_over = matches!(before.as_str(), "completed" | "failed" | "canceled")
            || before == "expired" && self.state_of(job).is_some_and(|now| now == before);
        (!is_over && !was_deleted).then_some("refused while open")
    }

    /// After an answer, to a request of this step, that a user was forgotten: nothing from before is
    /// left.
    fn is_rid_of_all(&self, account: AccountId, step: u64) {
        let ids = self.ids_of(account);
        let books = self.books.lock().unwrap();
        let is_forgotten = books.gone.forgotten_since(&account.to_string(), step);
        let kept = self.kept.lock().unwrap();
        let of = |key: &str| key.split('/').nth(1).is_some_and(|id| ids.contains(id));
        let mut of_account = kept.iter().filter(|(key, _)| of(key));
        let left = of_account.find(|(_, picture)| picture.step < step);
        if !is_forgotten || left.is_some() {
            self.broke(format!("{account} is said to be forgotten: {left:?}"));
        }
    }

    /// The uploads and jobs of a user.
    fn ids_of(&self, account: AccountId) -> BTreeSet<String> {
        let connection = self.connection.lock().unwrap();
        let mut ids = connection.prepare_cached(IDS).unwrap();
        let ids = ids.query_map([account.to_string()], |row| row.get(0));
        ids.unwrap().map(Result::unwrap).collect()
    }

    fn state_of(&self, job: JobId) -> Option<String> {
        let books = self.books.lock().unwrap();
        let state = books.jobs.states.get(&job.to_string());
        state.map(|(state, _)| state.clone())
    }

    /// When a job was deleted, if it was.
    pub(crate) fn gone(&self, job: JobId) -> Option<Deleted> {
        self.books.lock().unwrap().gone.job(&job.to_string())
    }

    /// Whether a user was forgotten at this step or after it.
    pub(crate) fn forgotten_since(&self, account: AccountId, step: u64) -> bool {
        let books = self.books.lock().unwrap();
        books.gone.forgotten_since(&account.to_string(), step)
    }

    /// Whether a job of a user was deleted at this step or after it.
    pub(crate) fn deleted_since(&self, account: AccountId, step: u64) -> bool {
        let books = self.books.lock().unwrap();
        books.gone.deleted_since(&account.to_string(), step)
    }

    /// At the end: (1) nothing was deleted unasked; (2) no bytes remain that should be gone; (3) of the jobs
    /// that were open then, only those that a provider finished are charged, and none is waived; (4) a
    /// forgotten account has no subject, unless it got a grant since.
    pub(crate) fn nothing_of_it_remains(&self) -> Result<(), String> {
        let books = self.books.lock().unwrap();
        let truth = self.truth.lock().unwrap();
        let (gone, wishes) = (&books.gone, &truth.wishes);
        let unasked = gone.deleted().find(|job| !wishes.jobs.contains(*job));
        let unasked = unasked.or_else(|| {
            let mut forgotten = gone.forgotten();
            forgotten.find(|account| !wishes.accounts.contains(*account))
        });
        if let Some(unasked) = unasked {
            return Err(format!("nobody asked to delete {unasked}")); // (1)
        }
        let kept = self.kept.lock().unwrap();
        if let Some(key) = kept.keys().find(|key| gone.should_be_gone(key)) {
            return Err(format!("{key} was to be removed, and is there")); // (2)
        }
        let holds = books.accounts.values().flat_map(|account| &account.holds);
        let outside = self.outside.lock().unwrap();
        let is_right = |job: &str, hold: &Hold| {
            let is_made = outside.has_made(job);
            hold.is_closed && hold.waived == 0 && (hold.settled == 0 || is_made)
        };
        let mut of_open = holds.filter(|(job, _)| gone.was_open(job));
        if let Some((job, hold)) = of_open.find(|(job, hold)| !is_right(job, hold)) {
            return Err(format!("{job} was deleted while it was open: {hold:?}")); // (3)
        }
        let connection = self.connection.lock().unwrap();
        let mut name = connection.prepare_cached(NAME).unwrap();
        let named = gone
            .nameless()
            .find(|account| name.exists([account]).unwrap());
        named.map_or(Ok(()), |account| {
            Err(format!("{account} was forgotten, and has a name")) // (4)
        })
    }
}

/// Whether an answer is an error of ours, so that the outcome is unknown, or the reconciler has to
/// finish it.
pub(crate) fn is_ours(error: &Error) -> bool {
    match error {
        Error::LedgerUnavailable(_) => true,
        Error::StorageUnavailable(why) => why.contains(OUT_OF_ORDER),
        _ => false,
    }
}
