//! The Worker is killed again and again, while jobs are under way.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::books;
use super::super::case::Case;
use super::super::settings::{PRICE, WELCOME};
use super::super::user::User;
use super::{asked, few_or, tell};

/// How many users have a job under way at each kill.
const USERS: usize = 4;

/// Whatever was under way when the Worker was killed ends once, and is charged if and only if its picture is
/// stored.
pub(crate) async fn kills_under_load_lose_nothing(case: Case) {
    let kills = few_or(25, 2);
    let mut users = Vec::new();
    for kill in 0..kills {
        let mut round = Vec::new();
        for _ in 0..USERS {
            let user = case.user().await;
            let generation = user.generation("").await;
            round.push((user, generation));
        }
        let dying = async {
            // Spread over the life of a job: accepted, submitted, called back, stored.
            sleep(Duration::from_millis(
                40 * u64::try_from(kill % 25).unwrap(),
            ))
            .await;
            case.system.kill().await;
        };
        let asking = join_all(round.iter().map(|(user, generation)| {
            asked(user, "POST", "/v1/generate", |request| {
                request.json(generation)
            })
        }));
        futures::future::join(dying, asking).await;
        case.system.boot().await.unwrap();
        users.extend(round.into_iter().map(|(user, _)| user));
    }
    let mut counts = (0, 0, 0);
    // What neither a callback nor a poll can finish, the deadline ends.
    case.system.kill().await;
    books::expire_holds(&case.system.workshop.state());
    case.system.boot().await.unwrap();
    for user in &users {
        for id in jobs(user).await {
            let job = user.followed_by_the_reconciler(&id).await;
            match job["status"].as_str().unwrap() {
                "completed" => counts.0 += 1,
                "expired" => counts.1 += 1,
                _ => counts.2 += 1,
            }
        }
        let credits = user.credits().await;
        let paid: u64 = paid_by(user).await;
        assert_eq!(credits["available"], json!(WELCOME - paid), "{credits}");
        assert_eq!(credits["held"], json!(0), "{credits}");
        assert!(paid == 0 || paid == PRICE, "{paid}");
    }
    let (completed, expired, failed) = counts;
    tell(&format!(
        "{kills} kills with {} jobs asked for: {completed} completed, {expired} expired, {failed} failed",
        users.len()
    ));
}

async fn all_jobs(user: &User) -> Vec<Value> {
    let jobs = user.get("/v1/jobs").await.ok(200);
    jobs["jobs"].as_array().unwrap().clone()
}

async fn jobs(user: &User) -> Vec<String> {
    let jobs = all_jobs(user).await.into_iter();
    jobs.map(|job| job["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn paid_by(user: &User) -> u64 {
    let jobs = all_jobs(user).await.into_iter();
    jobs.map(|job| job["credits"]["paid"].as_u64().unwrap())
        .sum()
}
