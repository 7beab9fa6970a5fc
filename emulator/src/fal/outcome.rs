//! How a request ended: the answer of its result URL, which is also the webhook's `payload`.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{
    error,
    generation::{self, Problem},
    models::{self, Model, PROMPT},
    wire,
};
use crate::task::{Failure, Snapshot, State};

/// The `seed` that models report.
const SEED: u32 = 42;
/// The URL that documents the types of a model's errors.
const ERRORS_PAGE: &str = "https://docs.fal.ai/errors";

/// The end of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// With the model's output.
    Output(Value),
    /// The model refuses, with all its errors. The queue counts it as completed.
    Refused(Vec<Value>),
    /// The queue itself failed.
    Broken {
        status: u16,
        kind: String,
        detail: String,
    },
}

impl Outcome {
    /// None for a request that is still open.
    pub(crate) fn of(task: &Snapshot) -> Option<Self> {
        match &task.state {
            State::Queued | State::Running(_) => None,
            State::Completed(addresses) => Some(Self::Output(output(task, addresses))),
            State::Failed(failure) => Some(match error::infrastructure(&failure.code) {
                None => Self::Refused(details(task, failure)),
                Some(status) => Self::Broken {
                    status,
                    kind: failure.code.clone(),
                    detail: failure.message.clone(),
                },
            }),
            State::Canceled => Some(Self::Broken {
                status: 499,
                kind: "client_cancelled".to_owned(),
                detail: "Request was cancelled by the client".to_owned(),
            }),
        }
    }

    /// The status of the result's address.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Output(_) => 200,
            Self::Refused(_) => 422,
            Self::Broken { status, .. } => *status,
        }
    }

    /// The body of the result's address.
    pub(crate) fn body(&self) -> Value {
        match self {
            Self::Output(output) => output.clone(),
            Self::Refused(details) => json!({ "detail": details }),
            Self::Broken { kind, detail, .. } => json!({ "detail": detail, "error_type": kind }),
        }
    }
}

fn output(task: &Snapshot, addresses: &[String]) -> Value {
    let made = task.pictures.get().and_then(|made| made.as_ref().ok());
    let pictures = (0_usize..).map(|index| made.and_then(|made| made.get(index)));
    let mut files = addresses
        .iter()
        .zip(pictures)
        .map(|(address, picture)| file(address, picture));
    let model = models::find(&task.generation.model);
    let mut output = Map::new();
    if model.is_none_or(|model| model.several) {
        output.insert("images".to_owned(), files.collect());
    } else {
        output.insert("image".to_owned(), files.next().unwrap_or(Value::Null));
    }
    for name in model.map_or(&[][..], |model| model.extras) {
        output.insert((*name).to_owned(), extra(name));
    }
    Value::Object(output)
}

/// A file as fal describes it, from the true picture, whatever is then served.
fn file(address: &str, picture: Option<&Bytes>) -> Value {
    let size = picture.and_then(|picture| png_size(picture));
    json!({
        "url": address,
        "content_type": "image/png",
        "file_name": address.rsplit('/').next(),
        "file_size": picture.map(Bytes::len),
        "width": size.map(|(width, _)| width),
        "height": size.map(|(_, height)| height),
    })
}

/// A PNG has its width and height at the head of its first chunk.
fn png_size(picture: &[u8]) -> Option<(u32, u32)> {
    let side = |at| {
        let (bytes, _rest) = picture.get(at..)?.split_first_chunk()?;
        Some(u32::from_be_bytes(*bytes))
    };
    Some((side(16)?, side(20)?))
}

fn extra(name: &str) -> Value {
    match name {
        "seed" => json!(SEED),
        "description" => json!(""),
        _ => json!(false),
    }
}

/// A model's errors: all violations in the input, if those were the reason.
fn details(task: &Snapshot, failure: &Failure) -> Vec<Value> {
    let problems = generation::problems(&task.generation);
    if problems.iter().any(|problem| problem.kind == failure.code) {
        return problems
            .iter()
            .map(|problem| of_input(problem, &task.generation.body))
            .collect();
    }
    let loc: Vec<_> = ["body"].into_iter().chain(blamed(task, failure)).collect();
    vec![detail(&loc, &failure.code, &failure.message)]
}

fn of_input(problem: &Problem, input: &Value) -> Value {
    let loc = ["body", problem.field.as_str()];
    let given = input.get(&problem.field).unwrap_or(input);
    let said = wire::with(
        detail(&loc, problem.kind, &problem.message),
        json!({ "input": given }),
    );
    match &problem.context {
        None => said,
        Some(context) => wire::with(said, json!({ "ctx": context })),
    }
}

fn detail(loc: &[&str], kind: &str, message: &str) -> Value {
    json!({
        "loc": loc,
        "msg": message,
        "type": kind,
        "url": format!("{ERRORS_PAGE}#{kind}"),
    })
}

/// The field that a failure is attributed to: the one with the URL that the failure names, or the
/// prompt.
fn blamed(task: &Snapshot, failure: &Failure) -> Option<&'static str> {
    let Model { pictures, .. } = models::find(&task.generation.model)?;
    let named = |address: Option<&str>| address.is_some_and(|one| failure.message.contains(one));
    let holds = |field: &&&str| match task.generation.body.get(**field) {
        Some(Value::Array(all)) => all.iter().any(|one| named(one.as_str())),
        value => named(value.and_then(Value::as_str)),
    };
    let words = (!task.generation.prompt.is_empty()).then_some(PROMPT);
    pictures.iter().find(holds).copied().or(words)
}
