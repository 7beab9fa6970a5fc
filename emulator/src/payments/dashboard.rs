//! The operator's dashboard: `GET /dashboard` for people, `GET /dashboard.json` for tests.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{RawQuery, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    By, Checkout, State,
    checkout::{Contest, Stage},
    money,
    steer::ACTIONS,
};
use crate::{
    html::{self, escape},
    parameters::Parameters,
    world::World,
};

/// The newest payment first.
pub(crate) async fn show(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
) -> Response {
    let all: Vec<Checkout> = world.memory().books.checkouts(by).rev().cloned().collect();
    let articles: String = all
        .iter()
        .map(|checkout| article(&world, checkout))
        .collect();
    let content = match articles.as_str() {
        "" => "<p>Nothing was sold yet.</p>".to_owned(),
        _ => articles,
    };
    html::page(
        StatusCode::OK,
        &format!("Payments at {}", by.title()),
        &content,
    )
}

fn article(world: &World, checkout: &Checkout) -> String {
    let told = told(world, checkout);
    let line = |name: &str| escape(told.get(name).and_then(Value::as_str).unwrap_or("none"));
    let base = format!(
        "{}/dashboard/{}",
        world.provider_url(checkout.by.name()),
        checkout.id
    );
    let forms: String = ACTIONS
        .iter()
        .filter(|(action, _)| is_possible(checkout, action))
        .map(|(action, label)| form(&base, action, label, checkout))
        .collect();
    let faults = format!(
        "<form method=\"post\" action=\"{base}/faults\"><label>Faults of events \
         <input name=\"faults\" value=\"{}\" placeholder=\"lost,twin\"></label> \
         <button class=\"faults\">Set</button></form>",
        line("faults")
    );
    let rows = |name: &str| -> String {
        let list = told.get(name).and_then(Value::as_array);
        let rows = list.into_iter().flatten().map(|row| match row.get("type") {
            Some(_) => event(world, checkout.by, row),
            None => format!("<li>{}</li>", escape(&row.to_string())),
        });
        rows.collect()
    };
    let dispute = told.get("dispute").filter(|dispute| !dispute.is_null());
    let dispute = dispute.map_or(String::new(), |dispute| {
        format!("<p>Dispute: {}</p>", escape(&dispute.to_string()))
    });
    format!(
        "<article id=\"{id}\"><h2>{name}, {amount}</h2>\
         <p><b class=\"status\">{status}</b> · {email} · {id} · {payment} · {charge} · {reference}\
         </p>{forms}{faults}<ul>{refunds}</ul>{dispute}<ul>{events}</ul></article>",
        id = line("id"),
        name = line("name"),
        amount = money::text(checkout.minor, &checkout.currency),
        status = line("status"),
        email = line("email"),
        payment = line("payment"),
        charge = line("charge"),
        reference = line("reference"),
        refunds = rows("refunds"),
        events = rows("events"),
    )
}

fn form(base: &str, action: &str, label: &str, checkout: &Checkout) -> String {
    let most = match action {
        "refund" | "refund-later" => Some(checkout.left()),
        "inquire" => Some(checkout.minor),
        "dispute" if checkout.dispute.is_none() => Some(checkout.minor),
        _ => None,
    };
    let field = most.map_or(String::new(), |most| {
        format!(
            "<label>Minor units <input name=\"amount\" type=\"number\" min=\"1\" max=\"{most}\" \
             value=\"{most}\" required></label> "
        )
    });
    format!(
        "<form method=\"post\" action=\"{base}/{action}\">{field}\
         <button class=\"{action}\">{label}</button></form>"
    )
}

fn event(world: &World, by: By, row: &Value) -> String {
    let text = |name: &str| escape(row.get(name).and_then(Value::as_str).unwrap_or_default());
    let is_delivered = row.get("delivered").and_then(Value::as_bool) == Some(true);
    let delivered = if is_delivered {
        "delivered"
    } else {
        "not delivered"
    };
    format!(
        "<li><form method=\"post\" action=\"{}/events/{id}/resend\">{kind}, {delivered} ({id}) \
         <button class=\"resend\">Resend</button></form></li>",
        world.provider_url(by.name()),
        id = text("id"),
        kind = text("type"),
    )
}

/// Whether an action makes sense now. What is posted anyway is refused.
fn is_possible(checkout: &Checkout, action: &str) -> bool {
    let stage = checkout.dispute.as_ref().map(|dispute| dispute.stage);
    let is_paid = checkout.state == State::Paid;
    let holds = stage.is_some_and(Contest::holds_money);
    let has = |stage| checkout.refunds.iter().any(|refund| refund.stage == stage);
    match action {
        "pay" | "later" | "decline" | "expire" => checkout.state == State::Open,
        "arrive" | "fail" => checkout.state == State::Pending,
        "refund" | "refund-later" => is_paid && checkout.left() > 0 && !holds,
        "refund-arrives" => has(Stage::Pending),
        "refund-fails" => has(Stage::Pending) || has(Stage::Succeeded),
        "warn" => is_paid,
        "inquire" => is_paid && stage.is_none(),
        "dispute" => is_paid && matches!(stage, None | Some(Contest::Inquiry)),
        "inquiry-closes" | "prevent" => stage == Some(Contest::Inquiry),
        "win" | "lose" => stage == Some(Contest::Opened),
        _ => false,
    }
}

/// The oldest payment first; with `reference`, those with it as one of their ids.
pub(crate) async fn list(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = match Parameters::of_query(query.as_deref(), &["reference"]) {
        Ok(asked) => asked,
        Err(error) => {
            let problem = Json(json!({ "error": error.to_string() }));
            return (StatusCode::BAD_REQUEST, problem).into_response();
        }
    };
    let reference = asked.get("reference");
    let is_meant = |checkout: &&Checkout| {
        reference.is_none_or(|reference| {
            [&checkout.id, &checkout.payment, &checkout.charge].contains(&&reference.to_owned())
                || checkout.reference.as_deref() == Some(reference)
        })
    };
    let all: Vec<Checkout> = world
        .memory()
        .books
        .checkouts(by)
        .filter(is_meant)
        .cloned()
        .collect();
    let told: Vec<Value> = all.iter().map(|checkout| told(&world, checkout)).collect();
    Json(json!({ "payments": told })).into_response()
}

/// A payment in short, with all that came of it.
pub(crate) fn told(world: &World, checkout: &Checkout) -> Value {
    let refunds = checkout.refunds.iter().map(|refund| {
        let status = match refund.stage {
            Stage::Pending => "pending",
            Stage::Succeeded => "succeeded",
            Stage::Failed => "failed",
        };
        json!({ "id": refund.id, "amount": refund.minor, "status": status })
    });
    let dispute = checkout.dispute.as_ref().map(|dispute| {
        let status = match dispute.stage {
            Contest::Inquiry => "inquiry",
            Contest::InquiryClosed => "inquiry closed",
            Contest::Opened => "opened",
            Contest::Won => "won",
            Contest::Lost => "lost",
            Contest::Prevented => "prevented",
        };
        json!({ "id": dispute.id, "amount": dispute.minor, "status": status })
    });
    let status = match checkout.state {
        State::Open => "open",
        State::Pending => "pending",
        State::Paid => "paid",
        State::Failed => "failed",
        State::Expired => "expired",
    };
    let memory = world.memory();
    let events = memory.books.events_of(&checkout.id).map(|event| {
        json!({
            "id": event.id,
            "type": event.kind,
            "attempts": event.attempts,
            "delivered": event.is_delivered,
        })
    });
    json!({
        "id": checkout.id,
        "payment": checkout.payment,
        "charge": checkout.charge,
        "reference": checkout.reference,
        "name": checkout.name,
        "amount": checkout.minor,
        "currency": checkout.currency,
        "email": checkout.email,
        "url": format!("{}/pay/{}", world.provider_url(checkout.by.name()), checkout.id),
        "status": status,
        "faults": checkout.faults.names(),
        "refunds": refunds.collect::<Vec<_>>(),
        "dispute": dispute,
        "events": events.collect::<Vec<_>>(),
    })
}
