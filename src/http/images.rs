//! Handing pictures out, to whoever has the link.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::extract::{Named, Params};
use super::problem::Problem;
use crate::domain::picture::ByteRange;
use crate::service::{Atelier, Error};

/// What a link consists of, beside its path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Link {
    expires: i64,
    signature: String,
}

/// `GET /v1/images/{key}`
pub(super) async fn show(
    State(atelier): State<Atelier>,
    Named(key): Named<String>,
    Params(link): Params<Link>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let range = headers
        .get(header::RANGE)
        .and_then(|range| parse_range(range.to_str().ok()?));
    let picture = atelier
        .open_picture(&key, link.expires, &link.signature, range)
        .await?;
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim() == picture.etag);
    let (first, last) = picture.part;
    let length = last.saturating_add(1).saturating_sub(first);
    let mut builder = Response::builder()
        .header(header::CONTENT_TYPE, picture.content_type)
        .header(header::ETAG, picture.etag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, max-age=3600, immutable")
        .header(header::CONTENT_DISPOSITION, "inline")
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        )
        .header("cross-origin-resource-policy", "cross-origin")
        .header(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
    let response = if is_known {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        if length < picture.size {
            let of = format!("bytes {first}-{last}/{}", picture.size);
            builder = builder
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, of);
        }
        builder
            .header(header::CONTENT_LENGTH, length)
            .body(Body::from_stream(picture.body))
    };
    response.map_err(|error| Error::Internal(error.to_string()).into())
}

/// One range of bytes, as RFC 9110 has it. Anything else is as good as no range, which the RFC
/// allows.
fn parse_range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", last) => last
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .map(ByteRange::Last),
        (first, "") => Some(ByteRange::From {
            first: first.parse().ok()?,
            last: None,
        }),
        (first, last) => {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(ByteRange::From {
                first,
                last: Some(last),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        assert_eq!(
            parse_range("bytes=0-99"),
            Some(ByteRange::From {
                first: 0,
                last: Some(99)
            })
        );
        assert_eq!(
            parse_range("bytes=100-"),
            Some(ByteRange::From {
                first: 100,
                last: None
            })
        );
        assert_eq!(parse_range("bytes=-5"), Some(ByteRange::Last(5)));
        for none in [
            "bytes=5-2",
            "bytes=-0",
            "bytes=a-b",
            "bytes=0-1,4-5",
            "lines=1-2",
            "",
        ] {
            assert_eq!(parse_range(none), None, "{none}");
        }
    }
}
