//! The hashtags of the signature, and `#forged`.

use std::time::{SystemTime, UNIX_EPOCH};

use atelier_emulator::CallbackKind;

use crate::{
    stage::Stage,
    talk::{WebhookHeaders, verifies},
};

/// How far a timestamp may be from now, in seconds, in a test that does not mean it to be old.
const FRESH: u64 = 60;

#[expect(clippy::disallowed_methods, reason = "a receiver reads its clock")]
fn age(webhook: &WebhookHeaders) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs().abs_diff(webhook.timestamp)
}

/// The seal of the one callback that a hashtag brings about, if it has one, and whether it verifies.
async fn only_callback(prompt: &str) -> (Option<WebhookHeaders>, bool) {
    let stage = Stage::new().await;
    stage.finish(&stage.body(prompt)).await;
    let raw = stage.raw();
    assert_eq!(raw.len(), 1, "{prompt}");
    (WebhookHeaders::of(&raw[0].0), verifies(&raw[0]))
}

#[tokio::test]
async fn a_callback_is_well_and_freshly_signed() {
    let (webhook, good) = only_callback("x").await;
    let webhook = webhook.unwrap();
    assert!(good && age(&webhook) < FRESH);
    assert!(webhook.id.starts_with("msg_"));
}

#[tokio::test]
async fn badsig_does_not_verify() {
    let (webhook, good) = only_callback("#badsig").await;
    let webhook = webhook.unwrap();
    assert!(!good && age(&webhook) < FRESH);
    let (_, encoded) = webhook.signature.split_once(',').unwrap();
    assert_eq!(encoded.len(), 44);
}

#[tokio::test]
async fn oldsig_verifies_and_is_ten_minutes_old() {
    let (webhook, good) = only_callback("#oldsig").await;
    assert!(good);
    assert!((600..600 + FRESH).contains(&age(&webhook.unwrap())));
}

#[tokio::test]
async fn nosig_has_no_headers() {
    let (webhook, good) = only_callback("#nosig").await;
    assert!(webhook.is_none() && !good);
}

#[tokio::test]
async fn truncsig_has_half_a_signature() {
    let (webhook, good) = only_callback("#truncsig").await;
    let signature = webhook.unwrap().signature;
    assert!(!good && signature.starts_with("v1,") && signature.len() == 23);
}

#[tokio::test]
async fn tampered_has_another_body_than_was_signed() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("#tampered")).await;
    let raw = stage.raw();
    assert!(!verifies(&raw[0]));
    let (_, body) = stage.received().remove(0);
    assert_eq!(body["output"], "http://hostile.invalid/stolen.png");
    let mut told = raw[0].clone();
    told.1 = ended.to_string().into();
    assert!(verifies(&told), "the truth is what was signed");
}

/// Each lie comes with another key's signature and without any; then comes the truth.
#[tokio::test]
async fn forgeries_never_verify() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("#forged")).await;
    let kinds: Vec<CallbackKind> = stage.transcript().into_iter().map(|one| one.0).collect();
    let mut expected = vec![CallbackKind::Forged; 6];
    expected.push(CallbackKind::Terminal);
    assert_eq!(kinds, expected);
    let raw = stage.raw();
    let good: Vec<bool> = raw.iter().map(verifies).collect();
    assert_eq!(good, [false, false, false, false, false, false, true]);
    let signed: Vec<bool> = raw
        .iter()
        .map(|(headers, _)| WebhookHeaders::of(headers).is_some())
        .collect();
    assert_eq!(signed, [true, false, true, false, true, false, true]);
    assert_eq!(stage.received().pop().unwrap().1, ended);
}
