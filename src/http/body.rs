//! Reading a request's body: no longer than it may be, in no more time than it may take, and with no
//! more of them in memory at once than there is room for.

use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{Either, select};
use http::{HeaderMap, header};

use super::problem::Problem;
use crate::domain::number::digits;
use crate::service::{Atelier, Error, Reserved};

/// How long a body may take in any case.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// And how much longer for each MiB: 30 s for the 10 MiB of the largest upload.
const TIME_PER_MIB: Duration = Duration::from_secs(1);

/// Bodies up to this do not have to wait for room: a hundred of them are less than one upload.
const SMALL: u64 = 64 * 1024;

/// A body, and the room that it takes as long as this is kept.
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    pub(super) _room: Option<Reserved>,
}

/// Reads a body of at most `limit` bytes: (1) what is declared to be longer is not waited for; (2) a
/// large one waits until there is room; (3) whoever sends too slowly is told so.
pub(super) async fn read(
    atelier: &Atelier,
    request: Request,
    limit: usize,
) -> Result<Whole, Problem> {
    let declared = declared_within(request.headers(), limit)?; // (1)
    let expected = declared.unwrap_or(u64::try_from(limit).unwrap_or(u64::MAX));
    let time = time_for(expected);
    let room = if expected > SMALL {
        Some(atelier.room_for(expected, time).await?) // (2)
    } else {
        None
    };
    let capacity = usize::try_from(declared.unwrap_or(0)).unwrap_or(0);
    let whole = pin!(collect(request.into_body(), limit, capacity));
    match select(whole, atelier.sleep(time)).await {
        Either::Left((bytes, _)) => Ok(Whole {
            bytes: bytes?,
            _room: room,
        }),
        Either::Right(_) => Err(Problem::too_slow()), // (3)
    }
}

/// The length that is declared, if it is; one above the limit is refused.
pub(super) fn declared_within(headers: &HeaderMap, limit: usize) -> Result<Option<u64>, Problem> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let declared = declared(headers);
    if declared.is_some_and(|length| length > most) {
        return Err(Error::PayloadTooLarge { limit }.into());
    }
    Ok(declared)
}

/// The length that a request says its body has. One that is no number, or beyond 2^64, is as good as
/// none: then what comes is counted.
fn declared(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    digits(length.to_str().ok()?)
}

fn time_for(bytes: u64) -> Duration {
    let mib = u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
    LEAST_TIME.saturating_add(TIME_PER_MIB.saturating_mul(mib))
}

async fn collect(body: Body, limit: usize, capacity: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::with_capacity(capacity);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::broken_off())?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Error::PayloadTooLarge { limit }.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_upload_has_half_a_minute() {
        assert_eq!(time_for(10 * 1024 * 1024), Duration::from_secs(30));
        assert_eq!(time_for(0), Duration::from_secs(20));
        assert!(time_for(u64::MAX) > Duration::from_hours(1));
    }

    #[test]
    fn a_declared_length_has_64_bits() {
        let of = |length: &'static str| {
            let value = http::HeaderValue::from_static(length);
            declared(&HeaderMap::from_iter([(header::CONTENT_LENGTH, value)]))
        };
        assert_eq!(of("4294967296"), Some(1 << 32));
        assert_eq!(of("18446744073709551615"), Some(u64::MAX));
        for none in ["18446744073709551616", "-1", "+1", "1.0", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
