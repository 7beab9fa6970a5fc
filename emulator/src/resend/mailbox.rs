//! `GET /mailbox` for people, `GET /mailbox.json` for tests.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::outbox::Mail;
use crate::{
    clock,
    html::{self, escape},
    parameters::{ParameterError, Parameters},
    world::World,
};

/// The newest mail first.
pub(crate) async fn page(State(world): State<Arc<World>>) -> Response {
    let articles: Vec<String> = world.memory().outbox.mails().rev().map(article).collect();
    let content = match articles.len() {
        0 => "<p>No mail was sent yet.</p>".to_owned(),
        _ => articles.concat(),
    };
    html::page(StatusCode::OK, "Mailbox", &content)
}

fn article(mail: &Mail) -> String {
    let html = if mail.html.is_empty() {
        String::new()
    } else {
        let content = escape(&mail.html);
        format!("<iframe sandbox title=\"HTML part\" srcdoc=\"{content}\"></iframe>")
    };
    format!(
        "<article><h2>{}</h2><p>To {}<br>From {}<br><time>{}</time></p><pre>{}</pre>{html}</article>",
        escape(&mail.subject),
        escape(&mail.to.join(", ")),
        escape(&mail.from),
        clock::iso8601(mail.at),
        linked(&mail.text),
    )
}

/// Text as markup, with its addresses as links.
fn linked(text: &str) -> String {
    let word = |word: &str| {
        let address = word.trim_end();
        let space = word.strip_prefix(address).unwrap_or_default();
        if address.starts_with("http://") || address.starts_with("https://") {
            let address = escape(address);
            return format!("<a href=\"{address}\">{address}</a>{space}");
        }
        escape(word)
    };
    text.split_inclusive(char::is_whitespace)
        .map(word)
        .collect()
}

/// The oldest mail first; with `to`, those to one address.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let asked = Parameters::of_query(query.as_deref(), &["to"]).map_err(Refused)?;
    let to = asked.get("to");
    let memory = world.memory();
    let mails: Vec<Value> = memory
        .outbox
        .mails()
        .filter(|mail| to.is_none_or(|to| mail.is_to(to)))
        .map(shown)
        .collect();
    Ok(Json(json!({ "mails": mails })))
}

fn shown(mail: &Mail) -> Value {
    json!({
        "id": mail.id,
        "from": mail.from,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "reply_to": mail.reply_to,
        "at": clock::iso8601(mail.at),
    })
}

/// The query has something else in it than `to`.
pub(crate) struct Refused(ParameterError);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.0.to_string() });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn addresses_in_a_text_are_links() {
        assert_eq!(
            linked("Open\nhttp://127.0.0.1/#a&b now <"),
            "Open\n<a href=\"http://127.0.0.1/#a&amp;b\">http://127.0.0.1/#a&amp;b</a> now &lt;"
        );
    }
}
