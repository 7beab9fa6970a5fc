//! The schema of an object in a request, field by field. Every provider describes its models with
//! it, and reports violations in its own words and its own shape of error.

use serde_json::{Map, Value};

/// One field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// The values that a field may have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text of at most this many characters.
    Text(usize),
    /// The URL of a picture, or whatever else this test accepts.
    Picture(fn(&str) -> bool),
    /// Between the first and the second number of such addresses.
    Pictures(usize, usize, fn(&str) -> bool),
    /// One of these texts.
    Choice(&'static [&'static str]),
    Flag,
    /// A whole number, both bounds included.
    Integer(i64, i64),
    /// A number, both bounds included.
    Number(i32, i32),
    /// An object with these fields.
    Object(&'static [Field]),
    /// Between the first and the second number of such objects.
    Objects(usize, usize, &'static [Field]),
    /// One of these texts, or an object with these fields.
    ChoiceOr(&'static [&'static str], &'static [Field]),
    /// One of the caller's own texts: anything.
    Any,
}

/// The test of [`Kind::Picture`] where a bad address is found out only when it is fetched.
pub(crate) fn anything(_address: &str) -> bool {
    true
}

/// A required field.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

/// An optional field.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// A violation in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The field's name, with the names of the objects it is in before it: `settings.turbo`.
    pub(crate) field: String,
    pub(crate) problem: Problem,
}

/// The kinds of violations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The object has no such field.
    Unknown,
    /// It is required, and missing or empty.
    Missing,
    /// It is not of this type: a string, a list, …
    NotA(&'static str),
    /// It is no URL that can be fetched.
    NotAPicture,
    NotAmong(&'static [&'static str]),
    Below(i64),
    Above(i64),
    /// A list of fewer than this.
    TooFew(usize),
    /// A list of more than this.
    TooMany(usize),
    /// More characters than this.
    TooLong(usize),
}

impl Problem {
    /// A description that follows the field's name.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Unknown => "is not a parameter of this model".to_owned(),
            Self::Missing => "is required".to_owned(),
            Self::NotA(what) => format!("must be {what}"),
            Self::NotAPicture => "must be a URL of a picture".to_owned(),
            Self::NotAmong(choices) => format!("must be one of {}", choices.join(", ")),
            Self::Below(bound) => format!("must be at least {bound}"),
            Self::Above(bound) => format!("must be at most {bound}"),
            Self::TooFew(fewest) => format!("must have at least {fewest}"),
            Self::TooMany(most) => format!("must have at most {most}"),
            Self::TooLong(most) => format!("must not have more than {most} characters"),
        }
    }
}

/// All violations in an object, in the order of the schema's fields, and then of the object's.
/// `null` counts as left out.
pub(crate) fn breaches(fields: &[Field], object: &Map<String, Value>) -> Vec<Breach> {
    let known = fields
        .iter()
        .flat_map(|field| of_field(field, object.get(field.name)));
    let unknown = object
        .keys()
        .filter(|name| !fields.iter().any(|field| field.name == name.as_str()))
        .map(|name| breach(name, Problem::Unknown));
    known.chain(unknown).collect()
}

/// The first violation, if there is one.
pub(crate) fn check(fields: &[Field], object: &Map<String, Value>) -> Result<(), Breach> {
    breaches(fields, object)
        .into_iter()
        .next()
        .map_or(Ok(()), Err)
}

fn breach(field: &str, problem: Problem) -> Breach {
    Breach {
        field: field.to_owned(),
        problem,
    }
}

fn of_field(field: &Field, value: Option<&Value>) -> Vec<Breach> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        let missing = field.required.then(|| breach(field.name, Problem::Missing));
        return Vec::from_iter(missing);
    };
    if let (Kind::Object(inner) | Kind::ChoiceOr(_, inner), Value::Object(object)) =
        (field.kind, value)
    {
        return breaches(inner, object)
            .into_iter()
            .map(|within| breach(&format!("{}.{}", field.name, within.field), within.problem))
            .collect();
    }
    if let (Kind::Objects(fewest, most, inner), Value::Array(list)) = (field.kind, value) {
        return of_objects(field.name, list, (fewest, most), inner);
    }
    let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    if field.required && is_blank {
        return vec![breach(field.name, Problem::Missing)];
    }
    let problem = of_value(field.kind, value);
    Vec::from_iter(problem.map(|problem| breach(field.name, problem)))
}

fn of_objects(
    name: &str,
    list: &[Value],
    (fewest, most): (usize, usize),
    inner: &[Field],
) -> Vec<Breach> {
    if let Some(problem) = of_length(list, fewest, most) {
        return vec![breach(name, problem)];
    }
    let each = list.iter().enumerate().flat_map(|(place, value)| {
        let Some(object) = value.as_object() else {
            let problem = Problem::NotA("a list of objects");
            return vec![breach(&format!("{name}.{place}"), problem)];
        };
        breaches(inner, object)
            .into_iter()
            .map(|within| breach(&format!("{name}.{place}.{}", within.field), within.problem))
            .collect()
    });
    each.collect()
}

fn of_length(list: &[Value], fewest: usize, most: usize) -> Option<Problem> {
    if list.len() < fewest {
        return Some(Problem::TooFew(fewest));
    }
    (list.len() > most).then_some(Problem::TooMany(most))
}

fn of_value(kind: Kind, value: &Value) -> Option<Problem> {
    match (kind, value) {
        (Kind::Text(most), Value::String(text)) => {
            (text.chars().count() > most).then_some(Problem::TooLong(most))
        }
        (Kind::Picture(is_good), Value::String(address)) => {
            (!is_good(address)).then_some(Problem::NotAPicture)
        }
        (Kind::Pictures(fewest, most, is_good), Value::Array(list)) => {
            of_pictures(list, fewest, most, is_good)
        }
        (Kind::Choice(choices) | Kind::ChoiceOr(choices, _), value) => among(choices, value),
        (Kind::Integer(least, most), Value::Number(number)) => match number.as_i64() {
            None => Some(Problem::NotA("a valid integer")),
            Some(number) if number < least => Some(Problem::Below(least)),
            Some(number) if number > most => Some(Problem::Above(most)),
            Some(_) => None,
        },
        (Kind::Number(least, most), Value::Number(number)) => match number.as_f64() {
            Some(number) if number < least.into() => Some(Problem::Below(least.into())),
            Some(number) if number > most.into() => Some(Problem::Above(most.into())),
            _ => None,
        },
        (Kind::Flag, Value::Bool(_)) | (Kind::Any, _) => None,
        (Kind::Text(_) | Kind::Picture(_), _) => Some(Problem::NotA("a valid string")),
        (Kind::Pictures(..) | Kind::Objects(..), _) => Some(Problem::NotA("a valid list")),
        (Kind::Flag, _) => Some(Problem::NotA("a valid boolean")),
        (Kind::Integer(..), _) => Some(Problem::NotA("a valid integer")),
        (Kind::Number(..), _) => Some(Problem::NotA("a valid number")),
        (Kind::Object(_), _) => Some(Problem::NotA("a valid object")),
    }
}

fn among(choices: &'static [&'static str], value: &Value) -> Option<Problem> {
    let is_one = value.as_str().is_some_and(|text| choices.contains(&text));
    (!is_one).then_some(Problem::NotAmong(choices))
}

fn of_pictures(
    list: &[Value],
    fewest: usize,
    most: usize,
    is_good: fn(&str) -> bool,
) -> Option<Problem> {
    let length = of_length(list, fewest, most);
    length.or_else(|| {
        list.iter().find_map(|value| match value.as_str() {
            None => Some(Problem::NotA("a list of strings")),
            Some(address) => (!is_good(address)).then_some(Problem::NotAPicture),
        })
    })
}

#[cfg(test)]
mod tests;
