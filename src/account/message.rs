//! What a Worker and an account's object send each other: JSON text with a version in it. While a release
//! rolls out the two may be of different releases, and then must understand each other or say so.
//!
//! A field that is added with a default, and a new kind of command, keep the version: a command that an
//! older object does not know is refused by it, and nothing happened. Whatever changes what a message that
//! was understood before means has a new version, which both sides read for one release before either
//! sends it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::account::{Command, Reply};
use crate::ports::AccountUnavailable;

/// The version that is sent, and the only one that is understood.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Message<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Call<C> {
    Command(C),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Reply(Reply),
    Error(String),
}

/// A message that is not understood: of another version, or not a message at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message is not understood: {0}")]
pub struct NotUnderstood(String);

/// A command, on its way to an object.
pub fn call(command: &Command) -> Result<String, NotUnderstood> {
    write(Call::Command(command))
}

/// The command of a call.
pub fn read_call(text: &str) -> Result<Command, NotUnderstood> {
    let Call::Command(command) = read(text)?;
    Ok(command)
}

/// What an object answers.
pub fn answer(outcome: Result<Reply, AccountUnavailable>) -> Result<String, NotUnderstood> {
    write(match outcome {
        Ok(reply) => Answer::Reply(reply),
        Err(AccountUnavailable(error)) => Answer::Error(error),
    })
}

/// What an object has answered.
pub fn read_answer(text: &str) -> Result<Reply, AccountUnavailable> {
    match read(text) {
        Ok(Answer::Reply(reply)) => Ok(reply),
        Ok(Answer::Error(error)) => Err(AccountUnavailable(error)),
        Err(not_understood) => Err(AccountUnavailable(not_understood.to_string())),
    }
}

fn write<T: Serialize>(content: T) -> Result<String, NotUnderstood> {
    let message = Message {
        version: VERSION,
        content,
    };
    serde_json::to_string(&message).map_err(|error| NotUnderstood(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotUnderstood> {
    match serde_json::from_str::<Message<T>>(text) {
        Ok(message) if message.version == VERSION => Ok(message.content),
        read => Err(NotUnderstood(why_not(text, read.err()))),
    }
}

/// The version first: what cannot be read of another one is its business.
fn why_not(text: &str, error: Option<serde_json::Error>) -> String {
    match (serde_json::from_str(text), error) {
        (Ok(AnyVersion { version }), _) if version != VERSION => {
            format!("it has version {version}, and {VERSION} is understood")
        }
        (_, Some(error)) => error.to_string(),
        (_, None) => String::new(),
    }
}

#[cfg(test)]
mod tests;
