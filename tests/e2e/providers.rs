//! Every provider in the riskiest scenarios, in its own wire format.

use atelier_emulator::{CallbackAttempt, CallbackKind, CreatedTask};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::case::{Case, TIMEOUT, until};
use super::pictures;
use super::provider_faults::{assert_credits, assert_over};
use super::settings::WELCOME;
use super::user::{User, id_of};

/// A provider as these tests use it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tested {
    pub(crate) name: &'static str,
    model: &'static str,
    /// The price of a picture, in credits.
    price: u64,
    /// Whether its callbacks are signed.
    signs: bool,
    /// Whether the signature covers the body.
    covers_the_body: bool,
    /// Whether it can be asked to stop.
    stops: bool,
}

const fn unsigned(name: &'static str, model: &'static str, price: u64) -> Tested {
    Tested {
        name,
        model,
        price,
        signs: false,
        covers_the_body: false,
        stops: false,
    }
}

const fn signed(name: &'static str, model: &'static str, price: u64, stops: bool) -> Tested {
    Tested {
        signs: true,
        covers_the_body: true,
        stops,
        ..unsigned(name, model, price)
    }
}

pub(crate) const TESTED: &[Tested] = &[
    unsigned("evolink", "evolink/nano-banana-2-lite", 4),
    signed("fal", "fal/nano-banana", 4, true),
    signed("replicate", "replicate/nano-banana", 4, true),
    unsigned("fashn", "fashn/tryon-v1.6", 7),
    signed("kling", "kling/kolors-v1-5", 6, false),
    Tested {
        covers_the_body: false,
        ..signed("kie", "kie/nano-banana-2.1", 4, false)
    },
    unsigned("runware", "runware/nano-banana-2.1", 4),
];

/// A scenario that is played with every provider.
pub(crate) type Scenario = fn(Case, Tested) -> futures::future::LocalBoxFuture<'static, ()>;

macro_rules! scenarios {
    ($doc:literal $list:ident: $($name:ident),+) => {
        #[doc = $doc]
        pub(crate) const $list: &[(&str, Scenario)] = &[
            $((stringify!($name), |case, tested| Box::pin($name(case, tested)))),+
        ];
    };
}

scenarios!["Scenarios that end by callbacks alone." SCENARIOS:
    a_person_gets_dressed,
    three_callbacks_are_one_completion,
    forgeries_move_nothing,
    a_contradiction_moves_nothing,
    a_callback_before_the_answer_completes,
    an_unanswered_submission_that_calls_back_completes,
    a_failure_costs_nothing,
    refused_content_says_so,
    odd_downloads_are_stored_byte_for_byte
];

scenarios!["Scenarios that need cron." WITH_CRON:
    the_reconciler_finishes_a_job_whose_callback_was_lost,
    bad_signatures_are_refused_and_the_reconciler_finishes,
    a_canceled_job_ends_once
];

/// A job of a new user at a provider. A model without a prompt gets the hashtags in the garment's
/// pixels.
async fn requested(case: &Case, tested: Tested, hashtags: &str) -> (User, String) {
    let user = case.user().await;
    let models = user.get("/v1/models").await.ok(200);
    let models = models["models"].as_array().unwrap();
    let model = models.iter().find(|model| model["id"] == tested.model);
    let model = model.unwrap_or_else(|| panic!("{} is not offered", tested.model));
    let takes_words = model["takes"]["prompt"] != "unsupported";
    let mut garment = pictures::of_size(300, 400, [200, 20, 20, 255]);
    let words = format!("{hashtags} for {}", user.name);
    if !takes_words {
        garment = atelier_emulator::label(&garment, hashtags).unwrap();
    }
    let photo = pictures::of_size(300, 400, [90, 110, 130, 255]);
    let mut generation = json!({
        "photo": user.uploaded(photo).await, "garment": user.uploaded(garment).await, "model": tested.model,
    });
    if takes_words {
        generation["prompt"] = json!(words);
    }
    let id = id_of(&user.generate(&generation).await.ok(202));
    (user, id)
}

/// The only task that the provider has of a job.
async fn task(case: &Case, job: &str) -> CreatedTask {
    let found = || {
        let mut tasks = case.system.emulator.created();
        tasks.retain(|task| {
            let url = task.callback_url.as_deref();
            url.is_some_and(|url| job_of(url) == job)
        });
        assert!(
            tasks.len() <= 1,
            "{job} was submitted more than once: {tasks:?}"
        );
        tasks.pop()
    };
    until("the provider has the task", async || found()).await
}

/// The job that a callback's URL is for, from its token.
fn job_of(url: &str) -> String {
    let token = url.rsplit('/').next().unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    let job: [u8; 16] = bytes[17..33].try_into().unwrap();
    atelier::domain::id::JobId::from_bytes(job).to_string()
}

async fn said(case: &Case, job: &str) -> Vec<CallbackAttempt> {
    let task = task(case, job).await;
    let settled = case.system.emulator.settled(&task.id);
    let settled = tokio::time::timeout(TIMEOUT, settled).await;
    settled.expect("an end of the callbacks").unwrap();
    case.callbacks(&task.id)
}

fn answers(said: &[CallbackAttempt], kind: CallbackKind) -> Vec<u16> {
    let of_kind = said.iter().filter(|callback| callback.kind == kind);
    of_kind
        .map(|callback| *callback.outcome.as_ref().expect("an answer"))
        .collect()
}

/// Checks that a job was charged once, and that its picture is the provider's, byte for byte.
async fn is_charged_once(case: &Case, tested: Tested, user: &User, job: &Value) {
    assert_eq!(job["status"], "completed", "{}: {job}", tested.name);
    assert_credits(job, tested.price, 0, false);
    user.has(WELCOME - tested.price).await;
    let task = task(case, job["id"].as_str().unwrap()).await;
    assert_eq!(task.provider, tested.name);
    let made = case.system.emulator.result_bytes(&task.id);
    let shown = user.get(job["images"][0]["url"].as_str().unwrap()).await;
    assert_eq!(shown.bytes, made[0], "{}: {job}", tested.name);
}

async fn completes(case: &Case, tested: Tested, hashtags: &str) -> (User, Value) {
    let (user, id) = requested(case, tested, hashtags).await;
    let job = user.followed(&id).await;
    is_charged_once(case, tested, &user, &job).await;
    (user, job)
}

async fn a_person_gets_dressed(case: Case, tested: Tested) {
    completes(&case, tested, "").await;
}

async fn the_reconciler_finishes_a_job_whose_callback_was_lost(case: Case, tested: Tested) {
    let (user, id) = requested(&case, tested, "#lost").await;
    let job = user.followed_by_the_reconciler(&id).await;
    is_charged_once(&case, tested, &user, &job).await;
}

async fn three_callbacks_are_one_completion(case: Case, tested: Tested) {
    let (user, job) = completes(&case, tested, "#dup").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Terminal);
    assert_eq!(answers, [200, 200, 200], "{}", tested.name);
    is_charged_once(&case, tested, &user, &job).await;
}

async fn forgeries_move_nothing(case: Case, tested: Tested) {
    let (user, job) = completes(&case, tested, "#forged").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Forged);
    assert!(answers.len() >= 3, "{}: {answers:?}", tested.name);
    let refused = answers.iter().filter(|status| **status == 401).count();
    // Without signatures only the URL can be wrong; the body stays unverified.
    let expected = if tested.signs { answers.len() } else { 1 };
    assert_eq!(refused, expected, "{}: {answers:?}", tested.name);
    is_charged_once(&case, tested, &user, &job).await;
}

async fn a_contradiction_moves_nothing(case: Case, tested: Tested) {
    let (user, job) = completes(&case, tested, "#reorder").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Contradiction);
    assert_eq!(answers, [200], "{}", tested.name);
    let job = user.job(job["id"].as_str().unwrap()).await;
    is_charged_once(&case, tested, &user, &job).await;
}

async fn a_callback_before_the_answer_completes(case: Case, tested: Tested) {
    completes(&case, tested, "#fast").await;
}

async fn an_unanswered_submission_that_calls_back_completes(case: Case, tested: Tested) {
    completes(&case, tested, "#hangback").await;
}

async fn comes_to_nothing(case: &Case, tested: Tested, hashtags: &str, code: &str) {
    let (user, id) = requested(case, tested, hashtags).await;
    let job = user.followed(&id).await;
    assert_over(&job, "failed", code);
    user.has(WELCOME).await;
}

async fn a_failure_costs_nothing(case: Case, tested: Tested) {
    comes_to_nothing(&case, tested, "#fail", "generation_failed").await;
}

async fn refused_content_says_so(case: Case, tested: Tested) {
    comes_to_nothing(&case, tested, "#refused", "content_refused").await;
}

async fn bad_signatures_are_refused_and_the_reconciler_finishes(case: Case, tested: Tested) {
    if !tested.signs {
        return;
    }
    let mut faults = vec!["#badsig", "#oldsig", "#nosig", "#truncsig"];
    if tested.covers_the_body {
        faults.push("#tampered");
    }
    let each = faults.into_iter().map(async |fault| {
        let (user, id) = requested(&case, tested, fault).await;
        let said = said(&case, &id).await;
        let answers = answers(&said, CallbackKind::Terminal);
        let is_refused = !answers.is_empty() && answers.iter().all(|status| *status == 401);
        assert!(is_refused, "{} {fault}: {answers:?}", tested.name);
        let job = user.followed_by_the_reconciler(&id).await;
        is_charged_once(&case, tested, &user, &job).await;
    });
    futures::future::join_all(each).await;
}

/// A job that its user cancels while the provider holds it.
async fn canceled(case: &Case, tested: Tested, hashtags: &str) -> (User, String) {
    let (user, id) = requested(case, tested, hashtags).await;
    user.seen_to_be(&id, "running").await;
    let asked = user.cancel(&id).await.ok(200);
    assert_eq!(asked["cancel_requested"], true, "{asked}");
    (user, id)
}

/// The provider completes a job's task, which it held until now, and the job is charged.
async fn completes_all_the_same(case: &Case, tested: Tested, user: &User, id: &str) {
    let task = task(case, id).await;
    case.system.emulator.complete(&task.id).await.unwrap();
    let job = user.followed_by_the_reconciler(id).await;
    is_charged_once(case, tested, user, &job).await;
}

async fn a_canceled_job_ends_once(case: Case, tested: Tested) {
    let (user, id) = canceled(&case, tested, "#slow").await;
    if tested.stops {
        let job = user.followed_by_the_reconciler(&id).await;
        assert_over(&job, "canceled", "canceled");
        user.has(WELCOME).await;
    } else {
        completes_all_the_same(&case, tested, &user, &id).await;
    }
    // And where the provider confirms the cancel but continues.
    let (user, id) = canceled(&case, tested, "#slow #cancelrace").await;
    completes_all_the_same(&case, tested, &user, &id).await;
}

/// The default provider is down and the fallback is not: one hold, one settle, one submission to
/// the fallback.
pub(crate) async fn the_fallback_provider_takes_over(case: Case) {
    let tested = Tested {
        model: "evolink/nano-banana-2-lite",
        price: 4,
        ..TESTED[1]
    };
    let (user, job) = completes(&case, tested, "#downevolink").await;
    let movements = user.movements().await;
    let expected = [("grant", WELCOME), ("freeze", 4), ("settle", 4)];
    assert_eq!(movements, super::provider_faults::movements(&expected));
    assert_eq!(job["model"], "evolink/nano-banana-2-lite");
}

async fn odd_downloads_are_stored_byte_for_byte(case: Case, tested: Tested) {
    for hashtags in ["#chunked", "#gzip", "#redirect"] {
        completes(&case, tested, hashtags).await;
    }
}
