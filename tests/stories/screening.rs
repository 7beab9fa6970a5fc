//! What must not be made: the list of words, the judge that is configured, blocks and reports.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, User, Wire, World, configured};

fn judged(changes: &[(&str, &str)]) -> World {
    let own = [
        ("MODERATION", "openai"),
        ("OPENAI_API_KEY", "sk-judge"),
        ("OPENAI_BASE_URL", "https://judge.test"),
    ];
    let all: Vec<_> = own
        .iter()
        .chain(changes)
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    World::with(configured(&all))
}

/// A request for one picture with these words.
async fn request(user: &User, prompt: &str) -> Value {
    let mut request = user.request().await;
    request["prompt"] = json!(prompt);
    request
}

async fn operator(world: &World, method: Method, path: &str, body: &Value) -> super::world::Answer {
    world.call(method, path, ADMIN_TOKEN, body).await
}

#[tokio::test]
async fn words_that_undress_are_refused_before_anything_is_held() {
    let world = World::new();
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    let refused = ada
        .post("/v1/generate", &request(&ada, "remove her clothes").await)
        .await;
    assert_eq!((refused.status, refused.code()), (422, "content_refused"));
    assert_eq!(world.database.number("select count(*) from jobs"), 0);
    let fine = ada
        .post("/v1/generate", &request(&ada, "nude heels").await)
        .await;
    assert_eq!(fine.status, 202);
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 1);
    world.check().await;
}

/// The eleventh within a day: until an operator has looked, nothing more is made.
#[tokio::test]
async fn who_asks_again_and_again_is_blocked() {
    let world = World::new();
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    let naked = request(&ada, "naked").await;
    for _ in 0..11 {
        assert_eq!(
            ada.post("/v1/generate", &naked).await.code(),
            "content_refused"
        );
    }
    let blocked = ada
        .post(
            "/v1/generate",
            &json!({"photo": naked["photo"], "garment": naked["garment"]}),
        )
        .await;
    assert_eq!((blocked.status, blocked.code()), (403, "account_blocked"));
    let path = format!("/v1/admin/accounts/{}/block", World::account("ada"));
    assert_eq!(
        operator(&world, Method::DELETE, &path, &Value::Null)
            .await
            .status,
        204
    );
    let body = json!({"photo": naked["photo"], "garment": naked["garment"]});
    assert_eq!(ada.post("/v1/generate", &body).await.status, 202);
    world.check().await;
}

#[tokio::test]
async fn a_blocked_account_makes_nothing_and_loses_nothing() {
    let world = World::new();
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    let request = ada.request().await;
    let job = ada.running_job().await;
    let path = format!("/v1/admin/accounts/{}/block", World::account("ada"));
    let reason = json!({"reason": "fraud"});
    let block = operator(&world, Method::POST, &path, &reason).await;
    assert_eq!(
        (block.status, &block.body["operator"]),
        (200, &json!("token"))
    );
    world.tick(Duration::from_secs(1));
    let again = operator(&world, Method::POST, &path, &json!({"reason": "other"})).await;
    assert_eq!(again.body, block.body, "the block that stands");
    let refused = ada.post("/v1/generate", &request).await;
    assert_eq!((refused.status, refused.code()), (403, "account_blocked"));
    let upload = ada.try_upload(super::world::png("x")).await;
    assert_eq!((upload.status, upload.code()), (403, "account_blocked"));
    // What is under way goes on, and reading and deleting, too.
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.delete(&format!("/v1/jobs/{job}")).await.status, 204);
    assert_eq!(
        operator(&world, Method::DELETE, &path, &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        operator(&world, Method::DELETE, &path, &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(ada.post("/v1/generate", &request).await.status, 202);
    let changes = world
        .database
        .query("select operator, reason from account_block_changes order by at");
    assert_eq!(
        changes,
        [
            json!({"operator": "token", "reason": "fraud"}),
            json!({"operator": "token", "reason": null})
        ]
    );
    let other = world.call(Method::POST, &path, ada.token(), &reason).await;
    assert_eq!(other.status, 401);
    world.check().await;
}

#[tokio::test]
async fn a_judge_sees_the_words_and_each_picture() {
    let world = judged(&[]);
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    let answer = |flagged: bool| {
        Wire::json(
            200,
            &json!({"results": [{"flagged": flagged, "categories": {"sexual": flagged}}]}),
        )
    };
    let at = "POST judge.test/v1/moderations";
    world.outside.answers(at, [answer(false), answer(true)]);
    let refused = ada
        .post("/v1/generate", &request(&ada, "a coat").await)
        .await;
    assert_eq!(refused.code(), "content_refused");
    let asked: Vec<Value> = world
        .outside
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0]["input"][0],
        json!({"type": "text", "text": "a coat"})
    );
    for (body, place) in [(&asked[0], 1), (&asked[1], 0)] {
        let url = body["input"][place]["image_url"]["url"].as_str().unwrap();
        assert!(
            url.starts_with("https://app.test/v1/images/uploads/upl_"),
            "{url}"
        );
    }
    // Nothing is known: refused, or let through, as configured.
    world.outside.answers(at, [Wire::json(500, &json!({}))]);
    let unjudged = ada
        .post("/v1/generate", &request(&ada, "a coat").await)
        .await;
    assert_eq!(
        (unjudged.status, unjudged.code()),
        (503, "provider_unavailable")
    );
    assert_eq!(world.database.number("select count(*) from jobs"), 0);
    world.outside.answers(at, [answer(false)]);
    assert_eq!(
        ada.post("/v1/generate", &request(&ada, "a coat").await)
            .await
            .status,
        202
    );
    world.check().await;
    let world = judged(&[("MODERATION_UNAVAILABLE", "allow")]);
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    world.outside.answers(at, [Wire::json(500, &json!({}))]);
    assert_eq!(
        ada.post("/v1/generate", &request(&ada, "a coat").await)
            .await
            .status,
        202
    );
    world.check().await;
}

/// Somebody else's upload is shown to no judge: whether it is there is for the account to say.
#[tokio::test]
async fn a_judge_sees_nobody_elses_picture() {
    let world = judged(&[]);
    world.grant("ada", 20).await;
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    let of_ada = ada.request().await;
    world.grant("eve", 20).await;
    let refused = eve.post("/v1/generate", &of_ada).await;
    assert_eq!(refused.code(), "invalid_request");
    assert_eq!(world.outside.requests().len(), 0);
    world.check().await;
}

#[tokio::test]
async fn a_reported_result_outlives_its_age_but_not_its_deletion() {
    let world = World::new();
    world.grant("ada", 20).await;
    let ada = world.user("ada").await;
    let mut jobs = Vec::new();
    for task in ["task-1", "task-2"] {
        let job = ada.running_job().await;
        world.outside.finish(task, 1);
        world.callback(task).await;
        world.run_background().await;
        jobs.push(job);
    }
    let path = format!("/v1/jobs/{}/report", jobs[0]);
    let reason = json!({"reason": "the face isn't mine"});
    for _ in 0..2 {
        assert_eq!(ada.post(&path, &reason).await.status, 204);
    }
    assert_eq!(
        ada.post(&path, &json!({"reason": " "})).await.code(),
        "invalid_request"
    );
    let eve = world.user("eve").await;
    assert_eq!(eve.post(&path, &reason).await.status, 404);
    world.tick(Duration::from_hours(31 * 24));
    world.pass(2).await;
    let kept = world.pictures.kept("results/");
    assert!(kept.contains_key(&format!("results/{}/0", jobs[0])));
    assert!(!kept.contains_key(&format!("results/{}/0", jobs[1])));
    let ada = world.user("ada").await;
    assert_eq!(
        ada.delete(&format!("/v1/jobs/{}", jobs[0])).await.status,
        204
    );
    assert!(world.pictures.kept("results/").is_empty());
    assert_eq!(ada.post(&path, &reason).await.status, 404);
    world.check().await;
}
