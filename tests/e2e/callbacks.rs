//! Callbacks that are repeated, late, or forged.

use atelier_emulator::CallbackKind;
use serde_json::{Value, json};

use super::books;
use super::case::Case;
use super::provider_faults::{assert_completed, movements};
use super::settings::{PRICE, WELCOME};
use super::user::{User, id_of};

/// A completed job, after all callbacks that its provider sends by itself.
async fn completed(case: &Case, hashtags: &str) -> (User, Value) {
    let user = case.user().await;
    let id = user.requested(hashtags).await;
    assert_completed(&user.followed(&id).await, PRICE, 0);
    case.said(&user).await;
    let job = user.job(&id).await;
    (user, job)
}

/// Checks that a job was charged once, and has the provider's picture.
async fn is_charged_once(case: &Case, user: &User, job: &Value) {
    assert_completed(job, PRICE, 0);
    assert_eq!(
        user.movements().await,
        movements(&[("grant", WELCOME), ("freeze", PRICE), ("settle", PRICE)])
    );
    let made = case.system.emulator.result_bytes(&case.task(user).id);
    let shown = user.get(job["images"][0]["url"].as_str().unwrap()).await;
    assert_eq!(shown.bytes, made[0], "{job}");
}

/// The answer to `callback`, which must move nothing.
async fn moves_nothing(
    case: &Case,
    user: &User,
    job: &Value,
    callback: impl Future<Output = u16>,
) -> u16 {
    let state = case.system.workshop.state();
    let before = books::journal(&state, &user.name);
    let status = callback.await;
    assert_eq!(books::journal(&state, &user.name), before);
    assert_eq!(&user.job(&id_of(job)).await, job);
    status
}

async fn statuses(case: &Case, user: &User, kind: CallbackKind) -> Vec<u16> {
    let mut said = case.said(user).await;
    said.retain(|callback| callback.kind == kind);
    said.into_iter()
        .map(|callback| callback.outcome.expect("an answer"))
        .collect()
}

pub(crate) async fn three_callbacks_are_one_completion(case: Case) {
    let (user, job) = completed(&case, "#dup").await;
    assert_eq!(
        statuses(&case, &user, CallbackKind::Terminal).await,
        [200, 200, 200]
    );
    is_charged_once(&case, &user, &job).await;
}

pub(crate) async fn a_second_callback_moves_nothing(case: Case) {
    let (user, job) = completed(&case, "").await;
    let id = case.task(&user).id;
    let again = async { case.system.emulator.redeliver(&id).await.unwrap() };
    assert_eq!(moves_nothing(&case, &user, &job, again).await, 200);
    is_charged_once(&case, &user, &job).await;
}

pub(crate) async fn a_wrong_token_is_refused(case: Case) {
    let (user, job) = completed(&case, "").await;
    let task = case.task(&user);
    let url = task.callback_url.unwrap();
    let token = url.rsplit('/').next().unwrap();
    let body = json!({"id": task.id, "status": "failed"});
    let last = if token.ends_with('A') { "B" } else { "A" };
    let (start, middle) = (&token[1..], &token[..token.len() - 1]);
    for wrong in [
        format!("{middle}{last}"),
        format!("B{start}"),
        format!("{token}AAAA"),
        "token".into(),
    ] {
        let url = url.replace(token, &wrong);
        let sent = async {
            case.system
                .emulator
                .send_callback(&url, body.clone())
                .await
                .unwrap()
        };
        assert_eq!(
            moves_nothing(&case, &user, &job, sent).await,
            401,
            "{wrong}"
        );
    }
    let url = url.replace("/evolink/", "/fal/");
    let sent = async {
        case.system
            .emulator
            .send_callback(&url, body)
            .await
            .unwrap()
    };
    assert_eq!(moves_nothing(&case, &user, &job, sent).await, 401);
}

pub(crate) async fn a_failure_after_the_completion_moves_nothing(case: Case) {
    let (user, job) = completed(&case, "").await;
    let task = case.task(&user);
    let emulator = &case.system.emulator;
    let lie = json!({"id": task.id, "status": "failed", "error": {"code": "service_error", "message": "no"}});
    let url = task.callback_url.unwrap();
    let sent = async { emulator.send_callback(&url, lie).await.unwrap() };
    assert_eq!(moves_nothing(&case, &user, &job, sent).await, 200);
    assert_eq!(
        books::anomalies(&case.system.workshop.state(), &user.name),
        Vec::<String>::new()
    );

    // Now the provider contradicts itself.
    emulator.fail(&task.id, "service_error").await.unwrap();
    let sent = async { emulator.redeliver(&task.id).await.unwrap() };
    assert_eq!(moves_nothing(&case, &user, &job, sent).await, 200);
    assert_eq!(
        books::anomalies(&case.system.workshop.state(), &user.name),
        ["failed after completed"]
    );
}

pub(crate) async fn a_contradiction_moves_nothing(case: Case) {
    let (user, job) = completed(&case, "#reorder").await;
    assert_eq!(
        statuses(&case, &user, CallbackKind::Contradiction).await,
        [200]
    );
    is_charged_once(&case, &user, &job).await;
}

pub(crate) async fn forgeries_move_nothing(case: Case) {
    let (user, job) = completed(&case, "#forged").await;
    assert_eq!(
        statuses(&case, &user, CallbackKind::Forged).await,
        [401, 200, 200]
    );
    is_charged_once(&case, &user, &job).await;
}

pub(crate) async fn progress_moves_no_credits(case: Case) {
    let (user, job) = completed(&case, "#progress").await;
    assert_eq!(
        statuses(&case, &user, CallbackKind::Progress).await,
        [200, 200]
    );
    is_charged_once(&case, &user, &job).await;
}
