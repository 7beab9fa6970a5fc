//! A small picture, held as a whole outside of WASM while both of its ends are judged.

use std::cell::Cell;

use wasm_bindgen::JsValue;
use worker::js_sys::Uint8Array;

use super::super::{glue, thrown};
use super::{GLANCE_BYTES, Place, Transfer, stopped};
use crate::domain::picture::{Known, Stop, TAIL_BYTES, judge};
use crate::ports::FetchError;

/// What is held as a whole: almost every result.
const MAX_HELD_BYTES: u64 = 4 * 1024 * 1024;

/// How much of that an isolate may hold, of its 128 MB; beyond it, small pictures are streamed like large ones.
const MAX_HELD_AT_ONCE: u64 = 32 * 1024 * 1024;

/// So many bytes of what is held, while this is there.
pub(super) struct Held(u64);

thread_local! {
    static HELD: Cell<u64> = const { Cell::new(0) };
}

impl Held {
    /// Unless it is too much, or there is too much already.
    pub(super) fn new(bytes: u64) -> Option<Self> {
        let held = HELD.get().saturating_add(bytes);
        if bytes > MAX_HELD_BYTES || held > MAX_HELD_AT_ONCE {
            return None;
        }
        HELD.set(held);
        Some(Self(bytes))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(self.0));
    }
}

/// Stores a small body: (1) all of it is read, outside of WASM; (2) both of its ends are judged, and all of
/// it only where they do not tell; (3) what was judged is what is stored.
pub(super) async fn at_once(
    place: &Place<'_>,
    body: &JsValue,
    length: u64,
) -> Result<Transfer, FetchError> {
    let body = glue::whole(body).await;
    let body = body.map_err(|_| FetchError::Broken("it broke off".into()))?;
    let bytes = Uint8Array::from(body); // (1)
    if u64::from(bytes.length()) != length {
        return Err(FetchError::Broken("its length is another one".into()));
    }
    let head = match judge(&both_ends(&bytes)) {
        Err(Stop::Missing { .. }) => {
            let mut known = Known::of_size(length);
            known.add(0, bytes.to_vec().into());
            judge(&known)
        }
        judged => judged,
    };
    let head = head.map_err(stopped)?; // (2)
    let (bucket, etag) = (place.bucket.as_ref(), place.broken.as_deref());
    let content_type = head.format.media_type();
    let put = glue::put(bucket, place.key, &bytes, content_type, etag).await;
    match put.map(|put| put.is_truthy()) {
        Ok(true) => Ok(Transfer::Stored {
            head,
            bytes: length,
        }), // (3)
        Ok(false) => Ok(Transfer::Taken),
        Err(error) => Err(FetchError::Broken(thrown(&error))),
    }
}

fn both_ends(bytes: &Uint8Array) -> Known {
    let size = bytes.length();
    let glance = u32::try_from(GLANCE_BYTES).unwrap_or(u32::MAX);
    let tail = u32::try_from(TAIL_BYTES).unwrap_or(u32::MAX);
    let mut known = Known::of_size(size.into());
    known.add(0, bytes.subarray(0, glance.min(size)).to_vec().into());
    let from = size.saturating_sub(tail);
    known.add(from.into(), bytes.subarray(from, size).to_vec().into());
    known
}
