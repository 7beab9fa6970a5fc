//! Requests of users and callbacks of providers, each as a task of its own.

use std::sync::Arc;
use std::time::Duration;

use atelier::config::Config;
use atelier::domain::credits::Credits;
use atelier::domain::id::{AccountId, AccountName, JobId};
use atelier::domain::job::RequestBody;
use atelier::domain::ledger::PackageKind;
use atelier::domain::options::Options;
use atelier::service::{Atelier, Error, Granted, NewGrant};
use bytes::Bytes;
use http::HeaderMap;

use super::codec::{SECRET, SIGNATURE};
use super::executor::Place;
use super::people::{operator, user};
use super::pictures::PNG;
use super::provider::Callback;
use super::truth::{Asked, Photo, Watching};
use super::world::World;

/// The models, with the most pictures of each.
const MODELS: &[(&str, u8)] = &[
    ("evolink/nano-banana-2", 1),
    ("evolink/nano-banana-pro", 1),
    ("evolink/seedream-4", 4),
    ("acme/one", 1),
    ("acme/many", 6),
];

impl World {
    /// A generation request: a new one, or an earlier one again with its key, with or without a change.
    pub(crate) fn ask_for_picture(&self, atelier: &Atelier, account: AccountId) {
        let again = {
            let truth = self.truth.lock().unwrap();
            let of_account = truth
                .asked
                .iter()
                .filter(|asked| asked.account == account && asked.key.is_some());
            of_account.cloned().collect::<Vec<_>>()
        };
        let asked = if !again.is_empty() && self.percent(30) {
            let mut asked = again[self.place(again.len())].clone();
            if self.percent(15) {
                asked.request.prompt = Some(format!("another {}", self.below(1000)));
            }
            asked
        } else {
            let key = self
                .percent(55)
                .then(|| format!("key-{}", self.below(1 << 40)));
            Asked {
                account,
                request: self.request_body(account),
                key,
            }
        };
        self.truth.lock().unwrap().asked.push(asked.clone());
        let (world, atelier) = (self.this(), atelier.clone());
        let user = user(&atelier, account);
        self.start(Place::Worker, "generate", async move {
            let watching = Watching::begin(&world, &asked);
            let answer = atelier
                .generations()
                .generate(&user, &asked.request, asked.key.clone())
                .await;
            world.heard(&asked, answer, &watching);
        });
    }

    /// Whether a user has a usable photo.
    pub(crate) fn has_photo(&self, account: AccountId) -> bool {
        let truth = self.truth.lock().unwrap();
        let mut uploads = truth.uploads.iter();
        uploads.any(|photo| photo.account == account && photo.is_good_until(self, self.time()))
    }

    fn request_body(&self, account: AccountId) -> RequestBody {
        let (model, most) = MODELS[self.place(MODELS.len())];
        let truth = self.truth.lock().unwrap();
        let strange = self.percent(4);
        let own = truth
            .uploads
            .iter()
            .rev()
            .find(|photo| (photo.account == account) != strange);
        let photo = own
            .map_or("upl_01M7V98KR00000000000000007", |photo| &photo.id)
            .to_owned();
        RequestBody {
            photo,
            garment: None,
            prompt: Some(format!("wish {}", self.below(1 << 50))),
            aspect_ratio: None,
            count: u8::try_from(1 + self.below(most.into())).unwrap(),
            model: Some(model.into()),
            options: Options::default(),
        }
    }

    pub(crate) fn take_photo(&self, atelier: &Atelier, account: AccountId) {
        let (world, atelier) = (self.this(), atelier.clone());
        let user = user(&atelier, account);
        self.start(Place::Worker, "upload", async move {
            let step = world.step();
            if let Ok(upload) = atelier
                .uploads()
                .upload(&user, Bytes::from_static(PNG))
                .await
            {
                let photo = Photo {
                    account,
                    id: upload.id.to_string(),
                    expires_at: upload.expires_at,
                    step,
                };
                world.truth.lock().unwrap().uploads.push(photo);
            }
        });
    }

    /// A grant: a new one, or an earlier one again. Many expire soon.
    pub(crate) fn hand_out(&self, atelier: &Atelier, name: &'static str) {
        let number = {
            let mut truth = self.truth.lock().unwrap();
            if truth.references == 0 || self.percent(75) {
                truth.references += 1;
                truth.references
            } else {
                1 + self.below(truth.references)
            }
        };
        let kind = if self.percent(50) {
            PackageKind::Promo
        } else {
            PackageKind::Paid
        };
        let credits = Credits::of(u32::try_from(1 + self.below(60)).unwrap());
        let minutes = [2, 10, 45, 60 * 5][self.place(4)];
        let life = Duration::from_secs(1 + self.below(60 * minutes));
        let expires_at = self.percent(75).then(|| self.time().plus(life));
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "grant", async move {
            let reference = format!("{name}-{number}");
            let to = AccountName::Subject(name.into());
            let new = NewGrant {
                kind,
                credits,
                expires_at,
                reference: &reference,
                claims: &[],
                may_create: true,
            };
            match atelier.grants().grant(&operator(&atelier), &to, new).await {
                Ok(Granted { package, .. }) => {
                    let mut truth = world.truth.lock().unwrap();
                    let first = *truth.grants.entry(reference.clone()).or_insert(package.id);
                    if first != package.id || package.granted != credits {
                        world.broke(format!("one reference gave {first} and {package:?}"));
                    }
                }
                Err(
                    Error::LedgerUnavailable(_) | Error::IdempotencyMismatch | Error::Invalid(_),
                ) => {}
                Err(error) => world.broke(format!("a grant is answered {error:?}")),
            }
        });
    }

    pub(crate) fn look_at_job(
        &self,
        atelier: &Atelier,
        account: AccountId,
        job: JobId,
        stranger: AccountId,
    ) {
        let (world, atelier) = (self.this(), atelier.clone());
        let asks = if self.percent(10) { stranger } else { account };
        self.start(Place::Worker, "look", async move {
            let (time, step) = (world.time(), world.step());
            match atelier.jobs().job(&user(&atelier, asks), job).await {
                Ok(_) if asks != account => world.broke(format!("{job} was shown to a stranger")),
                Ok(job) => world.saw(&job, time, step),
                Err(Error::NotFound) if asks != account || world.gone(job).is_some() => {}
                Err(Error::LedgerUnavailable(_)) => {}
                Err(error) => world.broke(format!("a look at {job} is answered {error:?}")),
            }
        });
    }

    pub(crate) fn cancel(&self, atelier: &Atelier, account: AccountId, job: JobId) {
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "cancel", async move {
            let (time, step) = (world.time(), world.step());
            let user = user(&atelier, account);
            match atelier.cancellations().cancel(&user, job).await {
                Ok(job) => world.saw(&job, time, step),
                Err(
                    Error::LedgerUnavailable(_)
                    | Error::HoldAlreadySettled(_)
                    | Error::HoldAlreadyReleased(_),
                ) => {}
                Err(Error::NotFound) if world.gone(job).is_some() => {}
                Err(error) => world.broke(format!("canceling {job} is answered {error:?}")),
            }
        });
    }

    pub(crate) fn look_at_credits(&self, atelier: &Atelier, account: AccountId) {
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "credits", async move {
            let user = user(&atelier, account);
            match atelier.credits().show(&user).await {
                Ok(_) | Err(Error::LedgerUnavailable(_)) => {}
                Err(error) => world.broke(format!("a look at credits is answered {error:?}")),
            }
        });
    }

    /// A provider calls back, and again if the answer is an error.
    pub(crate) fn call_back(&self, atelier: &Atelier, mut callback: Callback) {
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "callback", async move {
            let Callback {
                provider,
                token,
                body,
                ..
            } = &callback;
            let answer = atelier
                .callbacks()
                .receive(provider, token, &headers(), body)
                .await;
            world.note(|| format!("callback of {provider} {body:?}: {answer:?}"));
            match answer {
                Ok(()) => {}
                Err(Error::LedgerUnavailable(_) | Error::ProviderUnavailable(_))
                    if callback.tries > 0 =>
                {
                    callback.tries -= 1;
                    world.outside.lock().unwrap().callbacks.push(callback);
                }
                Err(Error::LedgerUnavailable(_) | Error::ProviderUnavailable(_)) => {}
                Err(error) => world.broke(format!("a callback is answered {error:?}")),
            }
        });
    }

    /// A callback from somebody who was never given that URL.
    pub(crate) fn call_forged(&self, atelier: &Atelier, forged: Callback) {
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "forged", async move {
            let Callback {
                provider,
                token,
                body,
                ..
            } = forged;
            let answer = atelier
                .callbacks()
                .receive(provider, &token, &headers(), &body)
                .await;
            if answer != Err(Error::Unauthenticated) {
                world.broke(format!("a forged callback is answered {answer:?}"));
            }
        });
    }

    pub(crate) fn run_cron(&self, config: &Arc<Config>) {
        let atelier = self.invocation(config);
        self.note(|| "cron".into());
        self.start(Place::Worker, "reconciler", async move {
            let _may_fail = atelier.cron().run().await;
        });
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE, SECRET.parse().unwrap());
    headers
}
