//! Charging and freezing: races, retries, and prices.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use super::world::{Create, Vendor, When, World, config, configured, model};

/// Seen in [QuantumNous/new-api #6609](https://github.com/QuantumNous/new-api/issues/6609),
/// [wasp-lang/open-saas #727](https://github.com/wasp-lang/open-saas/issues/727) and [pollinations/pollinations
/// #10752](https://github.com/pollinations/pollinations/issues/10752).
#[tokio::test]
async fn of_twenty_concurrent_requests_on_credits_for_one_only_one_starts() {
    for seed in 0..10 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 4).await;
        let request = ada.request().await;
        world.pauses.shuffle(seed);
        let mut answers = join_all((0..20).map(|_| ada.generate(&request))).await;
        answers.sort_by_key(|answer| answer.status);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [vec![202], vec![402; 19]].concat());
        let refused = &answers[1];
        assert_eq!(refused.code(), "insufficient_credits");
        assert_eq!(
            (&refused.body["needed"], &refused.body["available"]),
            (&json!(4), &json!(0))
        );
        world.run_background().await;
        assert_eq!(ada.credits().await, (0, 4));
        assert_eq!(
            world.went_out(),
            ["create task-1 at evolink.test: 2 pictures"]
        );
        world.check().await;
    }
}

/// The same race without a shared object: every request gets its own object, which has no state
/// yet.
///
/// Seen in [QuantumNous/new-api #6609](https://github.com/QuantumNous/new-api/issues/6609),
/// [wasp-lang/open-saas #727](https://github.com/wasp-lang/open-saas/issues/727) and [pollinations/pollinations
/// #10752](https://github.com/pollinations/pollinations/issues/10752).
#[tokio::test]
async fn the_database_alone_refuses_to_spend_twice() {
    for seed in 0..10 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 4).await;
        let request = ada.request().await;
        world.pauses.shuffle(seed);
        let account = World::account("ada");
        let one = async {
            world
                .accounts
                .install(account, world.accounts.another(account));
            ada.generate(&request).await.status
        };
        let two = async {
            world
                .accounts
                .install(account, world.accounts.another(account));
            ada.generate(&request).await.status
        };
        let three = async {
            world
                .accounts
                .install(account, world.accounts.another(account));
            ada.generate(&request).await.status
        };
        let (one, two, three) = futures::join!(one, two, three);
        let mut statuses = [one, two, three];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 402, 402]);
        world.run_background().await;
        assert_eq!(
            world.went_out(),
            ["create task-1 at evolink.test: 2 pictures"]
        );
        world.check().await;
    }
}

/// Seen in [wasp-lang/open-saas #728](https://github.com/wasp-lang/open-saas/issues/728) and the source of
/// `ShipAny` and photo-ai.
#[tokio::test]
async fn without_credits_no_request_goes_out_and_no_row_remains() {
    let world = World::new();
    let ada = world.user("ada").await;
    let request = ada.request().await;
    let refused = ada.generate(&request).await;
    assert_eq!(
        (refused.status, refused.code()),
        (402, "insufficient_credits")
    );
    world.run_background().await;
    for table in ["jobs", "holds", "hold_items", "attempts", "journal"] {
        assert!(
            world
                .database
                .query(&format!("select * from {table}"))
                .is_empty(),
            "{table}"
        );
    }
    assert!(world.went_out().is_empty());
    world.check().await;
}

/// Seen in the source of VOVV and `ShipAny`.
#[tokio::test]
async fn one_key_is_one_job_however_often_it_is_sent() {
    for seed in 0..10 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let request = ada.request().await;
        world.pauses.shuffle(seed);
        let answers = join_all((0..5).map(|_| ada.generate_as("k", &request))).await;
        let id = answers[0].id();
        for answer in &answers {
            assert_eq!((answer.status, answer.id()), (202, id.clone()));
            assert_eq!(answer.body["receipt"], answers[0].body["receipt"]);
        }
        world.run_background().await;
        world.tick(Duration::from_hours(1));
        let later = ada.generate_as("k", &request).await;
        assert_eq!(
            (later.status, later.id(), &later.body["status"]),
            (202, id.clone(), &json!("running"))
        );
        let other = json!({"photo": request["photo"], "prompt": "a red coat"});
        let refused = ada.generate_as("k", &other).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "idempotency_mismatch")
        );
        world.run_background().await;
        assert_eq!(ada.credits().await, (16, 4));
        assert_eq!(
            world.went_out(),
            ["create task-1 at evolink.test: 2 pictures"]
        );
        world.check().await;
    }
}

/// Seen in the source of VOVV and `ShipAny`.
#[tokio::test]
async fn the_key_of_a_failed_job_returns_that_job_even_without_credits() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let request = ada.request().await;
    let id = ada.generate_as("k", &request).await.id();
    world.run_background().await;
    world
        .outside
        .set("task-1", super::world::Task::Failed("internal_error"));
    assert_eq!(world.callback("task-1").await, 200);
    let again = ada.generate_as("k", &request).await;
    assert_eq!(
        (again.status, again.id(), &again.body["status"]),
        (202, id.clone(), &json!("failed"))
    );
    // Another job takes all credits; the key still returns its job, and not a lack of credits.
    ada.open_job().await;
    let again = ada.generate_as("k", &request).await;
    assert_eq!((again.status, again.id()), (202, id));
    let other = json!({"photo": request["photo"], "prompt": "a red coat"});
    assert_eq!(
        ada.generate_as("k", &other).await.code(),
        "idempotency_mismatch"
    );
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 2);
    world.check().await;
}

/// The answer is lost between the account and the request. The client is told to retry, and with
/// its key it finds the job, which is dispatched once.
#[tokio::test]
async fn a_client_whose_answer_was_lost_retries_and_finds_its_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    world.accounts.lose(1, 1, When::After);
    let lost = ada.generate_as("k", &request).await;
    assert_eq!((lost.status, lost.code()), (503, "ledger_unavailable"));
    assert!(lost.headers.contains_key("retry-after"));
    let again = ada.generate_as("k", &request).await;
    assert_eq!(
        (again.status, again.id()),
        (202, ada.generate_as("k", &request).await.id())
    );
    world.run_background().await;
    assert_eq!(ada.status(&again.id()).await, "running");
    assert_eq!(ada.credits().await, (16, 4));
    assert_eq!(world.went_out().len(), 1);
    world.check().await;
}

/// The same without a key: a retry is another job, so the one that nobody knows of ends at once,
/// and returns its credits and its slot.
#[tokio::test]
async fn without_a_key_a_job_whose_answer_was_lost_ends_at_once() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let request = ada.request().await;
    for when in [When::Before, When::After] {
        world.accounts.lose(1, 1, when);
        assert_eq!(ada.generate(&request).await.status, 503);
        world.run_background().await;
        assert_eq!(ada.credits().await, (4, 0));
    }
    assert!(world.went_out().is_empty());
    assert_eq!(ada.generate(&request).await.status, 202);
    world.check().await;
}

/// The database's answer is lost after the commit: the object reads, finds its own job, and
/// continues.
#[tokio::test]
async fn after_a_lost_database_answer_the_object_finds_its_own_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let request = ada.request().await;
    world.database.lose(1, 1, When::After);
    let answer = ada.generate(&request).await;
    assert_eq!(
        (
            answer.status,
            &answer.body["receipt"][0]["remaining_before"]
        ),
        (202, &json!(4))
    );
    world.run_background().await;
    assert_eq!(ada.status(&answer.id()).await, "running");
    assert_eq!(ada.credits().await, (0, 4));
    assert_eq!(
        world.went_out(),
        ["create task-1 at evolink.test: 2 pictures"]
    );
    world.check().await;
}

/// Seen in [pollinations/pollinations #9125](https://github.com/pollinations/pollinations/issues/9125).
#[tokio::test]
async fn another_users_key_and_request_are_another_job() {
    let world = World::new();
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    world.grant("ada", 4).await;
    world.grant("bob", 4).await;
    let mine = ada.request().await;
    let hers = ada.generate_as("k", &mine).await;
    // He can neither use her uploads nor find her job.
    let refused = bob.generate_as("k", &mine).await;
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["field"]),
        (422, &json!("garment"))
    );
    let his = bob.generate_as("k", &bob.request().await).await;
    assert_ne!(hers.id(), his.id());
    assert_eq!(
        bob.get(&format!("/v1/jobs/{}", hers.id())).await.status,
        404
    );
    assert_eq!(bob.cancel(&hers.id()).await.status, 404);
    world.run_background().await;
    assert_eq!((ada.credits().await, bob.credits().await), ((0, 4), (0, 4)));
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "create task-2 at evolink.test: 2 pictures"
        ]
    );
    world.check().await;
}

/// A job frozen at 4 is settled at 4, although the model costs 8 by then.
///
/// Seen in [QuantumNous/new-api #6172](https://github.com/QuantumNous/new-api/issues/6172) and
/// [comfyanonymous/ComfyUI #8779](https://github.com/comfyanonymous/ComfyUI/issues/8779).
#[tokio::test]
async fn the_price_is_the_one_that_was_quoted() {
    let at_price = |price| {
        let vendor = Vendor {
            name: "evolink",
            models: model("evolink", "evolink/nano-banana-2", price, 1),
            signs: false,
        };
        let mut config = config();
        config.providers = vec![vendor.config()];
        config
    };
    let world = World::with(at_price(4));
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.deploy(at_price(8));
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    ada.open_job().await;
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "settle 4 of A: 16 left, 0 held",
            "freeze 8 of A: 8 left, 8 held",
        ]
    );
    world.check().await;
}

/// With credits for three jobs, three of ten concurrent requests start; the limit of open jobs is
/// higher.
///
/// Seen in [openstory-so/openstory #1310](https://github.com/openstory-so/openstory/issues/1310).
#[tokio::test]
async fn only_as_many_jobs_start_as_there_are_credits_for() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 14).await;
    let request = ada.request().await;
    let mut statuses: Vec<_> = join_all((0..10).map(|_| ada.generate(&request)))
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![202; 3], vec![402; 7]].concat());
    world.run_background().await;
    assert_eq!(ada.credits().await, (2, 12));
    assert_eq!(world.went_out().len(), 3);
    world.check().await;
}

#[tokio::test]
async fn a_fifth_open_job_is_too_many_until_one_is_over() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    let request = ada.request().await;
    let first = ada.generate(&request).await.id();
    for _ in 0..3 {
        assert_eq!(ada.generate(&request).await.status, 202);
    }
    let refused = ada.generate(&request).await;
    assert_eq!(
        (refused.status, refused.code()),
        (429, "too_many_open_jobs")
    );
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(ada.cancel(&first).await.status, 200);
    // Its provider may have it.
    assert_eq!(ada.generate(&request).await.status, 429);
    world.outside.next_creates([Create::Answer(400, "{}")]);
    world.background.next().unwrap().await;
    assert_eq!(ada.generate(&request).await.status, 202);
    assert_eq!(ada.credits().await, (84, 16));
    world.check().await;
}

/// The models may change between a request and its retry, which still finds its job.
///
/// Seen in the source of VOVV and `ShipAny`.
#[tokio::test]
async fn a_retry_finds_its_job_after_its_model_is_withdrawn() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let mut request = ada.request().await;
    request["model"] = json!("evolink/nano-banana-2");
    let first = ada.generate_as("k", &request).await;
    world.run_background().await;
    world.deploy(configured(&[
        ("PROVIDER".into(), "kie".into()),
        ("KIE_API_KEY".into(), "key".into()),
        ("KIE_BASE_URL".into(), "https://kie.test".into()),
        ("KIE_WEBHOOK_SECRET".into(), "key".into()),
    ]));
    let again = ada.generate_as("k", &request).await;
    assert_eq!((again.status, again.id()), (202, first.id()));
    request["prompt"] = json!("in red");
    let other = ada.generate_as("k", &request).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_mismatch"));
    let new = ada.generate_as("another", &request).await;
    assert_eq!((new.status, new.code()), (422, "invalid_request"));
    world.check().await;
}
