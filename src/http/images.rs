//! Sending pictures, for a valid link.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::response::Builder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::extract::{Named, Params};
use super::problem::Problem;
use super::route::{Route, route};
use super::tags;
use crate::domain::number::digits;
use crate::domain::picture::{ByteRange, PictureFormat};
use crate::service::{Atelier, Error};

/// What a link to a picture has beside its path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Link {
    /// When the link ends, in seconds since 1970-01-01 UTC.
    expires: i64,
    /// The signature over the path and `expires`.
    signature: String,
}

pub(super) fn get_image() -> Route {
    route!(get, "/v1/images/{*key}", show, |it| {
        it.is("generations", "showImage", "Get a picture")
            .says("Needs no token: the links in jobs are signed, and end. A link that has ended is answered with 404.")
            .names("key", "The rest of the path, with slashes in it.")
            .query::<Link>()
            .refuses(&["not_found", "precondition_failed", "range_not_satisfiable", "storage_unavailable"])
            .header("Range", "One range of bytes, such as `bytes=0-1023`.")
            .header("If-Range", "The `ETag` of the picture that the range is of. If the picture has another, all of it is sent.")
            .header("If-None-Match", "The `ETag` of a picture that the client has already.")
            .header("If-Match", "The `ETag` that the picture must have.")
            .answers_picture(200, "The picture.")
            .with_header(200, "Content-Disposition", "The name to save it under.")
            .with_header(200, "ETag", "The same for as long as the picture exists.")
            .answers_picture(206, "The range that was requested.")
            .with_header(206, "Content-Range", "The range, and the size of the picture in bytes.")
            .with_header(416, "Content-Range", "The size of the picture in bytes.")
            .answers_nothing(304, "The client has it already.")
    })
}

async fn show(
    atelier: Atelier,
    Named(key): Named<String>,
    Params(link): Params<Link>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut range = headers
        .get(header::RANGE)
        .and_then(|range| parse_range(range.to_str().ok()?));
    let pictures = atelier.pictures();
    let open = |range| pictures.open(&key, link.expires, &link.signature, range);
    let mut picture = open(range).await?;
    let validator = headers.get(header::IF_RANGE);
    if range.is_some() && validator.is_some_and(|tag| tag != picture.etag.as_str()) {
        range = None;
        picture = open(range).await?;
    }
    if tags::is_other(&headers, &picture.etag) {
        return Err(Problem::precondition_failed());
    }
    let named = name(&key, &picture.content_type);
    let described = |status| described(status, &picture.content_type, &picture.etag, &named);
    if tags::is_known(&headers, &picture.etag) {
        let builder = described(StatusCode::NOT_MODIFIED);
        return built(builder.body(Body::empty()));
    }
    let size = picture.size;
    let builder = match (range, picture.part) {
        (Some(_), None) => return Ok(beyond(size)),
        (Some(_), Some((first, last))) => described(StatusCode::PARTIAL_CONTENT)
            .header(
                header::CONTENT_RANGE,
                format!("bytes {first}-{last}/{size}"),
            )
            .header(
                header::CONTENT_LENGTH,
                last.saturating_add(1).saturating_sub(first),
            ),
        (None, _) => described(StatusCode::OK).header(header::CONTENT_LENGTH, size),
    };
    let mut response = built(builder.body(Body::from_stream(picture.body)))?;
    response.extensions_mut().extend(picture.extensions);
    Ok(response)
}

/// What a picture is called when it is saved: the job with the picture's place among its results, counted from one, and
/// that it was made with AI, or the upload. Nothing of a key but ids gets into it.
fn name(key: &str, content_type: &str) -> String {
    let is_plain = |part: &&str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let parts: Vec<_> = key.split('/').filter(is_plain).collect();
    let stem = match parts[..] {
        ["results", job, place] => {
            let place = place.parse().unwrap_or(0_u8);
            format!("{job}-{}-ai", u16::from(place).saturating_add(1))
        }
        ["thumbnails", job, place] => format!("{job}-{place}-ai-small"),
        ["uploads", upload] => upload.to_owned(),
        _ => "picture".to_owned(),
    };
    match PictureFormat::of_media_type(content_type) {
        Some(format) => format!("{stem}.{}", format.extension()),
        None => stem,
    }
}

/// What is said of a picture, however much of it is sent.
fn described(status: StatusCode, content_type: &str, etag: &str, named: &str) -> Builder {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ETAG, etag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, max-age=86400, immutable")
        .header(
            header::CONTENT_DISPOSITION,
            format!("inline; filename=\"{named}\""),
        )
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        )
        .header("cross-origin-resource-policy", "cross-origin")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn built(response: http::Result<Response>) -> Result<Response, Problem> {
    response.map_err(|error| Error::Internal(error.to_string()).into())
}

/// The picture ends before the range begins.
fn beyond(size: u64) -> Response {
    let mut response = Problem::range_not_satisfiable().into_response();
    if let Ok(of) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, of);
    }
    response
}

/// One range of bytes, as RFC 9110 has it. Anything else is as good as no range, which the RFC
/// allows.
fn parse_range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", last) => digits(last).map(ByteRange::Last),
        (first, "") => Some(ByteRange::From {
            first: digits(first)?,
            last: None,
        }),
        (first, last) => {
            let (first, last) = (digits(first)?, digits(last)?);
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
    fn a_picture_is_named_after_its_job_or_its_upload() {
        for (key, content_type, named) in [
            ("results/job_2/0", "image/png", "job_2-1-ai.png"),
            ("results/job_2/255", "image/webp", "job_2-256-ai.webp"),
            ("uploads/upl_3", "image/jpeg", "upl_3.jpg"),
            ("uploads/up\"l", "image/jpeg", "picture.jpg"),
            ("selftest", "text/plain", "picture"),
        ] {
            assert_eq!(name(key, content_type), named);
        }
    }

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
        assert_eq!(parse_range("bytes=-0"), Some(ByteRange::Last(0)));
        assert_eq!(parse_range("bytes=-5"), Some(ByteRange::Last(5)));
        for none in ["bytes=5-2", "bytes=a-b", "bytes=0-1,4-5", "lines=1-2", ""] {
            assert_eq!(parse_range(none), None, "{none}");
        }
    }
}
