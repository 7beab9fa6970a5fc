//! Results on unlisted hosts: FASHN moved its results to another host on 2 September 2026, and
//! wherever only the old host was listed, every job was lost, though it was charged by the vendor.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, Page, Task, User, World, configured};

pub(super) const HOST: &str = "media.example";
pub(super) const RESULT: &str = "https://media.example/task-1/0.png";
const RELEASED: [&str; 1] = ["release 4 of A: 20 left, 0 held"];

pub(super) fn listing(hosts: &str) -> atelier::config::Config {
    configured(&[("RESULT_HOSTS".into(), hosts.into())])
}

/// A job that a provider has finished, with its results at these URLs; a picture costs 3 or 4 of 20
/// credits.
pub(super) async fn finished(world: &World, count: u8, results: &[&str]) -> (User, String) {
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = if count == 1 {
        ada.running_job().await
    } else {
        let request = ada.request_of("evolink/seedream-4", count).await;
        let job = ada.generate(&request).await.id();
        world.run_background().await;
        job
    };
    arrive(world, "task-1", results).await;
    (ada, job)
}

pub(super) async fn arrive(world: &World, task: &str, results: &[&str]) {
    let results = results.iter().map(ToString::to_string).collect();
    world.outside.set(task, Task::Succeeded(results));
    assert_eq!(world.callback(task).await, 200);
    world.run_background().await;
}

pub(super) async fn operator(world: &World, path: &str) -> Value {
    let path = format!("/v1/admin/{path}");
    let answer = world.call(Method::GET, &path, ADMIN_TOKEN, &Value::Null);
    answer.await.body
}

#[tokio::test]
async fn a_result_on_an_unlisted_host_waits_and_is_charged_once_the_host_is_listed() {
    for hosts in [HOST, "cdn.test, media.example"] {
        let world = World::new();
        let (ada, job) = finished(&world, 1, &[RESULT]).await;
        let asked = world.went_out().len();
        world.pass(60).await;
        assert_eq!(
            (ada.status(&job).await.as_str(), ada.credits().await),
            ("storing", (16, 4))
        );
        // Meanwhile the provider is not polled, and nothing is fetched.
        assert_eq!(world.went_out().len(), asked);
        world.deploy(listing(hosts));
        world.pass(1).await;
        let done = ada.job(&job).await;
        assert_eq!(
            (&done["status"], &done["credits"]["paid"]),
            (&json!("completed"), &json!(4))
        );
        assert_eq!(world.fetches(), [format!("fetch {RESULT}")]);
        world.check().await;
    }
}

#[tokio::test]
async fn after_the_deadline_its_credits_return_and_a_rescue_is_waived() {
    let world = World::new();
    let (ada, job) = finished(&world, 1, &[RESULT]).await;
    world.pass(121).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("storing", (20, 0))
    );
    world.pass(300).await;
    assert_eq!(ada.status(&job).await, "storing");
    world.deploy(listing(HOST));
    world.pass(1).await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["waived"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.journal().await[2..], [RELEASED[0], "late_success 4"]);
    world.check().await;
}

/// A success that comes after the deadline waits as well.
#[tokio::test]
async fn a_late_success_on_an_unlisted_host_waits_too() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(121).await;
    assert_eq!(ada.status(&job).await, "expired");
    arrive(&world, "task-1", &[RESULT]).await;
    world.pass(60).await;
    assert_eq!(ada.status(&job).await, "storing");
    world.deploy(listing(HOST));
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.journal().await[2..], [RELEASED[0], "late_success 4"]);
    world.check().await;
}

/// EvoLink keeps its results for 24 hours.
#[tokio::test]
async fn a_result_that_the_provider_no_longer_keeps_is_lost_uncharged() {
    let world = World::new();
    let (_, job) = finished(&world, 1, &[RESULT]).await;
    world.pass(121).await;
    world.tick(Duration::from_hours(21) + Duration::from_mins(58));
    world.run_cron().await;
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(2).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&json!("failed"), &json!("result_lost"))
    );
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.journal().await[2..], RELEASED);
    assert!(world.fetches().is_empty());
    world.check().await;
}

const TWO_OF_THREE: [&str; 3] = [
    "https://files.evolink.ai/task-1/0.png",
    "https://media.example/task-1/1.png",
    "https://files.evolink.ai/task-1/2.png",
];

#[tokio::test]
async fn two_of_three_wait_for_the_third_until_just_before_the_deadline() {
    let world = World::new();
    let (ada, job) = finished(&world, 3, &TWO_OF_THREE).await;
    world.pass(114).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("storing", (11, 9))
    );
    world.pass(2).await;
    let done = ada.job(&job).await;
    let credits = json!({"quoted": 9, "held": 0, "paid": 6, "returned": 3, "waived": false});
    assert_eq!(
        (&done["status"], &done["credits"]),
        (&json!("completed"), &credits)
    );
    assert_eq!(done["images"].as_array().unwrap().len(), 2);
    assert_eq!(world.fetches().len(), 2);
    world.check().await;
}

#[tokio::test]
async fn the_third_of_three_is_rescued_and_all_are_charged() {
    let world = World::new();
    let (ada, job) = finished(&world, 3, &TWO_OF_THREE).await;
    world.pass(30).await;
    world.deploy(listing(HOST));
    world.pass(1).await;
    let done = ada.job(&job).await;
    assert_eq!(done["credits"]["paid"], 9);
    assert_eq!(done["images"].as_array().unwrap().len(), 3);
    // What is stored is not fetched again.
    assert_eq!(world.fetches().len(), 3);
    world.check().await;
}

/// Cron does not run across the deadline: what is stored is still shown, and waived.
#[tokio::test]
async fn two_of_three_whose_deadline_passed_unseen_are_waived() {
    let world = World::new();
    let (ada, job) = finished(&world, 3, &TWO_OF_THREE).await;
    world.tick(Duration::from_mins(130));
    world.pass(1).await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["waived"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn a_spare_on_a_listed_host_replaces_one_that_would_wait() {
    let world = World::new();
    let results = [RESULT, "https://files.evolink.ai/task-1/1.png"];
    let (ada, job) = finished(&world, 1, &results).await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    world.check().await;
}

#[tokio::test]
async fn a_redirect_to_an_unlisted_host_waits_for_that_host() {
    let world = World::new();
    let from = "https://files.evolink.ai/task-1/0.png";
    world
        .pictures
        .next_at(from, vec![Page::Redirect(RESULT); 9]);
    let (ada, job) = finished(&world, 1, &[from]).await;
    world.pass(60).await;
    assert_eq!(ada.status(&job).await, "storing");
    assert_eq!(world.fetches().len(), 1);
    world.deploy(listing(HOST));
    world.pass(1).await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    world.check().await;
}

/// Listing a host rescues the results on it; the others keep waiting.
#[tokio::test]
async fn of_two_unlisted_hosts_either_may_be_listed_first() {
    for (first, then) in [("a.example", "b.example"), ("b.example", "a.example")] {
        let world = World::new();
        let results = ["https://b.example/0.png", "https://a.example/1.png"];
        let (ada, job) = finished(&world, 2, &results).await;
        let waiting = &operator(&world, "jobs").await["jobs"][0]["waiting_hosts"];
        assert_eq!(waiting, "a.example,b.example");
        world.deploy(listing(first));
        world.pass(10).await;
        assert_eq!(
            (ada.status(&job).await.as_str(), world.fetches().len()),
            ("storing", 1)
        );
        let waiting = &operator(&world, "jobs").await["jobs"][0]["waiting_hosts"];
        assert_eq!(waiting, then);
        world.deploy(listing(&format!("{first},{then}")));
        world.pass(1).await;
        assert_eq!(ada.job(&job).await["credits"]["paid"], 6);
        world.check().await;
    }
}

/// Once its host is listed, a result has as many attempts as any other.
#[tokio::test]
async fn a_rescue_has_all_its_ingest_attempts_and_no_more() {
    for (broken, status) in [(3, "completed"), (99, "failed")] {
        let world = World::new();
        world.pictures.next_at(RESULT, vec![Page::Broken; broken]);
        let (ada, job) = finished(&world, 1, &[RESULT]).await;
        world.pass(30).await;
        world.deploy(listing(HOST));
        world.pass(30).await;
        assert_eq!(ada.status(&job).await, status);
        assert_eq!(world.fetches().len(), 4);
        world.check().await;
    }
}
