//! Resend: mail over HTTP.
//!
//! Source: <https://resend.com/docs/api-reference/emails/send-email> and its page on errors.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::{Mail, NotSent};

/// Where Resend's API is.
pub const BASE_URL: &str = "https://api.resend.com";

/// Resend answers 403 without one, and the runtime sends none.
const USER_AGENT: &str = "atelier";

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
}

/// The request that sends a mail. Sent again under its key within a day, it is not a second one.
pub fn request(base_url: &str, key: &str, mail: &Mail) -> Result<Request<Bytes>, http::Error> {
    let Mail {
        from,
        to,
        message,
        idempotency_key,
    } = mail;
    let body = json!({
        "from": from, "to": [to.as_str()], "subject": message.subject, "text": message.text, "html": message.html,
    });
    Request::post(format!("{base_url}/emails"))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, USER_AGENT)
        .header("idempotency-key", idempotency_key)
        .body(body.to_string().into())
}

/// Whether an answer says that the mail was taken.
pub fn read(answer: &Response<Bytes>) -> Result<(), NotSent> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let Refusal { name, message } = serde_json::from_slice(answer.body()).unwrap_or(Refusal {
        name: String::new(),
        message: String::new(),
    });
    let words = format!("{} {name}: {message}", status.as_u16());
    // A quota is for the operator to raise; a rate is over in a second.
    let is_passing = status.is_server_error()
        || (status == StatusCode::TOO_MANY_REQUESTS && name == "rate_limit_exceeded")
        || name == "concurrent_idempotent_requests";
    Err(if is_passing {
        NotSent::Unavailable(words)
    } else {
        NotSent::Refused(words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::mail::{Language, sign_in_message};

    #[test]
    fn a_mail_is_as_resend_documents() {
        let mail = Mail {
            from: "Atelier <hello@app.test>".into(),
            to: EmailAddress::parse("ada@example.com").unwrap(),
            message: sign_in_message(Language::English, "Atelier", "01234567", "https://app.test"),
            idempotency_key: "key".into(),
        };
        let request = request("https://api.resend.com", "re_1", &mail).unwrap();
        assert_eq!(request.uri(), "https://api.resend.com/emails");
        assert_eq!(request.headers()["authorization"], "Bearer re_1");
        assert_eq!(request.headers()["idempotency-key"], "key");
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["to"], json!(["ada@example.com"]));
        assert_eq!(body["from"], "Atelier <hello@app.test>");
        assert_eq!(body["subject"], "Your code for Atelier");
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let read = |status, name: &str| {
            let body = json!({"statusCode": status, "name": name, "message": "m"}).to_string();
            read(
                &Response::builder()
                    .status(status)
                    .body(body.into())
                    .unwrap(),
            )
        };
        for (status, name) in [
            (500, "application_error"),
            (429, "rate_limit_exceeded"),
            (409, "concurrent_idempotent_requests"),
        ] {
            assert!(
                matches!(read(status, name), Err(NotSent::Unavailable(_))),
                "{name}"
            );
        }
        for (status, name) in [
            (401, "missing_api_key"),
            (422, "validation_error"),
            (429, "daily_quota_exceeded"),
        ] {
            assert!(
                matches!(read(status, name), Err(NotSent::Refused(_))),
                "{name}"
            );
        }
        assert_eq!(read(200, ""), Ok(()));
    }
}
