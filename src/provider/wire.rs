//! Helpers that the codecs share.

use bytes::Bytes;
use http::{Method, header};
use serde_json::Value;

use super::{Access, Cost, Created, Report, Request, Response, Unavailable};
use crate::domain::job::FailureCode;
use crate::domain::number;

/// A request to a path below a provider's address, with `Authorization: <scheme> <key>`.
pub(super) fn request(
    access: &Access,
    method: Method,
    path: &str,
    scheme: &str,
) -> http::request::Builder {
    http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", access.base_url))
        .header(
            header::AUTHORIZATION,
            format!("{scheme} {}", access.api_key),
        )
}

/// Gives a request a JSON body.
pub(super) fn with_json(
    request: http::request::Builder,
    body: &Value,
) -> Result<Request, http::Error> {
    request
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.to_string()))
}

/// Text, percent-encoded as one segment of a path or one value of a query.
pub(super) fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The JSON of an answer or a callback, if it is an object.
pub(super) fn object(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

/// The value at a JSON pointer such as `/data/taskId`; null if there is none.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A non-negative integer, also as text: vendors mix the two.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| number::digits(value.as_str()?))
}

/// An id or a URL: a string that is not empty, or a number as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        // An id of dots alone would change the path that it is put into.
        Value::String(name) if name.bytes().any(|byte| byte != b'.') => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The strings in a value: the value itself, or those in a list.
pub(super) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several
            .iter()
            .filter_map(|one| one.as_str().map(String::from))
            .collect(),
        _ => Vec::new(),
    }
}

/// The status of an answer and the start of its body, for operators.
pub(super) fn excerpt(response: &Response) -> String {
    let text = String::from_utf8_lossy(response.body());
    let start: String = text.chars().take(300).collect();
    format!("{}: {start}", response.status().as_u16())
}

/// Whether a message says that the content was refused, for vendors that have no code for it.
pub(super) fn says_content_refused(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    has(&[
        "risk control",
        "sensitive",
        "nsfw",
        "moderation",
        "prohibited",
    ]) || has(&["content"]) && has(&["policy", "policies", "security", "safety"])
}

/// Whether a message says that a picture's format or size is not supported.
pub(super) fn says_picture_unsupported(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    has(&["image", "picture", "photo"])
        && has(&[
            "format",
            "pixel",
            "resolution",
            "dimension",
            "too small",
            "too large",
            "file size",
            "file type",
            "webp",
        ])
}

/// Whether a message says that a picture could not be fetched from its URL, rather than that it is not
/// supported. Codes and phrases as the vendors document or send them: fal's `file_download_error` and
/// `image_load_error`, FASHN's `ImageLoadError`, and what HTTP clients say that Replicate and the others
/// pass on.
pub(super) fn says_not_fetched(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    has(&["file_download_error", "image_load_error", "imageloaderror"])
        || has(&["image", "picture", "photo", "file", "url"])
            && has(&[
                "download",
                "fetch",
                "failed to load",
                "unable to load",
                "could not load",
                "could not be loaded",
                "unreachable",
                "not accessible",
            ])
}

/// Not taken: the key is wrong, or the account has no credit left.
pub(super) fn misconfigured(response: &Response) -> Created {
    not_taken(response, Unavailable::Misconfigured)
}

/// Not taken: the model does not exist, or not for this key.
pub(super) fn model_missing(response: &Response) -> Created {
    not_taken(response, Unavailable::ModelMissing)
}

/// Not taken: too many requests or tasks at once.
pub(super) fn rate_limited(response: &Response) -> Created {
    not_taken(response, Unavailable::RateLimited)
}

/// Not taken: the provider failed by itself, or is under maintenance.
pub(super) fn down(response: &Response) -> Created {
    not_taken(response, Unavailable::Down)
}

fn not_taken(response: &Response, cause: Unavailable) -> Created {
    Created::Unavailable {
        detail: excerpt(response),
        cause,
    }
}

/// Refused for good, because of the request.
pub(super) fn refused(response: &Response, reason: FailureCode) -> Created {
    Created::Refused {
        reason,
        detail: excerpt(response),
    }
}

/// Refused because of a picture's format or size.
pub(super) fn picture_refused(response: &Response) -> Created {
    Created::PictureRefused {
        detail: excerpt(response),
    }
}

/// Refused because of the request, as far as a message tells, for vendors that have no codes: the
/// content, a picture's format or size, or something else.
pub(super) fn refused_in_words(response: &Response, message: &str) -> Created {
    if says_content_refused(message) {
        refused(response, FailureCode::ContentRefused)
    } else if says_picture_unsupported(message) {
        picture_refused(response)
    } else {
        refused(response, FailureCode::InputRefused)
    }
}

/// It may or may not have been taken.
pub(super) fn unknown(response: &Response) -> Created {
    Created::Unknown {
        detail: excerpt(response),
    }
}

/// A success, or a failure if there are no pictures.
pub(super) fn succeeded(results: Vec<String>, cost: Option<Cost>) -> Report {
    if results.is_empty() {
        return Report::Failed {
            reason: FailureCode::GenerationFailed,
            detail: "finished without pictures".into(),
        };
    }
    Report::Succeeded { results, cost }
}

/// An answer that says nothing about the task.
pub(super) fn unreadable(response: &Response) -> Report {
    Report::Unreadable {
        detail: excerpt(response),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_may_be_text() {
        assert_eq!(number(&json!(1301)), Some(1301));
        assert_eq!(number(&json!("1301")), Some(1301));
        for odd in [json!("E1"), json!(-1), json!(1.5), json!(null), json!([1])] {
            assert_eq!(number(&odd), None, "{odd}");
        }
    }

    /// Each picture was intact when it was uploaded, so these messages say nothing about the photo.
    #[test]
    fn only_messages_about_fetching_say_not_fetched() {
        for message in [
            r#"422: {"detail":[{"type":"file_download_error","msg":"Failed to download the file."}]}"#,
            "ImageLoadError: Error loading image from the given URL",
            "Failed to download image from https://app.test/v1/images/x: 503",
            "image_url is not accessible",
            "Unable to fetch the input image",
        ] {
            assert!(says_not_fetched(message), "{message}");
        }
        for message in [
            "The image is too small",
            "image_processing_error: no person was found in the photo",
            "Unsupported image format",
            "the model could not be downloaded",
            "",
        ] {
            assert!(!says_not_fetched(message), "{message}");
        }
    }

    #[test]
    fn only_messages_about_policy_say_content_refused() {
        for message in [
            "Failure to pass the risk control system",
            "CONTENT_POLICY_BLOCKED: the input was flagged",
            "The image may contain sensitive information",
            "Your prompt violates our content policies",
            "Request blocked by content security checks",
        ] {
            assert!(says_content_refused(message), "{message}");
        }
        for message in [
            "",
            "Image pixel is invalid",
            "Internal Error, please try again later.",
            "unsupported content type",
            "security token expired",
        ] {
            assert!(!says_content_refused(message), "{message}");
        }
    }

    #[test]
    fn only_messages_about_format_or_size_say_picture_unsupported() {
        for message in [
            "Image pixel is invalid",
            "Unsupported image format: webp",
            "The image is too small, at least 300px a side",
            "image dimensions out of range",
            "Picture file size exceeds 10MB",
        ] {
            assert!(says_picture_unsupported(message), "{message}");
        }
        for message in [
            "",
            "image_urls has more than 14 entries",
            "prompt is required",
            "Invalid response format",
            "image could not be downloaded",
        ] {
            assert!(!says_picture_unsupported(message), "{message}");
        }
    }
}
