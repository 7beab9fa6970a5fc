//! The reconciler's slices, for more jobs than one invocation can handle. The world fails a story in
//! which an invocation has more than six connections at a time, or runs more than 1,000 statements.

use std::time::Duration;

use atelier::config::slices::JOBS_PER_SLICE;
use futures::future::join_all;

use super::world::{User, When, World, configured};

const MINUTE: Duration = Duration::from_mins(1);

/// Jobs per account.
const EACH: usize = 20;

/// So many jobs run and finish without callbacks.
async fn unheard_of(jobs: usize) -> (World, Vec<User>) {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let world = World::with(configured(&[
        set("MAX_OPEN_JOBS", "20"),
        set("MAX_GENERATIONS_PER_MINUTE", "0"),
    ]));
    let mut people = Vec::new();
    for person in 0..jobs.div_ceil(EACH) {
        let name = format!("person-{person}");
        let user = world.user(&name).await;
        world.grant(&name, 400).await;
        let request = user.request().await;
        for _ in 0..EACH.min(jobs - person * EACH) {
            assert_eq!(user.generate(&request).await.status, 202);
        }
        people.push(user);
    }
    world.run_background().await;
    for number in 1..=jobs {
        world.outside.finish(&format!("task-{number}"), 1);
    }
    world.tick(MINUTE);
    (world, people)
}

fn completed(world: &World) -> i64 {
    let jobs = "select count(*) from jobs where state = 'completed'";
    world.database.number(jobs)
}

/// One invocation once finished 100 of them a minute.
#[tokio::test]
async fn one_run_finishes_1200_jobs_whose_callbacks_never_came() {
    let (world, people) = unheard_of(1200).await;
    let run = world.invocation().cron().run().await.unwrap();
    assert_eq!((run.jobs, completed(&world)), (1200, 1200));
    // 1,140 are handed to three invocations, which hand on what is too much to nine, and these to
    // seven.
    let handed = world.slices.handed();
    let mut sizes: Vec<_> = handed.iter().map(|slice| slice.jobs.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes.len() + 1, 1200 / JOBS_PER_SLICE);
    assert_eq!(sizes[sizes.len() - 3..], [300, 420, 420]);
    for user in &people {
        assert_eq!(user.credits().await, (400 - 4 * 20, 0));
    }
    world.check().await;
}

/// The jobs of a lost slice stay due, as do those that it would have handed on.
#[tokio::test]
async fn the_jobs_of_a_lost_slice_are_done_in_the_next_minute() {
    let jobs = 4 * JOBS_PER_SLICE;
    for (when, done) in [(When::Before, jobs - JOBS_PER_SLICE), (When::After, jobs)] {
        let (world, people) = unheard_of(jobs).await;
        world.slices.lose(when);
        let run = world.invocation().cron().run().await.unwrap();
        assert_eq!(run.jobs, jobs - JOBS_PER_SLICE);
        assert_eq!(completed(&world), i64::try_from(done).unwrap());
        world.tick(MINUTE);
        world.run_cron().await;
        assert_eq!(completed(&world), i64::try_from(jobs).unwrap());
        assert_eq!(world.pictures.kept("results/").len(), jobs);
        assert_eq!(people[0].credits().await, (400 - 4 * 20, 0));
        world.check().await;
    }
}

/// The account decides, so a job that is in two slices is finished once.
#[tokio::test]
async fn two_concurrent_runs_finish_each_job_once() {
    let (world, people) = unheard_of(2 * JOBS_PER_SLICE).await;
    world.pauses.shuffle(3);
    join_all([world.run_cron(), world.run_cron()]).await;
    assert_eq!(completed(&world), 120);
    for user in &people {
        let journal = user.journal().await;
        let settled = journal.iter().filter(|line| line.starts_with("settle"));
        assert_eq!(settled.count(), 20);
        assert_eq!(user.credits().await, (400 - 4 * 20, 0));
    }
    world.check().await;
}

/// A run begins nothing once the next one is about to start, and neither do the slices that it has
/// handed on.
#[tokio::test]
async fn a_slice_ends_with_its_run() {
    let (world, _) = unheard_of(2 * JOBS_PER_SLICE).await;
    let start = world.now();
    // Each reading of the clock is a second later.
    world.clock.advance_per_reading(1000);
    let run = world.invocation().cron().run().await.unwrap();
    world.clock.advance_per_reading(0);
    assert!((1..120).contains(&run.jobs), "{}", run.jobs);
    assert_eq!(world.slices.handed()[0].began_at, start);
    for _ in 0..9 {
        world.tick(MINUTE);
        world.run_cron().await;
    }
    assert_eq!(completed(&world), 120);
    world.check().await;
}
