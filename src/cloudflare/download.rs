//! From a provider into R2: streamed, and judged.
//!
//! R2 takes a stream only if its length is known. Where it is, the runtime moves the bytes and we
//! see only the first of them, through one branch of a tee. Where it is not, or the runtime has
//! decoded the body, the parts of a multipart upload go through our memory one by one. What is small is
//! held outside of WASM as a whole, which takes a fraction of the time: of it only both ends are seen.
//!
//! Whichever way it came, a picture counts as stored only when what is in R2 has been judged. So
//! nothing broken is ever taken for stored, whenever the Worker may die; and it does not stay in the
//! way, since a later fetch replaces it.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use url::Url;
use wasm_bindgen::JsCast;
use wasm_streams::ReadableStream;
use worker::js_sys::Uint8Array;
use worker::{
    AbortController, Bucket, Conditional, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect,
};
use worker::{Response, ResponseBody};

use super::r2::metadata;
use super::stored::{There, absent, is, judged};
use super::{text_of, within};
use crate::domain::number::digits;
use crate::domain::picture::{
    Known, PictureFormat, PictureHead, Stop, Unsupported, format_of, judge,
};
use crate::ports::{FetchError, Fetched};

mod at_once;
mod in_parts;

use at_once::{Held, at_once};
use in_parts::in_parts;

/// How much of a stream is looked at before it is stored. What lies further on, such as a JPEG's sides
/// behind much metadata, is judged when it is stored.
const GLANCE_BYTES: usize = 64 * 1024;

/// Within the 30 s of `waitUntil`, with time left to write down what came of it.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(25);

/// What one download came to.
enum Transfer {
    /// Its bytes are under the key, and not judged yet.
    Sent,
    /// Its bytes were judged, and are under the key.
    Stored { head: PictureHead, bytes: u64 },
    /// There was something under the key already.
    Taken,
    /// It is somewhere else.
    Redirect { to: String },
}

/// Where the bytes go.
struct Place<'a> {
    bucket: &'a Bucket,
    key: &'a str,
    /// The entity tag of something broken that is there, and may be replaced.
    broken: Option<String>,
}

/// Fetches a picture, one hop, and stores it: (1) what is stored is judged; (2) if the key is taken
/// by something broken, it is fetched again in the place of exactly that.
pub(super) async fn download(
    bucket: &Bucket,
    key: &str,
    from: &Url,
    limit: u64,
) -> Result<Fetched, FetchError> {
    let broken = None;
    let mut place = Place {
        bucket,
        key,
        broken,
    };
    loop {
        let taken = match transferred(&place, from, limit).await? {
            Transfer::Redirect { to } => return Ok(Fetched::Redirect { to }),
            Transfer::Stored { head, bytes } => return Ok(Fetched::Stored { head, bytes }),
            Transfer::Sent => false,
            Transfer::Taken => true,
        };
        let there = judged(bucket, key)
            .await
            .map_err(|error| broken_off(&error))?; // (1)
        match there {
            There::Whole { head, bytes } => return Ok(Fetched::Stored { head, bytes }),
            There::Nothing => {
                return Err(FetchError::Broken("it is there, and it is not".into()));
            }
            There::Broken { etag, .. } if taken && place.broken.is_none() => {
                place.broken = Some(etag); // (2)
            }
            There::Broken { why, .. } => return Err(refused(why)),
        }
    }
}

/// Fetches and stores within the time there is, or ends both.
async fn transferred(place: &Place<'_>, from: &Url, limit: u64) -> Result<Transfer, FetchError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let transfer = async {
        let request = request(from).map_err(|error| broken_off(&error))?;
        let response = Fetch::Request(request).send_with_signal(&signal).await;
        let response = response.map_err(|error| broken_off(&error))?;
        take(place, from, limit, response).await
    };
    let outcome = within(DOWNLOAD_TIMEOUT, transfer).await;
    if !matches!(outcome, Some(Ok(Transfer::Sent | Transfer::Stored { .. }))) {
        abort.abort();
    }
    outcome.unwrap_or_else(|| Err(FetchError::Broken("it took too long".into())))
}

fn request(from: &Url) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "image/*")?;
    headers.set("accept-encoding", "identity")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    Request::new_with_init(from.as_str(), &init)
}

/// Judges an answer: (1) by its status, (2) by its declared length, (3) by its body.
async fn take(
    place: &Place<'_>,
    from: &Url,
    limit: u64,
    response: Response,
) -> Result<Transfer, FetchError> {
    let header = |name| response.headers().get(name).ok().flatten();
    match response.status_code() {
        200 => {}
        301 | 302 | 303 | 307 | 308 => {
            let location = header("location").and_then(|location| from.join(&location).ok());
            let to = location.ok_or_else(|| FetchError::Broken("a redirect to nowhere".into()))?;
            return Ok(Transfer::Redirect { to: to.into() });
        }
        status @ (401 | 403 | 404 | 410) => return Err(FetchError::Gone(status)),
        status => return Err(FetchError::Broken(format!("it answers {status}"))), // (1)
    }
    let is_encoded = header("content-encoding").is_some_and(|encoding| encoding != "identity");
    let length = header("content-length").and_then(|length| digits(&length));
    if length.is_some_and(|length| length > limit) {
        return Err(too_large(limit)); // (2)
    }
    let (_, ResponseBody::Stream(body)) = response.into_parts() else {
        return Err(FetchError::Unacceptable("an empty body".into()));
    };
    if let Some(length) = length.filter(|_| !is_encoded)
        && let Some(_held) = Held::new(length)
    {
        return at_once(place, body.as_ref(), length).await;
    }
    let body = ReadableStream::from_raw(body.unchecked_into());
    match length.filter(|_| !is_encoded) {
        Some(length) => whole(place, body, length).await,
        None => in_parts(place, body, limit).await, // (3)
    }
}

/// Stores a body of known length, which never passes through our memory but for its first bytes.
async fn whole(
    place: &Place<'_>,
    body: ReadableStream,
    length: u64,
) -> Result<Transfer, FetchError> {
    let (looked_at, mut stored) = body
        .try_tee()
        .map_err(|(error, _)| FetchError::Broken(format!("{error:?}")))?;
    match glance(looked_at, length).await {
        Ok(format) => place.put(stored.into_raw(), format).await,
        Err(error) => {
            // The runtime has nothing more to fetch; whether it says so does not matter.
            let _ = stored.cancel().await;
            Err(error)
        }
    }
}

/// Looks at the first bytes of a stream, until they say that it is none to be stored, or there are
/// enough of them.
async fn glance(body: ReadableStream, length: u64) -> Result<PictureFormat, FetchError> {
    let mut body = body.into_stream();
    let mut first = Vec::new();
    loop {
        let is_over = match body.next().await {
            Some(Ok(chunk)) => {
                first.extend(Uint8Array::from(chunk).to_vec());
                false
            }
            Some(Err(_)) => return Err(FetchError::Broken("it broke off".into())),
            None => true,
        };
        let mut known = Known::of_size(length);
        known.add(0, Bytes::copy_from_slice(&first));
        match judge(&known) {
            Err(Stop::Unsupported(why)) => return Err(refused(why)),
            Ok(head) => return Ok(head.format),
            Err(Stop::Missing { .. }) if is_over => {
                return Err(FetchError::Broken("it ends early".into()));
            }
            Err(Stop::Missing { .. }) if first.len() < GLANCE_BYTES => {}
            Err(Stop::Missing { .. }) => return format_of(&known).map_err(stopped),
        }
    }
}

impl Place<'_> {
    fn condition(&self) -> Conditional {
        self.broken.as_deref().map_or_else(absent, is)
    }

    async fn put(
        &self,
        bytes: impl Into<worker::Data>,
        format: PictureFormat,
    ) -> Result<Transfer, FetchError> {
        let put = self
            .bucket
            .put(self.key, bytes)
            .http_metadata(metadata(format))
            .only_if(self.condition());
        let put = put.execute().await.map_err(|error| broken_off(&error))?;
        Ok(put.map_or(Transfer::Taken, |_| Transfer::Sent))
    }

    async fn is_taken(&self) -> Result<bool, FetchError> {
        let there = self.bucket.head(self.key).await;
        Ok(there.map_err(|error| broken_off(&error))?.is_some())
    }
}

/// What is broken may be so on this way only, and is worth another try. What is no picture at all is
/// not.
fn refused(why: Unsupported) -> FetchError {
    match why {
        Unsupported::Broken => FetchError::Incomplete(why.to_string()),
        why => FetchError::Unacceptable(why.to_string()),
    }
}

fn stopped(stop: Stop) -> FetchError {
    match stop {
        Stop::Unsupported(why) => refused(why),
        Stop::Missing { .. } => FetchError::Broken("it ends early".into()),
    }
}

fn too_large(limit: u64) -> FetchError {
    FetchError::Unacceptable(format!("it is larger than {limit} bytes"))
}

fn broken_off(error: &worker::Error) -> FetchError {
    FetchError::Broken(text_of(error))
}

fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
