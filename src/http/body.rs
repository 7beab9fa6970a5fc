//! Reading a request's body: no longer than it may be, in no more time than it may take, and with no
//! more of them in memory at once than an isolate has capacity for.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{Either, select};
use http::{HeaderMap, header};

use super::problem::Problem;
use crate::domain::number::digits;
use crate::service::{Atelier, Bodies, Error, Reserved, Sender};

/// How long a body may take in any case.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// And how much longer for each MiB: 30 s for the 10 MiB of the largest upload.
const TIME_PER_MIB: Duration = Duration::from_secs(1);

/// Bodies up to this do not have to wait for capacity: a hundred of them are less than one upload.
const SMALL: u64 = 64 * 1024;

/// Within this time the first bytes of a body that takes capacity must come,
const FIRST_BYTES: Duration = Duration::from_secs(3);

/// and then so many in each of these times, which is 32 KiB/s. A slower sender
/// loses the capacity, rather than keep it until the time of the whole body is over.
const PACE: Duration = Duration::from_secs(5);
const LEAST_BYTES: usize = 5 * 32 * 1024;

/// A body, and the capacity that it takes as long as this is kept.
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    pub(super) _reserved: Option<Reserved>,
}

/// Reads a body of at most `limit` bytes: (1) what is declared to be longer is not waited for; (2) a
/// large one waits until there is capacity for its sender; (3) a slow sender is refused.
pub(super) async fn read(
    atelier: &Atelier,
    request: Request,
    limit: usize,
    sender: Option<Sender>,
) -> Result<Whole, Problem> {
    let declared = declared_within(request.headers(), limit)?; // (1)
    let expected = declared.unwrap_or(u64::try_from(limit).unwrap_or(u64::MAX));
    let time = time_for(expected);
    let bodies = atelier.bodies();
    let reserved = match sender {
        Some(sender) if takes_capacity(declared, limit) => {
            Some(bodies.reserve(sender, expected, time).await?) // (2)
        }
        _ => None,
    };
    let capacity = usize::try_from(declared.unwrap_or(0)).unwrap_or(0);
    let came = AtomicUsize::new(0);
    let whole = pin!(collect(request.into_body(), limit, capacity, &came));
    let is_reserved = reserved.is_some();
    let too_slow = pin!(async {
        if is_reserved {
            falls_behind(&bodies, &came).await;
        } else {
            std::future::pending::<()>().await;
        }
    });
    let given_up = select(too_slow, bodies.sleep(time));
    match select(whole, given_up).await {
        Either::Left((bytes, _)) => Ok(Whole {
            bytes: bytes?,
            _reserved: reserved,
        }),
        Either::Right(_) => Err(Problem::too_slow()), // (3)
    }
}

/// Whether a body of a declared length, or of none, has to wait for capacity.
pub(super) fn takes_capacity(declared: Option<u64>, limit: usize) -> bool {
    declared.is_none_or(|length| length > SMALL)
        && u64::try_from(limit).is_ok_and(|limit| limit > SMALL)
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

/// Ends once too few bytes have come for too long.
async fn falls_behind(bodies: &Bodies, came: &AtomicUsize) {
    bodies.sleep(FIRST_BYTES).await;
    let mut before = came.load(Ordering::Relaxed);
    if before == 0 {
        return;
    }
    loop {
        bodies.sleep(PACE).await;
        let now = came.load(Ordering::Relaxed);
        if now.saturating_sub(before) < LEAST_BYTES {
            return;
        }
        before = now;
    }
}

async fn collect(
    body: Body,
    limit: usize,
    capacity: usize,
    came: &AtomicUsize,
) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::with_capacity(capacity);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::broken_off())?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Error::PayloadTooLarge { limit }.into());
        }
        bytes.extend_from_slice(&chunk);
        came.store(bytes.len(), Ordering::Relaxed);
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
