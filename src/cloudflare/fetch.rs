//! Requests to providers, over `fetch`.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use worker::js_sys::Uint8Array;
use worker::send::SendFuture;
use worker::{AbortController, Fetch, Headers, Request, RequestInit, RequestRedirect, Response};

use super::{text_of, within};
use crate::ports::{Http, NoAnswer};

/// Providers' answers are a few kilobytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

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
            let abort = AbortController::default();
            let signal = abort.signal();
            let answer = async {
                let request = outgoing(&request)?;
                let response = Fetch::Request(request).send_with_signal(&signal).await?;
                incoming(response).await
            };
            if let Some(answer) = within(timeout, answer).await {
                return answer.map_err(|error| NoAnswer(text_of(&error)));
            }
            abort.abort();
            Err(NoAnswer(format!("nothing within {} s", timeout.as_secs())))
        })
        .await
    }
}

fn outgoing(request: &http::Request<Bytes>) -> worker::Result<Request> {
    let headers = Headers::new();
    for (name, value) in request.headers() {
        headers.set(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let mut init = RequestInit::new();
    init.with_method(request.method().as_str().to_owned().into())
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    if !request.body().is_empty() {
        init.with_body(Some(Uint8Array::from(request.body().as_ref()).into()));
    }
    Request::new_with_init(&request.uri().to_string(), &init)
}

async fn incoming(mut response: Response) -> worker::Result<http::Response<Bytes>> {
    let mut builder = http::Response::builder().status(response.status_code());
    for (name, value) in response.headers() {
        builder = builder.header(name, value);
    }
    let mut body = Vec::new();
    if let Ok(mut stream) = response.stream() {
        while let Some(chunk) = stream.next().await {
            body.extend(chunk?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(worker::Error::RustError("the answer is too long".into()));
            }
        }
    }
    builder.body(body.into()).map_err(worker::Error::Http)
}
