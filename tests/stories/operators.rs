//! What operators see: jobs of all accounts, the overview, and the self-test.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::sign::SECRET;
use super::world::{ADMIN_TOKEN, Create, User, Wire, World, config_of};

const DAY: Duration = Duration::from_hours(24);

async fn get(world: &World, path: &str) -> Value {
    let path = format!("/v1/admin/{path}");
    let answer = world
        .call(Method::GET, &path, ADMIN_TOKEN, &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn ids(page: &Value) -> Vec<&str> {
    let jobs = page["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["id"].as_str().unwrap()).collect()
}

async fn completed_job(user: &User, task: &str, seconds: u64) -> String {
    let job = user.running_job().await;
    user.world.tick(Duration::from_secs(seconds));
    user.world.outside.finish(task, 1);
    assert_eq!(user.world.callback(task).await, 200);
    user.world.run_background().await;
    job
}

#[tokio::test]
async fn operators_see_the_jobs_of_all_accounts_with_providers_messages() {
    let world = World::new();
    let (ada, ben) = (world.user("ada").await, world.user("ben").await);
    world.grant("ada", 20).await;
    world.grant("ben", 20).await;
    let done = completed_job(&ada, "task-1", 60).await;
    // A contradiction moves nothing, and is kept.
    world
        .outside
        .set("task-1", super::world::Task::Failed("boom"));
    world.callback("task-1").await;
    world
        .outside
        .next_creates([Create::Answer(400, r#"{"error":{"message":"no face"}}"#)]);
    let failed = ben.open_job().await;
    world.run_background().await;
    world.tick(Duration::from_secs(1));
    let running = ben.running_job().await;
    world.tick(Duration::from_secs(30));

    let page = get(&world, "jobs").await;
    assert_eq!(ids(&page), [&running, &failed, &done]);
    let [first, second, third] = [0, 1, 2].map(|place| &page["jobs"][place]);
    assert_eq!(
        (&first["account"], &first["age_seconds"], &first["state"]),
        (
            &json!(World::account("ben").to_string()),
            &json!(30),
            &json!("running")
        )
    );
    assert_eq!(
        (&first["provider"], &first["hold"]["state"]),
        (&json!("evolink"), &json!("open"))
    );
    let said = second["attempts"][0]["detail"].as_str().unwrap();
    assert!(said.contains("no face"), "{said}");
    assert_eq!(
        third["attempts"][0]["anomaly"],
        json!("failed after completed")
    );
    assert_eq!(page["holds_past_deadline"], json!(0));

    let some = get(&world, "jobs?state=failed,completed&limit=1").await;
    assert_eq!(
        (ids(&some), &some["next_cursor"]),
        (vec![failed.as_str()], &json!(failed))
    );
    let rest = get(
        &world,
        &format!("jobs?state=failed,completed&limit=1&cursor={failed}"),
    )
    .await;
    assert_eq!(
        (ids(&rest), &rest["next_cursor"]),
        (vec![done.as_str()], &Value::Null)
    );
    world.check().await;
}

/// It shows an expired hold as it is, instead of releasing it first.
#[tokio::test]
async fn a_hold_past_its_deadline_is_shown_as_such() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let expired = ada.running_job().await;
    world.tick(Duration::from_hours(1));
    ada.running_job().await;
    assert_eq!(
        ids(&get(&world, "jobs?stale=true").await),
        Vec::<&str>::new()
    );
    world.tick(Duration::from_hours(1));
    let page = get(&world, "jobs?stale=true").await;
    assert_eq!(
        (ids(&page), &page["holds_past_deadline"]),
        (vec![expired.as_str()], &json!(1))
    );
    assert_eq!(page["jobs"][0]["hold"]["past_deadline"], json!(true));
    let overview = get(&world, "overview").await;
    assert_eq!(overview["holds_past_deadline"], json!(1));
    assert_eq!(overview["oldest_open"]["id"], json!(expired));
    world.pass(1).await;
    assert_eq!(
        get(&world, "overview").await["holds_past_deadline"],
        json!(0)
    );
    world.check().await;
}

#[tokio::test]
async fn the_overview_adds_up() {
    let world = World::new();
    let ada = world.user("ada").await;
    let empty = get(&world, "overview").await;
    assert_eq!((&empty["jobs"], &empty["models"]), (&json!({}), &json!([])));
    assert_eq!(
        (&empty["oldest_open"], &empty["reconciled_at"]),
        (&Value::Null, &Value::Null)
    );
    world.grant("ada", 100).await;
    world.grant_for("ada", 10, 30 * DAY).await;
    world.grant_for("ada", 5, Duration::from_mins(5)).await;
    for (place, seconds) in [10, 20, 30, 40, 100].into_iter().enumerate() {
        completed_job(&ada, &format!("task-{}", place + 1), seconds).await;
    }
    world.run_cron().await;
    ada.running_job().await;
    world.tick(Duration::from_mins(10));
    let overview = get(&world, "overview").await;
    assert_eq!(overview["jobs"], json!({"completed": 5, "running": 1}));
    let model = &overview["models"][0];
    assert_eq!(
        (&model["completed"], &model["p50_seconds"]),
        (&json!(5), &json!(30.0))
    );
    assert_eq!(model["p90_seconds"], json!(100.0));
    // Five are spent before they expire; the others are spent, held or remain.
    let credits = json!({"granted": 115, "remaining": 91, "held": 4, "spent": 20, "expired": 0, "clawed_back": 0});
    assert_eq!(overview["credits"], credits);
    let liability = overview["liability"].as_array().unwrap();
    assert_eq!(
        liability.last().unwrap(),
        &json!({"month": null, "credits": 95})
    );
    world.check().await;
}

/// Credits whose expiry is not recorded yet count as expired here, too, and not as usable.
#[tokio::test]
async fn the_overview_counts_no_expired_credits_as_usable() {
    let world = World::new();
    world.grant_for("ada", 5, DAY).await;
    world.grant_for("ben", 7, 45 * DAY).await;
    world.tick(2 * DAY);
    let overview = get(&world, "overview").await;
    assert_eq!(
        (
            &overview["credits"]["expired"],
            &overview["credits"]["remaining"]
        ),
        (&json!(5), &json!(7))
    );
    assert_eq!(
        overview["liability"],
        json!([{"month": "2027-01", "credits": 7}])
    );
    assert_eq!(
        world.database.number("select sum(expired) from packages"),
        0
    );
    world.check().await;
}

#[tokio::test]
async fn the_overview_tells_what_models_earn_and_which_circuits_are_open() {
    let mut config = config_of("kie", "key");
    config.providers[0].credits_per_unit = atelier::provider::Cost::parse("0.1");
    let world = World::with(config);
    let created = json!({"code": 200, "data": {"taskId": "k1"}});
    let create = "POST kie.test/api/v1/jobs/createTask";
    world
        .outside
        .answers(create, [Wire::json(200, &created), Wire(402, "{}".into())]);
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    ada.running_job().await;
    let done = json!({"code": 200, "data": {"taskId": "k1", "state": "success", "creditsConsumed": 18,
        "resultJson": "{\"resultUrls\":[\"https://tempfile.aiquickdraw.com/a.png\"]}"}});
    let at = "GET kie.test/api/v1/jobs/recordInfo";
    world.outside.answers(at, [Wire::json(200, &done)]);
    world.pass(1).await;
    for name in ["ben", "cy"] {
        let user = world.user(name).await;
        world.grant(name, 20).await;
        user.open_job().await;
        world.run_background().await;
    }
    let overview = get(&world, "overview").await;
    let margin = &overview["margins"][0];
    assert_eq!(
        (
            &margin["jobs"],
            &margin["paid"],
            &margin["cost"],
            &margin["margin"]
        ),
        (&json!(1), &json!(4), &json!(2), &json!(2))
    );
    let kie = &overview["providers"][0];
    assert_eq!(
        (&kie["name"], &kie["failures"]),
        (&json!("kie"), &json!(2)),
        "{kie}"
    );
    assert!(
        kie["open_until"].is_string() && kie["needs_operator"] == true,
        "{kie}"
    );
    world.check().await;
}

fn failing(selftest: &Value) -> Vec<&str> {
    let checks = selftest["checks"].as_array().unwrap().iter();
    let failing = checks.filter(|check| check["ok"] == false);
    failing
        .map(|check| check["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_selftest_passes_on_a_healthy_deployment() {
    let world = World::with(config_of("replicate", SECRET));
    let health = json!({"ok": true, "version": "1"});
    world
        .outside
        .answers("GET app.test/healthz", [Wire::json(200, &health)]);
    world.run_cron().await;
    let selftest = get(&world, "selftest").await;
    assert_eq!(
        (&selftest["ok"], failing(&selftest)),
        (&json!(true), vec![]),
        "{selftest}"
    );
    assert!(world.pictures.kept("").is_empty());
    world.check().await;
}

/// Seen in [leap-ai/headshots-starter #76](https://github.com/leap-ai/headshots-starter/issues/76).
#[tokio::test]
async fn the_selftest_reports_everything_that_is_wrong() {
    let world = World::with(config_of("replicate", SECRET));
    let at = "GET app.test/healthz";
    for wire in [
        Wire(302, String::new()),
        Wire(401, "{}".into()),
        Wire(200, "<html>".into()),
    ] {
        world.outside.answers(at, [wire]);
        let selftest = get(&world, "selftest").await;
        assert_eq!(failing(&selftest), ["callbacks", "cron"]);
    }
    world
        .outside
        .answers(at, [Wire::json(200, &json!({"ok": true}))]);
    world.run_cron().await;
    world.tick(Duration::from_mins(3));
    assert!(failing(&get(&world, "selftest").await).is_empty());
    world.tick(Duration::from_secs(1));
    assert_eq!(failing(&get(&world, "selftest").await), ["cron"]);
    world.run_cron().await;
    world.pictures.fail_next(1);
    assert_eq!(failing(&get(&world, "selftest").await), ["pictures"]);
    world.database.lose(1, 1, super::world::When::Before);
    let selftest = get(&world, "selftest").await;
    assert_eq!(failing(&selftest), ["database", "cron"]);
    world
        .database
        .tamper("delete from d1_migrations where id > 2");
    let selftest = get(&world, "selftest").await;
    assert_eq!(
        (&selftest["ok"], failing(&selftest)),
        (&json!(false), vec!["database"])
    );
    world.check().await;
}

/// This version needs the newest migration.
#[test]
fn the_selftest_knows_the_newest_migration() {
    let migrations = super::world::migrations();
    assert_eq!(migrations.last().unwrap().0, atelier::service::MIGRATION);
}

#[tokio::test]
async fn admin_routes_need_the_operators_token() {
    let world = World::new();
    let ada = world.user("ada").await;
    for path in ["jobs", "overview", "selftest"] {
        assert_eq!(ada.get(&format!("/v1/admin/{path}")).await.status, 401);
    }
    for query in [
        "state=queued",
        "stale=1",
        "limit=0",
        "cursor=x",
        "account=ada",
    ] {
        let path = format!("/v1/admin/jobs?{query}");
        let refused = world
            .call(Method::GET, &path, ADMIN_TOKEN, &Value::Null)
            .await;
        assert_eq!(refused.status, 422, "{query}");
    }
    world.check().await;
}
