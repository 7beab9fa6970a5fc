//! The page where one pays. It is plain: forms, no script.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;

use super::{
    By, Change, Checkout, Denied, Event, State, books, delivery,
    faults::{Faults, TABLE},
    money,
};
use crate::{
    address::is_address,
    html::{self, escape},
    parameters::Parameters,
    world::World,
};

/// Who pays where the merchant has not said.
const BUYER: &str = "buyer@example.com";

pub(crate) async fn show(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    Path(id): Path<String>,
) -> Response {
    match found(&world, by, &id) {
        Some(checkout) => page(StatusCode::OK, &checkout),
        None => html::refusal(StatusCode::NOT_FOUND, "There is no such session."),
    }
}

/// Does what a button says: `do` is `pay`, `later`, `decline` or `back`.
pub(crate) async fn act(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let bad = |problem: &str| html::refusal(StatusCode::BAD_REQUEST, problem);
    let Some(checkout) = found(&world, by, &id) else {
        return html::refusal(StatusCode::NOT_FOUND, "There is no such session.");
    };
    let form = match Parameters::of_form(&headers, &body) {
        Ok(form) => form,
        Err(error) => return bad(&error.to_string()),
    };
    if let Err(error) = form.allow(&["do", "email", "faults"]) {
        return bad(&error.to_string());
    }
    let email = match form.get("email") {
        Some(email) if !is_address(email) => return bad("email must be an address"),
        given => given.unwrap_or(BUYER),
    };
    let faults = match form.get("faults").map(Faults::parse).transpose() {
        Ok(faults) => faults,
        Err(name) => return bad(&format!("there is no fault {name}")),
    };
    let outcome = match form.get("do") {
        Some("back") => return back(&checkout),
        Some("decline") => decline(&world, &checkout).map(|_| None),
        Some("pay") => pay(&world, &checkout, State::Paid, email, faults).map(Some),
        Some("later") => pay(&world, &checkout, State::Pending, email, faults).map(Some),
        _ => return bad("do must be pay, later, decline or back"),
    };
    match outcome {
        Ok(Some(events)) => {
            delivery::first_answers(&world, &events).await;
            Redirect::to(&success_url(&checkout)).into_response()
        }
        Ok(None) => match found(&world, by, &id) {
            Some(checkout) => page(StatusCode::PAYMENT_REQUIRED, &checkout),
            None => bad("There is no such session."),
        },
        Err(_not_open) => page(StatusCode::CONFLICT, &checkout),
    }
}

fn found(world: &World, by: By, id: &str) -> Option<Checkout> {
    let memory = world.memory();
    let found = memory
        .books
        .find(by, id)
        .filter(|checkout| checkout.id == id);
    found.cloned()
}

/// Completes a session: at once, or by a method that takes days.
pub(crate) fn pay(
    world: &Arc<World>,
    checkout: &Checkout,
    to: State,
    email: &str,
    faults: Option<Faults>,
) -> Result<Vec<Event>, Denied> {
    books::change(world, checkout.by, &checkout.id, |checkout, _, now| {
        checkout.close(to, now)?;
        checkout.email.get_or_insert_with(|| email.to_owned());
        if let Some(faults) = faults {
            checkout.faults = faults.of_events();
        }
        Ok(Some(match to {
            State::Pending => Change::Pending,
            _ => Change::Paid,
        }))
    })
}

/// Lets the card be declined: the session stays open.
pub(crate) fn decline(world: &Arc<World>, checkout: &Checkout) -> Result<Vec<Event>, Denied> {
    books::change(world, checkout.by, &checkout.id, |checkout, _, _| {
        if checkout.state != State::Open {
            return Err(Denied::NotOpen);
        }
        checkout.is_declined = true;
        Ok(None)
    })
}

fn success_url(checkout: &Checkout) -> String {
    let placeholder = checkout.by.placeholder();
    checkout.success_url.replace(placeholder, &checkout.id)
}

fn back(checkout: &Checkout) -> Response {
    match &checkout.cancel_url {
        Some(address) => Redirect::to(address).into_response(),
        None => html::refusal(
            StatusCode::BAD_REQUEST,
            "The merchant has no address for that.",
        ),
    }
}

fn page(status: StatusCode, checkout: &Checkout) -> Response {
    let summary = format!(
        "<p>The emulator stands in for {}. No money moves.</p>\
         <dl><dt>For</dt><dd id=\"name\">{}</dd><dt>Amount</dt><dd id=\"amount\">{}</dd></dl>",
        checkout.by.title(),
        escape(&checkout.name),
        money::text(checkout.minor, &checkout.currency)
    );
    let rest = match checkout.state {
        State::Open => form(checkout),
        State::Expired => told("This session has expired."),
        State::Pending => told("The payment is under way."),
        State::Failed => told("The payment has failed."),
        State::Paid => told("This is paid."),
    };
    let title = format!("Pay with {}", checkout.by.title());
    html::page(status, &title, &format!("{summary}{rest}"))
}

fn told(state: &str) -> String {
    format!("<p id=\"state\" role=\"status\">{state}</p>")
}

fn form(checkout: &Checkout) -> String {
    let declined = if checkout.is_declined {
        "<p id=\"declined\" role=\"alert\">Your card was declined.</p>"
    } else {
        ""
    };
    let (email, fixed) = match &checkout.email {
        Some(email) => (escape(email), " readonly"),
        None => (BUYER.to_owned(), ""),
    };
    let back = match checkout.cancel_url {
        Some(_) => "<button id=\"back\" name=\"do\" value=\"back\" formnovalidate>Back</button>",
        None => "",
    };
    let now = checkout.faults.names();
    let mut options = vec![format!("<option value=\"{now}\">as usual</option>")];
    if !now.is_empty() {
        options = vec![format!("<option>{now}</option>")];
    }
    options.extend(
        TABLE
            .iter()
            .skip(3)
            .map(|(name, _, what)| format!("<option value=\"{name}\">{name}: {what}</option>")),
    );
    format!(
        "{declined}<form method=\"post\"><p><label for=\"email\">E-mail</label> \
         <input id=\"email\" name=\"email\" type=\"email\" value=\"{email}\" required{fixed}></p>\
         <p><label for=\"faults\">Events</label> \
         <select id=\"faults\" name=\"faults\">{}</select></p>\
         <p><button id=\"pay\" name=\"do\" value=\"pay\">Pay</button> \
         <button id=\"pay-later\" name=\"do\" value=\"later\">Pay later</button> \
         <button id=\"decline\" name=\"do\" value=\"decline\">Decline</button> {back}</p></form>",
        options.concat()
    )
}

/// The payment receipt.
pub(crate) async fn receipt(
    Shared(world): Shared<Arc<World>>,
    Extension(by): Extension<By>,
    Path(id): Path<String>,
) -> Response {
    let memory = world.memory();
    let found = memory
        .books
        .find(by, &id)
        .filter(|checkout| checkout.state == State::Paid);
    let Some(checkout) = found else {
        return html::refusal(StatusCode::NOT_FOUND, "There is no such receipt.");
    };
    let money = |minor| money::text(minor, &checkout.currency);
    let content = format!(
        "<dl><dt>For</dt><dd>{}</dd><dt>Paid</dt><dd id=\"amount\">{}</dd>\
         <dt>Refunded</dt><dd id=\"refunded\">{}</dd></dl>",
        escape(&checkout.name),
        money(checkout.minor),
        money(checkout.refunded())
    );
    html::page(
        StatusCode::OK,
        &format!("Receipt of {}", by.title()),
        &content,
    )
}
