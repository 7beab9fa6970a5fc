//! Real providers other than EvoLink, whose answers are set byte for byte.

use atelier::domain::time::Timestamp;
use atelier::ports::Clock;
use serde_json::{Value, json};

use super::sign::{self, SECRET};
use super::{User, Wire, World, config_of};

pub(crate) const FASHN_AT_FAL: &str = "fal.test/fal-ai/fashn";

/// A world with one provider, where a submission is answered with `created`, and a job of ada's.
pub(crate) async fn with(
    provider: &str,
    secret: &str,
    create: &str,
    created: Value,
) -> (World, User, String) {
    let world = World::with(config_of(provider, secret));
    world.outside.answers(create, [Wire::json(200, &created)]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    (world, ada, job)
}

pub(crate) async fn with_fal() -> (World, User, String) {
    let created = json!({"request_id": "r1", "status": "IN_QUEUE"});
    let create = format!("POST {FASHN_AT_FAL}/tryon/v1.6");
    let (world, ada, job) = with("fal", "", &create, created).await;
    let keys = sign::key_set(&sign::fal_key());
    let at = "GET fal.test/.well-known/jwks.json";
    world.outside.answers(at, [Wire::json(200, &keys)]);
    (world, ada, job)
}

pub(crate) fn fal_is(world: &World, status: &Value, code: u16, result: &Value) {
    let task = format!("GET {FASHN_AT_FAL}/requests/r1");
    let at = format!("{task}/status");
    world.outside.answers(&at, [Wire::json(200, status)]);
    world.outside.answers(&task, [Wire::json(code, result)]);
}

pub(crate) async fn with_replicate() -> (World, User, String) {
    let created = json!({"id": "p1", "status": "starting"});
    let create = "POST replicate.test/v1/predictions";
    with("replicate", SECRET, create, created).await
}

pub(crate) async fn with_kie() -> (World, User, String) {
    let created = json!({"code": 200, "data": {"taskId": "k1"}});
    with(
        "kie",
        "key",
        "POST kie.test/api/v1/jobs/createTask",
        created,
    )
    .await
}

/// Where the only submission's callbacks go: its address is somewhere in the request.
pub(crate) fn callback_path(world: &World) -> String {
    let request = &world.outside.requests()[0];
    let query = request.uri().query().unwrap_or_default();
    let query: String = url::form_urlencoded::parse(query.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let text = format!("{query}\"{body}");
    let start = text.find("/v1/webhooks/").expect("no callback address");
    let path = text[start..].chars();
    path.take_while(|letter| *letter != '"').collect()
}

pub(crate) fn asked(world: &World, what: &str) -> usize {
    let lines = world.went_out();
    lines.iter().filter(|line| line.starts_with(what)).count()
}

pub(crate) fn ago(world: &World, seconds: i64) -> Timestamp {
    let now = world.clock.now().millis();
    Timestamp::from_millis(now - seconds * 1000)
}

pub(crate) const KLING: &str = "kling.test/v1/images/kolors-virtual-try-on";

pub(crate) async fn uncertain_at_kling() -> (World, User, String) {
    let world = World::with(config_of("kling", SECRET));
    let at = format!("POST {KLING}");
    world.outside.answers(&at, [Wire(504, "<html>".into())]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "uncertain");
    (world, ada, job)
}
