//! The next event, if no task is polled.

use std::sync::Arc;
use std::time::Duration;

use atelier::config::Config;
use atelier::domain::id::AccountId;
use atelier::domain::job::AttemptId;
use atelier::domain::time::Timestamp;
use atelier::service::Atelier;
use atelier::signer::Signer;

use super::executor::{Executor, Place};
use super::people::{PEOPLE, STRANGER};
use super::provider::{Callback, Status};
use super::weather::Fault;
use super::world::World;

/// The most tasks that are begun from outside at the same time.
const MOST_TASKS: usize = 24;

/// The source of all events.
pub(crate) struct Events {
    pub(crate) atelier: Atelier,
    pub(crate) config: Arc<Config>,
    /// The configuration once an operator has listed the host that results wait for.
    listing: Arc<Config>,
    pub(crate) accounts: Vec<(&'static str, AccountId)>,
    next_cron: Timestamp,
    cron_is_back: Timestamp,
    /// The probability, in percent, that a user who can be forgotten asks for it.
    forgetful: u64,
    /// The probability, in percent, that an operator who could grant credits does: where none does, they are bought.
    generous: u64,
}

impl Events {
    pub(crate) fn new(world: &World, config: Arc<Config>, listing: Arc<Config>) -> Self {
        let atelier = Atelier::new(Arc::clone(&config), world.ports());
        let people = 1 + world.place(PEOPLE.len());
        let accounts = PEOPLE[..people]
            .iter()
            .map(|name| (*name, AccountId::of_subject(name)));
        let accounts: Vec<_> = accounts.collect();
        let generous = [100, 100, 30, 0][world.place(4)];
        for (name, account) in &accounts {
            world.take_photo(&atelier, *account);
            if world.percent(generous) {
                world.hand_out(&atelier, name);
                world.hand_out(&atelier, name);
            }
        }
        let now = world.time();
        Self {
            atelier,
            config,
            listing,
            accounts,
            next_cron: now,
            cron_is_back: now,
            forgetful: [0, 8, 20, 60][world.place(4)],
            generous,
        }
    }

    /// An operator has listed the host, and deploys.
    pub(crate) fn deploy_listing(&mut self, world: &World) {
        self.config = Arc::clone(&self.listing);
        self.atelier = Atelier::new(Arc::clone(&self.config), world.ports());
    }

    /// Makes one event happen.
    pub(crate) fn happen(&mut self, world: &World, executor: &mut Executor) {
        if self.disaster(world, executor) {
            return;
        }
        let (name, account) = self.accounts[world.place(self.accounts.len())];
        let stranger = AccountId::of_subject(STRANGER);
        let atelier = &self.atelier;
        let drawn = world.below(126);
        if executor.len() >= MOST_TASKS {
            return self.time_passes(world, executor);
        }
        match drawn {
            0..16 if world.has_photo(account) || world.percent(10) => {
                world.ask_for_picture(atelier, account);
            }
            0..16 => world.take_photo(atelier, account),
            16..34 => self.provider_calls(world),
            34..56 => provider_works(world),
            56..65 => {
                if let Some((account, job)) = some_job(world) {
                    world.look_at_job(atelier, account, job, stranger);
                }
            }
            65..69 => {
                if let Some((account, job)) = some_job(world) {
                    world.cancel(atelier, account, job);
                }
            }
            69..73 => world.look_at_credits(atelier, account),
            73..79 if world.percent(self.generous) => world.hand_out(atelier, name),
            79 => world.take_photo(atelier, account),
            80..84 => {
                if let Some((account, job)) = some_job(world) {
                    world.delete_job(atelier, account, job);
                }
            }
            84 if world.percent(self.forgetful) => world.forget(atelier, account),
            85 | 86 => world.visit(atelier),
            100..105 => world.buy(atelier, account),
            105..111 => world.pay(),
            111..113 => world.look_at_order(atelier, stranger),
            113..119 => world.stripe_calls(atelier),
            119..121 => world.give_back(atelier),
            121..126 => world.money_moves(),
            _ => self.time_passes(world, executor),
        }
    }

    /// May kill something.
    fn disaster(&mut self, world: &World, executor: &mut Executor) -> bool {
        let account = self.accounts[world.place(self.accounts.len())].1;
        if world.strikes(Fault::ProcessDied) {
            executor.kill(|task| task.place != Place::Outside);
            world.evict_all();
        } else if world.strikes(Fault::ObjectDied) {
            if let Some(dead) = world.object_dies(account) {
                executor.kill(|task| task.place == Place::Object(dead));
            }
        } else if world.strikes(Fault::ObjectEvicted) {
            world.evict(account);
        } else if world.strikes(Fault::ObjectTwin) {
            world.another(account);
        } else if world.strikes(Fault::TaskKilled) {
            let workers = executor.of_workers();
            if !workers.is_empty() {
                let dead = workers[world.place(workers.len())];
                executor.kill(|task| task.number == dead);
            }
        } else if !world.is_listed() && world.strikes(Fault::HostListed) {
            world.list();
            self.deploy_listing(world);
        } else if world.strikes(Fault::TillDown) {
            let until = world
                .time()
                .plus(Duration::from_secs(1 + world.below(3600)));
            world.stripe.lock().unwrap().down_until = Some(until);
        } else if world.strikes(Fault::CronStopped) {
            let minutes = 10 + world.below(300);
            self.cron_is_back = world.time().plus(Duration::from_mins(minutes));
        } else if world.strikes(Fault::ClockJump) {
            if world.percent(50) {
                // Nothing in a Worker runs for more than half a minute after its answer.
                executor.kill(|task| task.place == Place::Worker);
            }
            let most = [5, 20, 60 * 8][world.place(3)];
            world.pass(Duration::from_secs(60 * (1 + world.below(most))));
            self.cron(world, executor);
        } else {
            return false;
        }
        true
    }

    fn time_passes(&mut self, world: &World, executor: &Executor) {
        let most = match world.below(100) {
            0..60 => 500,
            60..88 => 5_000,
            88..98 => 60_000,
            _ => 600_000,
        };
        world.pass(Duration::from_millis(world.below(most)));
        self.cron(world, executor);
    }

    fn cron(&mut self, world: &World, executor: &Executor) {
        let now = world.time();
        let is_due = now >= self.next_cron && now >= self.cron_is_back;
        if !is_due || executor.named("reconciler") > 1 {
            return;
        }
        self.next_cron = now.plus(Duration::from_mins(1));
        world.run_cron(&self.config);
        if world.strikes(Fault::CronDoubled) {
            world.run_cron(&self.config);
        }
    }

    /// One of the outstanding callbacks arrives, in any order; or a forged one.
    fn provider_calls(&self, world: &World) {
        if world.strikes(Fault::CallbackForged) {
            if let Some(forged) = forged(world) {
                world.call_forged(&self.atelier, forged);
            }
            return;
        }
        if world.strikes(Fault::CallbackMisled) {
            if let Some(misled) = misled(world) {
                world.call_back(&self.atelier, misled);
            }
            return;
        }
        let mut outside = world.outside.lock().unwrap();
        if outside.callbacks.is_empty() {
            return;
        }
        let place = world.place(outside.callbacks.len());
        let callback = outside.callbacks.swap_remove(place);
        drop(outside);
        world.call_back(&self.atelier, callback);
    }
}

/// A running task progresses or ends.
fn provider_works(world: &World) {
    let running: Vec<_> = {
        let outside = world.outside.lock().unwrap();
        let tasks = outside.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.status == Status::Running)
            .map(|(place, _)| place)
            .collect()
    };
    if !running.is_empty() && world.percent(60) {
        world.end_task(running[world.place(running.len())]);
    }
}

fn some_job(world: &World) -> Option<(AccountId, atelier::domain::id::JobId)> {
    let truth = world.truth.lock().unwrap();
    // Mostly one of the latest.
    let from = if world.percent(70) {
        truth.jobs.len().saturating_sub(5)
    } else {
        0
    };
    let jobs = &truth.jobs[from..];
    (!jobs.is_empty()).then(|| jobs[world.place(jobs.len())])
}

/// A callback with a valid token, but about the task of another job. It must move nothing, which requires that
/// the job's own task is known: before that, whoever has the token may name any.
fn misled(world: &World) -> Option<Callback> {
    let outside = world.outside.lock().unwrap();
    let count = outside.tasks.len().max(1);
    let (own, other) = (outside.tasks.get(world.place(count))?, world.place(count));
    let fits = outside.tasks[other].attempt.job != own.attempt.job && world.knows_task(own.attempt);
    fits.then(|| Callback {
        provider: own.provider,
        token: own.token.clone(),
        body: outside.said(other).to_string().into(),
        tries: 0,
    })
}

/// A callback for a job, about a task of the forger's own, with a forged or truncated token.
fn forged(world: &World) -> Option<Callback> {
    let (account, job) = some_job(world)?;
    let outside = world.outside.lock().unwrap();
    let place = world.place(outside.tasks.len().max(1));
    let task = outside.tasks.get(place)?;
    let ordinal = u8::try_from(1 + world.below(2)).unwrap();
    let attempt = AttemptId {
        account,
        job,
        ordinal,
    };
    let provider = ["evolink", "acme"][world.place(2)];
    let token = match world.below(3) {
        0 => Signer::new("a secret of somebody else's making")
            .unwrap()
            .callback_token(provider, attempt),
        1 => {
            let other = if task.provider == "acme" {
                "evolink"
            } else {
                "acme"
            };
            let body = outside.said(place).to_string().into();
            return Some(Callback {
                provider: other,
                token: task.token.clone(),
                body,
                tries: 0,
            });
        }
        _ => {
            let mut token = task.token.clone().into_bytes();
            let at = world.place(token.len() - 2);
            token[at] = if token[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(token).unwrap()
        }
    };
    let body = outside.said(place).to_string().into();
    Some(Callback {
        provider,
        token,
        body,
        tries: 0,
    })
}
