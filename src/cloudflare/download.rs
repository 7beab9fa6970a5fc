//! From a provider into R2: streamed, and looked at on the way.
//!
//! R2 takes a stream only if its length is known. Where it is, the runtime moves the bytes and we
//! see only the first of them, through one branch of a tee. Where it is not, or the runtime has
//! decoded the body, the parts of a multipart upload go through our memory one by one.

use std::time::Duration;

use futures::StreamExt;
use url::Url;
use wasm_bindgen::JsCast;
use wasm_streams::ReadableStream;
use worker::js_sys::Uint8Array;
use worker::{
    AbortController, Bucket, Fetch, Headers, Method, Range, Request, RequestInit, RequestRedirect,
};
use worker::{Response, ResponseBody};

use super::r2::{absent, metadata};
use super::{text_of, within};
use crate::domain::number::digits;
use crate::domain::picture::{HEAD_BYTES, PictureHead};
use crate::ports::{FetchError, Fetched};

/// R2 wants all parts but the last to be of one size, of at least 5 MiB.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// [`HEAD_BYTES`], as R2 wants it.
const HEAD_LENGTH: u64 = HEAD_BYTES as u64;

/// Within the 30 s of `waitUntil`, with time left to write down what came of it.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(25);

/// Fetches a picture, one hop, and stores it.
pub(super) async fn download(
    bucket: &Bucket,
    key: &str,
    from: &Url,
    limit: u64,
) -> Result<Fetched, FetchError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let transfer = async {
        let request = request(from).map_err(|error| broken(&error))?;
        let response = Fetch::Request(request).send_with_signal(&signal).await;
        take(
            bucket,
            key,
            from,
            limit,
            response.map_err(|error| broken(&error))?,
        )
        .await
    };
    let outcome = within(DOWNLOAD_TIMEOUT, transfer).await;
    if !matches!(outcome, Some(Ok(Fetched::Stored { .. }))) {
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
    bucket: &Bucket,
    key: &str,
    from: &Url,
    limit: u64,
    response: Response,
) -> Result<Fetched, FetchError> {
    let header = |name| response.headers().get(name).ok().flatten();
    match response.status_code() {
        200 => {}
        301 | 302 | 303 | 307 | 308 => {
            let location = header("location").and_then(|location| from.join(&location).ok());
            let to = location.ok_or_else(|| FetchError::Broken("a redirect to nowhere".into()))?;
            return Ok(Fetched::Redirect { to: to.into() });
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
    let body = ReadableStream::from_raw(body.unchecked_into());
    match length.filter(|_| !is_encoded) {
        Some(length) => whole(bucket, key, body, length).await,
        None => in_parts(bucket, key, body, limit).await, // (3)
    }
}

/// Stores a body of known length, which never passes through our memory but for its head.
async fn whole(
    bucket: &Bucket,
    key: &str,
    body: ReadableStream,
    length: u64,
) -> Result<Fetched, FetchError> {
    let (looked_at, mut stored) = body
        .try_tee()
        .map_err(|(error, _)| FetchError::Broken(format!("{error:?}")))?;
    let mut looked_at = looked_at.into_stream();
    let mut first = Vec::new();
    let head = loop {
        match looked_at.next().await {
            Some(Ok(chunk)) => first.extend(Uint8Array::from(chunk).to_vec()),
            Some(Err(_)) => break Err(FetchError::Broken("it broke off".into())),
            None => break head_of(&first),
        }
        if let Ok(head) = PictureHead::read(&first) {
            break Ok(head);
        }
        if first.len() >= HEAD_BYTES {
            break head_of(&first);
        }
    };
    drop(looked_at);
    let head = match head {
        Ok(head) => head,
        Err(error) => {
            // The runtime has nothing more to fetch; whether it says so is all the same.
            let _ = stored.cancel().await;
            return Err(error);
        }
    };
    let put = bucket.put(key, stored.into_raw());
    let put = put
        .http_metadata(metadata(head.format))
        .only_if(absent())
        .execute()
        .await;
    match put.map_err(|error| broken(&error))? {
        Some(_) => Ok(Fetched::Stored {
            head,
            bytes: length,
        }),
        None => taken_already(bucket, key).await,
    }
}

/// Stores a body of unknown length, holding one part of it at a time.
async fn in_parts(
    bucket: &Bucket,
    key: &str,
    body: ReadableStream,
    limit: u64,
) -> Result<Fetched, FetchError> {
    let mut body = body.into_stream();
    let (mut part, at_end) = fill(&mut body, Vec::new()).await?;
    let head = head_of(&part)?;
    let mut bytes = size_of(&part);
    if bytes > limit {
        return Err(too_large(limit));
    }
    if at_end {
        let put = bucket
            .put(key, part)
            .http_metadata(metadata(head.format))
            .only_if(absent());
        return match put.execute().await.map_err(|error| broken(&error))? {
            Some(_) => Ok(Fetched::Stored { head, bytes }),
            None => taken_already(bucket, key).await,
        };
    }
    if bucket
        .head(key)
        .await
        .map_err(|error| broken(&error))?
        .is_some()
    {
        return taken_already(bucket, key).await;
    }
    let upload = bucket
        .create_multipart_upload(key)
        .http_metadata(metadata(head.format))
        .execute()
        .await;
    let upload = upload.map_err(|error| broken(&error))?;
    let mut parts = Vec::new();
    let sent: Result<(), FetchError> = async {
        for number in 1.. {
            let rest = part.split_off(part.len().min(PART_BYTES));
            let is_last = part.len() < PART_BYTES;
            let part_sent = upload
                .upload_part(number, std::mem::replace(&mut part, rest))
                .await;
            parts.push(part_sent.map_err(|error| broken(&error))?);
            let before = size_of(&part);
            (part, _) = fill(&mut body, part).await?;
            bytes = bytes.saturating_add(size_of(&part).saturating_sub(before));
            if bytes > limit {
                return Err(too_large(limit));
            }
            if is_last || part.is_empty() {
                break;
            }
        }
        Ok(())
    }
    .await;
    match sent {
        Ok(()) => {
            upload
                .complete(parts)
                .await
                .map_err(|error| broken(&error))?;
            Ok(Fetched::Stored { head, bytes })
        }
        Err(error) => {
            // Left alone, R2 forgets an upload after seven days.
            let _ = upload.abort().await;
            Err(error)
        }
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

/// The key is taken: what is there is kept, and looked at.
async fn taken_already(bucket: &Bucket, key: &str) -> Result<Fetched, FetchError> {
    let there = look(bucket, key).await.map_err(|error| broken(&error))?;
    let there = there.ok_or_else(|| FetchError::Broken("it is there, and it is not".into()))?;
    let (first, bytes) = there;
    Ok(Fetched::Stored {
        head: head_of(&first)?,
        bytes,
    })
}

/// The first bytes of what is under a key, and how many there are in all.
pub(super) async fn look(bucket: &Bucket, key: &str) -> worker::Result<Option<(Vec<u8>, u64)>> {
    let there = bucket.get(key).range(Range::Prefix {
        length: HEAD_LENGTH,
    });
    let Some(there) = there.execute().await? else {
        return Ok(None);
    };
    let first = match there.body() {
        Some(body) => body.bytes().await?,
        None => Vec::new(),
    };
    Ok(Some((first, there.size())))
}

fn head_of(first: &[u8]) -> Result<PictureHead, FetchError> {
    PictureHead::read(first).map_err(|error| FetchError::Unacceptable(error.to_string()))
}

fn too_large(limit: u64) -> FetchError {
    FetchError::Unacceptable(format!("it is larger than {limit} bytes"))
}

fn broken(error: &worker::Error) -> FetchError {
    FetchError::Broken(text_of(error))
}

fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
