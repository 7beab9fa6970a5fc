//! The hashtags of the signature, and `#forged`.

use std::time::{SystemTime, UNIX_EPOCH};

use atelier_emulator::CallbackKind;

use crate::{
    stage::Stage,
    talk::{Seal, verifies},
};

/// How far a timestamp may be from now, in seconds, in a test that does not mean it to be old.
const FRESH: u64 = 60;

#[expect(clippy::disallowed_methods, reason = "a receiver reads its clock")]
fn age(seal: &Seal) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs().abs_diff(seal.timestamp)
}

/// The seal of the one callback that a hashtag brings about, if it has one, and whether it verifies.
async fn only_callback(prompt: &str) -> (Option<Seal>, bool) {
    let stage = Stage::new().await;
    stage.finish(&stage.body(prompt)).await;
    let sealed = stage.sealed();
    assert_eq!(sealed.len(), 1, "{prompt}");
    (Seal::of(&sealed[0].0), verifies(&sealed[0]))
}

#[tokio::test]
async fn a_callback_is_well_and_freshly_signed() {
    let (seal, good) = only_callback("x").await;
    let seal = seal.unwrap();
    assert!(good && age(&seal) < FRESH);
    assert!(seal.id.starts_with("msg_"));
}

#[tokio::test]
async fn badsig_does_not_verify() {
    let (seal, good) = only_callback("#badsig").await;
    let seal = seal.unwrap();
    assert!(!good && age(&seal) < FRESH);
    let (_, encoded) = seal.signature.split_once(',').unwrap();
    assert_eq!(encoded.len(), 44);
}

#[tokio::test]
async fn oldsig_verifies_and_is_ten_minutes_old() {
    let (seal, good) = only_callback("#oldsig").await;
    assert!(good);
    assert!((600..600 + FRESH).contains(&age(&seal.unwrap())));
}

#[tokio::test]
async fn nosig_has_no_headers() {
    let (seal, good) = only_callback("#nosig").await;
    assert!(seal.is_none() && !good);
}

#[tokio::test]
async fn truncsig_has_half_a_signature() {
    let (seal, good) = only_callback("#truncsig").await;
    let signature = seal.unwrap().signature;
    assert!(!good && signature.starts_with("v1,") && signature.len() == 23);
}

#[tokio::test]
async fn tampered_has_another_body_than_was_signed() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("#tampered")).await;
    let sealed = stage.sealed();
    assert!(!verifies(&sealed[0]));
    let (_, body) = stage.received().remove(0);
    assert_eq!(body["output"], "http://hostile.invalid/stolen.png");
    let mut told = sealed[0].clone();
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
    let sealed = stage.sealed();
    let good: Vec<bool> = sealed.iter().map(verifies).collect();
    assert_eq!(good, [false, false, false, false, false, false, true]);
    let signed: Vec<bool> = sealed
        .iter()
        .map(|(headers, _)| Seal::of(headers).is_some())
        .collect();
    assert_eq!(signed, [true, false, true, false, true, false, true]);
    assert_eq!(stage.received().pop().unwrap().1, ended);
}
