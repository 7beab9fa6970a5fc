//! What the codecs' wire formats have in common.

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

/// Text as one segment of a path or one value of a query, whatever is in it.
pub(super) fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The JSON of an answer or a callback, if it is an object.
pub(super) fn object(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

/// What is at a JSON pointer such as `/data/taskId`; null if nothing is.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A whole number from 0 up, also as text: vendors mix the two.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| number::digits(value.as_str()?))
}

/// A name: a string that is not empty, or a number, as text.
pub(super) fn name(value: &Value) -> Option<String> {
    match value {
        // Only dots are no name, and would lead elsewhere in a path.
        Value::String(name) if name.bytes().any(|byte| byte != b'.') => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The strings in a value: itself, or those in its list.
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

/// The start of an answer, for operators.
pub(super) fn excerpt(response: &Response) -> String {
    let text = String::from_utf8_lossy(response.body());
    let start: String = text.chars().take(300).collect();
    format!("{}: {start}", response.status().as_u16())
}

/// Whether a message says that rules forbid the content, for vendors that have no code for it.
pub(super) fn speaks_of_rules(message: &str) -> bool {
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

/// Whether a message says that a picture's format or size will not do.
pub(super) fn speaks_of_a_picture(message: &str) -> bool {
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

/// Whether a message says that a picture could not be had from its address, rather than that it will not
/// do. Codes and words as the vendors document or send them: fal's `file_download_error` and
/// `image_load_error`, FASHN's `ImageLoadError`, and what HTTP clients say that Replicate and the others
/// pass on.
pub(super) fn speaks_of_fetching(message: &str) -> bool {
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

/// Not taken for the operator's sake: the key is wrong, or the account is empty.
pub(super) fn operators_trouble(response: &Response) -> Created {
    not_taken(response, Unavailable::Misconfigured)
}

/// Not taken for the model's sake: there is none, or not for this key.
pub(super) fn no_such_model(response: &Response) -> Created {
    not_taken(response, Unavailable::ModelMissing)
}

/// Not taken for the moment: too much at once.
pub(super) fn busy(response: &Response) -> Created {
    not_taken(response, Unavailable::RateLimited)
}

/// Not taken, since it is out of order.
pub(super) fn broken(response: &Response) -> Created {
    not_taken(response, Unavailable::Down)
}

fn not_taken(response: &Response, cause: Unavailable) -> Created {
    Created::Unavailable {
        detail: excerpt(response),
        cause,
    }
}

/// Not taken because of what was asked for.
pub(super) fn refused(response: &Response, reason: FailureCode) -> Created {
    Created::Refused {
        reason,
        detail: excerpt(response),
    }
}

/// Not taken because of the format or size of a picture.
pub(super) fn picture_refused(response: &Response) -> Created {
    Created::PictureRefused {
        detail: excerpt(response),
    }
}

/// Not taken because of what was asked for, as a message says for vendors that have no code for it:
/// the content, a picture's format or size, or something else.
pub(super) fn refused_in_words(response: &Response, message: &str) -> Created {
    if speaks_of_rules(message) {
        refused(response, FailureCode::ContentRefused)
    } else if speaks_of_a_picture(message) {
        picture_refused(response)
    } else {
        refused(response, FailureCode::InputRefused)
    }
}

/// Perhaps taken.
pub(super) fn unknown(response: &Response) -> Created {
    Created::Unknown {
        detail: excerpt(response),
    }
}

/// Finished well, if there are pictures.
pub(super) fn succeeded(results: Vec<String>, cost: Option<Cost>) -> Report {
    if results.is_empty() {
        return Report::Failed {
            reason: FailureCode::GenerationFailed,
            detail: "finished without pictures".into(),
        };
    }
    Report::Succeeded { results, cost }
}

/// Says nothing of the task.
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
    fn numbers_may_come_as_text() {
        assert_eq!(number(&json!(1301)), Some(1301));
        assert_eq!(number(&json!("1301")), Some(1301));
        for odd in [json!("E1"), json!(-1), json!(1.5), json!(null), json!([1])] {
            assert_eq!(number(&odd), None, "{odd}");
        }
    }

    /// Each was whole when it was uploaded, so these are no word about the photo.
    #[test]
    fn only_words_about_fetching_speak_of_fetching() {
        for message in [
            r#"422: {"detail":[{"type":"file_download_error","msg":"Failed to download the file."}]}"#,
            "ImageLoadError: Error loading image from the given URL",
            "Failed to download image from https://app.test/v1/images/x: 503",
            "image_url is not accessible",
            "Unable to fetch the input image",
        ] {
            assert!(speaks_of_fetching(message), "{message}");
        }
        for message in [
            "The image is too small",
            "image_processing_error: no person was found in the photo",
            "Unsupported image format",
            "the model could not be downloaded",
            "",
        ] {
            assert!(!speaks_of_fetching(message), "{message}");
        }
    }

    #[test]
    fn only_words_about_rules_speak_of_rules() {
        for message in [
            "Failure to pass the risk control system",
            "CONTENT_POLICY_BLOCKED: the input was flagged",
            "The image may contain sensitive information",
            "Your prompt violates our content policies",
            "Request blocked by content security checks",
        ] {
            assert!(speaks_of_rules(message), "{message}");
        }
        for message in [
            "",
            "Image pixel is invalid",
            "Internal Error, please try again later.",
            "unsupported content type",
            "security token expired",
        ] {
            assert!(!speaks_of_rules(message), "{message}");
        }
    }

    #[test]
    fn only_words_about_a_pictures_format_or_size_speak_of_a_picture() {
        for message in [
            "Image pixel is invalid",
            "Unsupported image format: webp",
            "The image is too small, at least 300px a side",
            "image dimensions out of range",
            "Picture file size exceeds 10MB",
        ] {
            assert!(speaks_of_a_picture(message), "{message}");
        }
        for message in [
            "",
            "image_urls has more than 14 entries",
            "prompt is required",
            "Invalid response format",
            "image could not be downloaded",
        ] {
            assert!(!speaks_of_a_picture(message), "{message}");
        }
    }
}
