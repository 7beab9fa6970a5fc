//! Deleting a job, and forgetting a person.

use super::pictures::{job_prefix, results_prefix, uploads_prefix};
use super::{Atelier, Error, unexpected};
use crate::account::{Command, Reply};
use crate::domain::id::{AccountId, JobId};
use crate::ports::Listing;

/// What was removed of somebody's pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The names of the objects, which are no more.
    pub removed: Vec<String>,
    /// Whether there are more than fit into one request, so that it has to be made again.
    pub more: bool,
}

impl Atelier {
    /// Deletes a job that is over: (1) the account writes down that nothing more is wanted of it, so
    /// that whatever still comes stores nothing; (2) its pictures are removed. If that fails, or a
    /// delivery was under way, the sweep removes them. Deleting twice is deleting once; what the job
    /// cost stays in the journal.
    pub async fn delete_job(&self, account: AccountId, job: JobId) -> Result<(), Error> {
        let command = Command::Delete { job };
        match self.ports.accounts.call(account, command).await? {
            Reply::Deleted => {} // (1)
            Reply::Refused(refused) => return Err(refused.into()),
            other => return Err(unexpected(&other)),
        }
        self.remove_all(&job_prefix(account, job)).await?; // (2)
        Ok(())
    }

    /// Forgets a person: (1) the account empties their name and their words, and writes down that
    /// nothing more is wanted of any upload and any job, and takes back what is open; (2) providers are
    /// asked to stop that, and its holds end as they would have: a job that is canceled, or fails, costs
    /// nothing, and one that a provider finishes all the same is paid, though nothing of it is stored;
    /// (3) every upload and every picture is removed, as many as fit into one request,
    /// but (4) for those that have come in since (1). If that fails, the sweep removes them.
    ///
    /// Credits and the journal stay, under an id that is a hash of the name. So whoever comes back
    /// with the same token finds the credits they left, and nothing else: no jobs, no uploads, no
    /// idempotency keys. What comes in after this moment is theirs again, until they ask once more;
    /// their name is kept again from their next grant on. Welcome credits are not given twice.
    pub async fn forget(&self, account: AccountId) -> Result<Forgotten, Error> {
        let open = match self.ports.accounts.call(account, Command::Forget).await? {
            Reply::Forgotten { open } => open, // (1)
            other => return Err(unexpected(&other)),
        };
        for job in open {
            self.stop_later(account, job); // (2)
        }
        let uploads = self.ports.pictures.list(&uploads_prefix(account)).await?;
        let results = self.ports.pictures.list(&results_prefix(account)).await?;
        let wanted = self.store.wanted(account).await?; // (4)
        let mut forgotten = Forgotten::default();
        for Listing { mut keys, more } in [uploads, results] {
            keys.retain(|key| !wanted.iter().any(|id| key.contains(id)));
            self.delete_keys(&keys).await?; // (3)
            forgotten.removed.extend(keys);
            forgotten.more |= more;
        }
        Ok(forgotten)
    }
}
