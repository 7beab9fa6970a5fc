//! A picture of unknown length: the parts of a multipart upload, one after the other through our memory.

use bytes::Bytes;
use futures::StreamExt;
use wasm_streams::ReadableStream;
use worker::js_sys::Uint8Array;

use super::super::r2::metadata;
use super::{GLANCE_BYTES, Place, Transfer, broken_off, refused, size_of, stopped, too_large};
use crate::domain::picture::{Known, PictureFormat, Stop, TAIL_BYTES, format_of, judge};
use crate::ports::FetchError;

/// R2 wants all parts but the last to be of one size, of at least 5 MiB.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Stores a body of unknown length, holding one part of it at a time.
pub(super) async fn in_parts(
    place: &Place<'_>,
    body: ReadableStream,
    limit: u64,
) -> Result<Transfer, FetchError> {
    let mut body = body.into_stream();
    let (first, at_end) = fill(&mut body, Vec::new()).await?;
    let bytes = size_of(&first);
    if bytes > limit {
        return Err(too_large(limit));
    }
    let first = Bytes::from(first);
    let mut known = Known::of_size(if at_end { bytes } else { u64::MAX });
    known.add(0, first.clone());
    if let Err(Stop::Unsupported(why)) = judge(&known) {
        return Err(refused(why));
    }
    let format = format_of(&known).map_err(stopped)?;
    drop(known);
    if at_end {
        return place.put(Vec::from(first), format).await;
    }
    if place.broken.is_none() && place.is_taken().await? {
        return Ok(Transfer::Taken);
    }
    send_in_parts(place, Vec::from(first), body, format, limit).await
}

/// Sends parts as they come: (1) what is sent is judged as far as it is known before it is put
/// together, since that replaces whatever is under the key.
async fn send_in_parts(
    place: &Place<'_>,
    first: Vec<u8>,
    mut body: wasm_streams::readable::IntoStream<'static>,
    format: PictureFormat,
    limit: u64,
) -> Result<Transfer, FetchError> {
    let upload = place
        .bucket
        .create_multipart_upload(place.key)
        .http_metadata(metadata(format))
        .execute()
        .await;
    let upload = upload.map_err(|error| broken_off(&error))?;
    let mut ends = Ends::new(&first);
    let mut part = first;
    let mut parts = Vec::new();
    let sent: Result<(), FetchError> = async {
        for number in 1.. {
            let rest = part.split_off(part.len().min(PART_BYTES));
            let is_last = part.len() < PART_BYTES;
            let part_sent = upload
                .upload_part(number, std::mem::replace(&mut part, rest))
                .await;
            parts.push(part_sent.map_err(|error| broken_off(&error))?);
            let before = part.len();
            (part, _) = fill(&mut body, part).await?;
            ends.add(part.get(before..).unwrap_or_default());
            if ends.bytes > limit {
                return Err(too_large(limit));
            }
            if is_last || part.is_empty() {
                break;
            }
        }
        match judge(&ends.known()) {
            Err(Stop::Unsupported(why)) => Err(refused(why)), // (1)
            Ok(_) | Err(Stop::Missing { .. }) => Ok(()),
        }
    }
    .await;
    match sent {
        Ok(()) => {
            let completed = upload.complete(parts).await;
            completed.map_err(|error| broken_off(&error))?;
            Ok(Transfer::Sent)
        }
        Err(error) => {
            // Left alone, R2 forgets an upload after seven days.
            let _ = upload.abort().await;
            Err(error)
        }
    }
}

/// The first and the last bytes of a stream that goes by.
struct Ends {
    head: Bytes,
    tail: Vec<u8>,
    bytes: u64,
}

impl Ends {
    fn new(first: &[u8]) -> Self {
        let head = first.get(..GLANCE_BYTES).unwrap_or(first);
        let mut ends = Self {
            head: Bytes::copy_from_slice(head),
            tail: Vec::new(),
            bytes: 0,
        };
        ends.add(first);
        ends
    }

    fn add(&mut self, bytes: &[u8]) {
        let tail = usize::try_from(TAIL_BYTES).unwrap_or(usize::MAX);
        self.bytes = self.bytes.saturating_add(size_of(bytes));
        self.tail.extend_from_slice(
            bytes
                .get(bytes.len().saturating_sub(tail)..)
                .unwrap_or_default(),
        );
        self.tail.drain(..self.tail.len().saturating_sub(tail));
    }

    fn known(&self) -> Known {
        let mut known = Known::of_size(self.bytes);
        known.add(0, self.head.clone());
        let tail = Bytes::copy_from_slice(&self.tail);
        known.add(self.bytes.saturating_sub(size_of(&tail)), tail);
        known
    }
}

/// Reads on until there is a whole part, and says whether the body has ended.
async fn fill(
    body: &mut wasm_streams::readable::IntoStream<'static>,
    mut part: Vec<u8>,
) -> Result<(Vec<u8>, bool), FetchError> {
    while part.len() <= PART_BYTES {
        match body.next().await {
            Some(Ok(chunk)) => part.extend(Uint8Array::from(chunk).to_vec()),
            Some(Err(_)) => return Err(FetchError::Broken("it broke off".into())),
            None => return Ok((part, true)),
        }
    }
    Ok((part, false))
}
