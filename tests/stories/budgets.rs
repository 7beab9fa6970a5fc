//! Operations measured in batches and in calls to the account.

use super::world::World;

/// The batches and account calls of one generation, from the request to the picture.
async fn generation(is_warm: bool) -> (usize, usize) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    let cool = || {
        if !is_warm {
            world.accounts.evict_all();
        }
    };
    let (batches, calls) = (world.database.batches(), world.accounts.calls());
    cool();
    let job = ada.generate(&request).await.id();
    cool();
    world.run_background().await;
    world.outside.finish("task-1", 1);
    cool();
    assert_eq!(world.callback("task-1").await, 200);
    cool();
    world.run_background().await;
    let counts = (
        world.database.batches() - batches,
        world.accounts.calls() - calls,
    );
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
    counts
}

#[tokio::test]
async fn a_generation_costs_at_most_three_batches_and_four_account_calls() {
    let (batches, calls) = generation(true).await;
    println!("a generation: {batches} batches, {calls} account calls");
    assert!(
        batches <= 3 && calls <= 4,
        "{batches} batches, {calls} calls"
    );
    let (batches, calls) = generation(false).await;
    println!(
        "a generation whose object is cold at each step: {batches} batches, {calls} account calls"
    );
    assert!(
        batches <= 6 && calls <= 4,
        "{batches} batches, {calls} calls"
    );
}

#[tokio::test]
async fn reading_a_job_is_one_batch_and_no_account_call() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let (batches, calls) = (world.database.batches(), world.accounts.calls());
    ada.job(&job).await;
    assert_eq!(
        (
            world.database.batches() - batches,
            world.accounts.calls() - calls
        ),
        (1, 0)
    );
    world.check().await;
}

/// Other frequent operations.
#[tokio::test]
async fn other_operations_take_so_many_batches() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let mut counts = Vec::new();
    let mut last = (world.database.batches(), world.accounts.calls());
    let mut note = |what| {
        let now = (world.database.batches(), world.accounts.calls());
        counts.push((what, now.0 - last.0, now.1 - last.1));
        last = now;
    };
    ada.upload("me").await;
    note("an upload");
    ada.credits().await;
    note("the credits");
    ada.get("/v1/credits/history").await;
    note("the history");
    world.run_cron().await;
    note("a run of cron with nothing to do");
    println!("{counts:?}");
    assert_eq!(
        counts,
        [
            ("an upload", 1, 0),
            ("the credits", 1, 0),
            ("the history", 1, 0),
            ("a run of cron with nothing to do", 1, 0)
        ]
    );
    world.check().await;
}
