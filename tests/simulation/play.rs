//! Plays one seed from its first step to its last.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use atelier::domain::result_host::ResultHosts;

use super::ending;
use super::events::Events;
use super::executor::{Executor, Place};
use super::provider::NEW_HOST;
use super::random::Random;
use super::weather::COUNT;
use super::world::{Trace, World, config};

/// What happened in a number of seeds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) seeds: u64,
    pub(crate) steps: u64,
    pub(crate) faults: Vec<u64>,
    pub(crate) ends: BTreeMap<String, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.faults.resize(COUNT, 0);
        for (sum, more) in self.faults.iter_mut().zip(&other.faults) {
            *sum += more;
        }
        for (end, more) in &other.ends {
            *self.ends.entry(end.clone()).or_default() += more;
        }
    }
}

/// The outcome of a seed: what happened in it, and a hash that differs if anything did.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) tally: Tally,
    pub(crate) fingerprint: u64,
    /// What failed, at which step, and the steps before it.
    pub(crate) broken: Option<(String, u64, String)>,
}

/// How much of a seed's trace is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Nothing,
    LastSteps,
    Everything,
}

/// Plays a seed: so many steps, then its end.
pub(crate) fn play(seed: u64, steps: u64, telling: Telling) -> Played {
    let mut random = Random::new(seed);
    let config = config(&mut random);
    let trace = match telling {
        Telling::Nothing => Trace::None,
        Telling::LastSteps => Trace::Last(VecDeque::new()),
        Telling::Everything => Trace::Printed,
    };
    let world = World::new(random, &config, trace);
    let mut executor = Executor::default();
    let mut listing = config.clone();
    listing.result_hosts = ResultHosts::parse(NEW_HOST).unwrap();
    let [config, listing] = [config, listing].map(Arc::new);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let events = Events::new(&world, config, listing);
        live(&world, events, &mut executor, steps)
    }));
    let outcome = outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(format!("panic: {}", text.unwrap_or_default()))
    });
    let mut tally = Tally {
        seeds: 1,
        steps: world.step(),
        ..Tally::default()
    };
    let broken = outcome
        .err()
        .map(|what| (what, world.step(), world.last_steps()));
    if broken.is_none() {
        tally.faults = world.faults.lock().unwrap().to_vec();
        ending::count(&world, &mut tally);
    }
    let fingerprint = world.random(Random::next) ^ world.time().millis().unsigned_abs();
    executor.kill(|_| true);
    drop(world.take_started());
    if broken.is_none() {
        // Breaks the cycle: the objects refer to the world, and the world to them.
        world.evict_all();
    }
    Played {
        tally,
        fingerprint,
        broken,
    }
}

/// What an upload or an ingest was under way with has ended by then, as cleanup counts on: no request lives longer.
const REQUEST_ENDS: Duration = Duration::from_mins(5);

fn live(
    world: &Arc<World>,
    mut events: Events,
    executor: &mut Executor,
    steps: u64,
) -> Result<(), String> {
    let share_of_polls = 60 + world.below(38);
    while world.step() < steps {
        world.begin_step();
        for (place, name, task) in world.take_started() {
            executor.start((place, world.time()), name, task);
        }
        let now = world.time();
        executor
            .kill(|task| task.place == Place::Worker && now.since(task.began_at) > REQUEST_ENDS);
        if executor.find_ready() > 0 && world.percent(share_of_polls) {
            poll_one(world, executor);
        } else {
            events.happen(world, executor);
        }
        if world.is_broken() {
            break;
        }
    }
    match world.broken() {
        Some(what) => Err(what),
        None => ending::end(world, &mut events, executor),
    }
}

/// Polls a task that is ready, which takes a little time.
pub(crate) fn poll_one(world: &World, executor: &mut Executor) {
    if world.is_calm() {
        world.begin_step();
    }
    let place = world.random(|random| executor.choose(random));
    world.note(|| {
        let task = executor.at(place);
        format!("poll {} {} of {:?}", task.number, task.name, task.place)
    });
    world.pass(std::time::Duration::from_millis(world.below(8)));
    executor.poll(place);
}
