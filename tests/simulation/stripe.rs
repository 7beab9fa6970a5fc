//! Stripe: sessions, payments, refunds and disputes, and how it tells of them.

use std::collections::BTreeMap;

use atelier::domain::time::Timestamp;
use serde_json::{Value, json};

/// Where its API is.
pub(crate) const HOST: &str = "stripe.test";

/// What its pages of a checkout begin with.
const PAGES: &str = "https://checkout.stripe.test/";

/// How soon, and how late, a session may end: half an hour, and a day, in seconds.
const LIVES: std::ops::RangeInclusive<i64> = 30 * 60..=24 * 60 * 60;

/// As many as a list has at most. Stripe's own has a hundred: nobody here buys that much.
const PAGE: usize = 8;

/// Whether a session can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Complete,
    Expired,
}

/// Whether the money of a session is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Money {
    None,
    UnderWay,
    Taken,
    Failed,
}

/// A session, and the payment of it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) order: String,
    pub(crate) minor: u64,
    currency: String,
    pub(crate) created: i64,
    expires_at: i64,
    pub(crate) status: Status,
    pub(crate) money: Money,
}

/// Money of a session's payment that its merchant gives back.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) session: usize,
    pub(crate) minor: u64,
    pub(crate) status: &'static str,
    /// What it was asked for under; `None`: in Stripe's dashboard.
    pub(crate) key: Option<String>,
}

/// Money of a session's payment that the buyer's bank asks for.
#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) session: usize,
    pub(crate) minor: u64,
    pub(crate) status: &'static str,
    /// How often the money moved: away, and back again.
    pub(crate) moves: usize,
}

impl Refund {
    /// Whether the money is gone, or on its way.
    pub(crate) fn is_live(&self) -> bool {
        self.status != "failed"
    }
}

impl Dispute {
    /// Whether the bank has not decided for the merchant.
    pub(crate) fn is_against_us(&self) -> bool {
        !matches!(self.status, "won" | "warning_closed")
    }
}

/// An event, which is signed when it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) body: String,
    pub(crate) tries: u8,
}

#[derive(Default)]
pub(crate) struct Stripe {
    pub(crate) sessions: Vec<Session>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) disputes: Vec<Dispute>,
    pub(crate) events: Vec<Event>,
    pub(crate) down_until: Option<Timestamp>,
    /// By idempotency key: what was asked for, and the answer that is repeated.
    pub(crate) answers: BTreeMap<String, (String, (u16, Value))>,
}

/// The session of an address on which it is paid, or of the id of a session or a payment.
pub(crate) fn number(name: &str) -> Option<usize> {
    let name = name.strip_prefix(PAGES).unwrap_or(name);
    let (_, number) = name.split_once('_')?;
    number.parse().ok()
}

fn refused(message: &str) -> (u16, Value) {
    let error = json!({"error": {"type": "invalid_request_error", "message": message}});
    (400, error)
}

impl Stripe {
    /// The session of a payment whose money was taken.
    pub(crate) fn payment(&self, id: &str) -> Option<&Session> {
        let number = id.strip_prefix("pi_").and(number(id))?;
        let session = self.sessions.get(number)?;
        (session.money == Money::Taken).then_some(session)
    }

    /// How much of a session's money is gone: of a refund and a dispute of the same money, once.
    pub(crate) fn gone(&self, session: usize) -> u64 {
        let refunds = self.refunds.iter();
        let refunded = refunds.filter(|refund| refund.session == session && refund.is_live());
        let disputes = self.disputes.iter();
        let disputed = disputes.filter(|dispute| dispute.session == session && dispute.moves == 1);
        let gone = refunded.map(|refund| refund.minor);
        let gone = gone.chain(disputed.map(|dispute| dispute.minor));
        gone.sum::<u64>().min(self.sessions[session].minor)
    }

    /// Whether a dispute of a session's money is open, or lost.
    pub(crate) fn is_disputed(&self, session: usize) -> bool {
        let mut disputes = self.disputes.iter();
        disputes.any(|dispute| dispute.session == session && dispute.is_against_us())
    }

    /// Whether money of a session went back because we asked for it.
    pub(crate) fn is_refunded(&self, session: usize) -> bool {
        let ours = |refund: &&Refund| refund.session == session && refund.key.is_some();
        self.refunds.iter().filter(ours).any(Refund::is_live)
    }

    /// What can still be refunded of a session's money.
    pub(crate) fn refundable(&self, session: usize) -> u64 {
        let refunds = self.refunds.iter();
        let live = refunds.filter(|refund| refund.session == session && refund.is_live());
        self.sessions[session].minor - live.map(|refund| refund.minor).sum::<u64>()
    }

    pub(crate) fn said_session(&self, number: usize) -> Value {
        let session = &self.sessions[number];
        let intent = match session.money {
            Money::None => None,
            Money::UnderWay => Some("processing"),
            Money::Taken => Some("succeeded"),
            Money::Failed => Some("requires_payment_method"),
        };
        let intent = intent.map(|status| {
            let charge = json!({"receipt_url": format!("https://pay.stripe.test/{number}")});
            json!({"id": format!("pi_{number}"), "status": status, "latest_charge": charge})
        });
        let url = format!("{PAGES}cs_{number}");
        json!({
            "id": format!("cs_{number}"), "object": "checkout.session", "mode": "payment", "livemode": false,
            "status": match session.status {
                Status::Open => "open",
                Status::Complete => "complete",
                Status::Expired => "expired",
            },
            "payment_status": if session.money == Money::Taken { "paid" } else { "unpaid" },
            "amount_total": session.minor, "currency": session.currency, "metadata": {"order": session.order},
            "created": session.created, "expires_at": session.expires_at, "payment_intent": intent,
            "url": (session.status == Status::Open).then_some(url),
        })
    }

    pub(crate) fn said_refund(&self, number: usize) -> Value {
        let refund = &self.refunds[number];
        json!({
            "id": format!("re_{number}"), "object": "refund", "amount": refund.minor, "status": refund.status,
            "metadata": {"key": refund.key},
            "currency": self.sessions[refund.session].currency, "payment_intent": format!("pi_{}", refund.session),
        })
    }

    pub(crate) fn said_dispute(&self, number: usize) -> Value {
        let dispute = &self.disputes[number];
        json!({
            "id": format!("dp_{number}"), "object": "dispute", "amount": dispute.minor, "status": dispute.status,
            "currency": self.sessions[dispute.session].currency, "payment_intent": format!("pi_{}", dispute.session),
            "balance_transactions": vec![json!({}); dispute.moves],
        })
    }

    pub(crate) fn dispute(&mut self, session: usize, minor: u64, status: &'static str) -> usize {
        self.disputes.push(Dispute {
            session,
            minor,
            status,
            moves: 0,
        });
        self.disputes.len() - 1
    }

    /// Ends the open sessions whose time is over.
    pub(crate) fn ended(&mut self, now: Timestamp) -> Vec<usize> {
        let mut ended = Vec::new();
        for (number, session) in self.sessions.iter_mut().enumerate() {
            if session.status == Status::Open && session.expires_at <= now.seconds() {
                session.status = Status::Expired;
                ended.push(number);
            }
        }
        ended
    }

    /// Makes a session, or refuses to. Such a refusal is not repeated.
    pub(crate) fn create(&mut self, form: &BTreeMap<String, String>, now: i64) -> (u16, Value) {
        let expires_at: i64 = form["expires_at"].parse().unwrap();
        if !LIVES.contains(&(expires_at - now)) {
            return refused("expires_at is out of range");
        }
        self.sessions.push(Session {
            order: form["metadata[order]"].clone(),
            minor: form["line_items[0][price_data][unit_amount]"]
                .parse()
                .unwrap(),
            currency: form["line_items[0][price_data][currency]"].clone(),
            created: now,
            expires_at,
            status: Status::Open,
            money: Money::None,
        });
        (200, self.said_session(self.sessions.len() - 1))
    }

    /// Gives money back, or refuses to: no more than is left, and nothing that a bank asks for.
    pub(crate) fn refund(
        &mut self,
        form: &BTreeMap<String, String>,
        key: &str,
        soon: bool,
    ) -> (u16, Value) {
        let minor: u64 = form["amount"].parse().unwrap();
        let session = number(&form["payment_intent"]).unwrap();
        if minor == 0 || minor > self.refundable(session) || self.is_disputed(session) {
            return refused("it cannot be refunded");
        }
        self.refunds.push(Refund {
            session,
            minor,
            status: if soon { "succeeded" } else { "pending" },
            key: Some(key.into()),
        });
        (200, self.said_refund(self.refunds.len() - 1))
    }

    pub(crate) fn expire(&mut self, name: &str) -> (u16, Value) {
        let number = number(name).unwrap();
        if self.sessions[number].status != Status::Open {
            return refused("it is not open");
        }
        self.sessions[number].status = Status::Expired;
        (200, self.said_session(number))
    }

    /// A session, or a list, the newest first.
    pub(crate) fn read(&self, path: &str, query: &BTreeMap<String, String>) -> (u16, Value) {
        let said: Vec<_> = match path {
            "/v1/checkout/sessions" => {
                let since: i64 = query["created[gte]"].parse().unwrap();
                let all = self.sessions.iter().enumerate();
                let complete = all.filter(|(_, session)| {
                    session.status == Status::Complete && session.created >= since
                });
                complete
                    .map(|(number, _)| self.said_session(number))
                    .collect()
            }
            "/v1/refunds" => (0..self.refunds.len())
                .map(|number| self.said_refund(number))
                .collect(),
            "/v1/disputes" => (0..self.disputes.len())
                .map(|number| self.said_dispute(number))
                .collect(),
            path => {
                let number = number(path.rsplit('/').next().unwrap()).unwrap();
                return (200, self.said_session(number));
            }
        };
        let newest = said.into_iter().rev();
        let mut rest = newest.skip_while(|object| {
            let after = query.get("starting_after");
            after.is_some_and(|after| object["id"] != **after)
        });
        if query.contains_key("starting_after") {
            rest.next();
        }
        let page = if path.ends_with("sessions") {
            PAGE
        } else {
            100
        };
        let data: Vec<_> = rest.by_ref().take(page).collect();
        let has_more = rest.next().is_some();
        (
            200,
            json!({"object": "list", "data": data, "has_more": has_more}),
        )
    }
}

impl Event {
    pub(crate) fn new(kind: &str, object: &Value, is_live: bool) -> Self {
        let body = json!({
            "id": "evt_1", "object": "event", "type": kind, "livemode": is_live, "data": {"object": object},
        });
        Self {
            body: body.to_string(),
            tries: 4,
        }
    }
}
