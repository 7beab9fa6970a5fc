//! Plays all seeds, on all cores; each on one thread.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libtest_mimic::{Arguments, Trial};

use super::play::{Played, Tally, Telling, play};
use super::weather::words;

/// The default number of steps.
const STEPS: u64 = 1_000_000;

/// The number of steps of a seed before its end begins.
const STEPS_OF_A_SEED: u64 = 2_000;

/// How many seeds are played twice, to check that they are deterministic.
const TWICE: u64 = 4;

/// What must have happened in some seed: every kind of end, and every kind of deletion.
const ENDS: &[&str] = &[
    "completed",
    "waived",
    "failed",
    "canceled",
    "expired",
    "rescued",
    "slice handed on",
    "deleted",
    "deleted again",
    "refused while open",
    "somebody else's job refused",
    "forgotten",
    "forgotten while open",
    "forgotten while being submitted",
    "canceled while being submitted",
    "charged though forgotten",
    "signed up",
    "signed in again",
    "too many codes",
    "forgotten by their session",
    "paid",
    "paid after it had ended",
    "reversed",
    "taken back",
    "given back",
    "short",
    "disputed",
    "refunded by an operator",
    "debtors refused",
    "checkouts refused by their number",
];

pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trial = Trial::test("every_invariant_holds_after_every_step", || {
        let outcome = number("ATELIER_SEED").map_or_else(all, one);
        outcome.map_err(Into::into)
    });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

fn one(seed: u64) -> Result<(), String> {
    let played = play(seed, STEPS_OF_A_SEED, Telling::Everything);
    println!(
        "seed {seed}: {} steps, {:?}",
        played.tally.steps, played.tally.ends
    );
    match played.broken {
        Some((what, step, _)) => Err(format!("seed {seed} broke at step {step}: {what}")),
        None => Ok(()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it took, and seeds that were never tried: neither is simulated"
)]
fn all() -> Result<(), String> {
    let begin = Instant::now();
    let minutes = number("ATELIER_MINUTES").map(|minutes| Duration::from_secs(60 * minutes));
    let steps = number("ATELIER_STEPS").unwrap_or(STEPS);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let first = minutes.map_or(1, |_| u64::try_from(since.as_millis()).unwrap() << 16);
    let seeds = steps.div_ceil(STEPS_OF_A_SEED).max(1);
    let more = |count| minutes.map_or(count < seeds, |minutes| begin.elapsed() < minutes);
    let (tally, broken) = play_all(first, &more);
    let seconds = begin.elapsed().as_secs_f64();
    println!("{}", summary(&tally, seconds, first));
    if let Some((seed, played)) = broken {
        return Err(report(seed, &played));
    }
    let unseen: Vec<_> = (0..tally.faults.len())
        .filter(|place| tally.faults[*place] == 0)
        .map(words)
        .collect();
    let ends = ENDS
        .iter()
        .copied()
        .filter(|end| tally.ends.get(*end).is_none_or(|count| *count == 0));
    let unseen: Vec<_> = unseen.into_iter().chain(ends).collect();
    if steps >= STEPS && !unseen.is_empty() {
        return Err(format!("never seen: {}", unseen.join(", ")));
    }
    Ok(())
}

fn play_all(first: u64, more: &(dyn Fn(u64) -> bool + Sync)) -> (Tally, Option<(u64, Played)>) {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let sum = Mutex::new((Tally::default(), None::<(u64, Played)>));
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let count = next.fetch_add(1, Ordering::Relaxed);
            if !more(count) {
                break;
            }
            let seed = first + count;
            let mut played = play(seed, STEPS_OF_A_SEED, Telling::Nothing);
            if count < TWICE && played.broken.is_none() {
                let again = play(seed, STEPS_OF_A_SEED, Telling::LastSteps);
                if again.fingerprint != played.fingerprint {
                    played.broken =
                        Some(("it is not played the same twice".into(), 0, String::new()));
                }
            }
            let mut sum = sum.lock().unwrap();
            sum.0.add(&played.tally);
            if played.broken.is_some() {
                stop.store(true, Ordering::Relaxed);
                if sum.1.as_ref().is_none_or(|(before, _)| seed < *before) {
                    sum.1 = Some((seed, played));
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    sum.into_inner().unwrap()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate"
)]
fn summary(tally: &Tally, seconds: f64, first: u64) -> String {
    let end = |name: &str| tally.ends.get(name).copied().unwrap_or(0);
    let kinds = tally.faults.iter().filter(|count| **count > 0).count();
    format!(
        "simulation: {} seeds, {} steps, {} faults of {kinds} kinds, {} jobs completed ({} waived), {} failed, \
         {} canceled, {} expired, {} deleted, {} accounts forgotten with {} open jobs, \
         {} purchases ({} after they had ended), {} reversed, {} refunded by operators, {} disputed, {} short, {} steps/s, seed range {first} to {}",
        tally.seeds,
        tally.steps,
        tally.faults.iter().sum::<u64>(),
        end("completed"),
        end("waived"),
        end("failed"),
        end("canceled"),
        end("expired"),
        end("deleted"),
        end("forgotten"),
        end("forgotten while open"),
        end("paid"),
        end("paid after it had ended"),
        end("reversed"),
        end("refunded by an operator"),
        end("disputed"),
        end("short"),
        (tally.steps as f64 / seconds) as u64,
        first + tally.seeds.saturating_sub(1),
    )
}

/// What failed, and the steps before it, for which the seed is played again.
fn report(seed: u64, played: &Played) -> String {
    let again = play(seed, STEPS_OF_A_SEED, Telling::LastSteps);
    let Some((what, step, _)) = &played.broken else {
        return String::new();
    };
    let (same, last) = match &again.broken {
        Some((again, at, last)) if (again, at) == (what, step) => ("", last.as_str()),
        _ => (" (and does not break again)", ""),
    };
    format!(
        "{last}seed {seed} broke at step {step}{same}: {what}\nATELIER_SEED={seed} tells all of it"
    )
}
