//! A repeated request is not carried out again.

use futures::future::join_all;
use serde_json::json;

use super::case::Case;
use super::provider_faults::{assert_completed, movements};
use super::settings::{PRICE, WELCOME};
use super::user::id_of;

pub(crate) async fn a_key_is_one_job_however_often_it_is_sent(case: Case) {
    let user = case.user().await;
    let generation = user.generation("").await;
    let answers = join_all((0..5).map(|_| user.generate_under_key("once", &generation))).await;
    let jobs: Vec<_> = answers
        .iter()
        .map(|answer| id_of(&answer.ok(202)))
        .collect();
    assert!(jobs.iter().all(|job| *job == jobs[0]), "{jobs:?}");
    assert_completed(&user.followed(&jobs[0]).await, PRICE, 0);
    // Also when it is over.
    let again = user.generate_under_key("once", &generation).await.ok(202);
    assert_completed(&again, PRICE, 0);
    assert_eq!(id_of(&again), jobs[0]);
    assert_eq!(
        user.movements().await,
        movements(&[("grant", WELCOME), ("freeze", PRICE), ("settle", PRICE)])
    );
    case.task(&user);
}

pub(crate) async fn a_key_with_another_body_is_refused(case: Case) {
    let user = case.user().await;
    let mut generation = user.generation("").await;
    let id = id_of(&user.generate_under_key("once", &generation).await.ok(202));
    let first = generation.clone();
    generation["aspect_ratio"] = json!("1:1");
    user.generate_under_key("once", &generation)
        .await
        .problem(422, "idempotency_mismatch");
    assert_completed(&user.followed(&id).await, PRICE, 0);
    user.generate_under_key("once", &generation)
        .await
        .problem(422, "idempotency_mismatch");
    // A key belongs to its account: another user's request with it is another job.
    let other = case.user().await;
    let theirs = other
        .generate_under_key("once", &other.generation("").await)
        .await
        .ok(202);
    assert_ne!(id_of(&theirs), id);
    assert_completed(&other.followed(&id_of(&theirs)).await, PRICE, 0);
    assert_eq!(
        id_of(&user.generate_under_key("once", &first).await.ok(202)),
        id
    );
    case.task(&user);
    user.has(WELCOME - PRICE).await;
}

pub(crate) async fn a_grant_is_made_once(case: Case) {
    let user = case.pauper();
    let reference = format!("payment of {}", user.name);
    let grant = json!({"account": user.name, "credits": 5, "kind": "paid", "reference": reference});
    let answers = join_all((0..5).map(|_| case.system.grant(&grant))).await;
    let first = answers[0].ok(201);
    assert_eq!(first["receipt"][0]["credits"], 5, "{first}");
    for answer in &answers {
        assert_eq!(answer.ok(201), first);
    }
    let other_name = case.new_name();
    for (field, value) in [
        ("credits", json!(6)),
        ("kind", json!("promo")),
        ("expires_at", json!("2099-01-01T00:00:00Z")),
        ("account", json!(other_name)),
    ] {
        let mut other = grant.clone();
        other[field] = value;
        case.system
            .grant(&other)
            .await
            .problem(422, "idempotency_mismatch");
    }
    assert_eq!(user.movements().await, movements(&[("grant", 5)]));
    user.has(5).await;
}
