//! Standard Webhooks, and the hashtags that spoil it. The tests compute the tags by themselves.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use atelier_emulator::LOCAL_WEBHOOK_SECRET;
use axum::{body::Bytes, http::HeaderMap};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::stage::Stage;

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// Whether a callback bears the tag of the local secret.
fn verifies((headers, body): &(HeaderMap, Bytes)) -> bool {
    let [id, timestamp, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(headers, name));
    let (Some(id), Some(timestamp), Some(signature)) = (id, timestamp, signature) else {
        return false;
    };
    let secret = LOCAL_WEBHOOK_SECRET.strip_prefix("whsec_").unwrap();
    let key = BASE64_STANDARD.decode(secret).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    signature == format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// How long ago a callback says it was signed, in seconds.
#[expect(clippy::disallowed_methods, reason = "a receiver reads its clock")]
fn age((headers, _): &(HeaderMap, Bytes)) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let timestamp = header(headers, "webhook-timestamp").unwrap();
    now.as_secs().abs_diff(timestamp.parse().unwrap())
}

/// The callbacks of a task with a hashtag: all of them, not the end's alone.
async fn callbacks(tag: &str) -> Vec<(HeaderMap, Bytes)> {
    let stage = Stage::new().await;
    stage.finish(&stage.body(&format!("tagged/{tag}"))).await;
    let raw = stage.raw();
    assert_eq!(raw.len(), 3, "#{tag}");
    raw
}

#[tokio::test]
async fn every_callback_is_signed_under_an_id_of_its_own() {
    let raw = callbacks("none").await;
    assert!(raw.iter().all(|one| verifies(one) && age(one) < 60));
    let ids: BTreeSet<_> = raw
        .iter()
        .map(|(headers, _)| header(headers, "webhook-id"))
        .collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn another_attempt_has_the_same_id() {
    let stage = Stage::new().await;
    stage.answer([200, 200, 503]);
    stage.finish(&stage.body("garment.png")).await;
    let raw = stage.raw();
    assert_eq!(raw.len(), 4);
    let [first, second] = [2, 3].map(|place| header(&raw[place].0, "webhook-id"));
    assert!(first == second && verifies(&raw[3]));
}

#[tokio::test]
async fn each_hashtag_of_the_signature_spoils_all() {
    for tag in ["badsig", "nosig", "tampered", "truncsig"] {
        assert!(!callbacks(tag).await.iter().any(verifies), "#{tag}");
    }
    let missing = callbacks("nosig").await;
    assert!(
        missing
            .iter()
            .all(|(headers, _)| header(headers, "webhook-id").is_none())
    );
    let old = callbacks("oldsig").await;
    assert!(
        old.iter()
            .all(|one| verifies(one) && (600..660).contains(&age(one)))
    );
}

#[tokio::test]
async fn forgeries_never_verify() {
    let stage = Stage::new().await;
    stage.finish(&stage.body("tagged/forged")).await;
    let good: Vec<_> = stage.raw().iter().map(verifies).collect();
    let forged = [false; 6];
    assert_eq!(good, [&[true, true][..], &forged, &[true]].concat());
}
