//! A request's body, which is read to its end, whoever answers and however soon.
//!
//! The runtime breaks the connection off if the answer is there before the body was read, and the
//! answer is lost with it: who sent too much, or without a token, would never hear of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::poll_fn;
use worker::HttpRequest;

use super::within;

/// How much is read of what nobody wants: three uploads of the largest size. Who sends more may have
/// to do without an answer.
const MAX_UNWANTED_BYTES: usize = 32 * 1024 * 1024;

/// How long the next bytes of it may take. Who announces a body and does not send it is waiting for
/// the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What nobody has read yet.
#[derive(Clone)]
pub(super) struct Rest(Arc<Mutex<worker::Body>>);

/// The request as its handler reads it, and what that leaves.
pub(super) fn shared(request: HttpRequest) -> (http::Request<Body>, Rest) {
    let (parts, body) = request.into_parts();
    let rest = Rest(Arc::new(Mutex::new(body)));
    let read = rest.clone();
    let body = Body::from_stream(poll_fn(move |context| read.poll(context)));
    (http::Request::from_parts(parts, body), rest)
}

impl Rest {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<worker::Result<Bytes>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.poll_next_unpin(context)
    }

    /// Reads it, and forgets it.
    pub(super) async fn discard(self) {
        let mut unread = poll_fn(|context| self.poll(context));
        let mut bytes = 0_usize;
        while bytes < MAX_UNWANTED_BYTES
            && let Some(Some(Ok(chunk))) = within(PATIENCE, unread.next()).await
        {
            bytes = bytes.saturating_add(chunk.len());
        }
    }
}
