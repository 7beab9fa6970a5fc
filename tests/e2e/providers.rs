//! Every provider through what is riskiest, in its own wire format: the same scenarios for each.

use atelier_emulator::{CallbackAttempt, CallbackKind, CreatedTask};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::case::{Case, PATIENCE, until};
use super::pictures;
use super::provider_faults::{assert_credits, assert_over};
use super::settings::WELCOME;
use super::user::{User, id_of};

/// A provider as these tests use it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker {
    pub(crate) name: &'static str,
    model: &'static str,
    /// What a picture costs.
    price: u64,
    /// Whether its callbacks are signed, and their bodies with them.
    signs: bool,
    /// Whether its signature is over the body.
    covers_the_body: bool,
    /// Whether it can be asked to stop.
    stops: bool,
}

const fn unsigned(name: &'static str, model: &'static str, price: u64) -> Maker {
    Maker {
        name,
        model,
        price,
        signs: false,
        covers_the_body: false,
        stops: false,
    }
}

const fn signed(name: &'static str, model: &'static str, price: u64, stops: bool) -> Maker {
    Maker {
        signs: true,
        covers_the_body: true,
        stops,
        ..unsigned(name, model, price)
    }
}

pub(crate) const MAKERS: &[Maker] = &[
    unsigned("evolink", "evolink/nano-banana-2-lite", 4),
    signed("fal", "fal/nano-banana", 4, true),
    signed("replicate", "replicate/nano-banana", 4, true),
    unsigned("fashn", "fashn/tryon-v1.6", 7),
    signed("kling", "kling/kolors-v1-5", 6, false),
    Maker {
        covers_the_body: false,
        ..signed("kie", "kie/nano-banana-2.1", 4, false)
    },
    unsigned("runware", "runware/nano-banana-2.1", 4),
];

/// What every provider goes through.
pub(crate) type Scenario = fn(Case, Maker) -> futures::future::LocalBoxFuture<'static, ()>;

macro_rules! scenarios {
    ($doc:literal $list:ident: $($name:ident),+) => {
        #[doc = $doc]
        pub(crate) const $list: &[(&str, Scenario)] = &[
            $((stringify!($name), |case, maker| Box::pin($name(case, maker)))),+
        ];
    };
}

scenarios!["Those that callbacks alone finish." SCENARIOS:
    a_person_gets_dressed,
    three_deliveries_are_one_completion,
    forgeries_move_nothing,
    a_contradiction_moves_nothing,
    a_callback_before_the_answer_completes,
    an_unanswered_submission_that_calls_back_completes,
    a_failure_costs_nothing,
    a_refusal_of_the_content_says_so,
    odd_transfers_are_stored_byte_for_byte
];

scenarios!["Those that need cron." WITH_CRON:
    a_callback_that_is_lost_is_made_up_for_by_the_reconciler,
    bad_signatures_are_refused_and_the_reconciler_finishes,
    a_job_that_is_taken_back_comes_to_one_end
];

/// A job of a new user at a provider. To a model that takes no words, the hashtags come in the
/// garment's pixels.
async fn ordered(case: &Case, maker: Maker, hashtags: &str) -> (User, String) {
    let user = case.user().await;
    let models = user.get("/v1/models").await.ok(200);
    let models = models["models"].as_array().unwrap();
    let model = models.iter().find(|model| model["id"] == maker.model);
    let model = model.unwrap_or_else(|| panic!("{} is not on offer", maker.model));
    let takes_words = model["takes"]["prompt"] != "unsupported";
    let mut garment = pictures::of_size(300, 400, [200, 20, 20, 255]);
    let words = format!("{hashtags} for {}", user.name);
    if !takes_words {
        garment = atelier_emulator::label(&garment, hashtags).unwrap();
    }
    let photo = pictures::of_size(300, 400, [90, 110, 130, 255]);
    let mut order = json!({
        "photo": user.uploaded(photo).await, "garment": user.uploaded(garment).await, "model": maker.model,
    });
    if takes_words {
        order["prompt"] = json!(words);
    }
    let id = id_of(&user.generate(&order).await.ok(202));
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

/// The job that a callback's address is for: its token says so.
fn job_of(url: &str) -> String {
    let token = url.rsplit('/').next().unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    let job: [u8; 16] = bytes[17..33].try_into().unwrap();
    atelier::domain::id::JobId::from_bytes(job).to_string()
}

async fn said(case: &Case, job: &str) -> Vec<CallbackAttempt> {
    let task = task(case, job).await;
    let settled = case.system.emulator.settled(&task.id);
    let settled = tokio::time::timeout(PATIENCE, settled).await;
    settled.expect("an end of the callbacks").unwrap();
    case.callbacks(&task.id)
}

fn answers(said: &[CallbackAttempt], kind: CallbackKind) -> Vec<u16> {
    let of_kind = said.iter().filter(|callback| callback.kind == kind);
    of_kind
        .map(|callback| *callback.outcome.as_ref().expect("an answer"))
        .collect()
}

/// A job that was paid for once, and whose picture is the provider's, byte for byte.
async fn is_paid_once(case: &Case, maker: Maker, user: &User, job: &Value) {
    assert_eq!(job["status"], "completed", "{}: {job}", maker.name);
    assert_credits(job, maker.price, 0, false);
    user.has(WELCOME - maker.price).await;
    let task = task(case, job["id"].as_str().unwrap()).await;
    assert_eq!(task.provider, maker.name);
    let made = case.system.emulator.result_bytes(&task.id);
    let shown = user.get(job["images"][0]["url"].as_str().unwrap()).await;
    assert_eq!(shown.bytes, made[0], "{}: {job}", maker.name);
}

async fn completes(case: &Case, maker: Maker, hashtags: &str) -> (User, Value) {
    let (user, id) = ordered(case, maker, hashtags).await;
    let job = user.followed(&id).await;
    is_paid_once(case, maker, &user, &job).await;
    (user, job)
}

async fn a_person_gets_dressed(case: Case, maker: Maker) {
    completes(&case, maker, "").await;
}

async fn a_callback_that_is_lost_is_made_up_for_by_the_reconciler(case: Case, maker: Maker) {
    let (user, id) = ordered(&case, maker, "#lost").await;
    let job = user.followed_by_the_reconciler(&id).await;
    is_paid_once(&case, maker, &user, &job).await;
}

async fn three_deliveries_are_one_completion(case: Case, maker: Maker) {
    let (user, job) = completes(&case, maker, "#dup").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Terminal);
    assert_eq!(answers, [200, 200, 200], "{}", maker.name);
    is_paid_once(&case, maker, &user, &job).await;
}

async fn forgeries_move_nothing(case: Case, maker: Maker) {
    let (user, job) = completes(&case, maker, "#forged").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Forged);
    assert!(answers.len() >= 3, "{}: {answers:?}", maker.name);
    let refused = answers.iter().filter(|status| **status == 401).count();
    // Without a signature only the address can be wrong; what is said there is a hint, and no more.
    let expected = if maker.signs { answers.len() } else { 1 };
    assert_eq!(refused, expected, "{}: {answers:?}", maker.name);
    is_paid_once(&case, maker, &user, &job).await;
}

async fn a_contradiction_moves_nothing(case: Case, maker: Maker) {
    let (user, job) = completes(&case, maker, "#reorder").await;
    let said = said(&case, job["id"].as_str().unwrap()).await;
    let answers = answers(&said, CallbackKind::Contradiction);
    assert_eq!(answers, [200], "{}", maker.name);
    let job = user.job(job["id"].as_str().unwrap()).await;
    is_paid_once(&case, maker, &user, &job).await;
}

async fn a_callback_before_the_answer_completes(case: Case, maker: Maker) {
    completes(&case, maker, "#fast").await;
}

async fn an_unanswered_submission_that_calls_back_completes(case: Case, maker: Maker) {
    completes(&case, maker, "#hangback").await;
}

async fn comes_to_nothing(case: &Case, maker: Maker, hashtags: &str, code: &str) {
    let (user, id) = ordered(case, maker, hashtags).await;
    let job = user.followed(&id).await;
    assert_over(&job, "failed", code);
    user.has(WELCOME).await;
}

async fn a_failure_costs_nothing(case: Case, maker: Maker) {
    comes_to_nothing(&case, maker, "#fail", "generation_failed").await;
}

async fn a_refusal_of_the_content_says_so(case: Case, maker: Maker) {
    comes_to_nothing(&case, maker, "#refused", "content_refused").await;
}

async fn bad_signatures_are_refused_and_the_reconciler_finishes(case: Case, maker: Maker) {
    if !maker.signs {
        return;
    }
    let mut faults = vec!["#badsig", "#oldsig", "#nosig", "#truncsig"];
    if maker.covers_the_body {
        faults.push("#tampered");
    }
    let each = faults.into_iter().map(async |fault| {
        let (user, id) = ordered(&case, maker, fault).await;
        let said = said(&case, &id).await;
        let answers = answers(&said, CallbackKind::Terminal);
        let is_refused = !answers.is_empty() && answers.iter().all(|status| *status == 401);
        assert!(is_refused, "{} {fault}: {answers:?}", maker.name);
        let job = user.followed_by_the_reconciler(&id).await;
        is_paid_once(&case, maker, &user, &job).await;
    });
    futures::future::join_all(each).await;
}

/// A job that its user cancels while the provider holds it.
async fn canceled(case: &Case, maker: Maker, hashtags: &str) -> (User, String) {
    let (user, id) = ordered(case, maker, hashtags).await;
    user.seen_to_be(&id, "running").await;
    let asked = user.cancel(&id).await.ok(200);
    assert_eq!(asked["cancel_requested"], true, "{asked}");
    (user, id)
}

/// The provider completes a job's task, which it has held until now, and the job is paid for.
async fn completes_all_the_same(case: &Case, maker: Maker, user: &User, id: &str) {
    let task = task(case, id).await;
    case.system.emulator.complete(&task.id).await.unwrap();
    let job = user.followed_by_the_reconciler(id).await;
    is_paid_once(case, maker, user, &job).await;
}

async fn a_job_that_is_taken_back_comes_to_one_end(case: Case, maker: Maker) {
    let (user, id) = canceled(&case, maker, "#slow").await;
    if maker.stops {
        let job = user.followed_by_the_reconciler(&id).await;
        assert_over(&job, "canceled", "canceled");
        user.has(WELCOME).await;
    } else {
        completes_all_the_same(&case, maker, &user, &id).await;
    }
    // And where the provider says yes and goes on.
    let (user, id) = canceled(&case, maker, "#slow #cancelrace").await;
    completes_all_the_same(&case, maker, &user, &id).await;
}

/// The default provider is down, the next one is not: one hold, one settle, one submission there.
pub(crate) async fn the_next_provider_takes_over(case: Case) {
    let maker = Maker {
        model: "evolink/nano-banana-2-lite",
        price: 4,
        ..MAKERS[1]
    };
    let (user, job) = completes(&case, maker, "#downevolink").await;
    let movements = user.movements().await;
    let expected = [("grant", WELCOME), ("freeze", 4), ("settle", 4)];
    assert_eq!(movements, super::provider_faults::movements(&expected));
    assert_eq!(job["model"], "evolink/nano-banana-2-lite");
}

async fn odd_transfers_are_stored_byte_for_byte(case: Case, maker: Maker) {
    for hashtags in ["#chunked", "#gzip", "#redirect"] {
        completes(&case, maker, hashtags).await;
    }
}
