use serde_json::json;

use super::*;

fn web(address: &str) -> bool {
    address.starts_with("https://")
}

const SETTINGS: &[Field] = &[optional("turbo", Kind::Flag)];
const FIELDS: &[Field] = &[
    required("prompt", Kind::Text(5)),
    optional("photo", Kind::Picture(web)),
    optional("photos", Kind::Pictures(1, 2, anything)),
    optional("format", Kind::Choice(&["png", "jpeg"])),
    optional("turbo", Kind::Flag),
    optional("count", Kind::Integer(1, 4)),
    optional("scale", Kind::Number(0, 2)),
    optional("settings", Kind::Object(SETTINGS)),
    optional("size", Kind::ChoiceOr(&["auto"], SETTINGS)),
    optional("parts", Kind::Objects(1, 2, SETTINGS)),
    optional("note", Kind::Any),
];

/// What is wrong with an object that has a prompt and these fields.
fn wrong(more: Value) -> Vec<(String, Problem)> {
    let mut object = json!({ "prompt": "x" });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    let all = breaches(FIELDS, object.as_object().unwrap());
    all.into_iter()
        .map(|breach| (breach.field, breach.problem))
        .collect()
}

#[test]
fn what_keeps_to_the_fields_is_let_through() {
    for good in [
        json!({}),
        json!({ "photo": "https://a/p", "photos": ["a", "b"], "format": "png" }),
        json!({ "turbo": false, "count": 4, "scale": 1.5, "note": [1] }),
        json!({ "settings": { "turbo": true }, "size": "auto" }),
        json!({ "size": { "turbo": true }, "photo": null, "settings": null }),
    ] {
        assert_eq!(wrong(good.clone()), [], "{good}");
    }
}

#[test]
fn what_does_not_is_named_field_by_field() {
    let formats = Problem::NotAmong(&["png", "jpeg"]);
    for (bad, field, problem) in [
        (json!({ "promt": "x" }), "promt", Problem::Unknown),
        (
            json!({ "settings": { "trubo": true } }),
            "settings.trubo",
            Problem::Unknown,
        ),
        (json!({ "prompt": null }), "prompt", Problem::Missing),
        (json!({ "prompt": " " }), "prompt", Problem::Missing),
        (
            json!({ "prompt": 5 }),
            "prompt",
            Problem::NotA("a valid string"),
        ),
        (json!({ "prompt": "éééééé" }), "prompt", Problem::TooLong(5)),
        (json!({ "photo": "p.jpg" }), "photo", Problem::NotAPicture),
        (
            json!({ "photos": "a" }),
            "photos",
            Problem::NotA("a valid list"),
        ),
        (json!({ "photos": [] }), "photos", Problem::TooFew(1)),
        (
            json!({ "photos": ["a", "b", "c"] }),
            "photos",
            Problem::TooMany(2),
        ),
        (
            json!({ "photos": [1] }),
            "photos",
            Problem::NotA("a list of strings"),
        ),
        (json!({ "format": "PNG" }), "format", formats),
        (json!({ "format": 1 }), "format", formats),
        (
            json!({ "turbo": "true" }),
            "turbo",
            Problem::NotA("a valid boolean"),
        ),
        (json!({ "count": 0 }), "count", Problem::Below(1)),
        (json!({ "count": 5 }), "count", Problem::Above(4)),
        (
            json!({ "count": 1.5 }),
            "count",
            Problem::NotA("a valid integer"),
        ),
        (
            json!({ "count": "2" }),
            "count",
            Problem::NotA("a valid integer"),
        ),
        (json!({ "scale": 2.1 }), "scale", Problem::Above(2)),
        (json!({ "scale": -1 }), "scale", Problem::Below(0)),
        (
            json!({ "settings": "turbo" }),
            "settings",
            Problem::NotA("a valid object"),
        ),
        (json!({ "parts": [] }), "parts", Problem::TooFew(1)),
        (
            json!({ "parts": {} }),
            "parts",
            Problem::NotA("a valid list"),
        ),
        (
            json!({ "parts": [{}, 1] }),
            "parts.1",
            Problem::NotA("a list of objects"),
        ),
        (
            json!({ "parts": [{ "turbo": 1 }] }),
            "parts.0.turbo",
            Problem::NotA("a valid boolean"),
        ),
        (
            json!({ "size": "large" }),
            "size",
            Problem::NotAmong(&["auto"]),
        ),
    ] {
        assert_eq!(wrong(bad.clone()), [(field.to_owned(), problem)], "{bad}");
    }
}

#[test]
fn every_field_is_looked_at_and_the_first_is_the_one_to_tell() {
    let object = json!({ "format": 1, "other": 2 });
    let object = object.as_object().unwrap();
    assert_eq!(breaches(FIELDS, object).len(), 3);
    let first = check(FIELDS, object).unwrap_err();
    assert_eq!(
        (first.field.as_str(), first.problem.told()),
        ("prompt", "is required".to_owned())
    );
}
