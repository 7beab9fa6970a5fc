//! Refused content, and pictures of jobs that are not completed.

use serde_json::json;

use super::world::real::{KLING, asked, fal_is, with_fal};
use super::world::sign::SECRET;
use super::world::{Page, Wire, World, config_of};

/// Refused before, refused after, or flagged on a success: for the user it is the same; it does not
/// fail over, and costs nothing.
///
/// Seen in [Stability-AI/stability-sdk #259](https://github.com/Stability-AI/stability-sdk/issues/259).
#[tokio::test]
async fn refused_content_costs_nothing_and_does_not_fail_over() {
    let flagged = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}], "has_nsfw_concepts": [true]});
    let policy =
        json!({"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]});
    for (status, result) in [(200, flagged), (422, policy)] {
        let (world, ada, job) = with_fal().await;
        fal_is(&world, &json!({"status": "COMPLETED"}), status, &result);
        world.pass(1).await;
        let failed = ada.job(&job).await;
        assert_eq!(failed["error"]["code"], "content_refused", "{status}");
        assert_eq!(failed["images"], json!([]));
        assert_eq!(ada.credits().await, (20, 0));
        assert_eq!(asked(&world, "fetch"), 0);
        world.check().await;
    }
    let mut config = config_of("kling", SECRET);
    let fallback = config_of("evolink", "").providers.remove(0);
    config.providers.push(fallback);
    let world = World::with(config);
    let refused = json!({"code": 1301, "message": "risk control", "request_id": "r"});
    let at = format!("POST {KLING}");
    world.outside.answers(&at, [Wire::json(400, &refused)]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.generate(&ada.large_request().await).await.id();
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "content_refused");
    assert_eq!((ada.credits().await, world.went_out().len()), ((20, 0), 1));
    world.check().await;
}

/// Nobody can see the stored pictures of a set while others are still being stored.
///
/// Seen in [elizaOS/eliza #8064](https://github.com/elizaOS/eliza/pull/8064).
#[tokio::test]
async fn a_picture_cannot_be_read_before_its_job_is_completed() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request_of("evolink/seedream-4", 2).await;
    let job = ada.generate(&request).await.id();
    world.run_background().await;
    let results = world.outside.finish("task-1", 2);
    world.pictures.next_at(&results[1], [Page::Broken]);
    world.callback("task-1").await;
    world.run_background().await;
    let storing = ada.job(&job).await;
    assert_eq!(
        (&storing["status"], &storing["images"]),
        (&json!("storing"), &json!([]))
    );
    let kept = world.pictures.kept("results/");
    let (key, _) = kept.first_key_value().expect("one is stored");
    for link in [
        format!("/v1/images/{key}"),
        format!("/v1/images/{key}?expires=9999999999&signature=AAAA"),
    ] {
        assert_ne!(ada.get(&link).await.status, 200, "{link}");
    }
    world.pass(2).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}
