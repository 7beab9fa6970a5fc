//! Requests and answers as the runtime has them. A request's body is read to its end, whoever answers and
//! however soon; an answer's has its length. Small ones cross over whole, large ones as streams.
//!
//! The runtime breaks the connection off if the answer is there before the body was read, and the
//! answer is lost with it: who sent too much, or without a token, would never hear of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use bytes::Bytes;
use futures::stream::{BoxStream, empty, once, poll_fn};
use futures::{FutureExt, StreamExt};
use http::{HeaderMap, Method, header};

use wasm_bindgen::JsValue;
use worker::IntoResponse;
use worker::js_sys::{BigInt, Uint8Array};
use worker::send::{SendFuture, SendWrapper};
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::worker_sys::FixedLengthStream;

use super::{glue, thrown, within};
use crate::domain::number::digits;

/// Bodies up to this cross over in one piece: every body but a picture's.
const SMALL_BYTES: usize = 64 * 1024;

/// How many bytes of an unread body are drained, so that the client gets its answer: three of the largest
/// uploads. With more, the answer may be lost.
const MAX_UNWANTED_BYTES: u64 = 32 * 1024 * 1024;

/// How long the next bytes of it may take. Who announces a body and does not send it is waiting for
/// the answer.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(5);

/// And how long all of it may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What nobody has read yet.
#[derive(Clone)]
pub(super) struct Rest {
    body: Arc<Mutex<BoxStream<'static, Result<Bytes, BrokenOff>>>>,
    /// Whether the declared length is above [`MAX_UNWANTED_BYTES`].
    is_too_long: bool,
}

/// A body whose sender has left before its end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BrokenOff(String);

/// The request as its handler reads it, and what that leaves; an error if its address or a header cannot be
/// taken.
pub(super) fn shared(request: web_sys::Request) -> http::Result<(http::Request<Body>, Rest)> {
    let head = glue::head(&request);
    let mut lines = head.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let mut parts = http::Request::builder().method(next()).uri(next());
    while let Some(name) = lines.next() {
        parts = parts.header(name, lines.next().unwrap_or_default());
    }
    let request_head = parts.body(())?;
    let (method, headers) = (request_head.method(), request_head.headers());
    let length = content_length(headers);
    let rest = Rest {
        body: Arc::new(Mutex::new(incoming(request, method, headers, length))),
        is_too_long: length.is_some_and(|length| length > MAX_UNWANTED_BYTES),
    };
    let read = rest.clone();
    let body = Body::from_stream(poll_fn(move |context| read.poll(context)));
    Ok((request_head.map(|()| body), rest))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    digits(length.to_str().ok()?)
}

/// The body of a request: nothing, one piece, or pieces as they come.
fn incoming(
    request: web_sys::Request,
    method: &Method,
    headers: &HeaderMap,
    length: Option<u64>,
) -> BoxStream<'static, Result<Bytes, BrokenOff>> {
    let has_none = [Method::GET, Method::HEAD].contains(method)
        && length.is_none()
        && !headers.contains_key(header::TRANSFER_ENCODING);
    if has_none {
        return empty().boxed();
    }
    let is_small = length.is_some_and(|length| length <= SMALL_BYTES as u64);
    let request = SendWrapper::new(request);
    if is_small {
        return once(SendFuture::new(async move { whole(&request).await })).boxed();
    }
    match request.body() {
        Some(body) => worker::Body::new(body)
            .map(|chunk| chunk.map_err(|error| BrokenOff(error.to_string())))
            .boxed(),
        None => empty().boxed(),
    }
}

async fn whole(request: &web_sys::Request) -> Result<Bytes, BrokenOff> {
    let broken_off = |error: JsValue| BrokenOff(thrown(&error));
    let buffer = request.array_buffer().map_err(broken_off)?;
    let buffer = JsFuture::from(buffer).await.map_err(broken_off)?;
    Ok(Uint8Array::new(&buffer).to_vec().into())
}

/// A body as the runtime has it, which goes from storage to whoever asked without passing through
/// WASM.
#[derive(Clone)]
pub(super) struct NativeBody(pub(super) SendWrapper<web_sys::ReadableStream>);

/// An answer on its way out: (1) a small one is all there. (2) The runtime sends a stream in chunks,
/// whatever its headers say of its length, unless it is a stream of a fixed length.
pub(super) fn answer(mut response: http::Response<Body>) -> worker::Result<web_sys::Response> {
    let exact = response.body().size_hint().exact();
    if exact.is_some_and(|bytes| bytes <= SMALL_BYTES as u64) {
        return small_answer(response); // (1)
    }
    let length = content_length(response.headers()).filter(|_| exact.is_none()); // (2)
    let native = response.extensions_mut().remove::<NativeBody>();
    let native = native.filter(|_| length.is_some());
    if native.is_some() {
        *response.body_mut() = Body::empty();
    }
    let answer = response.into_raw().map_err(|error| {
        let error: Box<dyn std::error::Error> = error.into();
        worker::Error::RustError(error.to_string())
    })?;
    let body = native.map_or_else(|| answer.body(), |native| Some(native.0.0));
    match (length, body) {
        (Some(length), Some(body)) => Ok(of_length(&answer, &body, length)?),
        _ => Ok(answer),
    }
}

fn small_answer(response: http::Response<Body>) -> worker::Result<web_sys::Response> {
    let (parts, body) = response.into_parts();
    let mut head = String::new();
    for (name, value) in &parts.headers {
        let separator = if head.is_empty() { "" } else { "\n" };
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend([separator, name.as_str(), "\n", &value]);
    }
    let bytes = to_bytes(body, SMALL_BYTES).now_or_never();
    let bytes = bytes.and_then(Result::ok);
    let lost = || worker::Error::RustError("an answer is not all there".into());
    let bytes = bytes.ok_or_else(lost)?;
    let bytes = Some(bytes.as_ref()).filter(|bytes| !bytes.is_empty());
    Ok(glue::answer(parts.status.as_u16(), &head, bytes)?)
}

/// The same answer, through a stream that has so many bytes.
fn of_length(
    answer: &web_sys::Response,
    body: &web_sys::ReadableStream,
    length: u64,
) -> Result<web_sys::Response, worker::wasm_bindgen::JsValue> {
    let fixed = FixedLengthStream::new_big_int(BigInt::from(length))?;
    let sent = JsFuture::from(body.pipe_to(&fixed.writable()));
    // Whoever leaves before its end breaks it, and nobody is left to be told.
    spawn_local(async { drop(sent.await) });
    let init = web_sys::ResponseInit::new();
    init.set_status(answer.status());
    init.set_headers(&answer.headers());
    web_sys::Response::new_with_opt_readable_stream_and_init(Some(&fixed.readable()), &init)
}

impl Rest {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        body.poll_next_unpin(context)
    }

    /// Reads it, and forgets it, for as long as that may take. What is too long in any case is not
    /// begun.
    pub(super) async fn discard(self) {
        if self.is_too_long {
            return;
        }
        let all = async {
            let mut unread = poll_fn(|context| self.poll(context));
            let mut bytes = 0_u64;
            while bytes < MAX_UNWANTED_BYTES
                && let Some(Some(Ok(chunk))) = within(CHUNK_TIMEOUT, unread.next()).await
            {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                bytes = bytes.saturating_add(length);
            }
        };
        let _in_time = within(BODY_TIMEOUT, all).await;
    }
}
