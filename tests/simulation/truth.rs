//! What users were told, and whether that is true.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::job::RequestBody;
use atelier::domain::job::{Job, StateName};
use atelier::domain::limits::{LimitName, LimitReached};
use atelier::domain::time::Timestamp;
use atelier::service::Error;

use super::books::Watch;
use super::deletion::Wishes;
use super::objects::MOST_SKEW;
use super::world::World;

/// A request, which may be repeated.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) account: AccountId,
    pub(crate) request: RequestBody,
    pub(crate) key: Option<String>,
}

/// An accepted upload.
pub(crate) struct Photo {
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) expires_at: Timestamp,
    /// When the upload began.
    pub(crate) step: u64,
}

impl Photo {
    /// Until when it can be used, as far as its user knows.
    pub(crate) fn is_good_until(&self, world: &World, end: Timestamp) -> bool {
        self.expires_at > end && !world.forgotten_since(self.account, self.step)
    }
}

/// Everything that is known outside of Atelier.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) uploads: Vec<Photo>,
    pub(crate) asked: Vec<Asked>,
    /// Jobs whose ids a user knows.
    pub(crate) jobs: Vec<(AccountId, JobId)>,
    /// The job that each key returned, and the request.
    keys: BTreeMap<(AccountId, String), (JobId, String)>,
    /// The prompts of requests without a key that users were told had failed.
    pub(crate) told_no: Vec<String>,
    over: BTreeMap<JobId, (StateName, u64)>,
    pub(crate) grants: BTreeMap<String, PackageId>,
    pub(crate) references: u64,
    pub(crate) wishes: Wishes,
}

/// Watches an account while a request is under way.
pub(crate) struct Watching {
    world: Arc<World>,
    number: u64,
    step: u64,
    time: Timestamp,
    /// The job under a key and its request, if any user was told of it.
    known: Option<(JobId, String)>,
}

impl Watching {
    pub(crate) fn begin(world: &Arc<World>, asked: &Asked) -> Self {
        let number = world
            .books
            .lock()
            .unwrap()
            .watch(&asked.account.to_string());
        let key = asked.key.clone().map(|key| (asked.account, key));
        let truth = world.truth.lock().unwrap();
        let known = key.and_then(|key| truth.keys.get(&key));
        let known = known.cloned();
        drop(truth);
        let world = Arc::clone(world);
        Self {
            number,
            step: world.step(),
            time: world.time(),
            known,
            world,
        }
    }

    fn end(&self) -> Watch {
        self.world.books.lock().unwrap().watch_ends(self.number)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // A request that is dropped during a panic must not hide it.
        if let Ok(mut books) = self.world.books.lock() {
            books.watch_ends(self.number);
        }
    }
}

impl World {
    /// Checks the answer to a generation request: one job per key, the requested job, and no refusal without a
    /// cause.
    pub(crate) fn heard(&self, asked: &Asked, answer: Result<Job, Error>, watching: &Watching) {
        let watch = watching.end();
        self.note(|| {
            let (prompt, key) = (&asked.request.prompt, &asked.key);
            let told = answer.as_ref().map(|job| (job.id.to_string(), job.state()));
            format!("asked {prompt:?} {key:?}: {told:?}")
        });
        let wrong = match answer {
            Ok(job) => self.placed(asked, &job, watching.step),
            Err(error) => self
                .known_refused(asked, &error, watching)
                .and_then(|()| self.refused(asked, &error, &watch, watching)),
        };
        if let Err(what) = wrong {
            self.broke(what);
        }
    }

    fn placed(&self, asked: &Asked, job: &Job, step: u64) -> Result<(), String> {
        let gone = self.gone(job.id);
        if gone.is_some_and(|deleted| deleted.step < step) {
            return Err(format!("{} was deleted, and is shown", job.id));
        }
        let mut truth = self.truth.lock().unwrap();
        let mut uploads = truth.uploads.iter();
        let own =
            uploads.any(|photo| photo.account == asked.account && photo.id == asked.request.photo);
        if !own {
            return Err(format!("{} was made from somebody else's photo", job.id));
        }
        if job.request.fingerprint != asked.request.fingerprint() || job.account != asked.account {
            return Err(format!("{} is not what was asked for", job.id));
        }
        if !truth.jobs.contains(&(job.account, job.id)) {
            truth.jobs.push((job.account, job.id));
        }
        // Forgetting an account frees its keys.
        let is_forgotten = |id| self.gone(id).is_some_and(|deleted| deleted.is_forgotten);
        let key = asked.key.clone().filter(|_| !is_forgotten(job.id));
        let Some(key) = key.map(|key| (asked.account, key)) else {
            return Ok(());
        };
        if truth
            .keys
            .get(&key)
            .is_some_and(|(id, _)| is_forgotten(*id))
        {
            truth.keys.remove(&key);
        }
        let entry = truth.keys.entry(key);
        let first = entry.or_insert((job.id, job.request.fingerprint.clone())).0;
        drop(truth);
        if first == job.id {
            Ok(())
        } else {
            Err(format!("one key gave both {first} and {}", job.id))
        }
    }

    /// A request whose key has a job must return that job, unless the request differs. The key of a deleted job
    /// matches no request any more; forgetting the account frees it.
    fn known_refused(
        &self,
        asked: &Asked,
        error: &Error,
        watching: &Watching,
    ) -> Result<(), String> {
        let Some((id, fingerprint)) = &watching.known else {
            return Ok(());
        };
        let gone = self.gone(*id);
        let fits = match error {
            Error::LedgerUnavailable(_) => true,
            _ if gone.is_some_and(|deleted| deleted.is_forgotten) => true,
            Error::IdempotencyMismatch => *fingerprint != asked.request.fingerprint(),
            Error::Conflict(_) => gone.is_some(),
            Error::NotFound => gone.is_some_and(|deleted| deleted.step >= watching.step),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            let key = &asked.key;
            Err(format!("{key:?} has {id}, and is answered {error}"))
        }
    }

    /// Checks the refusal of a watched request.
    fn refused(
        &self,
        asked: &Asked,
        error: &Error,
        watch: &Watch,
        watching: &Watching,
    ) -> Result<(), String> {
        let step = watching.step;
        let end = self.time().plus(MOST_SKEW);
        match error {
            Error::InsufficientCredits { needed, .. } => {
                let least = watch.least(end);
                let enough = least >= i64::try_from(needed.get()).unwrap();
                if enough {
                    Err(format!("{least} credits were there all the time: {error}"))
                } else {
                    Ok(())
                }
            }
            Error::TooManyOpenJobs { limit } => {
                let most = watch.most_open();
                if most < *limit {
                    Err(format!("only {most} jobs were open: {error}"))
                } else {
                    Ok(())
                }
            }
            Error::RateLimited(reached) => self.was_reached(asked, reached, watching),
            Error::Invalid(fields) => {
                let truth = self.truth.lock().unwrap();
                let mut own = truth.uploads.iter().filter(|photo| {
                    photo.account == asked.account && photo.id == asked.request.photo
                });
                let good = own.any(|photo| photo.is_good_until(self, end));
                if good {
                    Err(format!("nothing is wrong with it: {fields:?}"))
                } else {
                    Ok(())
                }
            }
            Error::LedgerUnavailable(_) => {
                if asked.key.is_none() {
                    let prompt = asked.request.prompt.clone().unwrap();
                    self.truth.lock().unwrap().told_no.push(prompt);
                }
                Ok(())
            }
            Error::IdempotencyMismatch if asked.key.is_some() => Ok(()),
            // Its own job was forgotten before its user was told of it.
            Error::Conflict(_) if self.forgotten_since(asked.account, step) => Ok(()),
            Error::Conflict(_) if asked.key.is_some() => Ok(()),
            Error::NotFound if self.deleted_since(asked.account, step) => Ok(()),
            // The circuits of all providers are open, so at least one has failed before.
            Error::ProviderUnavailable(_) if self.a_provider_has_failed() => Ok(()),
            other => Err(format!("a request for a picture is answered {other:?}")),
        }
    }

    /// Checks an answer that a limit was reached: the rows have as many requests or failures.
    fn was_reached(
        &self,
        asked: &Asked,
        reached: &LimitReached,
        watching: &Watching,
    ) -> Result<(), String> {
        let (minutes, what) = match reached.name {
            LimitName::GenerationsPerMinute => (1, "1 = 1"),
            LimitName::FailedPerHour => (60, "h.state = 'released'"),
            LimitName::UploadsPerDay
            | LimitName::UploadMibPerDay
            | LimitName::SignInsPerMinute
            | LimitName::SignInMailsPerHour
            | LimitName::SignInMailsPerDay
            | LimitName::SignUpsPerDay
            | LimitName::CheckoutsPerHour
            | LimitName::CheckoutsPerDay => {
                return Err(format!("that limits no generation: {reached}"));
            }
        };
        let window = Duration::from_mins(minutes) + 2 * MOST_SKEW;
        let since = watching.time.minus(window).millis();
        let sql = format!(
            "select count(*) from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
             where j.account_id = ?1 and j.created_at > ?2 and {what}"
        );
        let connection = self.connection.lock().unwrap();
        let params = (asked.account.to_string(), since);
        let count: u32 = connection
            .query_row(&sql, params, |row| row.get(0))
            .unwrap();
        if count >= reached.limit {
            Ok(())
        } else {
            Err(format!("only {count} were counted: {reached}"))
        }
    }

    fn a_provider_has_failed(&self) -> bool {
        let connection = self.connection.lock().unwrap();
        let failed = connection.query_row("select count(*) from circuits", [], |row| {
            row.get::<_, i64>(0)
        });
        failed.unwrap() > 0
    }

    /// Checks a job that was read by a request of this moment and step: it ends once, and its hold is not open
    /// past its deadline.
    pub(crate) fn saw(&self, job: &Job, time: Timestamp, step: u64) {
        let state = job.state();
        if self.gone(job.id).is_some_and(|gone| gone.step < step) {
            self.broke(format!("{} was deleted, and is shown", job.id));
        }
        if job.hold.closing.is_none() && job.hold.deadline.plus(MOST_SKEW) < time {
            self.broke(format!(
                "{} was shown with a hold past its deadline",
                job.id
            ));
        }
        let mut truth = self.truth.lock().unwrap();
        if let Some((over, seen)) = truth.over.get(&job.id)
            && *seen < step
            && *over != state
        {
            self.broke(format!("{} was {over:?}, and is {state:?}", job.id));
        }
        if !state.is_open() && state != StateName::Expired {
            let now = self.step();
            truth.over.entry(job.id).or_insert((state, now));
        }
    }
}
