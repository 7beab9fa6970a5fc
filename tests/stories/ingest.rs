//! Ingest: partial sets, dead URLs, outages of R2, and URLs that must not be followed.

use bytes::Bytes;
use serde_json::json;

use super::world::{Page, Task, World, png};

const SEEDREAM: &str = "evolink/seedream-4";

pub(super) async fn running(world: &World, count: u8) -> (super::world::User, String) {
    let ada = world.user("ada").await;
    let request = ada.request_of(SEEDREAM, count).await;
    let job = ada.generate(&request).await;
    assert_eq!(job.status, 202, "{}", job.body);
    world.run_background().await;
    (ada, job.id())
}

fn creates(world: &World) -> usize {
    world
        .went_out()
        .iter()
        .filter(|line| line.starts_with("create"))
        .count()
}

/// Seen in [replicate/cog-stable-diffusion #14](https://github.com/replicate/cog-stable-diffusion/issues/14)
/// and the source of VOVV.
#[tokio::test]
async fn two_of_three_pictures_are_charged_and_the_third_share_returns_to_its_package() {
    let world = World::new();
    world.grant("ada", 20).await;
    world
        .grant_for("ada", 4, std::time::Duration::from_hours(48))
        .await;
    let (ada, job) = running(&world, 3).await;
    let results = world.outside.finish("task-1", 3);
    world.pictures.next_at(
        &results[1],
        [Page::Bytes(Bytes::from_static(b"<html>sorry</html>"))],
    );
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let done = ada.job(&job).await;
    assert_eq!(done["images"].as_array().unwrap().len(), 2);
    let credits = json!({"quoted": 9, "held": 0, "paid": 6, "returned": 3, "waived": false});
    assert_eq!(done["credits"], credits);
    let kept: Vec<_> = world.pictures.kept("results/").into_values().collect();
    assert_eq!(kept, [png(&results[0]), png(&results[2])]);
    assert_eq!(
        ada.journal().await[2..],
        [
            "freeze 4 of B: 0 left, 4 held",
            "freeze 5 of A: 15 left, 5 held",
            "settle 4 of B: 0 left, 0 held",
            "settle 2 of A: 15 left, 3 held",
            "release 3 of A: 18 left, 0 held",
        ]
    );
    assert_eq!(creates(&world), 1);
    world.check().await;
}

/// A provider that made fewer pictures than requested: those are charged.
///
/// Seen in [replicate/cog-stable-diffusion #14](https://github.com/replicate/cog-stable-diffusion/issues/14)
/// and the source of VOVV.
#[tokio::test]
async fn one_of_four_pictures_is_charged() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 4).await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["credits"]["paid"], &done["credits"]["returned"]),
        (&json!(3), &json!(9))
    );
    assert_eq!(ada.credits().await, (17, 0));
    world.check().await;
}

/// A provider that made more than requested: the surplus is not charged.
///
/// Seen in [replicate/cog-stable-diffusion #14](https://github.com/replicate/cog-stable-diffusion/issues/14)
/// and the source of VOVV.
#[tokio::test]
async fn a_third_picture_of_two_requested_is_not_charged() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 2).await;
    world.outside.finish("task-1", 3);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 6);
    assert_eq!(ada.credits().await, (14, 0));
    world.check().await;
}

/// Seen in [banodoco/Dough #2](https://github.com/banodoco/Dough/issues/2).
#[tokio::test]
async fn an_expired_result_url_is_replaced_by_a_fresh_one() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.next_at(&results[0], [Page::Gone(410)]);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "storing");
    let fresh = "https://files.evolink.ai/task-1/fresh.png".to_owned();
    world
        .outside
        .set("task-1", Task::Succeeded(vec![fresh.clone()]));
    world.pass(2).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(
        world
            .pictures
            .kept("results/")
            .into_values()
            .collect::<Vec<_>>(),
        [png(&fresh)]
    );
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 1 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/fresh.png",
        ]
    );
    world.check().await;
}

/// Seen in [banodoco/Dough #2](https://github.com/banodoco/Dough/issues/2).
#[tokio::test]
async fn result_urls_that_stay_dead_end_the_job_uncharged() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world
        .pictures
        .next_at(&results[0], vec![Page::Gone(404); 99]);
    world.callback("task-1").await;
    world.run_background().await;
    world.pass(30).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&json!("failed"), &json!("result_lost"))
    );
    assert_eq!(ada.credits().await, (20, 0));
    let fetches = world.fetches().len();
    assert_eq!((creates(&world), fetches), (1, 5));
    world.check().await;
}

/// Of two pictures one is stored and one never arrives: the last attempt settles for the stored
/// one.
///
/// Seen in [banodoco/Dough #2](https://github.com/banodoco/Dough/issues/2).
#[tokio::test]
async fn the_last_ingest_attempt_settles_for_what_is_stored() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 2).await;
    let results = world.outside.finish("task-1", 2);
    world
        .pictures
        .next_at(&results[0], vec![Page::Gone(404); 99]);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(30).await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["paid"]),
        (&json!("completed"), &json!(3))
    );
    assert_eq!(ada.credits().await, (17, 0));
    world.check().await;
}

/// Seen in [crisng95/flowkit #1](https://github.com/crisng95/flowkit/pull/1).
#[tokio::test]
async fn an_r2_outage_repeats_the_download_and_nothing_else() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.fail_next(2);
    world.pictures.next_at(&results[0], [Page::Broken]);
    world.callback("task-1").await;
    world.run_background().await;
    world.pass(20).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 1 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    assert_eq!(ada.credits().await, (17, 0));
    world.check().await;
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn four_results_are_four_pictures() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 4).await;
    let results = world.outside.finish("task-1", 4);
    world.callback("task-1").await;
    world.run_background().await;
    world.callback("task-1").await;
    world.run_background().await;
    let kept: Vec<_> = world.pictures.kept("results/").into_values().collect();
    let expected: Vec<_> = results.iter().map(|address| png(address)).collect();
    assert_eq!(kept, expected);
    let done = ada.job(&job).await;
    let mut shown = Vec::new();
    for image in done["images"].as_array().unwrap() {
        let link = image["url"].as_str().unwrap();
        shown.push(
            ada.get(link.strip_prefix("https://app.test").unwrap())
                .await
                .bytes,
        );
    }
    assert_eq!(shown, expected);
    assert_eq!(ada.credits().await, (8, 0));
    world.check().await;
}

/// Seen in [QuantumNous/new-api #1636](https://github.com/QuantumNous/new-api/issues/1636) and the source of
/// `ShipAny`.
#[tokio::test]
async fn results_are_fetched_from_the_providers_hosts_and_nowhere_else() {
    let hostile = [
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.png",
        "http://2130706433/a.png",
        "https://localhost/a.png",
        "https://metadata.google.internal/a.png",
        "https://files.evolink.ai:8443/a.png",
        "https://me:secret@files.evolink.ai/a.png",
        "file:///etc/passwd",
    ];
    for address in hostile {
        let world = World::new();
        world.grant("ada", 20).await;
        let (ada, job) = running(&world, 1).await;
        world
            .outside
            .set("task-1", Task::Succeeded(vec![address.into()]));
        world.callback("task-1").await;
        world.run_background().await;
        assert_eq!(
            ada.job(&job).await["error"]["code"],
            "result_lost",
            "{address}"
        );
        assert_eq!(ada.credits().await, (20, 0));
        assert_eq!(
            world.went_out(),
            [
                "create task-1 at evolink.test: 1 pictures",
                "ask task-1: completed"
            ],
            "{address}"
        );
        world.check().await;
    }
}

/// Seen in [QuantumNous/new-api #1636](https://github.com/QuantumNous/new-api/issues/1636) and the source of
/// `ShipAny`.
#[tokio::test]
async fn a_redirect_leads_only_to_listed_hosts() {
    for (to, status, fetched) in [
        ("http://169.254.169.254/latest", "failed", 1),
        // Not fetched unless an operator lists the host.
        ("https://evil.test/a.png", "storing", 1),
        ("https://cdn.evolink.ai/a.png", "completed", 2),
        // A redirect loop.
        ("https://files.evolink.ai/task-1/0.png", "failed", 4),
    ] {
        let world = World::new();
        world.grant("ada", 20).await;
        let (ada, job) = running(&world, 1).await;
        let results = world.outside.finish("task-1", 1);
        world
            .pictures
            .next_at(&results[0], vec![Page::Redirect(to); 9]);
        world.callback("task-1").await;
        world.run_background().await;
        assert_eq!(ada.status(&job).await, status, "{to}");
        let fetches = world.fetches().len();
        assert_eq!(fetches, fetched, "{to}");
        world.check().await;
    }
}

/// Seen in [QuantumNous/new-api #1636](https://github.com/QuantumNous/new-api/issues/1636) and the source of
/// `ShipAny`.
#[tokio::test]
async fn a_result_that_is_no_picture_or_too_large_is_not_stored() {
    let too_large = [png("x").as_ref(), &vec![0; 25 * 1024 * 1024]].concat();
    for bytes in [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        b"GIF89a".to_vec(),
        too_large,
    ] {
        let world = World::new();
        world.grant("ada", 20).await;
        let (ada, job) = running(&world, 1).await;
        let results = world.outside.finish("task-1", 1);
        world
            .pictures
            .next_at(&results[0], vec![Page::Bytes(bytes.into()); 9]);
        world.callback("task-1").await;
        world.run_background().await;
        assert_eq!(ada.job(&job).await["error"]["code"], "result_lost");
        assert_eq!(
            (ada.credits().await, world.pictures.kept("results/").len()),
            ((20, 0), 0)
        );
        world.check().await;
    }
}
