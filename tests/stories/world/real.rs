//! Real providers other than EvoLink, with answers that are set byte for byte.

use std::sync::atomic::{AtomicUsize, Ordering};

use atelier::domain::time::Timestamp;
use atelier::ports::Clock;
use serde_json::{Value, json};

use super::sign::{self, SECRET};
use super::{User, Wire, World, config_of};

/// The number of worlds with fal. Each has it at its own host, since keys are cached by it.
static WORLDS: AtomicUsize = AtomicUsize::new(0);

/// The host of fal in this world.
pub(crate) fn fal(world: &World) -> String {
    let providers = world.config().providers.clone();
    let former = world.config().former_providers.clone();
    let mut providers = providers.into_iter().chain(former);
    let fal = providers.find(|provider| provider.codec.name() == "fal");
    let address = fal.expect("a world with fal").access.base_url;
    address.trim_start_matches("https://").to_owned()
}

/// A world with one provider that answers a submission with `created`, and a job of ada's.
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
    let mut config = config_of("fal", "");
    let number = WORLDS.fetch_add(1, Ordering::Relaxed);
    config.providers[0].access.base_url = format!("https://fal.test/{number}");
    let world = World::with(config);
    let fal = fal(&world);
    let status_url = format!("https://{fal}/fal-ai/fashn/requests/r1/status");
    let created = json!({"request_id": "r1", "status": "IN_QUEUE", "status_url": status_url});
    let at = format!("POST {fal}/fal-ai/fashn/tryon/v1.6");
    world.outside.answers(&at, [Wire::json(200, &created)]);
    let keys = sign::key_set(&sign::fal_key());
    let at = format!("GET {fal}/.well-known/jwks.json");
    world.outside.answers(&at, [Wire::json(200, &keys)]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    (world, ada, job)
}

pub(crate) fn fal_is(world: &World, status: &Value, code: u16, result: &Value) {
    let task = format!("GET {}/fal-ai/fashn/requests/r1", fal(world));
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

/// The path of the only submission's callbacks, which is found in the request.
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
    let job = ada.generate(&ada.large_request().await).await.id();
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "uncertain");
    (world, ada, job)
}
