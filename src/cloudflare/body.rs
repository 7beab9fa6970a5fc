//! Bodies: a request's, which is read to its end, whoever answers and however soon; and an answer's,
//! which has its length.
//!
//! The runtime breaks the connection off if the answer is there before the body was read, and the
//! answer is lost with it: who sent too much, or without a token, would never hear of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::poll_fn;
use http::header;

use worker::js_sys::BigInt;
use worker::send::SendWrapper;
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::worker_sys::FixedLengthStream;
use worker::{HttpRequest, IntoResponse};

use super::within;
use crate::domain::number::digits;

/// How much is read of what nobody wants: three uploads of the largest size. Who sends more may have
/// to do without an answer.
const MAX_UNWANTED_BYTES: u64 = 32 * 1024 * 1024;

/// How long the next bytes of it may take. Who announces a body and does not send it is waiting for
/// the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// And how long all of it may take.
const LONGEST: Duration = Duration::from_secs(10);

/// What nobody has read yet.
#[derive(Clone)]
pub(super) struct Rest {
    body: Arc<Mutex<worker::Body>>,
    /// Whether it is said to be more than is read of it.
    is_too_long: bool,
}

/// The request as its handler reads it, and what that leaves.
pub(super) fn shared(request: HttpRequest) -> (http::Request<Body>, Rest) {
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| digits(length.to_str().ok()?));
    let rest = Rest {
        body: Arc::new(Mutex::new(body)),
        is_too_long: length.is_some_and(|length| length > MAX_UNWANTED_BYTES),
    };
    let read = rest.clone();
    let body = Body::from_stream(poll_fn(move |context| read.poll(context)));
    (http::Request::from_parts(parts, body), rest)
}

/// A body as the runtime has it, which goes from storage to whoever asked without passing through
/// WASM.
#[derive(Clone)]
pub(super) struct NativeBody(pub(super) SendWrapper<web_sys::ReadableStream>);

/// An answer on its way out. The runtime sends a stream in chunks, whatever its headers say of its
/// length, unless it is a stream of a fixed length.
pub(super) fn answer(mut response: http::Response<Body>) -> worker::Result<web_sys::Response> {
    let is_stream = response.body().size_hint().exact().is_none();
    let length = response.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| digits(length.to_str().ok()?));
    let length = length.filter(|_| is_stream);
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
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<worker::Result<Bytes>>> {
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
                && let Some(Some(Ok(chunk))) = within(PATIENCE, unread.next()).await
            {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                bytes = bytes.saturating_add(length);
            }
        };
        let _in_time = within(LONGEST, all).await;
    }
}
