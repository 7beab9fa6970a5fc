//! Parameters as Stripe has them: nested by brackets, and all of them texts.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::error::ApiError;
use crate::schema::{self, Field, Kind, optional};

/// How many keys of metadata there may be, and how long they and their values, in characters.
const METADATA: (usize, usize, usize) = (50, 40, 500);

/// A range of times: `created[gte]=…`.
pub(crate) const RANGE: &[Field] = &[
    optional("gt", TIME),
    optional("gte", TIME),
    optional("lt", TIME),
    optional("lte", TIME),
];
/// Unix seconds.
pub(crate) const TIME: Kind = Kind::Integer(0, i64::MAX);

/// The parameters of a call, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Params(Map<String, Value>);

/// Reads a query or a form into nested objects of texts; a list is an object of numbers.
pub(crate) fn read(text: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let mut root = Map::new();
    for (name, value) in form_urlencoded::parse(text) {
        let path = segments(&name).ok_or_else(|| unreadable(&name))?;
        put(&mut root, &path, &value).ok_or_else(|| unreadable(&name))?;
    }
    Ok(root)
}

fn unreadable(name: &str) -> ApiError {
    ApiError::parameter(name, format!("Invalid parameter: {name}"))
}

/// `a[b][]` as `a`, `b` and nothing.
fn segments(name: &str) -> Option<Vec<String>> {
    let Some((first, rest)) = name.split_once('[') else {
        return Some(vec![name.to_owned()]);
    };
    let rest = rest.strip_suffix(']')?.split("][");
    let path: Vec<String> = std::iter::once(first)
        .chain(rest)
        .map(str::to_owned)
        .collect();
    let is_plain = path.iter().all(|part| !part.contains(['[', ']']));
    is_plain.then_some(path)
}

/// Puts a text where a path says. `None` if there is something else, or the path is too deep.
fn put(object: &mut Map<String, Value>, path: &[String], text: &str) -> Option<()> {
    const DEEPEST: usize = 8;
    let (first, rest) = path.split_first()?;
    if rest.len() > DEEPEST {
        return None;
    }
    let name = match first.as_str() {
        "" => object.len().to_string(),
        name => name.to_owned(),
    };
    if rest.is_empty() {
        let before = object.insert(name, Value::String(text.to_owned()));
        return before.is_none().then_some(());
    }
    let inner = object
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()));
    put(inner.as_object_mut()?, rest, text)
}

impl Params {
    /// Checks what was read against what is known.
    pub(crate) fn check(mut read: Map<String, Value>, fields: &[Field]) -> Result<Self, ApiError> {
        if let Some(Value::String(at)) = read.get("created") {
            let at = Value::String(at.clone());
            let range = Map::from_iter([("gte".to_owned(), at.clone()), ("lte".to_owned(), at)]);
            read.insert("created".to_owned(), Value::Object(range));
        }
        type_all(fields, &mut read);
        schema::check(fields, &read)?;
        Ok(Self(read))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| match part.parse::<usize>() {
            Ok(place) if value.is_array() => value.get(place),
            _ => value.get(part),
        })
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.get(path)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    pub(crate) fn owned(&self, path: &str) -> Option<String> {
        self.text(path).map(str::to_owned)
    }

    pub(crate) fn number(&self, path: &str) -> Option<u64> {
        self.get(path).and_then(Value::as_u64)
    }

    pub(crate) fn flag(&self, path: &str) -> Option<bool> {
        self.get(path).and_then(Value::as_bool)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.0.get(name).and_then(Value::as_object);
        let values = values.into_iter().flat_map(Map::values);
        values.filter_map(Value::as_str).collect()
    }

    /// An object of texts, within Stripe's limits.
    pub(crate) fn metadata(&self, path: &str) -> Result<Map<String, Value>, ApiError> {
        let Some(given) = self.get(path) else {
            return Ok(Map::new());
        };
        let (most, key, value) = METADATA;
        let is_short = |(name, text): (&String, &Value)| {
            let length = text.as_str().map(|text| text.chars().count());
            name.chars().count() <= key && length.is_some_and(|length| length <= value)
        };
        match given.as_object() {
            Some(given) if given.len() <= most && given.iter().all(is_short) => Ok(given.clone()),
            _ => {
                let words = format!(
                    "Invalid {path}: at most {most} keys of {key} characters, and texts of {value}"
                );
                Err(ApiError::parameter(path, words))
            }
        }
    }

    /// Whether a time is within the range `created`.
    pub(crate) fn spans(&self, at: u64) -> bool {
        let bound = |name: &str| self.number(&format!("created.{name}"));
        bound("gt").is_none_or(|bound| at > bound)
            && bound("gte").is_none_or(|bound| at >= bound)
            && bound("lt").is_none_or(|bound| at < bound)
            && bound("lte").is_none_or(|bound| at <= bound)
    }
}

/// Turns texts into what their fields are: numbers, flags, lists. What is none stays a text, and is
/// refused later.
fn type_all(fields: &[Field], object: &mut Map<String, Value>) {
    for field in fields {
        if let Some(value) = object.get_mut(field.name) {
            type_one(field.kind, value);
        }
    }
}

fn type_one(kind: Kind, value: &mut Value) {
    match (kind, &mut *value) {
        (Kind::Object(inner), Value::Object(object)) => type_all(inner, object),
        (Kind::Objects(_, _, inner), Value::Object(object)) => {
            let mut list = object.values().cloned().collect::<Vec<_>>();
            for one in &mut list {
                type_one(Kind::Object(inner), one);
            }
            *value = Value::Array(list);
        }
        (Kind::Integer(..), Value::String(text)) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = number.into();
            }
        }
        (Kind::Flag, Value::String(text)) => {
            if let Ok(flag) = text.parse::<bool>() {
                *value = flag.into();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::required;

    const ITEM: &[Field] = &[required("quantity", Kind::Integer(1, 9))];
    const FIELDS: &[Field] = &[
        required("items", Kind::Objects(1, 2, ITEM)),
        optional("metadata", Kind::Any),
        optional("expand", Kind::Any),
        optional("created", Kind::Object(RANGE)),
    ];

    fn checked(text: &str) -> Result<Params, ApiError> {
        Params::check(read(text.as_bytes())?, FIELDS)
    }

    #[test]
    fn brackets_nest() {
        let params = checked("items[0][quantity]=2&metadata[a]=b&expand[]=x&expand[]=y").unwrap();
        assert_eq!(params.number("items.0.quantity"), Some(2));
        assert_eq!(params.texts("expand"), ["x", "y"]);
        let params = checked("items[][quantity]=2&created=5&expand[0]=x").unwrap();
        assert_eq!(params.get("items"), Some(&json!([{ "quantity": 2 }])));
        assert_eq!([4, 5, 6].map(|at| params.spans(at)), [false, true, false]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, param) in [
            ("items[0][quantity]=two", "items[0][quantity]"),
            ("items[0][quantity]=10", "items[0][quantity]"),
            (
                "items[0][amount]=1&items[0][quantity]=1",
                "items[0][amount]",
            ),
            ("items=1", "items"),
            (
                "items[0][quantity]=1&items[0][quantity]=1",
                "items[0][quantity]",
            ),
            ("items[0]=1&items[0][quantity]=1", "items[0][quantity]"),
            ("items[0[quantity]=1", "items[0[quantity]"),
            ("created=1", "items"),
        ] {
            let ApiError::Parameter { param: named, .. } = checked(text).unwrap_err() else {
                panic!("{text}");
            };
            assert_eq!(named.as_deref(), Some(param), "{text}");
        }
    }
}
