//! What is done to a payment from outside, by forms of the dashboard or by tests. A browser is sent
//! back to the dashboard; any other caller is told what came of it, in JSON.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension, Json,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    By, Change, Checkout, Denied, Event, Faults, Kind, Refund, Stage, State, books,
    checkout::Contest, dashboard, delivery, pay,
};
use crate::{html, parameters::Parameters, world::World};

/// The actions, in the order of the dashboard.
pub(crate) const ACTIONS: [(&str, &str); 17] = [
    ("pay", "Pay"),
    ("later", "Pay later"),
    ("decline", "Decline"),
    ("expire", "Expire"),
    ("arrive", "The money arrives"),
    ("fail", "The money does not arrive"),
    ("refund", "Refund"),
    ("refund-later", "Refund, pending"),
    ("refund-arrives", "The refund arrives"),
    ("refund-fails", "The refund fails"),
    ("warn", "Early fraud warning"),
    ("inquire", "Inquiry"),
    ("inquiry-closes", "The inquiry is closed"),
    ("dispute", "Dispute"),
    ("win", "The dispute is won"),
    ("lose", "The dispute is lost"),
    ("prevent", "A refund prevents the dispute"),
];

/// Why an action is refused.
enum Refused {
    NotFound(String),
    Bad(String),
    Denied(Denied),
}

/// What an action is given.
#[derive(Default)]
struct Given {
    amount: Option<u64>,
    refund: Option<String>,
    email: Option<String>,
    faults: Option<Faults>,
}

/// `POST /dashboard/{reference}/{action}`: the session by any of its ids, or by the merchant's own.
pub(crate) async fn act(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    Path((reference, action)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let done = given(&headers, &body).and_then(|given| {
        let checkout = world.memory().books.find(by, &reference).cloned();
        let checkout = checkout
            .ok_or_else(|| Refused::NotFound(format!("there is no session {reference}")))?;
        let events = run(&world, &checkout, &action, given)?;
        let now = world.memory().books.find(by, &checkout.id).cloned();
        let told = now.map(|now| dashboard::told(&world, &now));
        let events: Vec<Value> = events
            .iter()
            .map(|event| json!({ "id": event.id, "type": event.kind }))
            .collect();
        Ok(json!({ "payment": told, "events": events }))
    });
    answer(&world, by, &headers, done)
}

/// `POST /events/{id}/resend`: under the same id, without any fault.
pub(crate) async fn resend(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let event = world.memory().books.event(&id).cloned();
    let done = match event.filter(|event| event.by.name() == by.name()) {
        None => Err(Refused::NotFound(format!("there is no event {id}"))),
        Some(event) => match delivery::resend(&world, &event).await {
            None => Err(Refused::Bad("nobody takes events".to_owned())),
            Some(outcome) => Ok(json!({
                "status": outcome.as_ref().ok(),
                "error": outcome.as_ref().err(),
            })),
        },
    };
    answer(&world, by, &headers, done)
}

/// `POST /faults`: `faults` for the next session, or the next `times` ones.
pub(crate) async fn set_faults(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let set = || -> Result<Value, Refused> {
        let bad = |problem: String| Refused::Bad(problem);
        let form = Parameters::of_form(&headers, &body).map_err(|error| bad(error.to_string()))?;
        form.allow(&["faults", "times"])
            .map_err(|error| bad(error.to_string()))?;
        let faults = faults(&form)?.unwrap_or_default();
        let times = number(&form, "times")?.unwrap_or(1);
        let told = json!({ "faults": faults.names(), "times": times });
        world.change(|memory| memory.books.expect(by, faults, times));
        Ok(told)
    };
    let done = set();
    answer(&world, by, &headers, done)
}

fn given(headers: &HeaderMap, body: &[u8]) -> Result<Given, Refused> {
    if body.is_empty() {
        return Ok(Given::default());
    }
    let bad = |error: &dyn ToString| Refused::Bad(error.to_string());
    let form = Parameters::of_form(headers, body).map_err(|error| bad(&error))?;
    form.allow(&["amount", "refund", "email", "faults"])
        .map_err(|error| bad(&error))?;
    Ok(Given {
        amount: number(&form, "amount")?,
        refund: form.owned("refund"),
        email: form.owned("email"),
        faults: faults(&form)?,
    })
}

fn number(form: &Parameters, name: &str) -> Result<Option<u64>, Refused> {
    let number = form.get(name).map(str::parse).transpose();
    number.map_err(|_no_number| Refused::Bad(format!("{name} must be a whole number")))
}

fn faults(form: &Parameters) -> Result<Option<Faults>, Refused> {
    let faults = form.get("faults").map(Faults::parse).transpose();
    faults.map_err(|name| Refused::Bad(format!("there is no fault {name}")))
}

fn run(
    world: &Arc<World>,
    checkout: &Checkout,
    action: &str,
    given: Given,
) -> Result<Vec<Event>, Refused> {
    let by = checkout.by;
    let id = checkout.id.as_str();
    let email = given.email.as_deref().unwrap_or("buyer@example.com");
    let Given { amount, refund, .. } = &given;
    let turn = |to: Stage, change: fn(usize) -> Change| {
        books::change(world, by, id, |checkout, _, now| {
            let place = checkout.turn(refund.as_deref(), to, now)?;
            Ok(Some(change(place)))
        })
    };
    let decide = |from, to| {
        books::change(world, by, id, |checkout, _, now| {
            checkout.decide(from, to, now).map(Some)
        })
    };
    let contest = |stage| {
        books::change(world, by, id, |checkout, drawn, now| {
            let id = by.id(Kind::Dispute, drawn);
            checkout.contest(stage, *amount, id, now).map(Some)
        })
    };
    let settle = |to, change| {
        books::change(world, by, id, |checkout, _, now| {
            checkout.settle(to, now)?;
            Ok(Some(change))
        })
    };
    let outcome = match action {
        "pay" => pay::pay(world, checkout, State::Paid, email, given.faults),
        "later" => pay::pay(world, checkout, State::Pending, email, given.faults),
        "decline" => pay::decline(world, checkout),
        "expire" => books::expire(world, by, id),
        "arrive" => settle(State::Paid, Change::Arrived),
        "fail" => settle(State::Failed, Change::Failed),
        "refund" => give_back(world, checkout, *amount, Stage::Succeeded),
        "refund-later" => give_back(world, checkout, *amount, Stage::Pending),
        "refund-arrives" => turn(Stage::Succeeded, Change::RefundSucceeded),
        "refund-fails" => turn(Stage::Failed, Change::RefundFailed),
        "warn" => books::change(world, by, id, |checkout, _, _| match checkout.state {
            State::Paid => Ok(Some(Change::FraudWarning)),
            _ => Err(Denied::NotPaid),
        }),
        "inquire" => contest(Contest::Inquiry),
        "inquiry-closes" => decide(Contest::Inquiry, Contest::InquiryClosed),
        "dispute" => contest(Contest::Opened),
        "win" => decide(Contest::Opened, Contest::Won),
        "lose" => decide(Contest::Opened, Contest::Lost),
        "prevent" => prevent(world, checkout),
        "faults" => books::change(world, by, id, |checkout, _, _| {
            checkout.faults = given.faults.unwrap_or_default().of_events();
            Ok(None)
        }),
        _ => return Err(Refused::NotFound(format!("there is no action {action}"))),
    };
    outcome.map_err(Refused::Denied)
}

fn give_back(
    world: &Arc<World>,
    checkout: &Checkout,
    minor: Option<u64>,
    stage: Stage,
) -> Result<Vec<Event>, Denied> {
    books::change(world, checkout.by, &checkout.id, |checkout, drawn, now| {
        let id = checkout.by.id(Kind::Refund, drawn);
        let place = checkout.refund(minor, |minor| refund(id, minor, stage, now))?;
        Ok(Some(Change::Refunded(place)))
    })
}

/// An inquiry ends with a refund of its amount, or of what is left.
fn prevent(world: &Arc<World>, checkout: &Checkout) -> Result<Vec<Event>, Denied> {
    books::change(world, checkout.by, &checkout.id, |checkout, drawn, now| {
        let id = checkout.by.id(Kind::Refund, drawn);
        let left = checkout.left();
        let disputed = checkout.dispute.as_ref().map_or(0, |dispute| dispute.minor);
        checkout.decide(Contest::Inquiry, Contest::Prevented, now)?;
        let place = checkout.refund(Some(disputed.min(left)), |minor| Refund {
            prevents: true,
            ..refund(id, minor, Stage::Succeeded, now)
        })?;
        Ok(Some(Change::Refunded(place)))
    })
}

fn refund(id: String, minor: u64, stage: Stage, now: u64) -> Refund {
    Refund {
        id,
        minor,
        stage,
        reason: None,
        metadata: BTreeMap::new(),
        prevents: false,
        created: now,
        changed: now,
    }
}

fn answer(world: &World, by: By, headers: &HeaderMap, done: Result<Value, Refused>) -> Response {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|kinds| kinds.to_str().ok());
    let is_browser = accepts.is_some_and(|kinds| kinds.contains("text/html"));
    let (status, problem) = match done {
        Ok(_) if is_browser => {
            let dashboard = format!("{}/dashboard", world.provider_url(by.name()));
            return Redirect::to(&dashboard).into_response();
        }
        Ok(told) => return Json(told).into_response(),
        Err(Refused::NotFound(problem)) => (StatusCode::NOT_FOUND, problem),
        Err(Refused::Bad(problem)) => (StatusCode::BAD_REQUEST, problem),
        Err(Refused::Denied(denied)) => (StatusCode::CONFLICT, denied.to_string()),
    };
    if is_browser {
        return html::refusal(status, &problem);
    }
    (status, Json(json!({ "error": problem }))).into_response()
}
