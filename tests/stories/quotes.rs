//! Quotes: what a generation would cost.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{User, World};

const DAY: Duration = Duration::from_hours(24);

async fn quote(user: &User, request: &Value) -> Value {
    let answer = user.post("/v1/quotes", request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn share(package: &Value, credits: u64) -> Value {
    json!({"package": package["id"], "credits": credits, "expires_at": package["expires_at"]})
}

#[tokio::test]
async fn a_quote_names_the_packages_that_the_freeze_then_takes() {
    let world = World::new();
    let ada = world.user("ada").await;
    let never = world.grant("ada", 9).await;
    let late = world.grant_for("ada", 2, 30 * DAY).await;
    let promo = world.grant_with("ada", 1, "promo", Some(30 * DAY)).await;
    let request = ada.request().await;
    let (batches, calls) = (world.database.batches(), world.accounts.calls());
    let quoted = quote(&ada, &request).await;
    assert_eq!(
        quoted,
        json!({
            "credits": 4, "available": 12, "enough": true, "model": "evolink/nano-banana-2-lite",
            "from": [share(&promo, 1), share(&late, 2), share(&never, 1)],
        })
    );
    let asked = (
        world.database.batches() - batches,
        world.accounts.calls() - calls,
    );
    assert_eq!(asked, (1, 0), "a quote writes nothing");
    assert_eq!(ada.credits().await, (12, 0));
    let job = ada.generate(&request).await;
    let taken = job.body["receipt"].as_array().unwrap().iter();
    let taken: Vec<_> = taken
        .map(|line| json!({"package": line["package"], "credits": line["credits"], "expires_at": line["expires_at"]}))
        .collect();
    assert_eq!(quoted["from"], json!(taken));
    world.check().await;
}

/// A page shows the price before anything is uploaded. The fields that are set are checked.
#[tokio::test]
async fn a_quote_needs_no_photo() {
    let world = World::new();
    let ada = world.user("ada").await;
    let package = world.grant("ada", 20).await;
    let quoted = quote(&ada, &json!({})).await;
    assert_eq!(
        quoted,
        json!({
            "credits": 4, "available": 20, "enough": true, "model": "evolink/nano-banana-2-lite",
            "from": [share(&package, 4)],
        })
    );
    for (request, field) in [
        (json!({"count": 0}), "count"),
        (json!({"model": "evolink/none"}), "model"),
        (json!({"aspect_ratio": "7:1"}), "aspect_ratio"),
        (json!({"garment": "AAA"}), "garment"),
        (
            json!({"photo": null, "options": {"seed": 7}}),
            "options.seed",
        ),
    ] {
        let refused = ada.post("/v1/quotes", &request).await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{request}"
        );
    }
    let generation = ada.post("/v1/generate", &json!({"prompt": "red"})).await;
    assert_eq!(
        (generation.status, &generation.body["errors"][0]["field"]),
        (422, &json!("photo"))
    );
    world.check().await;
}

#[tokio::test]
async fn a_quote_above_the_balance_says_what_is_available() {
    let world = World::new();
    let ada = world.user("ada").await;
    let never = world.grant("ada", 2).await;
    let soon = world.grant_for("ada", 1, DAY).await;
    let request = ada.request().await;
    let quoted = quote(&ada, &request).await;
    assert_eq!(
        (&quoted["enough"], &quoted["available"]),
        (&json!(false), &json!(3))
    );
    assert_eq!(quoted["from"], json!([share(&soon, 1), share(&never, 2)]));
    // At its very expiry a credit is gone, though that is not recorded yet.
    world.tick(DAY);
    let ada = world.user("ada").await;
    let quoted = quote(&ada, &ada.request().await).await;
    assert_eq!(quoted["from"], json!([share(&never, 2)]));
    assert_eq!(world.database.number("select count(*) from journal"), 2);
    let ben = world.user("ben").await;
    let nothing = quote(&ben, &ben.request().await).await;
    assert_eq!(
        (&nothing["available"], &nothing["from"]),
        (&json!(0), &json!([]))
    );
    world.check().await;
}

/// A quote includes credits that an expired hold still reserves in the rows.
#[tokio::test]
async fn a_quote_counts_credits_of_an_expired_hold() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    ada.running_job().await;
    let request = json!({"photo": ada.upload("me").await, "prompt": "a red coat"});
    assert_eq!(quote(&ada, &request).await["enough"], json!(false));
    world.tick(Duration::from_hours(2));
    assert_eq!(quote(&ada, &request).await["enough"], json!(true));
    world.check().await;
}

#[tokio::test]
async fn a_quote_refuses_what_a_generation_would_refuse() {
    let world = World::new();
    let ada = world.user("ada").await;
    let photo = ada.upload("me").await;
    for request in [
        json!({"photo": photo}),
        json!({"photo": photo, "prompt": "red", "count": 0}),
        json!({"photo": photo, "prompt": "red", "model": "else/x"}),
        json!({"photo": photo, "prompt": "red", "price": 1}),
    ] {
        assert_eq!(
            ada.post("/v1/quotes", &request).await.status,
            422,
            "{request}"
        );
    }
    let nobody = world
        .call(
            http::Method::POST,
            "/v1/quotes",
            "",
            &json!({"photo": photo, "prompt": "red"}),
        )
        .await;
    assert_eq!(nobody.status, 401);
    world.check().await;
}

/// A quote must not say `enough` for a request that a generation then refuses.
#[tokio::test]
async fn a_quote_with_an_unusable_picture_is_refused_like_the_generation() {
    let world = World::new();
    let (ada, ben) = (world.user("ada").await, world.user("ben").await);
    world.grant("ada", 20).await;
    let (photo, of_ben) = (ada.upload("me").await, ben.upload("him").await);
    let unknown = "upl_01M7VZGC000000000000000007";
    let requests = [
        ("photo", json!({"photo": unknown, "prompt": "red"})),
        ("photo", json!({"photo": of_ben, "prompt": "red"})),
        ("garment", json!({"photo": photo, "garment": unknown})),
        ("garment", json!({"photo": photo, "garment": of_ben})),
        ("garment", json!({"photo": unknown, "garment": unknown})),
    ];
    let same_refusal = async |ada: &User, field: &str, request: &Value| {
        let quoted = ada.post("/v1/quotes", request).await;
        let generated = ada.generate(request).await;
        assert_eq!((quoted.status, generated.status), (422, 422), "{request}");
        assert_eq!(quoted.body["errors"], generated.body["errors"], "{request}");
        assert_eq!(quoted.body["errors"][0]["field"], field, "{request}");
    };
    for (field, request) in &requests {
        same_refusal(&ada, field, request).await;
    }
    // At its very expiry an upload cannot be used any more.
    let request = json!({"photo": photo, "prompt": "red"});
    let expires_at = world.database.number("select min(expires_at) from uploads");
    let left = u64::try_from(expires_at - world.now().millis()).unwrap();
    world.tick(Duration::from_millis(left - 1));
    assert_eq!(
        quote(&world.user("ada").await, &request).await["enough"],
        true
    );
    world.tick(Duration::from_millis(1));
    same_refusal(&world.user("ada").await, "photo", &request).await;
    world.check().await;
}

/// Uploads of a forgotten account cannot be used.
#[tokio::test]
async fn a_quote_with_a_forgotten_upload_is_refused() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    ada.delete("/v1/account").await;
    let quoted = ada.post("/v1/quotes", &request).await;
    assert_eq!(quoted.status, 422, "{}", quoted.body);
    world.check().await;
}
