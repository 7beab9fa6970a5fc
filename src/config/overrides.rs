//! Values of an operator's that replace those that models declare: vendors rename models and change
//! prices between our releases.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ConfigError, Vars, invalid};
use crate::domain::credits::Credits;
use crate::domain::model::{Listing, Model};
use crate::domain::usd::Usd;
use crate::provider;

/// The variable: a JSON object with an override per model id.
const NAME: &str = "MODEL_OVERRIDES";

/// One model's override; fields that are not set keep the declared value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    vendor_id: Option<String>,
    credits_per_image: Option<u32>,
    vendor_price_usd: Option<String>,
}

/// All overrides by model id, each checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides(BTreeMap<String, Override>);

impl Overrides {
    /// A model with its overrides applied. A job keeps the price that was quoted for it.
    pub fn listing(&self, model: &'static Model) -> Listing {
        let declared = Listing::from(model);
        let Some(put) = self.0.get(model.id) else {
            return declared;
        };
        let price = put.vendor_price_usd.as_deref();
        Listing {
            model,
            vendor_id: self.vendor_id(model).to_owned().into(),
            credits_per_image: put
                .credits_per_image
                .map_or(declared.credits_per_image, Credits::of),
            vendor_price: price.and_then(Usd::parse).or(declared.vendor_price),
        }
    }

    /// The vendor's id of a model, which may be overridden.
    pub fn vendor_id(&self, model: &'static Model) -> &str {
        let put = self.0.get(model.id);
        let id = put.and_then(|put| put.vendor_id.as_deref());
        id.unwrap_or(model.vendor_id)
    }
}

impl Vars<'_> {
    pub(super) fn overrides(&self) -> Result<Overrides, ConfigError> {
        let Some(text) = self.get(NAME) else {
            return Ok(Overrides::default());
        };
        let overrides: BTreeMap<String, Override> = serde_json::from_slice(text.as_bytes())
            .map_err(|error| invalid(NAME, &format!("is not an object of overrides: {error}")))?;
        for (model, put) in &overrides {
            let problem = if provider::model(model).is_none() {
                Some("which is not the id of a model")
            } else {
                put.problem()
            };
            if let Some(problem) = problem {
                return Err(invalid(NAME, &format!("has \"{model}\", {problem}")));
            }
        }
        Ok(Overrides(overrides))
    }
}

impl Override {
    /// What is wrong with this override; `None` if it is valid.
    fn problem(&self) -> Option<&'static str> {
        if self
            .vendor_id
            .as_deref()
            .is_some_and(|id| !is_vendor_id(id))
        {
            return Some("whose vendor_id is malformed");
        }
        if self.credits_per_image == Some(0) {
            return Some("whose credits_per_image is 0");
        }
        let price = self.vendor_price_usd.as_deref();
        if price.is_some_and(|price| Usd::parse(price).is_none()) {
            return Some("whose vendor_price_usd is not a decimal such as \"0.06\"");
        }
        None
    }
}

/// Allows the characters that vendors' ids consist of, in segments that cannot change a path.
fn is_vendor_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte);
    let is_segment = |segment: &str| {
        segment.bytes().all(is_plain) && segment.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    id.split('/').all(is_segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "evolink/nano-banana-2";

    fn read(text: &str) -> Result<Overrides, String> {
        let lookup = |name: &str| (name == NAME).then(|| text.to_owned());
        Vars(&lookup).overrides().map_err(|error| error.to_string())
    }

    #[test]
    fn an_override_replaces_only_the_fields_that_it_sets() {
        let model = provider::model(MODEL).unwrap();
        let declared = Listing::from(model);
        let with = |put: &str| {
            let overrides = read(&format!(r#"{{"{MODEL}":{put}}}"#)).unwrap();
            overrides.listing(model)
        };
        let renamed = Listing {
            vendor_id: "gemini-nano-banana-2.1".into(),
            ..declared.clone()
        };
        assert_eq!(with(r#"{"vendor_id":"gemini-nano-banana-2.1"}"#), renamed);
        let priced = Listing {
            credits_per_image: Credits::of(9),
            vendor_price: Some(Usd::millionths(60_000)),
            ..declared.clone()
        };
        assert_eq!(
            with(r#"{"credits_per_image":9,"vendor_price_usd":"0.06"}"#),
            priced
        );
        assert_eq!(with("{}"), declared);
        let other = provider::model("evolink/seedream-4").unwrap();
        let overrides = read(&format!(r#"{{"{MODEL}":{{"credits_per_image":9}}}}"#)).unwrap();
        assert_eq!(overrides.listing(other), Listing::from(other));
        assert_eq!(read(""), Ok(Overrides::default()));
    }

    #[test]
    fn a_malformed_override_is_named() {
        let of = |put: &str| format!(r#"{{"{MODEL}":{put}}}"#);
        for (text, says) in [
            ("nonsense".into(), "is not an object of overrides"),
            ("[]".into(), "is not an object of overrides"),
            (
                r#"{"evolink/x":{}}"#.into(),
                r#"has "evolink/x", which is not the id of a model"#,
            ),
            (of(r#"{"price":4}"#), "unknown field `price`"),
            (of(r#"{"credits_per_image":0}"#), "credits_per_image is 0"),
            (of(r#"{"credits_per_image":-1}"#), "invalid value"),
            (of(r#"{"credits_per_image":1.5}"#), "invalid type"),
            (of(r#"{"vendor_price_usd":"6 cents"}"#), "is not a decimal"),
            (of(r#"{"vendor_price_usd":0.06}"#), "invalid type"),
            (of(r#"{"vendor_id":""}"#), "vendor_id is malformed"),
            (of(r#"{"vendor_id":"a b"}"#), "vendor_id is malformed"),
            (of(r#"{"vendor_id":"a/../b"}"#), "vendor_id is malformed"),
            (of(r#"{"vendor_id":"a?b"}"#), "vendor_id is malformed"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.starts_with("MODEL_OVERRIDES "), "{said}");
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn every_declared_id_could_be_an_override() {
        let models = provider::PROVIDERS.iter().flat_map(|one| one.models());
        for model in models {
            assert!(is_vendor_id(model.vendor_id), "{}", model.vendor_id);
        }
    }
}
