use std::time::Duration;

use super::*;
use crate::domain::model::{PictureLimits, Takes};

const MODEL: Model = Model {
    id: "house/best",
    provider: "house",
    vendor_id: "best",
    takes: Takes {
        photo: Need::Required,
        garment: Need::Optional,
        prompt: Need::Optional,
    },
    pictures: PictureLimits::ANY,
    aspect_ratios: &["1:1", "3:4"],
    supported: crate::domain::options::SupportedOptions::NONE,
    max_count: 2,
    max_prompt_chars: 10,
    credits_per_image: Credits::of(4),
    vendor_price: None,
    typical: Duration::from_secs(20),
    non_commercial: false,
};

/// Takes a picture of the garment, and no words.
const BY_PICTURE: Model = Model {
    id: "next/strict",
    provider: "next",
    takes: Takes {
        photo: Need::Required,
        garment: Need::Required,
        prompt: Need::Unsupported,
    },
    aspect_ratios: &[],
    max_prompt_chars: 0,
    ..MODEL
};

fn check(json: &str) -> Result<CheckedRequest, Vec<String>> {
    let request: RequestBody =
        serde_json::from_str(json).map_err(|error| vec![error.to_string()])?;
    let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect();
    CheckedRequest::check(&request, &[Listing::from(&MODEL)]).map_err(fields)
}

const PHOTO: &str = "upl_01M7V98KR00000000000000007";

#[test]
fn a_photo_and_words_are_enough() {
    let checked = check(&format!(r#"{{"photo":"{PHOTO}","prompt":" red "}}"#)).unwrap();
    assert_eq!(
        (checked.request.prompt.as_deref(), checked.request.count),
        (Some("red"), 1)
    );
    assert_eq!(checked.price(), Ok(Credits::of(4)));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let body = r#"{"photo":"me.png","model":"house/best","aspect_ratio":"7:1","count":3,"prompt":"a very long one",
        "options":{"seed":7}}"#;
    assert_eq!(
        check(body),
        Err(vec![
            "photo".into(),
            "prompt".into(),
            "aspect_ratio".into(),
            "count".into(),
            "options.seed".into()
        ])
    );
    assert_eq!(
        check(&format!(r#"{{"photo":"{PHOTO}","prompt":" "}}"#)),
        Err(vec!["garment".into()])
    );
    assert_eq!(
        check(&format!(r#"{{"photo":"{PHOTO}","model":"else/x"}}"#)),
        Err(vec!["model".into()])
    );
}

#[test]
fn t40_a_count_that_is_no_count_is_refused() {
    for count in ["-5", "0", "1.5", "1e9", "\"4\"", "null", "256"] {
        assert!(
            check(&format!(
                r#"{{"photo":"{PHOTO}","prompt":"red","count":{count}}}"#
            ))
            .is_err(),
            "{count}"
        );
    }
    assert!(
        check(&format!(
            r#"{{"photo":"{PHOTO}","prompt":"red","price":1}}"#
        ))
        .is_err()
    );
}

#[test]
fn a_fingerprint_tells_requests_apart() {
    let of = |json: &str| {
        serde_json::from_str::<RequestBody>(json)
            .unwrap()
            .fingerprint()
    };
    assert_eq!(
        of(r#"{"photo":"a","count":1}"#),
        of(r#"{"count":1,"photo":"a"}"#)
    );
    assert_ne!(
        of(r#"{"photo":"a","garment":"b"}"#),
        of(r#"{"photo":"a","prompt":"b"}"#)
    );
}

#[test]
fn a_prompt_is_measured_in_characters() {
    let of = |prompt: &str| check(&format!(r#"{{"photo":"{PHOTO}","prompt":"{prompt}"}}"#));
    assert!(of("ääääääääää").is_ok());
    assert_eq!(of("äääääääääää"), Err(vec!["prompt".into()]));
}

#[test]
fn a_model_gets_what_it_needs_and_nothing_that_it_does_not_take() {
    let errors = |rest: &str| {
        let json = format!(r#"{{"photo":"{PHOTO}",{rest}}}"#);
        let request = serde_json::from_str(&json).unwrap();
        let errors = CheckedRequest::check(&request, &[Listing::from(&BY_PICTURE)]).err();
        errors.unwrap_or_default()
    };
    assert_eq!(
        errors(r#""prompt":"red","aspect_ratio":"3:4""#),
        [
            FieldError::new("garment", "is needed by this model"),
            FieldError::new("prompt", "is not taken by this model"),
            FieldError::new("aspect_ratio", "is not taken by this model")
        ]
    );
    assert_eq!(errors(&format!(r#""garment":"{PHOTO}""#)), []);
}

#[test]
fn a_request_goes_to_another_model_if_that_can_serve_it() {
    let with = |rest: &str| check(&format!(r#"{{"photo":"{PHOTO}",{rest}}}"#)).unwrap();
    let checked = with(&format!(r#""garment":"{PHOTO}","count":2"#));
    let by_picture = Listing::from(&BY_PICTURE);
    let mut same = checked.clone();
    same.listing = by_picture.clone();
    same.request.model = BY_PICTURE.id.into();
    assert_eq!(checked.at(&by_picture), Some(same));
    assert_eq!(with(r#""prompt":"red""#).at(&by_picture), None);
}

/// They are wishes: without them a fallback serves the user better than nobody.
#[test]
fn at_another_model_the_options_that_it_supports_are_left() {
    const SEEDED: Model = Model {
        supported: crate::domain::options::SupportedOptions {
            seed: true,
            ..crate::domain::options::SupportedOptions::NONE
        },
        ..MODEL
    };
    let json = format!(r#"{{"photo":"{PHOTO}","prompt":"red","options":{{"seed":7}}}}"#);
    let body = serde_json::from_str(&json).unwrap();
    let seeded = Listing::from(&SEEDED);
    let asked = CheckedRequest::check(&body, std::slice::from_ref(&seeded)).unwrap();
    let seed_at = |listing: &Listing| asked.at(listing).unwrap().request.options.seed;
    assert_eq!(seed_at(&seeded), Some(7));
    assert_eq!(seed_at(&Listing::from(&MODEL)), None);
}

fn quote(json: &str) -> QuoteRequest {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_price_is_asked_for_before_anything_is_uploaded() {
    let models = [Listing::from(&MODEL), Listing::from(&BY_PICTURE)];
    let price = |json: &str| {
        let price = quote(json).price(&models);
        price.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    };
    let four = Ok(("house/best", Ok(Credits::of(4))));
    assert_eq!(price("{}"), four);
    assert_eq!(price(r#"{"prompt":"red","aspect_ratio":"3:4"}"#), four);
    let two = Ok(("next/strict", Ok(Credits::of(8))));
    assert_eq!(price(r#"{"model":"next/strict","count":2}"#), two);
    let wrong = r#"{"garment":"hat.png","prompt":"a very long one","count":3}"#;
    let fields = |names: &[&str]| Err(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(price(wrong), fields(&["garment", "prompt", "count"]));
    assert_eq!(price(r#"{"model":"else/x"}"#), fields(&["model"]));
}

/// From then on what is quoted is what would be made.
#[test]
fn with_a_photo_a_quote_is_of_a_generation_request() {
    let json = format!(
        r#"{{"photo":"{PHOTO}","garment":"{PHOTO}","prompt":"red","aspect_ratio":"3:4","count":2,
            "model":"house/best","options":{{"seed":7}}}}"#
    );
    let request: RequestBody = serde_json::from_str(&json).unwrap();
    assert_eq!(quote(&json).generation(), Some(request));
    assert_eq!(quote(r#"{"prompt":"red"}"#).generation(), None);
}
