//! What is stored in R2, judged by a few ranges of it.

use bytes::Bytes;
use worker::{Bucket, Conditional, Object, Range};

use crate::domain::picture::{Known, PictureHead, Stop, Unsupported, judge};

/// How much is read at once: the head of almost every picture, and the whole of many.
const WINDOW: u64 = 256 * 1024;

/// Ranges that are read before a picture counts as broken: a JPEG with 4 MiB of metadata, in segments
/// of 64 KiB each, takes half as many.
const MAX_READS: usize = 32;

/// What is under a key.
pub(super) enum There {
    Nothing,
    Whole {
        head: PictureHead,
        bytes: u64,
    },
    /// Something that is not taken for a picture.
    Broken {
        etag: String,
        why: Unsupported,
    },
}

/// Judges what is under a key: its first bytes, and then whatever the judgement asks for.
pub(super) async fn judged(bucket: &Bucket, key: &str) -> worker::Result<There> {
    let first = bucket.get(key).range(Range::Prefix { length: WINDOW });
    let Some(object) = first.execute().await? else {
        return Ok(There::Nothing);
    };
    let (etag, size) = (object.etag(), object.size());
    let mut known = Known::of_size(size);
    known.add(0, bytes_of(&object).await?);
    for _ in 0..MAX_READS {
        match judge(&known) {
            Ok(head) => return Ok(There::Whole { head, bytes: size }),
            Err(Stop::Unsupported(why)) => return Ok(There::Broken { etag, why }),
            Err(Stop::Missing { from, length }) => {
                let length = length.max(WINDOW).min(size.saturating_sub(from));
                let range = Range::OffsetWithLength {
                    offset: from,
                    length,
                };
                let more = bucket.get(key).range(range).only_if(is(&etag));
                let Some(object) = more.execute().await? else {
                    return Ok(There::Nothing);
                };
                known.add(from, bytes_of(&object).await?);
            }
        }
    }
    let why = Unsupported::Broken;
    Ok(There::Broken { etag, why })
}

async fn bytes_of(object: &Object) -> worker::Result<Bytes> {
    let body = object.body();
    let body = body.ok_or_else(|| worker::Error::RustError("it is being replaced".into()))?;
    Ok(body.bytes().await?.into())
}

/// Create-once: a put under a key that is taken does nothing.
pub(super) fn absent() -> Conditional {
    Conditional {
        etag_does_not_match: Some("*".into()),
        ..Conditional::default()
    }
}

/// Only what has this entity tag is read, or replaced.
pub(super) fn is(etag: &str) -> Conditional {
    Conditional {
        etag_matches: Some(etag.to_owned()),
        ..Conditional::default()
    }
}
