//! What a model supports and costs: published, checked before anything is held, and changeable
//! without a release.

use atelier::config::Config;
use serde_json::{Value, json};

use super::world::real::{KLING, asked, fal, fal_is, with_fal};
use super::world::sign::SECRET;
use super::world::{Create, User, WEBP, Wire, World, config_of, configured, png_of};

/// EvoLink's default model with the operator's overrides.
fn overridden(put: &Value) -> Config {
    let overrides = json!({"evolink/nano-banana-2-lite": put}).to_string();
    configured(&[("MODEL_OVERRIDES".into(), overrides)])
}

/// A world with Kling alone, and a user who has credits.
async fn at_kling() -> (World, User) {
    let world = World::with(config_of("kling", SECRET));
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    (world, ada)
}

/// Google shut down the id that the default model was submitted under, and every job failed until a
/// release: <https://ai.google.dev/gemini-api/docs/deprecations>.
#[tokio::test]
async fn a_models_id_and_price_change_without_a_release() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    let before = ada.open_job().await;
    let put =
        json!({"vendor_id": "gemini-9-image", "credits_per_image": 7, "vendor_price_usd": "0.06"});
    world.deploy(overridden(&put));
    let models = ada.get("/v1/models").await.body;
    assert_eq!(models["models"][0]["credits_per_image"], 7);
    let quote = ada.post("/v1/quotes", &request).await.body;
    assert_eq!(quote["credits"], 7);
    let after = ada.generate(&request).await.id();
    world.run_background().await;
    for (job, task, paid) in [(&before, "task-1", 4), (&after, "task-2", 7)] {
        world.outside.finish(task, 1);
        assert_eq!(world.callback(task).await, 200);
        world.run_background().await;
        assert_eq!(ada.job(job).await["credits"]["paid"], paid, "{task}");
    }
    let submitted = world.outside.submitted();
    let ids: Vec<_> = submitted.iter().map(|one| one.model.as_str()).collect();
    assert_eq!(ids, ["gemini-3.1-flash-lite-image", "gemini-9-image"]);
    world.check().await;
}

/// A task's path contains part of its model's id, which must be the one that it was submitted
/// under.
#[tokio::test]
async fn a_task_under_way_is_read_where_it_was_submitted() {
    let (world, ada, job) = with_fal().await;
    let address = format!("https://{}", fal(&world));
    let image = json!({"images": [{"url": "https://v3.fal.media/files/a.png"}]});
    fal_is(&world, &json!({"status": "COMPLETED"}), 200, &image);
    let mut config = config_of("fal", "");
    config.providers[0].access.base_url = address;
    let moved = json!({"fal/fashn-tryon": {"vendor_id": "elsewhere/tryon"}}).to_string();
    config.overrides = configured(&[("MODEL_OVERRIDES".into(), moved)]).overrides;
    world.deploy(config);
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

#[tokio::test]
async fn the_selftest_reports_a_model_sold_below_cost() {
    let put = json!({"vendor_price_usd": "0.06"});
    let world = World::with(overridden(&put));
    let health = json!({"ok": true, "version": "1"});
    let at = "GET app.test/healthz";
    world.outside.answers(at, [Wire::json(200, &health)]);
    let selftest = world
        .call(
            http::Method::GET,
            "/v1/admin/selftest",
            super::world::ADMIN_TOKEN,
            &Value::Null,
        )
        .await
        .body;
    let checks = selftest["checks"].as_array().unwrap();
    let prices = checks.iter().find(|check| check["name"] == "prices");
    let prices = prices.expect("a check of the prices");
    assert_eq!(
        (&prices["ok"], &prices["detail"]),
        (
            &json!(false),
            &json!("evolink/nano-banana-2-lite costs $0.06 and is sold for $0.05")
        )
    );
    world.check().await;
}

/// WebP and pictures below 300 pixels a side were once sent to Kling, with credits held, and every
/// job failed.
#[tokio::test]
async fn an_unsupported_picture_is_refused_before_anything_is_held() {
    let (world, ada) = at_kling().await;
    let good = ada.upload_of(png_of("x", 300, 300)).await;
    let narrow = ada.upload_of(png_of("x", 299, 800)).await;
    let webp = ada.upload_of(WEBP).await;
    let too_small = "is 299 by 800 pixels; this model needs at least 300 a side";
    let not_webp = "is WebP; this model takes JPEG or PNG";
    for (photo, garment, errors) in [
        (
            &narrow,
            &good,
            json!([{"field": "photo", "message": too_small}]),
        ),
        (
            &good,
            &webp,
            json!([{"field": "garment", "message": not_webp}]),
        ),
        (
            &webp,
            &narrow,
            json!([{"field": "photo", "message": not_webp}, {"field": "garment", "message": too_small}]),
        ),
    ] {
        let request = json!({"photo": photo, "garment": garment});
        for path in ["/v1/quotes", "/v1/generate"] {
            let refused = ada.post(path, &request).await;
            assert_eq!((refused.status, refused.code()), (422, "invalid_request"));
            assert_eq!(refused.body["errors"], errors, "{path}");
        }
    }
    assert_eq!((ada.credits().await, world.went_out()), ((20, 0), vec![]));
    assert_eq!(world.database.number("select count(*) from jobs"), 0);
    let request = json!({"photo": good, "garment": good});
    assert_eq!(ada.post("/v1/quotes", &request).await.status, 200);
    world.check().await;
}

#[tokio::test]
async fn the_list_of_models_tells_which_pictures_each_supports() {
    let (world, ada) = at_kling().await;
    let model = ada.get("/v1/models").await.body["models"][0].clone();
    assert_eq!(
        model["pictures"],
        json!({"formats": ["image/jpeg", "image/png"], "min_side": 300, "max_side": 16384})
    );
    world.check().await;
}

/// The same request with the same key is the same job, even if its model supports other pictures by
/// now.
#[tokio::test]
async fn a_replay_finds_its_job_even_if_its_model_supports_other_pictures_by_now() {
    let world = World::with(config_of("evolink", ""));
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let webp = ada.upload_of(WEBP).await;
    let request = json!({"photo": webp, "garment": webp});
    let job = ada.generate_as("key", &request).await.id();
    world.deploy(config_of("kling", SECRET));
    assert_eq!(ada.generate_as("key", &request).await.id(), job);
    assert_eq!(ada.generate_as("other", &request).await.status, 422);
    world.check().await;
}

/// Two providers, of which the second is the first's fallback.
fn one_after_the_other(first: &str, second: &str) -> Config {
    let mut config = config_of(first, SECRET);
    config.providers.extend(config_of(second, SECRET).providers);
    config
}

#[tokio::test]
async fn a_format_that_the_vendor_refuses_fails_over_to_one_that_supports_it() {
    let world = World::with(one_after_the_other("kling", "evolink"));
    let refused = json!({"code": 1201, "message": "Image pixel is invalid", "request_id": "r"});
    let at = format!("POST {KLING}");
    world.outside.answers(&at, [Wire::json(400, &refused)]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.generate(&ada.large_request().await).await.id();
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "running");
    assert_eq!(asked(&world, &at), 1);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 6);
    let failing = "select count(*) from circuits where failures > 0";
    assert_eq!(world.database.number(failing), 0);
    world.check().await;
}

#[tokio::test]
async fn a_format_that_no_provider_supports_fails_as_input_refused() {
    let (world, ada) = at_kling().await;
    let refused = json!({"code": 1201, "message": "Image pixel is invalid", "request_id": "r"});
    let at = format!("POST {KLING}");
    world.outside.answers(&at, [Wire::json(400, &refused)]);
    let job = ada.generate(&ada.large_request().await).await.id();
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "input_refused");
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

/// Failover skips providers that don't support the pictures: a WebP that the first did not take
/// never goes to Kling.
#[tokio::test]
async fn a_fallback_that_does_not_support_the_pictures_is_skipped() {
    for (picture, status, at_kling) in [
        (WEBP.into(), "failed", 0),
        (png_of("x", 400, 400), "running", 1),
    ] {
        let world = World::with(one_after_the_other("evolink", "kling"));
        let created = json!({"code": 0, "data": {"task_id": "7", "task_status": "submitted"}});
        let at = format!("POST {KLING}");
        world.outside.answers(&at, [Wire::json(200, &created)]);
        world.outside.next_creates([Create::Answer(429, "{}")]);
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let upload = ada.upload_of(picture).await;
        let request = json!({"photo": upload, "garment": upload});
        let job = ada.generate(&request).await.id();
        world.run_background().await;
        assert_eq!(ada.status(&job).await, status);
        assert_eq!(asked(&world, &at), at_kling, "{status}");
        world.check().await;
    }
}
