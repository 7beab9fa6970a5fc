//! Requests to providers, over `fetch`.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use worker::js_sys::{Array, Uint8Array};
use worker::send::SendFuture;

use super::{glue, millis, thrown};
use crate::ports::{Http, NoAnswer};

/// Providers' answers are a few kilobytes.
const MAX_ANSWER_BYTES: u32 = 1024 * 1024;

/// The runtime's `fetch`.
pub(super) struct Outside;

#[async_trait]
impl Http for Outside {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        SendFuture::new(async move {
            let (url, head) = (request.uri().to_string(), head(&request));
            let body = Some(&request.body()[..]).filter(|body| !body.is_empty());
            let answer = glue::send(&url, &head, body, millis(timeout), MAX_ANSWER_BYTES).await;
            let answer = answer.map_err(|error| NoAnswer(thrown(&error)))?;
            read(&Array::from(&answer)).map_err(|problem| NoAnswer(problem.to_string()))
        })
        .await
    }
}

/// A method and headers as `glue.js` takes them.
fn head(request: &http::Request<Bytes>) -> String {
    let mut head = request.method().to_string();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend(["\n", name.as_str(), "\n", &value]);
    }
    head
}

fn read(answer: &Array) -> Result<http::Response<Bytes>, Problem> {
    let head = answer.get(0).as_string().unwrap_or_default();
    let mut lines = head.split('\n');
    let mut builder = http::Response::builder().status(lines.next().unwrap_or_default());
    while let Some((name, value)) = lines.next().zip(lines.next()) {
        builder = builder.header(name, value);
    }
    let bytes = answer.get(1);
    if bytes.is_null() {
        return Err(Problem::TooLong);
    }
    let bytes = Uint8Array::from(bytes).to_vec();
    builder.body(bytes.into()).map_err(Problem::Malformed)
}

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("the answer is too long")]
    TooLong,
    #[error("the answer is malformed: {0}")]
    Malformed(http::Error),
}
