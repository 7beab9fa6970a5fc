//! What people were told, and that it was true.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::job::{Job, State};
use atelier::domain::order::OrderRequest;
use atelier::domain::time::Timestamp;
use atelier::service::{Error, Placed};

use super::books::Watch;
use super::objects::MOST_SKEW;
use super::world::World;

/// A request that was made, and may be made again.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) account: AccountId,
    pub(crate) request: OrderRequest,
    pub(crate) key: Option<String>,
}

/// All that anybody outside knows.
#[derive(Default)]
pub(crate) struct Truth {
    /// Pictures that were taken in: whose, which, and until when.
    pub(crate) uploads: Vec<(AccountId, String, Timestamp)>,
    pub(crate) asked: Vec<Asked>,
    /// Jobs that somebody was told of.
    pub(crate) jobs: Vec<(AccountId, JobId)>,
    /// What each key gave, and for which request.
    keys: BTreeMap<(AccountId, String), (JobId, String)>,
    /// The prompts of requests without a key that were said to have come to nothing.
    pub(crate) told_no: Vec<String>,
    over: BTreeMap<JobId, (State, u64)>,
    pub(crate) grants: BTreeMap<String, PackageId>,
    pub(crate) references: u64,
}

/// Somebody looks at an account while a request is on its way.
pub(crate) struct Watching {
    world: Arc<World>,
    number: u64,
    /// What was asked for under its key before, if anybody was told of it.
    known: Option<String>,
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
        let known = known.map(|(_, fingerprint)| fingerprint.clone());
        drop(truth);
        let world = Arc::clone(world);
        Self {
            world,
            number,
            known,
        }
    }

    fn end(&self) -> Watch {
        self.world.books.lock().unwrap().watch_ends(self.number)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // A request that is cut off in the middle of a panic must not hide it.
        if let Ok(mut books) = self.world.books.lock() {
            books.watch_ends(self.number);
        }
    }
}

impl World {
    /// The answer to a request for a picture: one job per key, the job that was asked for, and no refusal without cause.
    pub(crate) fn heard(&self, asked: &Asked, answer: Result<Placed, Error>, watching: &Watching) {
        let watch = watching.end();
        self.note(|| {
            let (prompt, key) = (&asked.request.prompt, &asked.key);
            let told = answer
                .as_ref()
                .map(|placed| (placed.job.id.to_string(), placed.job.status.state()));
            format!("asked {prompt:?} {key:?}: {told:?}")
        });
        let wrong = match answer {
            Ok(Placed { job }) => self.placed(asked, &job),
            Err(error) => {
                let known = watching.known.as_ref();
                let same = known.map(|known| *known == asked.request.fingerprint());
                self.refused(asked, &error, &watch, same)
            }
        };
        if let Err(what) = wrong {
            self.broke(what);
        }
    }

    fn placed(&self, asked: &Asked, job: &Job) -> Result<(), String> {
        let mut truth = self.truth.lock().unwrap();
        let own = truth
            .uploads
            .iter()
            .any(|(of, id, _)| *of == asked.account && *id == asked.request.photo);
        if !own {
            return Err(format!("{} was made from somebody else's photo", job.id));
        }
        if job.fingerprint != asked.request.fingerprint() || job.account != asked.account {
            return Err(format!("{} is not what was asked for", job.id));
        }
        if !truth.jobs.contains(&(job.account, job.id)) {
            truth.jobs.push((job.account, job.id));
        }
        let Some(key) = asked.key.clone() else {
            return Ok(());
        };
        let entry = truth.keys.entry((asked.account, key));
        let first = entry.or_insert((job.id, job.fingerprint.clone())).0;
        drop(truth);
        if first == job.id {
            Ok(())
        } else {
            Err(format!("one key gave both {first} and {}", job.id))
        }
    }

    /// A refusal of a request, whose key may have been used before, for the same or for another one.
    fn refused(
        &self,
        asked: &Asked,
        error: &Error,
        watch: &Watch,
        same: Option<bool>,
    ) -> Result<(), String> {
        let is_mismatch = *error == Error::IdempotencyMismatch;
        let is_lost = matches!(error, Error::LedgerUnavailable(_));
        if same.is_some_and(|same| same || !is_mismatch) && !is_lost {
            return Err(format!(
                "{:?} has a job, and is answered {error}",
                asked.key
            ));
        }
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
            Error::Invalid(fields) => {
                let truth = self.truth.lock().unwrap();
                let good = truth.uploads.iter().any(|(of, id, expiry)| {
                    *of == asked.account && *id == asked.request.photo && *expiry > end
                });
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
            // Every provider rests, so at least one has failed before.
            Error::ProviderUnavailable(_) if self.a_provider_has_failed() => Ok(()),
            other => Err(format!("a request for a picture is answered {other:?}")),
        }
    }

    fn a_provider_has_failed(&self) -> bool {
        let connection = self.connection.lock().unwrap();
        let failed = connection.query_row("select count(*) from provider_health", [], |row| {
            row.get::<_, i64>(0)
        });
        failed.unwrap() > 0
    }

    /// A job that somebody read, who had asked for it at that moment and step: its end is its end, and its hold is not
    /// past its deadline.
    pub(crate) fn saw(&self, job: &Job, time: Timestamp, step: u64) {
        let state = job.status.state();
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
        if !state.is_open() && state != State::Expired {
            let now = self.step();
            truth.over.entry(job.id).or_insert((state, now));
        }
    }
}
