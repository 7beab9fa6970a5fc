//! Recorded messages of each version that is understood: a change to one of them changes what a Worker
//! and an object of another release make of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::domain::account::Refused;

/// A message a line, as they are sent with version 1: a call or an answer of each kind.
const RECORDED: &str = include_str!("recorded_v1.jsonl");

fn recorded() -> impl Iterator<Item = (Value, &'static str)> {
    let lines = RECORDED.lines();
    lines.map(|line| (serde_json::from_str(line).unwrap(), line))
}

/// The kinds of what is in a message: the names of what is in it by one level or two.
fn kind(content: &Value) -> String {
    match content {
        Value::String(name) => name.clone(),
        content => content.as_object().unwrap().keys().next().unwrap().clone(),
    }
}

#[test]
fn recorded_messages_are_read_and_written_as_they_were() {
    for (message, line) in recorded() {
        let again = if message.get("command").is_some() {
            call(&read_call(line).unwrap())
        } else {
            answer(read_answer(line))
        };
        assert_eq!(again.unwrap(), line);
    }
}

#[test]
fn each_kind_of_message_is_recorded() {
    let kinds = |of: &str| -> BTreeSet<String> {
        let contents = recorded().filter_map(|(message, _)| message.get(of).map(kind));
        contents.collect()
    };
    let of = |names: &str| names.split(' ').map(str::to_owned).collect();
    let commands: BTreeSet<String> = of(
        "grant clawback open job_event expire_hold delete forget balance limits awaits checkout order_event",
    );
    assert_eq!(kinds("command"), commands);
    let replies: BTreeSet<String> = of(
        "granted clawed_back opened same_job moved unmoved deleted forgotten balance limits awaited refused \
         ordered order_moved order_unmoved",
    );
    assert_eq!(kinds("reply"), replies);
}

#[test]
fn a_message_of_another_version_is_refused_by_its_version() {
    let newer = r#"{"version":2,"command":{"transfer":{"to":"somebody"}}}"#;
    let error = read_call(newer).unwrap_err().to_string();
    assert_eq!(
        error,
        "a message is not understood: it has version 2, and 1 is understood"
    );
    let newer = read_answer(r#"{"version":2,"reply":"forgotten"}"#);
    let AccountUnavailable(error) = newer.unwrap_err();
    assert!(error.contains("version 2"), "{error}");
}

#[test]
fn what_is_not_known_is_refused_and_not_guessed() {
    let unknown = r#"{"version":1,"command":{"transfer":{"to":"somebody"}}}"#;
    let error = read_call(unknown).unwrap_err().to_string();
    assert!(error.contains("unknown variant `transfer`"), "{error}");
    for text in ["", "{}", "null", r#"{"version":1}"#, "Internal error"] {
        assert!(read_call(text).is_err(), "{text}");
        assert!(read_answer(text).is_err(), "{text}");
    }
}

#[test]
fn an_object_that_cannot_say_why_says_that_it_did_not() {
    let refused = answer(Err(AccountUnavailable("the database is away".into())));
    let text = refused.unwrap();
    assert_eq!(text, r#"{"version":1,"error":"the database is away"}"#);
    let AccountUnavailable(error) = read_answer(&text).unwrap_err();
    assert_eq!(error, "the database is away");
    let known = answer(Ok(Reply::Refused(Refused::StillOpen))).unwrap();
    assert_eq!(read_answer(&known), Ok(Reply::Refused(Refused::StillOpen)));
}
