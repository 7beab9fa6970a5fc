//! How a callback has to be read. Where the provider signs the body, it is verified; where it signs
//! nothing, or not the body, it is unverified; and with a bad signature it is refused.

use atelier::domain::time::Timestamp;
use atelier::provider::{BadSignature, Callback, CallbackReport, Report};
use http::HeaderMap;
use libtest_mimic::Trial;

use super::cases::{Expected, has_failed, is_content_refused, is_running, right, trial};
use super::fixture::{Fixture, Folder};
use super::sign::{Scheme, Signer};

/// When every callback is received, in Unix seconds.
const NOW: i64 = 1_790_000_000;

/// The callbacks that name a task, and the report that must be read.
const CALLBACKS: &[Expected<Report>] = &[
    ("callback-succeeded", |report| {
        matches!(report, Report::Succeeded { .. })
    }),
    ("callback-failed", has_failed),
    ("callback-content-refused", is_content_refused),
    ("callback-running", is_running),
];

/// The callback that names none.
const GARBAGE: &str = "callback-garbage";

/// A kind of bad signature, and how to make a callback with it.
type Forgery = (&'static str, fn(&mut Call));

/// The kinds of bad signatures.
const FORGERIES: &[Forgery] = &[
    ("unsigned", |call| {
        call.headers = call.fixture.headers.clone();
    }),
    ("signed_ten_minutes_ago", |call| {
        call.sign(Signer::Provider, NOW - 600);
    }),
    ("signature_cut_short", |call| {
        let name = call.scheme.signature_header();
        let signature = call.headers[name].to_str().unwrap();
        let cut = signature[..signature.len() - 4].parse().unwrap();
        call.headers.insert(name, cut);
    }),
    ("another_body", |call| {
        call.fixture.body = call.scheme.forge(&call.fixture.body);
    }),
    ("signed_by_somebody_else", |call| {
        call.sign(Signer::SomebodyElse, NOW);
    }),
    ("no_secret_configured", |call| call.has_secrets = false),
];

/// The names of all cases.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CALLBACKS.iter().map(|(name, _)| *name).chain([GARBAGE])
}

/// One trial per case of a callback, and per way to forge one.
pub(crate) fn trials(folder: &Folder) -> Vec<Trial> {
    let scheme = folder.scheme();
    let mut trials = Vec::new();
    for (name, is_right) in CALLBACKS {
        trials.extend(trial(folder, name, "", move |folder, fixture| {
            let callback = Call::new(scheme, fixture)?.read(folder);
            match &callback {
                Ok(CallbackReport::Verified { task_id, report }) if scheme.covers_the_body() => {
                    right(!task_id.is_empty() && is_right(report), &callback)?;
                    folder.check_hosts(report)
                }
                Ok(CallbackReport::Unverified { task_id: Some(id) }) => {
                    right(!scheme.covers_the_body() && !id.is_empty(), &callback)
                }
                _ => right(false, &callback),
            }
        }));
    }
    trials.extend(trial(folder, GARBAGE, "", move |folder, fixture| {
        let callback = Call::new(scheme, fixture)?.read(folder);
        right(
            callback == Ok(CallbackReport::Unverified { task_id: None }),
            &callback,
        )
    }));
    if scheme == Scheme::None {
        return trials;
    }
    for (way, forge) in FORGERIES {
        let (case, _) = CALLBACKS[0];
        let change = format!("::{way}");
        trials.extend(trial(folder, case, &change, move |folder, fixture| {
            let mut call = Call::new(scheme, fixture)?;
            forge(&mut call);
            let callback = call.read(folder);
            right(callback == Err(BadSignature), &callback)
        }));
    }
    trials
}

/// A correctly signed callback.
struct Call {
    scheme: Scheme,
    fixture: Fixture,
    headers: HeaderMap,
    has_secrets: bool,
}

impl Call {
    fn new(scheme: Scheme, fixture: &Fixture) -> Result<Self, String> {
        fixture.check_callback()?;
        let mut call = Self {
            scheme,
            fixture: fixture.clone(),
            headers: HeaderMap::new(),
            has_secrets: true,
        };
        call.sign(Signer::Provider, NOW);
        Ok(call)
    }

    fn sign(&mut self, signer: Signer, seconds: i64) {
        self.headers = self.fixture.headers.clone();
        let signature = self.scheme.sign(signer, seconds, &self.fixture.body);
        self.headers.extend(signature);
    }

    fn read(&self, folder: &Folder) -> Result<CallbackReport, BadSignature> {
        let (mut access, mut keys) = (folder.access(), self.scheme.keys());
        if !self.has_secrets {
            access.webhook_secrets.clear();
            keys.clear();
        }
        let callback = Callback {
            headers: &self.headers,
            body: &self.fixture.body,
            now: Timestamp::from_millis(NOW * 1000),
            keys: &keys,
        };
        folder.provider.read_callback(&access, &callback)
    }
}
