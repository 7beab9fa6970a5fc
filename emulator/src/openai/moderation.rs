//! A request for a verdict, checked, and the verdict.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use crate::{
    behaviour::hashtags,
    schema::{self, Breach, Field, Kind, Problem, anything, optional, required},
};

const MODELS: &[&str] = &[
    "omni-moderation-latest",
    "omni-moderation-2024-09-26",
    "text-moderation-latest",
    "text-moderation-stable",
];
const FIELDS: &[Field] = &[
    required("input", Kind::Any),
    optional("model", Kind::Choice(MODELS)),
];
/// The longest text, in characters; the emulator's own bound.
const TEXT: usize = 1_000_000;
const TEXT_PART: &[Field] = &[
    required("type", Kind::Choice(&["text"])),
    required("text", Kind::Text(TEXT)),
];
const IMAGE_PART: &[Field] = &[
    required("type", Kind::Choice(&["image_url"])),
    required(
        "image_url",
        Kind::Object(&[required("url", Kind::Picture(anything))]),
    ),
];
/// The categories, and whether they are judged of pictures too.
const CATEGORIES: [(&str, bool); 13] = [
    ("harassment", false),
    ("harassment/threatening", false),
    ("hate", false),
    ("hate/threatening", false),
    ("illicit", false),
    ("illicit/violent", false),
    ("self-harm", true),
    ("self-harm/intent", true),
    ("self-harm/instructions", true),
    ("sexual", true),
    ("sexual/minors", false),
    ("violence", true),
    ("violence/graphic", true),
];

/// What one verdict is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Input {
    text: Option<String>,
    /// The address of a picture, or a data URI.
    pub(crate) picture: Option<String>,
    /// The hashtags in the picture, once it was fetched.
    pub(crate) label: String,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Moderation {
    pub(crate) model: String,
    pub(crate) inputs: Vec<Input>,
}

impl Moderation {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
            let problem = "We could not parse the JSON body of your request.";
            return Err(ApiError::InvalidRequest(None, None, problem.to_owned()));
        };
        schema::check(FIELDS, &object).map_err(|breach| refused(&breach, ""))?;
        let model = object.get("model").and_then(Value::as_str);
        let model = model.unwrap_or("omni-moderation-latest").to_owned();
        let inputs = inputs(object.get("input").unwrap_or(&Value::Null))?;
        if model.starts_with("text-") && inputs.iter().any(|input| input.picture.is_some()) {
            return Err(bad_input("this model takes texts only"));
        }
        Ok(Self { model, inputs })
    }

    /// Whether a text or a picture has a hashtag.
    pub(crate) fn has(&self, hashtag: &str) -> bool {
        self.inputs
            .iter()
            .any(|input| input.says(hashtag) || input.shows(hashtag))
    }
}

impl Input {
    /// Whether its text has a hashtag.
    fn says(&self, hashtag: &str) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        hashtags(text).any(|given| given == hashtag)
    }

    /// Whether its picture has one.
    fn shows(&self, hashtag: &str) -> bool {
        hashtags(&self.label).any(|given| given == hashtag)
    }
}

/// A text, a list of texts with a verdict each, or a list of parts with one verdict.
fn inputs(input: &Value) -> Result<Vec<Input>, ApiError> {
    let of_text = |text: &str| Input {
        text: Some(text.to_owned()),
        ..Input::default()
    };
    match input {
        Value::String(text) => Ok(vec![of_text(text)]),
        Value::Array(list) if list.is_empty() => Err(bad_input("it must not be empty")),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let texts = list.iter().filter_map(Value::as_str);
            Ok(texts.map(of_text).collect())
        }
        Value::Array(list) => Ok(vec![of_parts(list)?]),
        _ => Err(bad_input("it must be a text or a list")),
    }
}

fn of_parts(list: &[Value]) -> Result<Input, ApiError> {
    let mut whole = Input::default();
    for (place, part) in list.iter().enumerate() {
        let at = format!("input[{place}].");
        let object = part
            .as_object()
            .ok_or_else(|| bad_input("its parts must be objects"))?;
        let is_picture = object.get("type") == Some(&json!("image_url"));
        let fields = if is_picture { IMAGE_PART } else { TEXT_PART };
        schema::check(fields, object).map_err(|breach| refused(&breach, &at))?;
        if is_picture && whole.picture.is_some() {
            return Err(bad_input("it must not have more than one picture"));
        }
        if let Some(address) = part.pointer("/image_url/url").and_then(Value::as_str) {
            whole.picture = Some(address.to_owned());
        }
        if let Some(text) = object.get("text").and_then(Value::as_str) {
            let so_far = whole.text.take().unwrap_or_default();
            whole.text = Some(format!("{so_far}{text}\n"));
        }
    }
    Ok(whole)
}

fn bad_input(problem: &str) -> ApiError {
    let message = format!("Invalid value for 'input': {problem}.");
    ApiError::InvalidRequest(None, Some("input".to_owned()), message)
}

fn refused(breach: &Breach, before: &str) -> ApiError {
    let field = format!("{before}{}", breach.field);
    let (code, message) = match breach.problem {
        Problem::Unknown => (
            Some("unknown_parameter"),
            format!("Unknown parameter: '{field}'."),
        ),
        Problem::Missing => (
            Some("missing_required_parameter"),
            format!("Missing required parameter: '{field}'."),
        ),
        problem => (
            Some("invalid_value"),
            format!("Invalid value for '{field}': it {}.", problem.told()),
        ),
    };
    ApiError::InvalidRequest(code, Some(field), message)
}

/// What is flagged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict(Vec<&'static str>);

impl Verdict {
    pub(crate) fn of(input: &Input) -> Self {
        let table = [("flagged", "sexual"), ("minors", "sexual/minors")];
        let flagged = table.iter().filter(|(hashtag, category)| {
            let is_for_pictures = CATEGORIES.contains(&(*category, true));
            input.says(hashtag) || is_for_pictures && input.shows(hashtag)
        });
        Self(flagged.map(|(_, category)| *category).collect())
    }

    /// As in the answer.
    pub(crate) fn shown(&self, input: &Input) -> Value {
        let mut categories = Map::new();
        let mut scores = Map::new();
        let mut kinds = Map::new();
        for (category, is_for_pictures) in CATEGORIES {
            let is_flagged = self.0.contains(&category);
            let judged = [
                ("text", input.text.is_some()),
                ("image", input.picture.is_some() && is_for_pictures),
            ];
            let judged = judged.iter().filter(|(_, is_judged)| *is_judged);
            let judged: Vec<&str> = judged.map(|(kind, _)| *kind).collect();
            let score = if is_flagged { 0.97 } else { 0.0001 };
            categories.insert(category.to_owned(), json!(is_flagged));
            scores.insert(category.to_owned(), json!(score));
            kinds.insert(category.to_owned(), json!(judged));
        }
        json!({
            "flagged": !self.0.is_empty(),
            "categories": categories,
            "category_scores": scores,
            "category_applied_input_types": kinds,
        })
    }
}
