use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u8>,
    name: String,
}

fn page(fields: &[(&str, &str)]) -> Result<Page, String> {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Text((*value).to_owned())));
    read(fields).map_err(|error| error.to_string())
}

#[test]
fn an_unreadable_field_is_named() {
    let name = ("name", "12");
    let good = Page {
        limit: Some(7),
        name: "12".into(),
    };
    assert_eq!(page(&[("limit", "7"), name]), Ok(good));
    for (fields, says) in [
        (&[("limit", "x"), name][..], "limit is not a whole number"),
        (&[("limit", "256"), name], "limit is out of range"),
        (&[("limit", "-1"), name], "limit is out of range"),
        (
            &[("limit", "18446744073709551616"), name],
            "limit is out of range",
        ),
        (&[("limit", "+5"), name], "limit is not a whole number"),
        (&[("limit", "007"), name], "limit is not a whole number"),
        (&[("size", "1"), name], "size is not known"),
        (&[name, name], "name is repeated"),
        (&[("limit", "7")], "name is missing"),
    ] {
        assert_eq!(page(fields), Err(says.into()));
    }
}

/// JSON has no largest number: one that does not fit is whole all the same.
#[test]
fn a_whole_number_that_is_too_large_is_out_of_range() {
    for (json, says) in [
        ("18446744073709551615", "limit is out of range"),
        ("18446744073709551616", "limit is out of range"),
        ("-18446744073709551616", "limit is out of range"),
        ("1e300", "limit is out of range"),
        ("-1", "limit is out of range"),
        ("1.5", "limit is not a whole number"),
        ("7.0", "limit is not a whole number"),
    ] {
        let body = format!(r#"{{"limit": {json}, "name": "x"}}"#);
        let Ok(Json::Object(fields)) = serde_json::from_str(&body) else {
            panic!("{body} is JSON");
        };
        let page: Result<Page, _> = read(fields);
        assert_eq!(page.map_err(|error| error.to_string()), Err(says.into()));
    }
}
