//! The end of a seed: faults stop, cron runs, hours pass. Then every job must be over, and the ledger must pass
//! the audit.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier::service::{AuditReport, Error};

use super::events::Events;
use super::executor::{Executor, Place};
use super::people::operator;
use super::play::{Tally, poll_one};
use super::provider::Status;
use super::truth::Photo;
use super::world::World;

/// More polls than any task needs that waits for others.
const ENDLESS: usize = 200_000;

const PICTURES: &str = "select 'results/' || job_id || '/' || position, job_id from images";

/// Photos that cleanup will still remove.
const PHOTOS: &str = "select 'uploads/' || id from uploads where removed_at is null";

/// Open jobs, deleted jobs whose pictures cleanup has not removed yet, and photos of forgotten users.
const UNFINISHED: &str = "
    select group_concat(id || ' is ' || state, ', ') from
      (select id, state from jobs where due_at is not null or final_poll_at is not null or deleted_at is not null and images_removed_at is null
       union all select id, 'there' from uploads where forgotten_at is not null and removed_at is null)";

/// Open jobs that do not wait for a host.
const OTHERS: &str = "select 1 from jobs where due_at is not null and waiting_hosts is null";

const PAID: &str = "
    select 1 from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
    where j.id = ?1 and (h.settled > 0 or j.state = 'completed')";

/// A job that was not charged, though its pictures could be fetched.
const UNPAID: &str = "
    select 1 from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
    where j.id = ?1 and h.settled = 0 and j.waived = 0 and h.closed_at < h.deadline
      and coalesce(j.error_code, '') <> 'result_lost'";

/// Ends a seed without faults, and checks: (1) running tasks end; (2) minutes pass until no job is open; (3)
/// the audit; (4) what users were told; (5) pictures; (6) finished work is charged; (7) deletions; (8) people who sign in; (9) purchases, before the audit.
pub(crate) fn end(
    world: &Arc<World>,
    events: &mut Events,
    executor: &mut Executor,
) -> Result<(), String> {
    world.note(|| "calm".into());
    world.calm_down();
    world.wake_all();
    providers_end(world);
    world.stripe_ends();
    run_dry(world, executor)?; // (1)
    if world.percent(50) {
        world.list();
        events.deploy_listing(world);
    }
    let most = world.rules.hold_ttl + Duration::from_mins(45);
    let mut end = world.time().plus(most);
    loop {
        world.pass(Duration::from_mins(1));
        world.run_cron(&events.config);
        run_dry(world, executor)?; // (2)
        match unfinished(world) {
            // Jobs that wait for an operator end when their provider no longer keeps the results.
            Some(_) if world.time() > end && only_wait(world) && !world.is_listed() => {
                world.pass(Duration::from_hours(24));
                end = world.time().plus(most);
                world.list();
            }
            Some(jobs) if world.time() > end => return Err(format!("{jobs} for ever")),
            Some(_) => {}
            None => break,
        }
    }
    world.everything_is_settled(events, executor)?; // (9)
    audit(world, events, executor)?; // (3)
    nobody_was_misled(world)?; // (4)
    every_picture_is_the_jobs_own(world)?; // (5)
    every_good_photo_is_there(world)?; // (5)
    what_was_made_is_paid(world)?; // (6)
    world.nothing_of_it_remains()?; // (7)
    world.everybody_comes_back(&events.atelier, executor) // (8)
}

/// What a provider accepted and finished is charged, even if the user canceled it or was forgotten meanwhile,
/// unless its hold had ended before or its pictures could not be fetched. So nobody can have a provider work
/// for free.
fn what_was_made_is_paid(world: &World) -> Result<(), String> {
    let (outside, books) = (world.outside.lock().unwrap(), world.books.lock().unwrap());
    let connection = world.connection.lock().unwrap();
    let mut unpaid = connection.prepare_cached(UNPAID).unwrap();
    let owed = |task: &&super::provider::Task| task.is_owed == Some(true) && !task.is_denied;
    for task in outside.tasks.iter().filter(owed) {
        let job = task.attempt.job.to_string();
        // Its hold ended before, at its deadline or because no callback could come any more.
        let has_expired = books.jobs.expired.contains(&job);
        if !has_expired && unpaid.exists([&job]).unwrap() {
            return Err(format!("{job} was made, and is not charged: {task:?}"));
        }
    }
    Ok(())
}

/// What a user was told had failed was not charged.
fn nobody_was_misled(world: &World) -> Result<(), String> {
    let (truth, books) = (world.truth.lock().unwrap(), world.books.lock().unwrap());
    let connection = world.connection.lock().unwrap();
    let mut paid = connection.prepare_cached(PAID).unwrap();
    for prompt in &truth.told_no {
        let job = books.jobs.of_prompts.get(prompt);
        if job.is_some_and(|job| paid.exists([job]).unwrap()) {
            return Err(format!(
                "{prompt:?} was said to have come to nothing, and was charged"
            ));
        }
    }
    Ok(())
}

/// Most tasks end; some of their callbacks are never sent.
fn providers_end(world: &World) {
    let count = world.outside.lock().unwrap().tasks.len();
    for place in 0..count {
        let is_running = world.outside.lock().unwrap().tasks[place].status == Status::Running;
        if is_running && world.percent(80) {
            world.end_task(place);
        }
    }
    if world.percent(50) {
        world.outside.lock().unwrap().callbacks.clear();
    }
}

/// Polls until nothing runs, and delivers the outstanding callbacks.
pub(crate) fn run_dry(world: &Arc<World>, executor: &mut Executor) -> Result<(), String> {
    for _ in 0..ENDLESS {
        for (place, name, task) in world.take_started() {
            executor.start((place, world.time()), name, task);
        }
        if executor.len() == 0 {
            return Ok(());
        }
        if executor.find_ready() == 0 {
            return Err("tasks wait for what never comes".into());
        }
        poll_one(world, executor);
        if let Some(what) = world.broken() {
            return Err(what);
        }
    }
    Err("tasks go on for ever".into())
}

fn audit(world: &Arc<World>, events: &Events, executor: &mut Executor) -> Result<(), String> {
    let found: Arc<Mutex<Option<Result<AuditReport, Error>>>> = Arc::default();
    let (atelier, tell) = (events.atelier.clone(), Arc::clone(&found));
    world.start(Place::Outside, "audit", async move {
        let report = atelier.books().audit_all(&operator(&atelier), None).await;
        *tell.lock().unwrap() = Some(report);
    });
    run_dry(world, executor)?;
    let report = found
        .lock()
        .unwrap()
        .take()
        .unwrap()
        .map_err(|error| error.to_string())?;
    if !report.problems.is_empty() || report.open_holds != 0 {
        return Err(format!("the audit says {report:?}"));
    }
    let written = world
        .books
        .lock()
        .unwrap()
        .accounts
        .values()
        .map(|account| account.seq)
        .sum::<i64>();
    if i64::try_from(report.entries).unwrap() == written {
        Ok(())
    } else {
        Err(format!(
            "the audit read {} rows of {written}",
            report.entries
        ))
    }
}

/// Each row of a picture has all its bytes, and they were made for this job.
fn every_picture_is_the_jobs_own(world: &World) -> Result<(), String> {
    let connection = world.connection.lock().unwrap();
    let (kept, outside) = (world.kept.lock().unwrap(), world.outside.lock().unwrap());
    let mut rows = connection.prepare_cached(PICTURES).unwrap();
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    for (key, job) in rows.map(|row: rusqlite::Result<(String, String)>| row.unwrap()) {
        let picture = kept.get(&key).filter(|picture| picture.is_whole);
        let Some(task) = picture.and_then(|picture| picture.task.as_ref()) else {
            return Err(format!("{key} is not there as a whole"));
        };
        let made_for = outside
            .task(task)
            .map(|place| outside.tasks[place].attempt.job.to_string());
        if made_for.as_ref() != Some(&job) {
            return Err(format!("{key} was made for {made_for:?}"));
        }
    }
    Ok(())
}

/// Each usable photo still has its bytes, even if it arrived while older ones were being removed; and no bytes
/// exist that cleanup does not know of.
fn every_good_photo_is_there(world: &World) -> Result<(), String> {
    let (truth, kept) = (world.truth.lock().unwrap(), world.kept.lock().unwrap());
    let key = |photo: &Photo| format!("uploads/{}", photo.id);
    let good = |photo: &&Photo| photo.is_good_until(world, world.time());
    let mut good = truth.uploads.iter().filter(good).map(key);
    if let Some(key) = good.find(|key| !kept.contains_key(key)) {
        return Err(format!("{key} is not there"));
    }
    let connection = world.connection.lock().unwrap();
    let mut photos = connection.prepare_cached(PHOTOS).unwrap();
    let photos = photos.query_map([], |row| row.get(0)).unwrap();
    let known: BTreeSet<String> = photos.map(Result::unwrap).collect();
    let mut unknown = kept.keys().filter(|key| key.starts_with("uploads/"));
    unknown
        .find(|key| !known.contains(*key))
        .map_or(Ok(()), |key| Err(format!("{key} would be kept for good")))
}

/// Whether the only unfinished jobs are those that wait for a host to be listed.
fn only_wait(world: &World) -> bool {
    let connection = world.connection.lock().unwrap();
    let mut others = connection.prepare_cached(OTHERS).unwrap();
    !others.exists([]).unwrap()
}

fn unfinished(world: &World) -> Option<String> {
    let connection = world.connection.lock().unwrap();
    let mut statement = connection.prepare_cached(UNFINISHED).unwrap();
    statement.query_row([], |row| row.get(0)).unwrap()
}

/// Counts the outcomes of a seed's jobs and deletions.
pub(crate) fn count(world: &World, tally: &mut Tally) {
    let books = world.books.lock().unwrap();
    for (state, _) in books.jobs.states.values() {
        *tally.ends.entry(state.clone()).or_default() += 1;
    }
    for (what, count) in books.gone.counts() {
        *tally.ends.entry(what.into()).or_default() += u64::try_from(count).unwrap();
    }
    for (what, count) in &world.truth.lock().unwrap().wishes.heard {
        *tally.ends.entry((*what).into()).or_default() += count;
    }
    let holds = books
        .accounts
        .values()
        .flat_map(|account| account.holds.values());
    let waived = holds.filter(|hold| hold.waived > 0).count();
    *tally.ends.entry("waived".into()).or_default() += u64::try_from(waived).unwrap();
    *tally.ends.entry("rescued".into()).or_default() += books.jobs.rescued;
    let slices = world.slices.load(Ordering::Relaxed);
    *tally.ends.entry("slice handed on".into()).or_default() += slices;
    for (what, count) in world.visitors.lock().unwrap().ends() {
        *tally.ends.entry(what.into()).or_default() += count;
    }
    for (what, count) in &world.till.lock().unwrap().ends {
        *tally.ends.entry((*what).into()).or_default() += count;
    }
    *tally
        .ends
        .entry("canceled while being submitted".into())
        .or_default() += books.jobs.canceled_early;
    let holds = books.accounts.values().flat_map(|account| &account.holds);
    let paid = holds.filter(|(job, hold)| books.gone.was_open(job) && hold.settled > 0);
    *tally
        .ends
        .entry("charged though forgotten".into())
        .or_default() += u64::try_from(paid.count()).unwrap();
    *tally.ends.entry("submitted".into()).or_default() +=
        u64::try_from(world.outside.lock().unwrap().submitted()).unwrap();
}
