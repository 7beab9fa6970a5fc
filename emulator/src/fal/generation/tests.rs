use super::*;
use crate::picture::Ratio;

const NANO_BANANA: &str = "fal-ai/nano-banana/edit";

fn parsed(endpoint: &str, input: &Value) -> Generation {
    parse(endpoint, None, input.to_string().as_bytes()).unwrap()
}

/// What a model finds wrong, as fields and kinds.
fn wrong(endpoint: &str, input: &Value) -> Vec<(String, &'static str)> {
    let problems = problems(&parsed(endpoint, input)).into_iter();
    problems
        .map(|problem| (problem.field, problem.kind))
        .collect()
}

#[test]
fn a_full_input() {
    let generation = parsed(
        NANO_BANANA,
        &json!({
            "prompt": "Dress the person", "image_urls": ["https://a/p.jpg", "https://a/g.png"],
            "aspect_ratio": "3:4", "num_images": 2
        }),
    );
    assert_eq!((generation.images.len(), generation.count), (2, 2));
    let (width, height) = (3, 4);
    assert_eq!(generation.ratio, Ratio::Fixed { width, height });
    assert_eq!(problems(&generation), []);
}

#[test]
fn a_person_and_a_garment_in_fields_of_their_own() {
    let kling = "fal-ai/kling/v1-5/kolors-virtual-try-on";
    let input = json!({ "garment_image_url": "https://a/g", "human_image_url": "https://a/p" });
    let generation = parsed(kling, &input);
    assert_eq!(generation.images, ["https://a/p", "https://a/g"]);
    assert!(generation.prompt.is_empty());
}

#[test]
fn the_queue_takes_what_the_model_does_not() {
    let leffa = json!({ "human_image_url": 5, "garment_type": "hat", "output_format": null });
    assert_eq!(
        wrong("fal-ai/leffa/virtual-tryon", &leffa),
        [
            ("human_image_url".to_owned(), "string_type"),
            ("garment_image_url".to_owned(), "missing"),
            ("garment_type".to_owned(), "literal_error"),
        ]
    );
    for (count, kind) in [
        (json!(0), "greater_than_equal"),
        (json!(5), "less_than_equal"),
        (json!("2"), "int_type"),
    ] {
        let input = json!({ "prompt": "x", "image_urls": [], "num_images": count });
        assert_eq!(
            wrong(NANO_BANANA, &input),
            [("num_images".to_owned(), kind)]
        );
    }
    assert_eq!(wrong(NANO_BANANA, &json!([])).len(), 2);
    for (field, value) in [("resolution", json!("1K")), ("image_size", json!("square"))] {
        let mut input = json!({ "prompt": "x", "image_urls": [] });
        input[field] = value;
        assert_eq!(
            wrong(NANO_BANANA, &input),
            [(field.to_owned(), "extra_forbidden")]
        );
    }
    let long = json!({ "prompt": "x", "image_urls": vec!["https://a/p"; 15] });
    assert_eq!(
        wrong(NANO_BANANA, &long),
        [("image_urls".to_owned(), "too_long")]
    );
    let list = json!({ "prompt": "x", "image_urls": "https://a/p" });
    assert_eq!(
        wrong(NANO_BANANA, &list),
        [("image_urls".to_owned(), "list_type")]
    );
}

#[test]
fn a_size_may_be_named_or_in_pixels() {
    let seedream = "fal-ai/bytedance/seedream/v4.5/edit";
    let sized = |size: Value| json!({ "prompt": "x", "image_urls": [], "image_size": size });
    let pixels = json!({ "width": 2048, "height": 2048 });
    for good in [json!("auto_2K"), pixels] {
        assert_eq!(wrong(seedream, &sized(good)), []);
    }
    assert_eq!(wrong(seedream, &sized(json!("3:4"))).len(), 1);
}

#[test]
fn what_the_queue_refuses() {
    let no_endpoint = parse("fal-ai/nano-banana", None, b"{}").unwrap_err();
    assert!(matches!(no_endpoint, ApiError::NoSuchEndpoint(_)));
    let webhook = Some("http://app.example/t".to_owned());
    for refused in [
        parse(NANO_BANANA, None, b"{"),
        parse(NANO_BANANA, webhook, b"{}"),
    ] {
        assert!(matches!(refused.unwrap_err(), ApiError::BadRequest(_)));
    }
}
