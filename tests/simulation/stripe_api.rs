//! Stripe's API, over a network that loses requests and answers. An error of its own is repeated under its key, whether
//! what was asked for is done or not.

use std::collections::BTreeMap;

use atelier::domain::time::Timestamp;
use atelier::ports::NoAnswer;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::stripe::{Event, number};
use super::weather::Fault;
use super::world::World;

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    let pairs = url::form_urlencoded::parse(text);
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

impl World {
    /// Answers a request to Stripe, unless the request or the answer is lost.
    pub(crate) async fn at_stripe(
        &self,
        request: &Request<Bytes>,
        end: Timestamp,
    ) -> Result<Response<Bytes>, NoAnswer> {
        let lost = |why: &str| Err(NoAnswer(why.into()));
        if self.strikes(Fault::TillLost) {
            return lost("lost");
        }
        let (status, body) = self.asks_stripe(request);
        self.note(|| format!("  Stripe answers {} with {status} {body}", request.uri()));
        self.pause().await;
        if self.strikes(Fault::TillUnheard) {
            return lost("nobody heard");
        }
        if self.time() > end {
            return lost("not in time");
        }
        let response = Response::builder().status(status);
        Ok(response.body(body.to_string().into()).unwrap())
    }

    fn asks_stripe(&self, request: &Request<Bytes>) -> (u16, Value) {
        let error = json!({"error": {"type": "api_error", "message": "sorry"}});
        let is_down = self.stripe.lock().unwrap().down_until > Some(self.time());
        if is_down && !self.is_calm() {
            return (503, error);
        }
        if self.strikes(Fault::TillBusy) {
            let status = [409, 425, 429][self.place(3)];
            return (status, error);
        }
        self.sessions_end();
        let path = request.uri().path();
        let key = request.headers().get("idempotency-key");
        let Some(key) = key.map(|key| key.to_str().unwrap()) else {
            let mut stripe = self.stripe.lock().unwrap();
            let Some(name) = path.strip_suffix("/expire") else {
                let query = request.uri().query().unwrap_or_default();
                return stripe.read(path, &pairs(query.as_bytes()));
            };
            let name = name.rsplit('/').next().unwrap();
            let answer = stripe.expire(name);
            drop(stripe);
            self.has_happened(number(name).unwrap(), answer.0, "expired");
            return answer;
        };
        self.makes(path, key, request.body())
    }

    /// What is asked for under a key happens once.
    fn makes(&self, path: &str, key: &str, body: &Bytes) -> (u16, Value) {
        let asked = format!("{path} {}", String::from_utf8_lossy(body));
        if let Some((before, answer)) = self.stripe.lock().unwrap().answers.get(key) {
            return if *before == asked {
                answer.clone()
            } else {
                let words = "the key was used for another request";
                (
                    400,
                    json!({"error": {"type": "idempotency_error", "message": words}}),
                )
            };
        }
        let fails = self.strikes(Fault::TillErrored);
        let happens = !fails || self.percent(50);
        let soon = self.percent(60);
        let mut stripe = self.stripe.lock().unwrap();
        let mut answer = match path {
            _ if !happens => (500, Value::Null),
            "/v1/checkout/sessions" => stripe.create(&pairs(body), self.time().seconds()),
            "/v1/refunds" => stripe.refund(&pairs(body), key, soon),
            other => panic!("an unexpected request: {other}"),
        };
        let refund = (path == "/v1/refunds" && answer.0 == 200).then(|| answer.1.clone());
        if fails {
            answer = (
                500,
                json!({"error": {"type": "api_error", "message": "sorry"}}),
            );
        }
        if answer.0 != 400 {
            stripe.answers.insert(key.into(), (asked, answer.clone()));
        }
        drop(stripe);
        if let Some(refund) = refund {
            self.stripe_tells("refund.created", &refund);
        }
        answer
    }

    /// Sessions end when their time is over.
    pub(crate) fn sessions_end(&self) {
        let ended = self.stripe.lock().unwrap().ended(self.time());
        for session in ended {
            self.has_happened(session, 200, "expired");
        }
    }

    /// Something happened to a session, unless the answer says otherwise.
    pub(crate) fn has_happened(&self, session: usize, status: u16, what: &str) {
        if status == 200 {
            let said = self.stripe.lock().unwrap().said_session(session);
            self.stripe_tells(&format!("checkout.session.{what}"), &said);
        }
    }

    /// An event is to be sent: not at all, once, or twice.
    pub(crate) fn stripe_tells(&self, kind: &str, object: &Value) {
        self.note(|| format!("Stripe has {kind} {object}"));
        if self.strikes(Fault::EventLost) {
            return;
        }
        let times = if self.strikes(Fault::EventDoubled) {
            2
        } else {
            1
        };
        let event = Event::new(kind, object, false);
        let mut stripe = self.stripe.lock().unwrap();
        stripe.events.extend(std::iter::repeat_n(event, times));
    }
}
