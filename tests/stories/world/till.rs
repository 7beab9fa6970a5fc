//! A stand-in for Stripe, as the codec's own tests and the vendor's SDK have it: sessions by idempotency key, payments,
//! refunds, and events that it signs. The emulator is another one, over the network.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub(crate) use super::stripe::signature;
use super::{Answer, User, World};

/// What Stripe's events are signed with here.
pub(crate) const SECRET: &str = "whsec_a_test";

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Till {
    /// It has its effect, and its answer is lost.
    Lose,
    /// It does not arrive.
    Drop,
    /// Stripe fails, and repeats that under this key.
    Fail,
}

#[derive(Default)]
struct Books {
    /// By idempotency key: the answer that is repeated.
    answers: BTreeMap<String, (u16, Value)>,
    sessions: BTreeMap<String, Value>,
    refunds: Vec<Value>,
    disputes: Vec<Value>,
    next: Vec<Till>,
    lose_post: Option<&'static str>,
    requests: Vec<String>,
}

/// Stripe, at `stripe.test`.
#[derive(Default)]
pub(crate) struct Stripe(Mutex<Books>);

impl Stripe {
    /// What happens to the next requests; later ones are answered.
    pub(crate) fn next(&self, next: impl IntoIterator<Item = Till>) {
        self.0.lock().unwrap().next.extend(next);
    }

    /// The next POST to this path has its effect, and its answer is lost.
    pub(crate) fn lose_the_next(&self, path: &'static str) {
        self.0.lock().unwrap().lose_post = Some(path);
    }

    /// `METHOD /path` of every request, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The ids of all sessions, in order.
    pub(crate) fn sessions(&self) -> Vec<String> {
        self.0.lock().unwrap().sessions.keys().cloned().collect()
    }

    /// Changes a session.
    pub(crate) fn change(&self, session: &str, change: impl FnOnce(&mut Value)) {
        let mut books = self.0.lock().unwrap();
        change(books.sessions.get_mut(session).expect("no such session"));
    }

    /// A buyer pays.
    pub(crate) fn pay(&self, session: &str) {
        self.change(session, |session| {
            session["status"] = json!("complete");
            session["payment_status"] = json!("paid");
            let number = session["id"].as_str().unwrap().replace("cs_", "pi_");
            session["payment_intent"] = json!({
                "id": number, "status": "succeeded",
                "latest_charge": {"receipt_url": format!("https://pay.stripe.test/{number}")},
            });
            session["url"] = Value::Null;
        });
    }

    /// All sessions are another account's from now on, as with another key.
    pub(crate) fn lose_sessions(&self) {
        let mut books = self.0.lock().unwrap();
        let all = std::mem::take(&mut books.sessions);
        let elsewhere = all
            .into_iter()
            .map(|(id, session)| (format!("elsewhere_{id}"), session));
        books.sessions = elsewhere.collect();
    }

    /// A day has passed: idempotency keys are forgotten.
    pub(crate) fn forget_keys(&self) {
        self.0.lock().unwrap().answers.clear();
    }

    /// A dispute, as it will be listed.
    pub(crate) fn dispute(&self, dispute: Value) {
        self.0.lock().unwrap().disputes.push(dispute);
    }

    /// The refunds that were made.
    pub(crate) fn refunds(&self) -> Vec<Value> {
        self.0.lock().unwrap().refunds.clone()
    }

    /// Answers a request; `None` if the answer is lost.
    pub(super) fn answer(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let mut books = self.0.lock().unwrap();
        let path = request.uri().path().to_owned();
        books.requests.push(format!("{} {path}", request.method()));
        let mut happens = (!books.next.is_empty()).then(|| books.next.remove(0));
        if request.method() == Method::POST && books.lose_post == Some(path.as_str()) {
            books.lose_post = None;
            happens = Some(Till::Lose);
        }
        if happens == Some(Till::Drop) {
            return None;
        }
        let key = request.headers().get("idempotency-key");
        let key = key.map(|key| key.to_str().unwrap().to_owned());
        let (status, body) = match key {
            Some(key) => {
                if !books.answers.contains_key(&key) {
                    let answer = if happens == Some(Till::Fail) {
                        (
                            500,
                            json!({"error": {"type": "api_error", "message": "sorry"}}),
                        )
                    } else {
                        books.create(&path, &form(request.body()))
                    };
                    books.answers.insert(key.clone(), answer);
                }
                books.answers[&key].clone()
            }
            None => books.read(request),
        };
        (happens != Some(Till::Lose)).then(|| {
            let response = Response::builder().status(status);
            response.body(body.to_string().into()).unwrap()
        })
    }
}

fn form(body: &Bytes) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

impl Books {
    fn create(&mut self, path: &str, form: &BTreeMap<String, String>) -> (u16, Value) {
        match path {
            "/v1/checkout/sessions" => {
                let id = format!("cs_{}", self.sessions.len() + 1);
                let amount: u64 = form["line_items[0][price_data][unit_amount]"]
                    .parse()
                    .unwrap();
                let expires_at: i64 = form["expires_at"].parse().unwrap();
                let session = json!({
                    "id": id, "object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid",
                    "livemode": false, "amount_total": amount, "currency": form["line_items[0][price_data][currency]"],
                    "client_reference_id": form["client_reference_id"], "metadata": {"order": form["metadata[order]"]}, "expires_at": expires_at, "payment_intent": null,
                    "url": format!("https://checkout.stripe.test/{id}"), "success_url": form["success_url"],
                    "customer_email": form.get("customer_email"), "created": expires_at - 3600,
                });
                self.sessions.insert(id, session.clone());
                (200, session)
            }
            "/v1/refunds" => {
                let id = format!("re_{}", self.refunds.len() + 1);
                let amount: u64 = form["amount"].parse().unwrap();
                let refund = json!({
                    "id": id, "object": "refund", "amount": amount, "currency": "usd", "status": "succeeded",
                    "payment_intent": form["payment_intent"], "metadata": {"key": form["metadata[key]"]},
                });
                self.refunds.push(refund.clone());
                (200, refund)
            }
            path if path.ends_with("/expire") => {
                let id = path.split('/').nth_back(1).unwrap();
                let Some(session) = self.sessions.get_mut(id) else {
                    return (
                        404,
                        json!({"error": {"type": "invalid_request_error", "message": "no such session"}}),
                    );
                };
                if session["status"] == "open" {
                    session["status"] = json!("expired");
                }
                (200, session.clone())
            }
            other => panic!("an unexpected request: {other}"),
        }
    }

    fn read(&mut self, request: &Request<Bytes>) -> (u16, Value) {
        let path = request.uri().path();
        if path.ends_with("/expire") {
            return self.create(path, &BTreeMap::new());
        }
        let list = |data: Vec<Value>| {
            (
                200,
                json!({"object": "list", "data": data, "has_more": false}),
            )
        };
        match path {
            "/v1/checkout/sessions" => {
                let complete = self.sessions.values();
                let complete = complete.filter(|session| session["status"] == "complete");
                list(complete.cloned().collect())
            }
            "/v1/refunds" => list(self.refunds.clone()),
            "/v1/disputes" => list(self.disputes.clone()),
            path => {
                let id = path.rsplit('/').next().unwrap();
                match self.sessions.get(id) {
                    Some(session) => (200, session.clone()),
                    None => (
                        404,
                        json!({"error": {"type": "invalid_request_error", "message": "no such session"}}),
                    ),
                }
            }
        }
    }
}

/// The variables of a deployment that sells by Stripe.
pub(crate) fn selling() -> Vec<(String, String)> {
    let offers = json!([
        {"id": "small", "name": "20 credits", "credits": 20, "prices": ["5.00 USD", "4.50 EUR"]},
        {"id": "large", "name": "100 credits", "credits": 100, "prices": ["20.00 USD"], "days": 30, "highlight": true},
    ]);
    let vars = [
        ("PROCESSOR", "stripe".to_owned()),
        ("STRIPE_BASE_URL", "https://stripe.test".to_owned()),
        ("STRIPE_API_KEY", "sk_test_1".to_owned()),
        ("STRIPE_WEBHOOK_SECRET", SECRET.to_owned()),
        ("OFFERS", offers.to_string()),
    ];
    vars.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

impl World {
    /// A world that sells.
    pub(crate) fn selling() -> Self {
        Self::with(super::configured(&selling()))
    }

    /// An event of Stripe's, signed now.
    pub(crate) async fn stripe_event(&self, kind: &str, object: &Value) -> Answer {
        let body = json!({
            "id": "evt_1", "object": "event", "type": kind, "livemode": false, "data": {"object": object},
        });
        let body = body.to_string();
        let seconds = self.now().seconds();
        self.payment_event("stripe", &body, &signature(SECRET, seconds, &body))
            .await
    }

    /// An event with this signature.
    pub(crate) async fn payment_event(
        &self,
        processor: &str,
        body: &str,
        signature: &str,
    ) -> Answer {
        let path = format!("/v1/webhooks/payments/{processor}");
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request
            .header("content-type", "application/json")
            .header("stripe-signature", signature);
        self.send(request.body(body.to_owned().into()).unwrap())
            .await
    }

    /// Something happened to a session.
    pub(crate) async fn session_event(&self, kind: &str, session: &str) -> Answer {
        let object = json!({"id": session, "object": "checkout.session"});
        self.stripe_event(&format!("checkout.session.{kind}"), &object)
            .await
    }

    /// A refund, as Stripe tells of it.
    pub(crate) async fn refund_event(
        &self,
        id: &str,
        payment: &str,
        amount: u64,
        status: &str,
    ) -> Answer {
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": "usd", "payment_intent": payment, "status": status,
        });
        let kind = if status == "failed" {
            "failed"
        } else {
            "created"
        };
        self.stripe_event(&format!("refund.{kind}"), &refund).await
    }

    /// A dispute, as Stripe tells of it.
    pub(crate) async fn dispute_event(
        &self,
        kind: &str,
        payment: &str,
        amount: u64,
        status: &str,
    ) -> Answer {
        let dispute = json!({
            "id": "dp_1", "object": "dispute", "amount": amount, "currency": "usd", "payment_intent": payment,
            "status": status,
        });
        self.stripe_event(&format!("charge.dispute.{kind}"), &dispute)
            .await
    }
}

impl User {
    /// Begins to buy.
    pub(crate) async fn checkout(&self, offer: &str) -> Answer {
        self.post("/v1/checkout", &json!({"offer": offer})).await
    }

    /// Begins to buy, and returns the order and the session.
    pub(crate) async fn begins(&self, offer: &str) -> (String, String) {
        let answer = self.checkout(offer).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let order = answer.body["order"].as_str().unwrap().to_owned();
        let url = answer.body["url"].as_str().unwrap();
        (order, url.rsplit('/').next().unwrap().to_owned())
    }

    /// Buys an offer, and returns the order and the payment.
    pub(crate) async fn buys(&self, offer: &str) -> (String, String) {
        let (order, session) = self.begins(offer).await;
        self.world.outside.stripe.pay(&session);
        let answer = self.world.session_event("completed", &session).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(self.order(&order).await["status"], "paid");
        (order, session.replace("cs_", "pi_"))
    }

    /// An order as its buyer sees it.
    pub(crate) async fn order(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/orders/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// What can be spent.
    pub(crate) async fn available(&self) -> u64 {
        self.get("/v1/credits").await.body["available"]
            .as_u64()
            .unwrap()
    }
}

impl World {
    /// Orders of all accounts, as operators see them.
    pub(crate) async fn admin_orders(&self, query: &str) -> Value {
        self.admin(
            Method::GET,
            &format!("/v1/admin/orders{query}"),
            &Value::Null,
        )
        .await
        .body
    }

    /// An operator's request.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.call(method, path, super::ADMIN_TOKEN, body).await
    }

    /// An operator's request under an idempotency key.
    pub(crate) async fn admin_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", super::ADMIN_TOKEN))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(body.to_string().into());
        self.send(request.unwrap()).await
    }
}
