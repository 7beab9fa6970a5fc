//! Clocks that advance between two readings, or go back.

use std::time::Duration;

use atelier::ports::Clock;

use super::world::World;

/// Two jobs, of which the second's deadline is 4 ms after the first's. Their object has to write
/// the first one's expiry before it handles an event of the second, and each reading of the clock
/// takes a millisecond. `before` is the time from that event to the second deadline.
async fn at_the_deadline(before: u64, step: &str) -> (World, String) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let first = ada.open_job().await;
    world.tick(Duration::from_millis(4));
    let second = ada.open_job().await;
    world.run_background().await;
    if step != "cancel" {
        world.outside.finish("task-2", 1);
    }
    if step == "ingest" {
        world.callback("task-2").await;
    }
    world.tick(Duration::from_hours(2) - Duration::from_millis(before));
    world.clock.advance_per_reading(1);
    match step {
        "callback" => assert_eq!(world.callback("task-2").await, 200),
        "cancel" => drop(ada.cancel(&second).await),
        _ => {}
    }
    world.run_background().await;
    world.clock.advance_per_reading(0);
    world.pass(3).await;
    assert_eq!(ada.status(&first).await, "expired", "{before} {step}");
    let status = ada.status(&second).await;
    (world, status)
}

/// Whichever reading of the clock finds the deadline passed, the ledger is right, and the job ends
/// once.
#[tokio::test]
async fn a_deadline_between_two_readings_of_the_clock() {
    for (step, end) in [
        ("callback", "completed"),
        ("ingest", "completed"),
        ("cancel", "expired"),
    ] {
        for before in 0..6 {
            let (world, status) = at_the_deadline(before, step).await;
            assert_eq!(
                status, end,
                "{before} ms before the deadline, at the {step}"
            );
            world.check().await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_restore_expired_credits() {
    let world = World::new();
    let ada = world.user("ada").await;
    let start = world.clock.now();
    world.grant_for("ada", 9, Duration::from_hours(1)).await;
    world.tick(Duration::from_hours(1));
    assert_eq!(ada.credits().await, (0, 0));
    world.clock.set(start);
    world.accounts.evict_all();
    assert_eq!(ada.credits().await, (0, 0));
    world.grant("ada", 4).await;
    let times = world.database.query("select at from journal order by seq");
    let times: Vec<_> = times
        .iter()
        .map(|row| row["at"].as_i64().unwrap() - start.millis())
        .collect();
    assert_eq!(times, [0, 3_600_000, 3_600_000]);
    world.check().await;
}
