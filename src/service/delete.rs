//! Deleting a job, and forgetting a person.

use super::User;
use super::accounts::Erasures;
use super::cleanup::Removal;
use super::error::{Error, unexpected};
use super::perform::Executor;
use super::selling::OpenCheckouts;
use crate::domain::account::Reply;
use crate::domain::id::JobId;
use crate::store::{ErasedCursor, People, Reader};

/// Pages of rows whose pictures one request removes at most: 100,000 uploads and 8,000 jobs, at some
/// 220 calls of the 1,000 that a request may make.
const MAX_PAGES: usize = 20;

/// What was removed for a person who is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The ids of uploads and jobs whose pictures were removed.
    pub removed: Vec<String>,
    /// Whether there are more than fit into one request: cron removes those.
    pub more: bool,
}

/// Deletes jobs, and forgets people.
pub struct Deletion {
    erasures: Erasures,
    store: Reader,
    people: People,
    removal: Removal,
    checkouts: Option<OpenCheckouts>,
    executor: Executor,
}

impl Deletion {
    pub(super) fn new(
        erasures: Erasures,
        (store, people): (Reader, People),
        (removal, checkouts): (Removal, Option<OpenCheckouts>),
        executor: Executor,
    ) -> Self {
        Self {
            erasures,
            store,
            people,
            removal,
            checkouts,
            executor,
        }
    }

    /// Deletes a job that is over: (1) the account records that nothing more is wanted of it, so that
    /// whatever still comes stores nothing; (2) its pictures are removed. If that fails, or an ingest was
    /// under way, the cleanup removes them. Deleting twice is deleting once; what the job cost stays in the
    /// journal.
    pub async fn delete_job(&self, user: &User, job: JobId) -> Result<(), Error> {
        match self.erasures.delete(user.account, job).await? {
            Reply::Deleted => {} // (1)
            Reply::Refused(refused) => return Err(refused.into()),
            other => return Err(unexpected(&other)),
        }
        self.removal.results(&[job]).await?; // (2)
        Ok(())
    }

    /// Forgets a person: (1) the account clears the subject of their token and their prompts, marks every
    /// upload and every job as deleted, and cancels open jobs; (2) providers are asked to stop those, and
    /// their holds end as usual: a job that is canceled or fails costs nothing, and one that a provider still
    /// finishes is charged, though nothing of it is stored; open checkouts are ended; (3) the uploads and pictures of (1) are removed,
    /// as many as fit into one request; the cleanup removes the others, and those whose removal failed; (4) if they
    /// signed in here, their ways in and sessions are removed: last, so that until then they can ask again.
    ///
    /// Credits and the journal stay, under an id that is a hash of the subject, and the claims of their identities.
    /// So a user who returns with the same token, or by the same way in, finds their credits, and nothing else: no
    /// jobs, no uploads, no idempotency keys. What they upload or request later is kept, until they delete their
    /// account once more; their subject is kept again from their next grant on. Welcome credits are not granted
    /// twice.
    pub async fn forget(&self, user: &User) -> Result<Forgotten, Error> {
        let account = user.account;
        let sessions = match &self.checkouts {
            Some(checkouts) => checkouts.of(account).await?,
            None => Vec::new(),
        };
        let open = match self.erasures.forget(account).await? {
            Reply::Forgotten { open } => open, // (1)
            other => return Err(unexpected(&other)),
        };
        for job in open {
            self.executor.stop_later(account, job); // (2)
        }
        if let Some(checkouts) = &self.checkouts {
            checkouts.end(&sessions).await;
        }
        let mut forgotten = Forgotten {
            more: true,
            ..Forgotten::default()
        };
        let mut after = ErasedCursor::default();
        for _ in 0..MAX_PAGES {
            let erased = self.store.erased(account, &after).await?;
            self.removal.uploads(&erased.uploads).await?; // (3)
            self.removal.results(&erased.jobs).await?;
            let uploads = erased.uploads.iter().map(ToString::to_string);
            let jobs = erased.jobs.iter().map(ToString::to_string);
            forgotten.removed.extend(uploads.chain(jobs));
            let Some(next) = erased.next else {
                forgotten.more = false;
                break;
            };
            after = next;
        }
        if let Some(session) = user.session() {
            self.people.forget(session.user).await?; // (4)
        }
        Ok(forgotten)
    }
}
