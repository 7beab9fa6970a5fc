//! Clawbacks by operators, and the journal as operators read it.

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, Answer, Create, When, World, configured};

async fn claw_back(world: &World, package: &Value, credits: u64, reference: &str) -> Answer {
    let body = json!({
        "account": "ada", "package": package["id"], "credits": credits, "reason": "charged back",
        "reference": reference,
    });
    let path = "/v1/admin/clawbacks";
    world.call(Method::POST, path, ADMIN_TOKEN, &body).await
}

/// Seen in [anomalyco/opencode #28398](https://github.com/anomalyco/opencode/issues/28398),
/// [octopusreview/octopus #577](https://github.com/octopusreview/octopus/pull/577) and [managoat/fountain
/// #1131](https://github.com/managoat/fountain/pull/1131).
#[tokio::test]
async fn a_clawback_takes_what_remains_and_nothing_that_is_held_or_spent() {
    let world = World::new();
    let ada = world.user("ada").await;
    let package = world.grant("ada", 10).await;
    ada.open_job().await;
    let too_much = claw_back(&world, &package, 7, "c-1").await;
    assert_eq!((too_much.status, too_much.code()), (422, "invalid_request"));
    let done = claw_back(&world, &package, 6, "c-1").await;
    assert_eq!(done.status, 201);
    assert_eq!(done.body["receipt"][0]["remaining_before"], 6);
    assert_eq!(done.body["receipt"][0]["remaining_after"], 0);
    assert_eq!(ada.credits().await, (0, 4));
    assert_eq!(
        ada.journal().await[2..],
        ["clawback 6 of A: 0 left, 4 held"]
    );
    world.check().await;
}

/// Seen in [anomalyco/opencode #28398](https://github.com/anomalyco/opencode/issues/28398),
/// [octopusreview/octopus #577](https://github.com/octopusreview/octopus/pull/577) and [managoat/fountain
/// #1131](https://github.com/managoat/fountain/pull/1131).
#[tokio::test]
async fn a_repeated_clawback_is_the_same_clawback() {
    for when in [When::Before, When::After] {
        let world = World::new();
        let ada = world.user("ada").await;
        let package = world.grant("ada", 10).await;
        world.database.lose(1, 9, when);
        assert_eq!(claw_back(&world, &package, 3, "c-1").await.status, 503);
        world.database.heal();
        let first = claw_back(&world, &package, 3, "c-1").await;
        assert_eq!(first.status, 201);
        assert_eq!(claw_back(&world, &package, 3, "c-1").await.body, first.body);
        let other = claw_back(&world, &package, 4, "c-1").await;
        assert_eq!((other.status, other.code()), (422, "idempotency_mismatch"));
        assert_eq!(ada.credits().await, (7, 0));
        world.check().await;
    }
}

#[tokio::test]
async fn a_clawback_needs_a_package_of_the_account_and_a_reason() {
    let world = World::new();
    world.user("ada").await;
    world.grant("ada", 10).await;
    let of_bob = world.grant("bob", 10).await;
    assert_eq!(claw_back(&world, &of_bob, 1, "c-1").await.status, 422);
    for (field, value) in [
        ("reason", json!("")),
        ("credits", json!(0)),
        ("package", json!("x")),
    ] {
        let mut body = json!({
            "account": "bob", "package": of_bob["id"], "credits": 1, "reason": "why", "reference": "c-1",
        });
        body[field] = value;
        let path = "/v1/admin/clawbacks";
        let refused = world.call(Method::POST, path, ADMIN_TOKEN, &body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_request"),
            "{field}"
        );
        assert_eq!(world.call(Method::POST, path, "", &body).await.status, 401);
    }
    world.check().await;
}

#[tokio::test]
async fn the_journal_exports_as_csv_to_its_last_row() {
    let none = |name: &str| (name.to_owned(), "0".to_owned());
    let limits = ["MAX_GENERATIONS_PER_MINUTE", "MAX_FAILED_PER_HOUR"];
    let world = World::with(configured(&limits.map(none)));
    let ada = world.user("ada").await;
    for _ in 0..3 {
        world.grant("ada", 300).await;
    }
    let request = ada.request().await;
    for round in 0..300 {
        let key = format!("k-{round}");
        assert_eq!(ada.generate_as(&key, &request).await.status, 202);
        world.outside.next_creates([Create::Answer(400, "{}")]);
        world.run_background().await;
    }
    let path = |after: &str| format!("/v1/admin/journal.csv?account=ada&after={after}");
    let mut rows = Vec::new();
    let mut after = String::from("0");
    loop {
        let page = world
            .call(Method::GET, &path(&after), ADMIN_TOKEN, &Value::Null)
            .await;
        assert_eq!(
            page.headers["content-type"],
            "text/csv; charset=utf-8; header=present"
        );
        let text = String::from_utf8(page.bytes.to_vec()).unwrap();
        let mut lines = text.split_terminator("\r\n").map(String::from);
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("seq,at,kind,amount,package,job,")
        );
        rows.extend(lines);
        match page.headers.get("x-next-cursor") {
            Some(next) => after = next.to_str().unwrap().into(),
            None => break,
        }
    }
    assert_eq!(rows.len(), 603);
    assert!(rows[602].starts_with("603,2"), "{}", rows[602]);
    assert_eq!(rows[602].split(',').count(), 10);
    assert_eq!(
        world
            .call(Method::GET, &path("0"), "", &Value::Null)
            .await
            .status,
        401
    );
    world.check().await;
}

/// Operators see accounts by their ids: a grant to an id credits that account, and not a new one of that
/// name.
#[tokio::test]
async fn credits_can_be_granted_by_account_id_but_only_to_an_existing_account() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 10).await;
    let grant = async |account: &str| {
        let body = json!({"account": account, "credits": 5, "kind": "paid", "reference": "r-2"});
        world
            .call(Method::POST, "/v1/admin/grants", ADMIN_TOKEN, &body)
            .await
    };
    let id = World::account("ada").to_string();
    let granted = grant(&id).await;
    assert_eq!(granted.status, 201);
    assert_eq!(grant("ada").await.body["package"], granted.body["package"]);
    assert_eq!(ada.credits().await, (15, 0));
    let nobody = grant(&World::account("nobody").to_string()).await;
    assert_eq!(nobody.body["errors"][0]["field"], "account");
    assert_eq!(world.database.number("select count(*) from accounts"), 1);
    world.check().await;
}

/// A misspelt name must not pass an audit.
#[tokio::test]
async fn an_unknown_account_has_no_journal_and_no_audit() {
    let world = World::new();
    world.user("ada").await;
    world.grant("ada", 10).await;
    for (account, accounts) in [("ada", 1), ("adda", 0)] {
        let path = format!("/v1/admin/audit?account={account}");
        let audit = world.call(Method::GET, &path, ADMIN_TOKEN, &Value::Null);
        let audit = audit.await;
        assert_eq!(
            (audit.status, &audit.body["accounts"]),
            (200, &json!(accounts))
        );
    }
    world.check().await;
}
