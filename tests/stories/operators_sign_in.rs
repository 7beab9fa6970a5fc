//! Operators who sign in: by an address that their sign-in proves, and not for long.

use std::time::Duration;

use serde_json::json;

use super::sign_in::deployment;
use super::world::{ADMIN_TOKEN, Browser};

#[tokio::test]
async fn an_operator_is_who_proves_an_operators_address() {
    let world = deployment(&[("OPERATORS", "grace@example.com, ops@example.org")]);
    let (grace, ada) = (
        Browser::at(&world, "203.0.113.7"),
        Browser::at(&world, "198.51.100.1"),
    );
    grace.sign_in("Grace@example.com").await;
    ada.sign_in("ada@example.com").await;
    assert_eq!(grace.get("/v1/me").await.body["is_operator"], true);
    assert_eq!(grace.get("/v1/admin/overview").await.status, 200);
    let refused = ada.get("/v1/admin/overview").await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden"));
    assert_eq!(
        Browser::at(&world, "192.0.2.1")
            .get("/v1/admin/overview")
            .await
            .status,
        401
    );
    let account = ada.account().await;
    let grant = json!({"account": account, "credits": 5, "kind": "promo", "reference": "sorry-1"});
    let granted = grace.post("/v1/admin/grants", &grant).await;
    assert_eq!(granted.status, 201, "{}", granted.body);
    let package = granted.body["package"]["id"].clone();
    let clawback = json!({"account": account, "package": package, "credits": 2, "reason": "a mistake", "reference": "c-1"});
    assert_eq!(
        grace.post("/v1/admin/clawbacks", &clawback).await.status,
        201
    );
    // Another operator's repetition is the same clawback.
    let again = world
        .call(
            http::Method::POST,
            "/v1/admin/clawbacks",
            ADMIN_TOKEN,
            &clawback,
        )
        .await;
    assert_eq!(again.status, 201);
    let by = world
        .database
        .query("select granted_by from packages where reference = 'sorry-1'");
    assert_eq!(by, [json!({"granted_by": "grace@example.com"})]);
    let by = world.database.query("select operator from clawbacks");
    assert_eq!(by, [json!({"operator": "grace@example.com"})]);
    let welcome = world
        .database
        .query("select granted_by from packages where reference like 'welcome:%' limit 1");
    assert_eq!(welcome, [json!({"granted_by": null})]);
    // Another site moves nobody's credits.
    assert_eq!(
        grace
            .on_another_site()
            .post("/v1/admin/grants", &grant)
            .await
            .status,
        403
    );
    world.check().await;
}

#[tokio::test]
async fn what_moves_credits_takes_a_sign_in_of_the_last_twelve_hours() {
    let world = deployment(&[("OPERATORS", "grace@example.com")]);
    let grace = Browser::at(&world, "203.0.113.7");
    grace.sign_in("grace@example.com").await;
    let account = grace.account().await;
    let grant = json!({"account": account, "credits": 5, "kind": "promo", "reference": "r-1"});
    let block = format!("/v1/admin/accounts/{account}/block");
    world.tick(Duration::from_hours(12));
    assert_eq!(grace.post("/v1/admin/grants", &grant).await.status, 201);
    world.tick(Duration::from_secs(1));
    for (path, body) in [
        ("/v1/admin/grants", &grant),
        (
            "/v1/admin/clawbacks",
            &json!({"account": account, "package": "pkg_01M7VZGC000000000000000007", "credits": 1, "reason": "x", "reference": "c"}),
        ),
        (&block, &json!({"reason": "x"})),
    ] {
        let refused = grace.post(path, body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (403, "forbidden"),
            "{path}"
        );
    }
    assert_eq!(grace.delete(&block).await.status, 403);
    assert_eq!(grace.get("/v1/admin/overview").await.status, 200);
    grace.sign_in("grace@example.com").await;
    assert_eq!(grace.post("/v1/admin/grants", &grant).await.status, 201);
    // The list is read anew with each deployment.
    world.deploy(super::sign_in::configuration(&[]));
    assert_eq!(grace.get("/v1/admin/overview").await.status, 403);
    assert_eq!(grace.get("/v1/me").await.body["is_operator"], json!(false));
    world.check().await;
}
