//! The parameters of a query or a form: each one known, and given once.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values. A parameter without a value counts as left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// Why parameters cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    #[error("the parameter {0} is not known")]
    Unknown(String),
    #[error("the parameter {0} is repeated")]
    Repeated(String),
    #[error("the body must be {FORM}")]
    NotAForm,
}

impl Parameters {
    /// Those of a query, or of a form's body.
    pub(crate) fn read(text: &[u8]) -> Result<Self, ParameterError> {
        let mut read = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if read.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(ParameterError::Repeated(name.into_owned()));
            }
        }
        read.retain(|_, value| !value.is_empty());
        Ok(Self(read))
    }

    /// Those of a query with no other names than these.
    pub(crate) fn of_query(query: Option<&str>, known: &[&str]) -> Result<Self, ParameterError> {
        let read = Self::read(query.unwrap_or_default().as_bytes())?;
        read.allow(known)?;
        Ok(read)
    }

    /// Those of a form's body, which has to say that it is one.
    pub(crate) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, ParameterError> {
        if is_form(headers) {
            Self::read(body)
        } else {
            Err(ParameterError::NotAForm)
        }
    }

    /// Those of a page's form, and of the address that it is posted to.
    pub(crate) fn of_page(
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, ParameterError> {
        if !is_form(headers) {
            return Err(ParameterError::NotAForm);
        }
        Self::read(&[query.unwrap_or_default().as_bytes(), body].join(&b'&'))
    }

    /// Those of a JSON object. `None` if something in it is not a text.
    pub(crate) fn of_texts(object: Map<String, Value>) -> Option<Self> {
        let texts = object.into_iter().map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        let mut texts: BTreeMap<String, String> = texts.collect::<Option<_>>()?;
        texts.retain(|_, text| !text.is_empty());
        Some(Self(texts))
    }

    /// Refuses any other name than these.
    pub(crate) fn allow(&self, known: &[&str]) -> Result<(), ParameterError> {
        let unknown = self.0.keys().find(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(ParameterError::Unknown(name.clone())))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A copy of a value, for what outlives the request.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether the headers announce a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_and_given_once() {
        let read = Parameters::of_query(Some("a=1&b=&c=x+y"), &["a", "c"]).unwrap();
        assert_eq!(
            read.iter().collect::<Vec<_>>(),
            [("a", "1"), ("c", "x y")],
            "an empty one counts as left out"
        );
        let refused = |query| Parameters::of_query(Some(query), &["a"]).unwrap_err();
        assert_eq!(refused("a=1&d=2"), ParameterError::Unknown("d".to_owned()));
        assert_eq!(refused("a=1&a=1"), ParameterError::Repeated("a".to_owned()));
    }
}
