//! The page where one chooses who to be, and its form. A script posts the same form with the field
//! `person`.

use axum::{http::StatusCode, response::Response};

use super::people::{self, Person};
use crate::{
    html::{self, escape},
    parameters::Parameters,
};

/// The field with a login, a subject or an e-mail address.
const PERSON: &str = "person";
/// The field of the button that refuses.
const CANCEL: &str = "cancel";

/// The answer of the form.
#[derive(Debug)]
pub(crate) enum Choice {
    Person(Box<Person>),
    Cancelled,
}

/// The form has nobody in it who could be somebody.
#[derive(Debug)]
pub(crate) struct NoSuchPerson;

/// Reads the choice from the form, and leaves the parameters that the page was asked with.
pub(crate) fn choice(form: &mut Parameters) -> Result<Choice, NoSuchPerson> {
    let person = form.take(PERSON);
    if form.take(CANCEL).is_some() {
        return Ok(Choice::Cancelled);
    }
    let found = person.as_deref().and_then(people::find);
    found
        .map(|person| Choice::Person(Box::new(person)))
        .ok_or(NoSuchPerson)
}

/// The page. Its forms are posted to its own address, and carry the parameters it was asked with.
pub(crate) fn page(service: &str, hint: &str, asked: &Parameters) -> Response {
    let hidden: Vec<String> = asked
        .iter()
        .map(|(name, value)| hidden(name, value))
        .collect();
    let hidden = hidden.concat();
    let buttons: Vec<String> = people::all().map(|person| button(&person)).collect();
    let buttons = buttons.concat();
    let hint = escape(hint);
    let content = format!(
        "<p>The emulator stands in for {service}. Choose who to be.</p>\
         <form method=\"post\" action=\"?\">{hidden}{buttons}\
         <p><button name=\"{CANCEL}\" value=\"1\">Cancel</button></p></form>\
         <form method=\"post\" action=\"?\">{hidden}<label>Somebody else: \
         <input name=\"{PERSON}\" value=\"{hint}\" placeholder=\"e-mail or login\" required></label> \
         <button>Sign in</button></form>"
    );
    html::page(StatusCode::OK, &format!("Sign in with {service}"), &content)
}

fn hidden(name: &str, value: &str) -> String {
    let (name, value) = (escape(name), escape(value));
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
}

fn button(person: &Person) -> String {
    let proven = if person.is_verified {
        ""
    } else {
        ", not verified"
    };
    format!(
        "<p><button name=\"{PERSON}\" value=\"{}\">{}</button> {}{proven}</p>",
        escape(&person.login),
        escape(&person.name),
        escape(&person.email)
    )
}
