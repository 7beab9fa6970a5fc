//! All sequences, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::command::Limits;
use super::generate::Generator;
use super::play::{Disagreement, generated, printed};
use super::shrink::shrink;
use super::tally::Tally;

/// How many sequences there are if nothing else is asked for.
const SEQUENCES: u64 = 4096;

/// The most commands of a sequence.
const LONGEST: u64 = 256;

/// What to run.
#[derive(Debug)]
pub(crate) enum Plan {
    /// The sequences with the seeds 1 to [`SEQUENCES`]: the same in every run.
    Usual,
    /// One of them, with every answer.
    One(u64),
    /// As many as there is time for, beginning with this seed.
    For(Duration, u64),
}

impl Plan {
    /// What the environment asks for.
    #[expect(
        clippy::disallowed_methods,
        reason = "seeds that were never tried, and an end: neither reaches the ledgers"
    )]
    pub(crate) fn of_environment() -> Result<Self, String> {
        let number = |name: &str| match std::env::var(name) {
            Ok(text) => text
                .parse()
                .map(Some)
                .map_err(|_| format!("{name} is no number: {text}")),
            Err(_) => Ok(None),
        };
        if let Some(seed) = number("ATELIER_SEED")? {
            return Ok(Self::One(seed));
        }
        let Some(minutes) = number("ATELIER_MINUTES")? else {
            return Ok(Self::Usual);
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = u64::try_from(since.as_millis()).unwrap() << 20;
        Ok(Self::For(Duration::from_secs(minutes * 60), seed))
    }
}

/// Runs a plan: a line about it, and how it went.
pub(crate) fn run(plan: &Plan) -> (String, Result<(), String>) {
    match *plan {
        Plan::Usual => all(1, &|count| count < SEQUENCES, true),
        Plan::One(seed) => one(seed),
        Plan::For(time, seed) => for_a_while(time, seed),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to go on")]
fn for_a_while(time: Duration, seed: u64) -> (String, Result<(), String>) {
    let begin = Instant::now();
    all(seed, &|_| begin.elapsed() < time, false)
}

/// All sequences from a seed on, for as long as there are to be more.
fn all(
    first: u64,
    more: &(dyn Fn(u64) -> bool + Sync),
    full: bool,
) -> (String, Result<(), String>) {
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let sum = Mutex::new((Tally::default(), Vec::new()));
    let work = || {
        let mut tally = Tally::default();
        while !failed.load(Ordering::Relaxed) {
            let count = next.fetch_add(1, Ordering::Relaxed);
            if !more(count) {
                break;
            }
            let seed = first.wrapping_add(count);
            if let Err(found) = generated(Generator::new(seed, LONGEST), &mut tally) {
                failed.store(true, Ordering::Relaxed);
                sum.lock().unwrap().1.push((seed, found));
            }
        }
        sum.lock().unwrap().0.add(&tally);
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let (tally, failures) = sum.into_inner().unwrap();
    let last = first.wrapping_add(tally.of("sequences").saturating_sub(1));
    let line = summary(&tally, &format!("seeds {first} to {last}"));
    let unseen = tally.unseen();
    let outcome = match failures.into_iter().min_by_key(|(seed, _)| *seed) {
        Some((seed, found)) => {
            let limits = Generator::new(seed, LONGEST).1;
            Err(report(seed, limits, found))
        }
        None if full && !unseen.is_empty() => Err(format!("never seen: {}", unseen.join(", "))),
        None => Ok(()),
    };
    (line, outcome)
}

fn one(seed: u64) -> (String, Result<(), String>) {
    let mut tally = Tally::default();
    let played = Generator::new(seed, LONGEST);
    let limits = played.1;
    println!("{limits:?}");
    let (steps, outcome) = match generated(played, &mut tally) {
        Ok(steps) => (steps, Ok(())),
        Err(found) => (found.steps.clone(), Err(report(seed, limits, found))),
    };
    match printed(limits, &steps) {
        Ok(text) | Err((text, _)) => println!("{text}"),
    }
    let line = summary(&tally, &format!("seed {seed}"));
    (line, outcome)
}

fn summary(tally: &Tally, seeds: &str) -> String {
    let settled = tally.of("settled") + tally.of("settled in part");
    format!(
        "model: {} sequences, {} commands, {} refused, {settled} settled, {} expired, {seeds}",
        tally.of("sequences"),
        tally.of("commands"),
        tally.of("refused"),
        tally.of("expired"),
    )
}

/// The shortest sequence that shows a disagreement, with what led to it.
fn report(seed: u64, limits: Limits, found: Disagreement) -> String {
    let length = found.steps.len();
    let shortest = shrink(limits, found);
    let text = match printed(limits, &shortest.steps) {
        Ok(text) | Err((text, _)) => text,
    };
    format!(
        "seed {seed} fails at command {length}; {} are enough under {limits:?}:\n{text}{}",
        shortest.steps.len(),
        shortest.what,
    )
}
