//! Deleted jobs and forgotten accounts, as the database's batches record them, and what must hold from then on:
//! their rows stay empty, and nothing is stored or charged for them.

use std::collections::{BTreeMap, BTreeSet};

use atelier::ports::{Statement, Value};
use rusqlite::Connection;

/// The jobs of an account that are deleted, whether they are over, and whether they are being submitted.
const DELETED: &str = "
    select id, due_at is null, state = 'dispatching'
    from jobs where account_id = ?1 and deleted_at is not null";

const UPLOADS: &str = "select id from uploads where account_id = ?1";

/// Deleted jobs with data that should be gone.
const WORDS: &str = "
    select group_concat(id, ', ') from jobs j
    where account_id = ?1 and deleted_at is not null
      and (prompt is not null or fingerprint <> ''
        or exists (select 1 from images i where i.account_id = j.account_id and i.job_id = j.id)
        or exists (select 1 from attempts a
                   where a.account_id = j.account_id and a.job_id = j.id and a.detail is not null))";

/// Personal data of an account right after it was forgotten.
const PERSON: &str = "
    select (select count(*) from accounts where id = ?1 and subject is not null)
         + (select count(*) from jobs where account_id = ?1 and (deleted_at is null or idempotency_key is not null))
         + (select count(*) from images where account_id = ?1)";

/// When a job was deleted, and whether its account was forgotten then or later, which frees its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deleted {
    pub(crate) step: u64,
    pub(crate) is_forgotten: bool,
    was_open: bool,
    was_early: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Gone {
    jobs: BTreeMap<String, Deleted>,
    /// The accounts with deleted jobs, and when the last one was deleted.
    accounts: BTreeMap<String, u64>,
    /// The forgotten accounts, and when that was.
    forgets: BTreeMap<String, Vec<u64>>,
    /// Uploads of accounts that were forgotten afterwards.
    uploads: BTreeSet<String>,
    nameless: BTreeSet<String>,
}

impl Gone {
    /// After a batch at a step: (1) a forgotten account is empty; (2) a deleted job is over, unless its account
    /// was forgotten; (3) and stays empty.
    pub(crate) fn after(
        &mut self,
        connection: &Connection,
        account: &str,
        statements: &[Statement],
        step: u64,
    ) -> Result<(), String> {
        let has = |words: &str| statements.iter().any(|each| each.sql.contains(words));
        self.uses_no_forgotten_photo(statements)?;
        if has("into accounts") {
            self.nameless.remove(account);
        }
        let is_forget = has("set subject = null");
        if is_forget {
            self.forget(connection, account, step)?; // (1)
        }
        if has("deleted_at = ") {
            self.accounts.insert(account.into(), step);
            let mut deleted = connection.prepare_cached(DELETED).unwrap();
            let deleted =
                deleted.query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let deleted = deleted.unwrap().map(Result::unwrap);
            for (id, is_over, was_early) in deleted.collect::<Vec<(String, bool, bool)>>() {
                let deleted = Deleted {
                    step,
                    is_forgotten: is_forget,
                    was_open: !is_over,
                    was_early,
                };
                self.delete(id, deleted)?; // (2)
            }
        }
        if self.accounts.contains_key(account) {
            let mut words = connection.prepare_cached(WORDS).unwrap();
            let words: Option<String> = words.query_row([account], |row| row.get(0)).unwrap();
            if let Some(jobs) = words {
                return Err(format!("something remains of what was deleted: {jobs}")); // (3)
            }
        }
        Ok(())
    }

    fn forget(&mut self, connection: &Connection, account: &str, step: u64) -> Result<(), String> {
        let mut person = connection.prepare_cached(PERSON).unwrap();
        let person: i64 = person.query_row([account], |row| row.get(0)).unwrap();
        if person > 0 {
            return Err(format!(
                "{account} is forgotten, and {person} rows tell of it"
            ));
        }
        let mut uploads = connection.prepare_cached(UPLOADS).unwrap();
        let uploads = uploads.query_map([account], |row| row.get(0)).unwrap();
        self.uploads
            .extend(uploads.map(Result::<String, _>::unwrap));
        self.nameless.insert(account.into());
        self.forgets.entry(account.into()).or_default().push(step);
        Ok(())
    }

    fn delete(&mut self, id: String, deleted: Deleted) -> Result<(), String> {
        if let Some(known) = self.jobs.get_mut(&id) {
            known.is_forgotten |= deleted.is_forgotten;
            return Ok(());
        }
        if deleted.was_open && !deleted.is_forgotten {
            return Err(format!("{id} is deleted while it is open"));
        }
        self.jobs.insert(id, deleted);
        Ok(())
    }

    /// Uploads from before forgetting are used in no new job.
    fn uses_no_forgotten_photo(&self, statements: &[Statement]) -> Result<(), String> {
        let opens = |each: &&Statement| each.sql.trim_start().starts_with("insert into jobs");
        let of_forgotten = |param: &Value| match param {
            Value::Text(text) => self.uploads.contains(text),
            Value::Integer(_) | Value::Null => false,
        };
        match statements.iter().find(opens) {
            Some(job) if job.params.iter().any(of_forgotten) => {
                Err("a job is made from a photo of somebody who was forgotten".into())
            }
            _ => Ok(()),
        }
    }

    /// When a job was deleted, if it was.
    pub(crate) fn job(&self, id: &str) -> Option<Deleted> {
        self.jobs.get(id).copied()
    }

    /// Whether a job was open when its account was forgotten.
    pub(crate) fn was_open(&self, id: &str) -> bool {
        self.jobs.get(id).is_some_and(|deleted| deleted.was_open)
    }

    /// The jobs that were deleted one by one.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = &String> {
        let jobs = self.jobs.iter();
        jobs.filter(|(_, deleted)| !deleted.is_forgotten)
            .map(|(id, _)| id)
    }

    /// Whether an account was forgotten at this step or after it.
    pub(crate) fn forgotten_since(&self, account: &str, step: u64) -> bool {
        let last = self.forgets.get(account).and_then(|steps| steps.last());
        last.is_some_and(|last| *last >= step)
    }

    /// Whether a job of an account was deleted at this step or after it.
    pub(crate) fn deleted_since(&self, account: &str, step: u64) -> bool {
        self.accounts.get(account).is_some_and(|last| *last >= step)
    }

    /// The forgotten accounts.
    pub(crate) fn forgotten(&self) -> impl Iterator<Item = &String> {
        self.forgets.keys()
    }

    /// The accounts without a subject, which got no grant after they were forgotten.
    pub(crate) fn nameless(&self) -> impl Iterator<Item = &String> {
        self.nameless.iter()
    }

    /// Whether the bytes under a key should be gone.
    pub(crate) fn should_be_gone(&self, key: &str) -> bool {
        let name = key.split('/').nth(1).unwrap_or_default();
        self.jobs.contains_key(name) || self.uploads.contains(name)
    }

    /// How often each kind of deletion happened.
    pub(crate) fn counts(&self) -> [(&'static str, usize); 4] {
        let open = self.jobs.values().filter(|deleted| deleted.was_open);
        let early = self.jobs.values().filter(|deleted| deleted.was_early);
        [
            ("deleted", self.deleted().count()),
            ("forgotten", self.forgets.values().map(Vec::len).sum()),
            ("forgotten while open", open.count()),
            ("forgotten while being submitted", early.count()),
        ]
    }
}
