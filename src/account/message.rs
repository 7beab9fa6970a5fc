//! What a Worker and an account's object send each other: JSON text with a version in it. While a release
//! rolls out the two may be of different releases, and then must understand each other or say so.
//!
//! A field that is added with a default, and a new kind of command, keep the version: a command that an
//! older object does not know is refused by it, and nothing happened. A change in the meaning of a
//! message needs a new version. Both sides read the new version for one release before either sends it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::account::{Command, Reply};
use crate::ports::AccountUnavailable;

/// The version that is sent, and the only one that is understood.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Call<C> {
    version: u32,
    command: C,
}

/// A reply, or why there is none.
#[derive(Serialize, Deserialize)]
struct Answer {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

/// A message that is not understood: of another version, or not a message at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message is not understood: {0}")]
pub struct NotUnderstood(String);

/// A command, on its way to an object.
pub fn call(command: &Command) -> Result<String, NotUnderstood> {
    write(&Call {
        version: VERSION,
        command,
    })
}

/// The command of a call.
pub fn read_call(text: &str) -> Result<Command, NotUnderstood> {
    let Call { command, .. } = read(text)?;
    Ok(command)
}

/// What an object answers.
pub fn answer(outcome: Result<Reply, AccountUnavailable>) -> Result<String, NotUnderstood> {
    let (reply, error) = match outcome {
        Ok(reply) => (Some(reply), None),
        Err(AccountUnavailable(error)) => (None, Some(error)),
    };
    write(&Answer {
        version: VERSION,
        reply,
        error,
    })
}

/// What an object has answered.
pub fn read_answer(text: &str) -> Result<Reply, AccountUnavailable> {
    let answer =
        read(text).map_err(|error: NotUnderstood| AccountUnavailable(error.to_string()))?;
    let Answer { reply, error, .. } = answer;
    reply.ok_or_else(|| {
        AccountUnavailable(error.unwrap_or_else(|| "neither a reply nor an error".into()))
    })
}

fn write(message: &impl Serialize) -> Result<String, NotUnderstood> {
    serde_json::to_string(message).map_err(|error| NotUnderstood(error.to_string()))
}

/// Reads the version first, since a message of another version may have any other content.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotUnderstood> {
    let not_understood = |error: serde_json::Error| NotUnderstood(error.to_string());
    let text = text.as_bytes();
    let AnyVersion { version } = serde_json::from_slice(text).map_err(not_understood)?;
    if version != VERSION {
        return Err(NotUnderstood(format!(
            "it has version {version}, and {VERSION} is understood"
        )));
    }
    serde_json::from_slice(text).map_err(not_understood)
}

#[cfg(test)]
mod tests;
