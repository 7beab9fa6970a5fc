//! Compares every answer that a story gets with the API's document.

use std::sync::OnceLock;

use http::Method;
use serde_json::Value;

use super::Answer;

pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    })
}

/// The operation of a request, if its path is one of the document's.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let fits = |template: &str| {
        // Keys of pictures and paths of callbacks contain slashes.
        let named = template
            .split_once('{')
            .map_or(template, |(named, _)| named);
        if named.contains("images") || named.contains("webhooks") {
            let rest = path.strip_prefix(named);
            return rest.is_some_and(|rest| !rest.is_empty() || named == template);
        }
        let mut parts = path.split('/');
        let mut names = template.split('/');
        names.all(|name| {
            let part = parts.next();
            part.is_some_and(|part| part == name || name.starts_with('{') && !part.is_empty())
        }) && parts.next().is_none()
    };
    let mut paths = document()["paths"].as_object().unwrap().iter();
    let (_, methods) = paths.find(|(template, _)| fits(template))?;
    methods.get(method.as_str().to_ascii_lowercase())
}

/// Compares an answer with the document: its status, and its body to the last field.
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    if method == Method::OPTIONS {
        return;
    }
    let Some(operation) = operation(method, path) else {
        assert!(
            matches!(answer.status, 404 | 405),
            "{method} {path} is in no document"
        );
        return;
    };
    let status = answer.status.to_string();
    let described = &operation["responses"][&status];
    let kind = if answer.status >= 400 {
        "application/problem+json"
    } else {
        "application/json"
    };
    assert!(
        !described.is_null(),
        "{method} {path}: {status} is not described"
    );
    let schema = &described["content"][kind]["schema"];
    if schema.is_null() {
        assert!(
            answer.body.is_null(),
            "{method} {path}: {status} has no JSON"
        );
        return;
    }
    if let Err(what) = fits(schema, &answer.body) {
        panic!("{method} {path}: {what} in {}", answer.body);
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// JSON Schema, as far as the document uses it; an unknown keyword is a failure.
pub(crate) fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(words) = schema.as_object() else {
        return Ok(());
    };
    for (word, rule) in words {
        let good = match word.as_str() {
            "description" | "format" | "default" => true,
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                fits(document().pointer(path).unwrap(), value)?;
                // Keywords beside a `$ref` narrow some of its fields.
                let narrowed = schema["properties"].as_object().into_iter().flatten();
                return narrowed
                    .into_iter()
                    .try_for_each(|(name, rule)| fits(rule, &value[name]));
            }
            "type" => {
                let one = rule.as_str().into_iter();
                one.chain(strings(rule)).any(|name| is(name, value))
            }
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => value
                .as_str()
                .is_none_or(|text| is_id(rule.as_str().unwrap(), text)),
            "minimum" => value
                .as_u64()
                .is_none_or(|number| number >= rule.as_u64().unwrap()),
            "maximum" => value
                .as_u64()
                .is_none_or(|number| number <= rule.as_u64().unwrap()),
            "minLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()),
            "anyOf" | "oneOf" => {
                let mut supported = rule.as_array().unwrap().iter();
                supported.any(|choice| fits(choice, value).is_ok())
            }
            "required" => value
                .as_object()
                .is_none_or(|object| strings(rule).all(|name| object.contains_key(name))),
            "items" => {
                let mut items = value.as_array().into_iter().flatten();
                items.try_for_each(|item| fits(rule, item))?;
                true
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let known = rule.get(name).ok_or(format!("{name} is not described"))?;
                    fits(known, value).map_err(|what| format!("{name}: {what}"))?;
                }
                true
            }
            "additionalProperties" => true,
            other => return Err(format!("{other} is a word that is not known here")),
        };
        if !good {
            return Err(format!("{value} is not as `{word}: {rule}` has it"));
        }
    }
    Ok(())
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// The only patterns are those of ids: a prefix and a ULID.
fn is_id(pattern: &str, text: &str) -> bool {
    let prefix = pattern.trim_start_matches('^').split_once('[').unwrap().0;
    text.strip_prefix(prefix)
        .is_some_and(|ulid| ulid.len() == 26)
}
