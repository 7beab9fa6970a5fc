//! `OpenAI`'s moderation: text and pictures, in 13 categories, without charge.
//!
//! Source: <https://platform.openai.com/docs/api-reference/moderations>.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Moderation, Verdict};

/// Where its API is.
pub const BASE_URL: &str = "https://api.openai.com";

/// The one that judges pictures, too.
const MODEL: &str = "omni-moderation-latest";

#[derive(Deserialize)]
struct Answer {
    results: Vec<Judged>,
}

#[derive(Deserialize)]
struct Judged {
    flagged: bool,
    #[serde(default)]
    categories: BTreeMap<String, bool>,
}

/// The request that has a prompt, or a picture at an address, judged: it takes one picture at a time.
pub fn request(
    config: &Moderation,
    prompt: Option<&str>,
    picture: Option<&str>,
) -> Result<Request<Bytes>, http::Error> {
    let text = prompt.map(|text| json!({"type": "text", "text": text}));
    let picture = picture.map(|url| json!({"type": "image_url", "image_url": {"url": url}}));
    let input: Vec<Value> = text.into_iter().chain(picture).collect();
    Request::post(format!("{}/v1/moderations", config.base_url))
        .header(header::AUTHORIZATION, format!("Bearer {}", config.key))
        .header(header::CONTENT_TYPE, "application/json")
        .body(json!({"model": MODEL, "input": input}).to_string().into())
}

/// The verdict of an answer.
pub fn read(answer: &Response<Bytes>) -> Result<Verdict, String> {
    if !answer.status().is_success() {
        return Err(format!("it answers {}", answer.status()));
    }
    let Answer { results } =
        serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
    if results.is_empty() {
        return Err("it judges nothing".into());
    }
    let flagged = results.into_iter().filter(|judged| judged.flagged);
    let named = flagged.flat_map(|judged| judged.categories.into_iter().filter(|(_, is)| *is));
    let categories: Vec<String> = named.map(|(name, _)| name).collect();
    Ok(if categories.is_empty() {
        Verdict::Allowed
    } else {
        Verdict::Denied(categories)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_has_a_prompt_and_one_picture() {
        let config = Moderation {
            base_url: BASE_URL.into(),
            key: "sk".into(),
            refuses_unjudged: true,
        };
        let request = request(&config, Some("a coat"), Some("https://app.test/p")).unwrap();
        assert_eq!(request.uri(), "https://api.openai.com/v1/moderations");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let text = json!({"type": "text", "text": "a coat"});
        let picture = json!({"type": "image_url", "image_url": {"url": "https://app.test/p"}});
        assert_eq!(
            body,
            json!({"model": "omni-moderation-latest", "input": [text, picture]})
        );
    }

    #[test]
    fn a_flag_denies_by_its_categories() {
        let answer = |status: u16, body: &Value| {
            read(
                &Response::builder()
                    .status(status)
                    .body(body.to_string().into())
                    .unwrap(),
            )
        };
        let judged = |flagged: bool| json!({"results": [{"flagged": flagged, "categories": {"sexual": flagged, "violence": false}}]});
        assert_eq!(answer(200, &judged(false)), Ok(Verdict::Allowed));
        assert_eq!(
            answer(200, &judged(true)),
            Ok(Verdict::Denied(vec!["sexual".into()]))
        );
        assert!(answer(500, &judged(false)).is_err());
        assert!(answer(200, &json!({"results": []})).is_err());
        assert!(answer(200, &json!({"error": {}})).is_err());
    }
}
