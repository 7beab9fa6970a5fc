//! Balances and history, and credits that cannot be spent twice.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use super::case::Case;
use super::provider_faults::assert_completed;
use super::settings::{MAX_OPEN_JOBS, PRICE, WELCOME};
use super::user::{User, id_of};

/// The answer to a grant of this many credits to a user.
fn grant(user: &User, credits: u64, reference: &str, expires_at: Option<&str>) -> Value {
    let reference = format!("{reference} of {}", user.name);
    json!({"account": user.name, "credits": credits, "kind": "paid", "reference": reference, "expires_at": expires_at})
}

pub(crate) async fn twenty_requests_on_credits_for_one_are_one_job(case: Case) {
    let user = case.pauper();
    case.system
        .grant(&grant(&user, PRICE, "once", None))
        .await
        .ok(201);
    let generation = user.generation("").await;
    let answers = join_all((0..20).map(|_| user.generate(&generation))).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 202);
    assert_eq!((taken.len(), refused.len()), (1, 19));
    for answer in refused {
        let problem = answer.problem(402, "insufficient_credits");
        assert_eq!(
            (&problem["needed"], &problem["available"]),
            (&json!(PRICE), &json!(0)),
            "{problem}"
        );
    }
    assert_completed(&user.followed(&id_of(&taken[0].json())).await, PRICE, 0);
    case.task(&user);
    user.has(0).await;
}

pub(crate) async fn as_many_jobs_as_allowed_are_open_at_once(case: Case) {
    let user = case.user().await;
    let generation = user.generation("#slow").await;
    let answers = join_all((0..=MAX_OPEN_JOBS).map(|_| user.generate(&generation))).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 202);
    assert_eq!(refused.len(), 1);
    let problem = refused[0].problem(429, "too_many_open_jobs");
    assert_eq!(problem["limit"], MAX_OPEN_JOBS, "{problem}");
    assert!(refused[0].header("retry-after").is_some());
    let task_ids = case.tasks_of(&user, taken.len()).await;
    for id in task_ids {
        case.system.emulator.complete(&id).await.unwrap();
    }
    for answer in taken {
        assert_completed(&user.followed(&id_of(&answer.json())).await, PRICE, 0);
    }
    user.has(WELCOME - MAX_OPEN_JOBS * PRICE).await;
}

pub(crate) async fn credits_and_their_history_agree(case: Case) {
    let user = case.user().await;
    let granted = grant(&user, 7, "bought", None);
    let package = case.system.grant(&granted).await.ok(201)["package"].clone();
    let job = user.generated("").await;
    let credits = user.credits().await;
    assert_eq!(
        (&credits["available"], &credits["held"]),
        (&json!(WELCOME + 7 - PRICE), &json!(0)),
        "{credits}"
    );
    let packages = credits["packages"].as_array().unwrap();
    // Promotional credits are consumed before bought ones.
    let promo = packages
        .iter()
        .find(|package| package["kind"] == "promo")
        .unwrap();
    assert_eq!(
        (&promo["spent"], &promo["remaining"]),
        (&json!(PRICE), &json!(WELCOME - PRICE)),
        "{credits}"
    );
    assert!(packages.contains(&package), "{credits}");

    let history = user.get("/v1/credits/history").await.ok(200);
    let entries = history["entries"].as_array().unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["settle", "freeze", "grant", "grant"]);
    assert_eq!(
        (&entries[0]["job"], &entries[1]["job"]),
        (&job["id"], &job["id"])
    );
    assert_eq!(
        (&entries[0]["package"], &entries[1]["package"]),
        (&promo["id"], &promo["id"])
    );
    assert_eq!(
        (&entries[0]["remaining_after"], &entries[0]["held_after"]),
        (&promo["remaining"], &json!(0))
    );
    assert_eq!(history["next_cursor"], Value::Null);
}

pub(crate) async fn history_comes_in_pages(case: Case) {
    let user = case.user().await;
    for number in 1..=6 {
        case.system
            .grant(&grant(&user, number, &number.to_string(), None))
            .await
            .ok(201);
    }
    let (mut pages, mut path) = (Vec::new(), "/v1/credits/history?limit=3".to_owned());
    loop {
        let page = user.get(&path).await.ok(200);
        let entries = page["entries"].as_array().unwrap();
        pages.push(
            entries
                .iter()
                .map(|entry| entry["seq"].as_u64().unwrap())
                .collect::<Vec<_>>(),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/credits/history?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(pages, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    user.has(WELCOME + 21).await;
}

pub(crate) async fn credits_that_expire_first_are_spent_first(case: Case) {
    let user = case.pauper();
    let mut packages = Vec::new();
    for (name, credits, expires_at) in [
        ("never", 3, None),
        ("later", 3, Some("2099-02-01T00:00:00Z")),
        ("sooner", 3, Some("2099-01-01T00:00:00Z")),
    ] {
        let granted = case
            .system
            .grant(&grant(&user, credits, name, expires_at))
            .await;
        packages.push(granted.ok(201)["package"]["id"].clone());
    }
    let job = user.generated("").await;
    assert_completed(&job, PRICE, 0);
    let receipt = job["receipt"].as_array().unwrap();
    let taken: Vec<_> = receipt
        .iter()
        .map(|line| (&line["package"], line["credits"].as_u64().unwrap()))
        .collect();
    assert_eq!(taken, [(&packages[2], 3), (&packages[1], 1)]);
    let ids: BTreeSet<_> = packages.iter().map(Value::to_string).collect();
    assert_eq!(ids.len(), 3);
    user.has(9 - PRICE).await;
}
