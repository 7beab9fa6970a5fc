//! The pages that people see: one frame, and what must not be read as markup.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

/// The pages' policy: they load nothing, whatever a mail or a parameter has in it.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;\
padding:0 1rem}article{border-top:1px solid #ccc;padding:1rem 0}pre{white-space:pre-wrap}\
iframe{width:100%;height:16rem;border:1px solid #ccc}button,input{font:inherit;padding:.3rem .6rem}\
form{margin:.5rem 0}";

/// A page with a heading; `content` is markup, `title` is not.
pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let title = escape(title);
    let markup = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style><h1>{title}</h1>{content}</html>"
    );
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    (status, policy, Html(markup)).into_response()
}

/// A page that refuses a request.
pub(crate) fn refusal(status: StatusCode, problem: &str) -> Response {
    page(
        status,
        "This request is refused",
        &format!("<p>{}</p>", escape(problem)),
    )
}

/// Text as markup, also between quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
