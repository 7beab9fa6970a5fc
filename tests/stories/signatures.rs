//! Signed callbacks: which are accepted, and which are refused.

use std::time::Duration;

use atelier::ports::Clock;
use serde_json::{Value, json};

use super::world::real::{
    ago, asked, callback_path, fal, fal_is, with_fal, with_kie, with_replicate,
};
use super::world::sign::{self, Headers, SECRET};
use super::world::{Page, User, Wire, World, config_of};

/// A callback with each kind of bad signature leaves the job as it is; the reconciler finishes it.
async fn none_is_accepted(
    (world, ada, job): (World, User, String),
    provider: &str,
    bad: Vec<(&str, Headers, String)>,
) {
    let path = callback_path(&world);
    for (what, headers, body) in &bad {
        let status = world.call_back(&path, headers, body).await;
        assert_eq!(status, 401, "{provider}: {what}");
        assert_eq!(ada.status(&job).await, "running", "{provider}: {what}");
    }
    let (_, held) = ada.credits().await;
    assert!(held > 0, "{provider}");
    world.check().await;
}

/// Seen in the source of `ShipAny` and pixelrelay.
#[tokio::test]
async fn fal_callbacks_need_a_fresh_signature_over_the_exact_bytes() {
    let (world, ada, job) = with_fal().await;
    let image = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}]});
    let body = json!({"request_id": "r1", "status": "OK", "payload": image}).to_string();
    let key = sign::fal_key();
    let now = world.clock.now();
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let mut short = sign::fal(&key, now, &body);
    short[3].1.truncate(64);
    let bad = vec![
        ("forged", sign::fal(&stranger, now, &body), body.clone()),
        (
            "replayed",
            sign::fal(&key, ago(&world, 600), &body),
            body.clone(),
        ),
        ("cut short", short, body.clone()),
        (
            "changed",
            sign::fal(&key, now, &body),
            body.replace("a.png", "b.png"),
        ),
        ("unsigned", Headers::new(), body.clone()),
    ];
    none_is_accepted((world.clone(), ada.clone(), job.clone()), "fal", bad).await;
    let good = sign::fal(&key, now, &body);
    let path = callback_path(&world);
    assert_eq!(world.call_back(&path, &good, &body).await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    // Its keys were fetched once, however many forgeries came.
    assert!(asked(&world, &format!("GET {}/.well-known", fal(&world))) <= 1);
    world.check().await;
}

/// Seen in the source of `ShipAny` and pixelrelay.
#[tokio::test]
async fn replicate_callbacks_need_a_fresh_signature_over_the_exact_bytes() {
    let (world, ada, job) = with_replicate().await;
    let output = "https://replicate.delivery/a.png";
    let body = json!({"id": "p1", "status": "succeeded", "output": output}).to_string();
    let now = world.clock.now();
    let other = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=";
    let mut short = sign::standard_webhooks(SECRET, now, &body);
    short[2].1.truncate(20);
    let signed = |secret, at, body: &str| sign::standard_webhooks(secret, at, body);
    let bad = vec![
        ("forged", signed(other, now, &body), body.clone()),
        (
            "replayed",
            signed(SECRET, ago(&world, 600), &body),
            body.clone(),
        ),
        ("cut short", short, body.clone()),
        (
            "changed",
            signed(SECRET, now, &body),
            body.replace("a.png", "b.png"),
        ),
        ("unsigned", Headers::new(), body.clone()),
    ];
    none_is_accepted((world.clone(), ada.clone(), job.clone()), "replicate", bad).await;
    let path = callback_path(&world);
    let good = signed(SECRET, now, &body);
    assert_eq!(world.call_back(&path, &good, &body).await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// Seen in the source of pixelrelay.
#[tokio::test]
async fn without_its_secret_every_callback_is_refused_and_the_reconciler_finishes() {
    let (world, ada, job) = with_replicate().await;
    let mut config = config_of("replicate", SECRET);
    config.providers[0].access.webhook_secrets.clear();
    world.deploy(config);
    let done =
        json!({"id": "p1", "status": "succeeded", "output": ["https://replicate.delivery/a.png"]});
    let body = done.to_string();
    let path = callback_path(&world);
    let empty = sign::standard_webhooks("whsec_", world.clock.now(), &body);
    assert_eq!(world.call_back(&path, &empty, &body).await, 401);
    assert_eq!(world.call_back(&path, &Headers::new(), &body).await, 401);
    let at = "GET replicate.test/v1/predictions/p1";
    world.outside.answers(at, [Wire::json(200, &done)]);
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// Seen in [Replicate's documentation](https://replicate.com/docs/topics/webhooks) and the source of `ShipAny`.
#[tokio::test]
async fn events_in_the_wrong_order_do_not_set_a_job_back() {
    let (world, ada, job) = with_replicate().await;
    let path = callback_path(&world);
    let say = async |body: Value| {
        let body = body.to_string();
        let headers = sign::standard_webhooks(SECRET, world.clock.now(), &body);
        assert_eq!(world.call_back(&path, &headers, &body).await, 200);
    };
    say(json!({"id": "p1", "status": "succeeded", "output": "https://replicate.delivery/a.png"}))
        .await;
    world.run_background().await;
    for status in ["starting", "processing", "failed", "canceled"] {
        say(json!({"id": "p1", "status": status, "output": null})).await;
        assert_eq!(ada.status(&job).await, "completed", "{status}");
    }
    world.check().await;
}

/// Seen in [banodoco/Dough #2](https://github.com/banodoco/Dough/issues/2).
#[tokio::test]
async fn a_result_that_expired_within_the_hour_is_requested_again() {
    let (world, ada, job) = with_replicate().await;
    let done = |name: &str| {
        let output = format!("https://replicate.delivery/{name}.png");
        json!({"id": "p1", "status": "succeeded", "output": output})
    };
    let at = "GET replicate.test/v1/predictions/p1";
    let fresh = Wire::json(200, &done("fresh"));
    world.outside.answers(at, [fresh]);
    let old = "https://replicate.delivery/old.png";
    world.pictures.next_at(old, [Page::Gone(404)]);
    let body = done("old").to_string();
    let headers = sign::standard_webhooks(SECRET, world.clock.now(), &body);
    let path = callback_path(&world);
    assert_eq!(world.call_back(&path, &headers, &body).await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(2).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// Seen in [kie's documentation](https://docs.kie.ai/common-api/webhook-verification.md).
#[tokio::test]
async fn a_signature_that_does_not_cover_the_body_leaves_it_unverified() {
    let (world, ada, job) = with_kie().await;
    let path = callback_path(&world);
    let at = "GET kie.test/api/v1/jobs/recordInfo";
    let running = json!({"code": 200, "data": {"taskId": "k1", "state": "generating"}});
    world.outside.answers(at, [Wire::json(200, &running)]);
    let signed = sign::kie("key", world.clock.now(), "k1");
    for lie in [
        json!({"code": 200, "data": {"taskId": "k1", "state": "fail", "failCode": "500", "failMsg": "no"}}),
        json!({"code": 200, "data": {"taskId": "k1", "state": "success",
            "resultJson": "{\"resultUrls\":[\"https://evil.test/x.png\"]}"}}),
    ] {
        let status = world.call_back(&path, &signed, &lie.to_string()).await;
        assert_eq!(status, 200);
        world.run_background().await;
        assert_eq!(ada.status(&job).await, "running");
    }
    let elsewhere = sign::kie("another key", world.clock.now(), "k1");
    let body = running.to_string();
    assert_eq!(world.call_back(&path, &elsewhere, &body).await, 401);
    let old = sign::kie("key", ago(&world, 600), "k1");
    assert_eq!(world.call_back(&path, &old, &body).await, 401);
    let done = json!({"code": 200, "data": {"taskId": "k1", "state": "success",
        "resultJson": "{\"resultUrls\":[\"https://tempfile.aiquickdraw.com/a.png\"]}"}});
    world.outside.answers(at, [Wire::json(200, &done)]);
    assert_eq!(world.call_back(&path, &signed, &body).await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(asked(&world, "fetch https://evil.test"), 0);
    world.check().await;
}

#[tokio::test]
async fn hour_old_keys_stay_valid_while_they_are_refreshed() {
    let (world, _ada, _job) = with_fal().await;
    let body = json!({"request_id": "r1", "status": "ODD"}).to_string();
    let path = callback_path(&world);
    fal_is(
        &world,
        &json!({"status": "IN_PROGRESS"}),
        400,
        &json!({"detail": "x"}),
    );
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    assert_eq!(world.call_back(&path, &headers, &body).await, 200);
    world.tick(Duration::from_secs(3601));
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    let both = futures::future::join(
        world.call_back(&path, &headers, &body),
        world.call_back(&path, &headers, &body),
    );
    let both = both.await;
    // The request that fetches the keys is dropped.
    world.tick(Duration::from_secs(3601));
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    {
        let call = world.call_back(&path, &headers, &body);
        futures::pin_mut!(call);
        let _ = futures::poll!(&mut call);
        let _ = futures::poll!(&mut call);
    }
    world.tick(Duration::from_secs(50));
    let after = world.call_back(&path, &headers, &body).await;
    world.check().await;
    assert_eq!((both, after), ((200, 200), 200));
}

#[tokio::test]
async fn unreadable_keys_are_not_a_bad_signature() {
    let (world, _ada, _job) = with_fal().await;
    let at = format!("GET {}/.well-known/jwks.json", fal(&world));
    let keys = sign::key_set(&sign::fal_key());
    world
        .outside
        .answers(&at, [Wire(503, "x".into()), Wire::json(200, &keys)]);
    let body = json!({"request_id": "r1", "status": "ODD"}).to_string();
    let path = callback_path(&world);
    fal_is(
        &world,
        &json!({"status": "IN_PROGRESS"}),
        400,
        &json!({"detail": "x"}),
    );
    let headers = sign::fal(&sign::fal_key(), world.clock.now(), &body);
    let first = world.call_back(&path, &headers, &body).await;
    let at_once = world.call_back(&path, &headers, &body).await;
    assert_eq!(asked(&world, &at), 1);
    world.tick(Duration::from_secs(2));
    let second = world.call_back(&path, &headers, &body).await;
    world.check().await;
    assert_eq!((first, at_once, second), (503, 503, 200));
}
