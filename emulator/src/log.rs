//! Requests and callbacks, one line of JSON each, for people to read. Keys are redacted, long texts
//! are cut, and the file's size is bounded.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{clock, settings::LogTo, world::World};

/// A file that has grown past this, in bytes, is moved to `FILE.1` and begun anew, so that both
/// together take twice this and one line at most.
const FILE_BYTES: u64 = 4 * 1024 * 1024;
/// The longest text that is written whole, in characters, …
const WHOLE: usize = 2048;
/// … and what is left of a longer one, such as a picture in base64.
const START: usize = 64;
/// Replaces a key.
const BLOT: &str = "***";

/// Where the lines go.
#[derive(Debug)]
pub(crate) enum Log {
    Nowhere,
    Stdout,
    File(Mutex<Rotating>),
}

/// A file that is bounded.
#[derive(Debug)]
pub(crate) struct Rotating {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// One line; fields that do not apply are left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line {
    /// When it was written; [`write`] says.
    pub(crate) at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) body: Value,
    /// `None` for a request that was never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) answer: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Log {
    /// Opens a log; a file is created with the directory that it is in, and added to.
    pub(crate) fn open(to: &LogTo) -> io::Result<Self> {
        Ok(match to {
            LogTo::Nowhere => Self::Nowhere,
            LogTo::Stdout => Self::Stdout,
            LogTo::File(path) => Self::File(Mutex::new(Rotating::open(path)?)),
        })
    }
}

impl Rotating {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            bytes,
        })
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.bytes > FILE_BYTES {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            fs::rename(&self.path, old)?;
            *self = Self::open(&self.path)?;
        }
        self.file.write_all(line.as_bytes())?;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }
}

impl Line {
    /// A message over a socket, and its answer.
    pub(crate) fn of_message(task: &Map<String, Value>, answer: &Value) -> Self {
        Self {
            request: Some("WebSocket message".to_owned()),
            body: shown(&Value::Object(task.clone())),
            answer: shown(answer),
            ..Self::default()
        }
    }
}

/// Writes a line at once. A line that cannot be written is lost: nothing waits for the log.
pub(crate) fn write(world: &World, mut line: Line) {
    line.at = clock::iso8601(clock::now());
    let Ok(mut text) = serde_json::to_string(&line) else {
        return;
    };
    text.push('\n');
    let _lost = match &world.log {
        Log::Nowhere => Ok(()),
        Log::Stdout => io::stdout().write_all(text.as_bytes()),
        Log::File(file) => {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write(&text)
        }
    };
}

/// The relevant headers of a request: the key's scheme, the content type, and the provider's own
/// headers.
pub(crate) fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let told = headers.iter().filter_map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match name.as_str() {
            name if *name == header::AUTHORIZATION => {
                let scheme = value.split(' ').next().unwrap_or_default();
                format!("{scheme} {BLOT}")
            }
            "content-type" | "prefer" | "cancel-after" | "idempotency-key" => value.into_owned(),
            name if name.starts_with("x-") => value.into_owned(),
            _ => return None,
        };
        Some((name.to_string(), Value::String(value)))
    });
    told.collect()
}

/// A body for the log: JSON or text, without keys and long texts; `None` for an empty one.
pub(crate) fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let value = serde_json::from_slice(bytes);
    shown(&value.unwrap_or_else(|_no_json| form(&String::from_utf8_lossy(bytes)).into()))
}

/// A form without keys, or any other text as it is.
fn form(text: &str) -> String {
    let field = |field: &str| match field.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={BLOT}"),
        _ => field.to_owned(),
    };
    text.split('&').map(field).collect::<Vec<_>>().join("&")
}

/// Whether a field has a key in it, or a token that is as good as one.
fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "apiKey" | "client_secret" | "secret" | "access_token" | "id_token"
    )
}

/// A value without keys and long texts.
pub(crate) fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(cut(text)),
        Value::Array(list) => list.iter().map(shown).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match name.as_str() {
                name if is_secret(name) => (name.to_owned(), BLOT.into()),
                _ => (name.clone(), shown(value)),
            })
            .collect(),
        other => other.clone(),
    }
}

fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= WHOLE {
        return text.to_owned();
    }
    let start: String = text.chars().take(START).collect();
    format!("{start}… ({length} characters)")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_blotted_out_and_long_texts_cut() {
        let mut sent = HeaderMap::new();
        sent.insert("authorization", HeaderValue::from_static("Key secret"));
        sent.insert("x-fal-queue-priority", HeaderValue::from_static("low"));
        sent.insert("host", HeaderValue::from_static("127.0.0.1"));
        let told = json!({ "authorization": "Key ***", "x-fal-queue-priority": "low" });
        assert_eq!(Value::Object(headers(&sent)), told);

        let picture = format!("data:image/png;base64,{}", "A".repeat(5000));
        let task = json!([{ "apiKey": "secret", "inputs": { "image": picture } }]);
        let told = body(task.to_string().as_bytes()).to_string();
        assert!(!told.contains("secret") && told.len() < 200, "{told}");
        assert!(told.contains("(5022 characters)"), "{told}");
        assert_eq!(
            body(b"code=7&client_secret=secret&state=a%26b"),
            json!("code=7&client_secret=***&state=a%26b")
        );
        assert_eq!(body(b"{"), json!("{"));
        assert_eq!(body(b""), Value::Null);
    }

    #[test]
    fn a_file_is_moved_away_once_it_is_large() {
        let path = std::env::temp_dir().join(format!("atelier-log-{}", std::process::id()));
        let mut file = Rotating::open(&path).unwrap();
        let line = "x".repeat(1024 * 1024);
        for _ in 0..10 {
            file.write(&line).unwrap();
        }
        let old = path.with_extension("1");
        let sizes = [&path, &old].map(|path| fs::metadata(path).unwrap().len());
        for path in [&path, &old] {
            fs::remove_file(path).unwrap();
        }
        assert_eq!(sizes.map(|bytes| bytes >> 20), [5, 5]);
    }
}
