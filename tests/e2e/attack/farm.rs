//! One account that tries to get more than its credits pay for.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;

use super::super::case::{Case, until};
use super::super::pictures;
use super::super::settings::{PRICE, WELCOME};
use super::super::user::id_of;
use super::{few_or, tell};

/// The provider takes 0.6 s to answer, and cannot cancel. Canceling a job while it is being submitted is free
/// only if nothing is made.
pub(crate) async fn jobs_canceled_at_once_are_charged_or_never_made(case: Case) {
    let user = case.user().await;
    let generation = user.generation("#lagging").await;
    let mut answers = BTreeMap::new();
    let mut jobs = Vec::new();
    for _ in 0..few_or(40, 8) {
        let answer = user.generate(&generation).await;
        *answers.entry(answer.status).or_insert(0) += 1;
        if answer.status == 202 {
            let id = id_of(&answer.json());
            user.cancel(&id).await;
            jobs.push(id);
        }
    }
    assert!(!jobs.is_empty(), "{answers:?}");
    let ends = join_all(jobs.iter().map(|id| user.followed_by_the_reconciler(id))).await;
    let paid: u64 = ends
        .iter()
        .map(|job| job["credits"]["paid"].as_u64().unwrap())
        .sum();
    let made = u64::try_from(case.tasks(&user).len()).unwrap();
    tell(&format!(
        "{} jobs canceled at once: {answers:?}; the provider made {made}, {paid} credits were charged for them",
        jobs.len()
    ));
    assert_eq!(paid, made * PRICE, "{ends:?}");
    user.has(WELCOME - paid).await;
}

/// All uploads come at once, so that each could be the last allowed one.
pub(crate) async fn concurrent_uploads_stop_at_the_daily_limit(case: Case) {
    let limit = usize::try_from(super::super::settings::MAX_UPLOADS_PER_DAY).unwrap();
    let user = case.user().await;
    let picture = pictures::small([9, 9, 9, 255]);
    let tries = few_or(1000, limit + 10);
    let mut taken = 0;
    let mut refused = 0;
    for burst in (0..tries).collect::<Vec<_>>().chunks(50) {
        let answers = join_all(burst.iter().map(|_| user.upload(picture.clone()))).await;
        for answer in answers {
            if answer.status == 201 {
                taken += 1;
            } else {
                answer.problem(429, "rate_limited");
                assert!(answer.header("retry-after").is_some(), "{answer}");
                refused += 1;
            }
        }
    }
    tell(&format!(
        "{tries} uploads: {taken} taken, {refused} refused"
    ));
    assert_eq!((taken, refused), (limit, tries - limit));
    // Another user's limit is not used up.
    case.user().await.uploaded(picture).await;
    let limits = user.get("/v1/me").await.ok(200)["limits"].clone();
    let uploads = until("the limit is told", async || {
        let limits = limits.as_array().unwrap().iter();
        limits
            .clone()
            .find(|limit| limit["name"] == "uploads_per_day")
            .cloned()
    });
    let uploads = uploads.await;
    assert_eq!(
        (&uploads["limit"], &uploads["used"]),
        (&json!(limit), &json!(limit)),
        "{uploads}"
    );
}
