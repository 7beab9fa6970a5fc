//! What a merchant, a buyer and an operator do.

use std::{fmt::Write, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{RequestBuilder, Response, header};
use serde_json::Value;
use sha2::Sha256;
use tokio::time::timeout;

use crate::stage::{KEY, Stage, settings};

pub(crate) const ORDER: &str = "ord_01";
const FORM: &str = "application/x-www-form-urlencoded";
const TIMEOUT: Duration = Duration::from_secs(5);

/// A merchant's request of a session, with what is different in it: an empty value leaves one out.
pub(crate) fn session(different: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "500"),
        (
            "line_items[0][price_data][product_data][name]",
            "50 credits",
        ),
        (
            "success_url",
            "http://127.0.0.1:8787/#/orders/ord_01?s={CHECKOUT_SESSION_ID}",
        ),
        ("cancel_url", "http://127.0.0.1:8787/#/credits"),
        ("client_reference_id", ORDER),
        ("metadata[order]", ORDER),
        ("payment_intent_data[metadata][order]", ORDER),
    ];
    let is_usual = |name: &str| !different.iter().any(|(changed, _)| *changed == name);
    let kept = usual.iter().filter(|(name, _)| is_usual(name));
    let added = different.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(added)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn encoded<T: AsRef<str>>(pairs: &[(T, T)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

/// Posts a form to Stripe.
pub(crate) fn post<T: AsRef<str>>(stage: &Stage, path: &str, pairs: &[(T, T)]) -> RequestBuilder {
    let address = format!("{}{path}", stage.emulator.provider_url("stripe"));
    let request = stage.http.post(address).header(header::CONTENT_TYPE, FORM);
    request.body(encoded(pairs))
}

/// Creates a session at Stripe; the status and the answer.
pub(crate) async fn create(stage: &Stage, different: &[(&str, &str)]) -> (u16, Value) {
    let request = post(stage, "/v1/checkout/sessions", &session(different));
    stage.send(request).await
}

/// Creates a session that events are taken of.
pub(crate) async fn opened(stage: &Stage, different: &[(&str, &str)]) -> Value {
    stage.emulator.set_payments_webhook(&stage.at_side("hooks"));
    let (status, session) = create(stage, different).await;
    assert_eq!(status, 200, "{session}");
    session
}

/// Opens a session and pays it.
pub(crate) async fn paid(stage: &Stage, different: &[(&str, &str)]) -> Value {
    let session = opened(stage, different).await;
    assert_eq!(
        press(stage, text(&session, "url"), "pay").await.status(),
        303
    );
    session
}

/// Reads from Stripe.
pub(crate) async fn get(stage: &Stage, path: &str) -> (u16, Value) {
    let address = format!("{}{path}", stage.emulator.provider_url("stripe"));
    stage.send(stage.http.get(address)).await
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Presses a button of the page where one pays.
pub(crate) async fn press(stage: &Stage, url: &str, button: &str) -> Response {
    let request = stage.http.post(url).header(header::CONTENT_TYPE, FORM);
    let form = encoded(&[("do", button), ("email", "ada@example.com")]);
    request.body(form).send().await.unwrap()
}

/// Acts on a payment by the merchant's reference, as an operator or a test does.
pub(crate) async fn act(
    stage: &Stage,
    processor: &str,
    reference: &str,
    action: &str,
    form: &[(&str, &str)],
) -> (u16, Value) {
    let base = stage.emulator.provider_url(processor);
    let address = format!("{base}/dashboard/{reference}/{action}");
    let request = stage.http.post(address).header(header::CONTENT_TYPE, FORM);
    let response = request.body(encoded(form)).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Waits until there are this many deliveries, and none too many; their types, in order.
pub(crate) async fn delivered(stage: &Stage, count: usize) -> Vec<String> {
    let enough = async {
        while stage.emulator.callbacks().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    };
    timeout(TIMEOUT, enough).await.unwrap_or_else(|_| {
        panic!("{:?}", stage.emulator.callbacks());
    });
    let told: Vec<String> = stage
        .emulator
        .callbacks()
        .iter()
        .map(|attempt| text(&attempt.body, "type").to_owned())
        .collect();
    assert_eq!(told.len(), count, "{told:?}");
    told
}

/// Whether the local secret has signed a Stripe event at a time, in Unix seconds.
pub(crate) fn signed_at(headers: &header::HeaderMap, body: &[u8]) -> Option<u64> {
    let header = headers.get("stripe-signature")?.to_str().ok()?;
    let (at, tag) = header.strip_prefix("t=")?.split_once(",v1=")?;
    let secret = settings().webhook_secret;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    let mut made = String::new();
    for byte in mac.finalize().into_bytes() {
        write!(made, "{byte:02x}").unwrap();
    }
    (made == tag).then(|| at.parse().unwrap())
}

/// Sends a request with the key that is not answered within a while.
pub(crate) async fn is_never_answered(request: RequestBuilder) {
    let answer = timeout(Duration::from_millis(300), request.bearer_auth(KEY).send()).await;
    assert!(answer.is_err(), "{answer:?}");
}
