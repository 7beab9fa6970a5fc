//! A task's id, and the requests about it.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::request as to_fal;
use crate::provider::wire::escaped;
use crate::provider::{Access, Request, Task};

/// What separates a model's first two segments from the request's id in a task's path.
const REQUESTS: &str = "/requests/";

/// A task's id: the app's path, if the answer has a `status_url` that contains it, followed by the
/// request's id. Nothing else of that URL is used.
pub(super) fn id_of(request_id: &str, status_url: &Value) -> String {
    let app = status_url.as_str().and_then(app_of);
    app.map_or_else(
        || request_id.to_owned(),
        |app| format!("{app}{REQUESTS}{request_id}"),
    )
}

/// The two segments before `/requests/` in an address.
fn app_of(address: &str) -> Option<String> {
    let (before, _) = address.split_once(REQUESTS)?;
    let mut segments = before.rsplit('/');
    let (name, owner) = (segments.next()?, segments.next()?);
    let app = format!("{owner}/{name}");
    is_app(&app).then_some(app)
}

/// Two segments that cannot change the path around them.
fn is_app(app: &str) -> bool {
    let is_segment = |segment: &str| {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        segment.bytes().all(is_plain) && segment.bytes().any(|byte| byte != b'.')
    };
    let segments: Vec<_> = app.split('/').collect();
    segments.len() == 2 && segments.into_iter().all(is_segment)
}

/// A request about a task. Where neither the task's id nor its model gives the app, the URI is
/// invalid, and `http` reports that.
pub(super) fn request(
    access: &Access,
    method: Method,
    task: &Task<'_>,
    about: &str,
) -> Result<Request, http::Error> {
    let named = task.id.split_once(REQUESTS).filter(|(app, _)| is_app(app));
    let (app, id) = match (named, task.vendor_id) {
        (Some((app, id)), _) => (app.to_owned(), id),
        (None, Some(model)) => {
            let app: Vec<_> = model.split('/').take(2).collect();
            (app.join("/"), task.id)
        }
        (None, None) => return http::Request::builder().uri("").body(Bytes::new()),
    };
    let path = format!("/{app}{REQUESTS}{}{about}", escaped(id));
    to_fal(access, method, &path).body(Bytes::new())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tasks_id_has_the_app_from_the_answer() {
        for (status_url, id) in [
            (
                json!("https://queue.fal.run/google/nano-banana-2.1/requests/r1/status"),
                "google/nano-banana-2.1/requests/r1",
            ),
            (
                json!("http://127.0.0.1:8788/fal/fal-ai/fashn/requests/r1/status"),
                "fal-ai/fashn/requests/r1",
            ),
            (json!("https://queue.fal.run/../../requests/r1"), "r1"),
            (json!("https://queue.fal.run/a%2Fb/c/requests/r1"), "r1"),
            (json!("/requests/r1"), "r1"),
            (json!(7), "r1"),
            (Value::Null, "r1"),
        ] {
            assert_eq!(id_of("r1", &status_url), id, "{status_url}");
        }
    }

    fn path(id: &str, vendor_id: Option<&str>) -> Option<String> {
        let access = Access {
            base_url: "https://fal.test".into(),
            api_key: "id:secret".into(),
            webhook_secrets: Vec::new(),
        };
        let request = request(&access, Method::GET, &Task { id, vendor_id }, "/status");
        request.ok().map(|request| request.uri().path().to_owned())
    }

    /// A model's id that is overridden while its tasks run must not send the questions about them
    /// elsewhere.
    #[test]
    fn a_task_is_read_where_it_was_submitted() {
        let now = Some("google/nano-banana-2.1/edit");
        assert_eq!(
            path("fal-ai/nano-banana/requests/r1", now).as_deref(),
            Some("/fal-ai/nano-banana/requests/r1/status")
        );
        assert_eq!(
            path("r1", now).as_deref(),
            Some("/google/nano-banana-2.1/requests/r1/status")
        );
        assert_eq!(
            path("../x/requests/r1", now).as_deref(),
            Some("/google/nano-banana-2.1/requests/..%2Fx%2Frequests%2Fr1/status")
        );
        assert_eq!(path("r1", None), None);
    }
}
