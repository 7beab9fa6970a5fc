use serde_json::json;

use super::*;

const ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";
const NANO_BANANA: &str = "google:nano-banana@2.1";
const TRY_ON: &str = "prunaai:p-image@try-on";
const VTO: &str = "bfl:flux@vto";

fn worn(role: &str) -> Value {
    json!({ "image": format!("https://a/{role}.jpg"), "role": role })
}

/// A model's task with something else in some fields.
fn with(model: &str, more: &Value) -> Result<Generation, ApiError> {
    let references = match model {
        NANO_BANANA => json!(["https://a/person.jpg", "https://a/garment.jpg"]),
        _ => json!([worn("garment"), worn("person")]),
    };
    let mut task = json!({
        "taskType": "imageInference", "taskUUID": ID, "model": model,
        "inputs": { "referenceImages": references },
    });
    if model != TRY_ON {
        task["positivePrompt"] = json!("Dress the person");
    }
    for (name, value) in more.as_object().unwrap() {
        task[name] = value.clone();
    }
    parse(task.as_object().unwrap())
}

#[test]
fn the_person_comes_first_in_whatever_order_they_are_listed() {
    let people = ["https://a/person.jpg", "https://a/garment.jpg"];
    for model in [NANO_BANANA, TRY_ON, VTO] {
        let generation = with(model, &json!({})).unwrap();
        assert_eq!(generation.images, people, "{model}");
        assert_eq!(generation.external_id.as_deref(), Some(ID));
        assert_eq!((generation.ratio, generation.count), (Ratio::Auto, 1));
    }
}

#[test]
fn a_full_task() {
    let generation = with(
        NANO_BANANA,
        &json!({
            "outputType": "URL", "outputFormat": "PNG", "outputQuality": 90, "numberResults": 2,
            "includeCost": true, "deliveryMethod": "async", "ttl": 600, "seed": 7,
            "webhookURL": "https://app.example/hooks/runware/t", "width": 896, "height": 1200,
            "safety": { "checkContent": true }, "settings": { "thinkingLevel": "minimal" }
        }),
    )
    .unwrap();
    let shape = Ratio::Fixed {
        width: 896,
        height: 1200,
    };
    assert_eq!((generation.ratio, generation.count), (shape, 2));
    assert!((generation.price - 0.068).abs() < 1e-9);
}

#[test]
fn further_garments_and_the_turbo_have_prices_of_their_own() {
    let price = |more: Value| with(TRY_ON, &more).unwrap().price;
    let two = json!([worn("person"), worn("garment"), worn("garment")]);
    let two = json!({ "referenceImages": two });
    let turbo = json!({ "turbo": true });
    assert!((price(json!({})) - 0.015).abs() < 1e-9);
    assert!((price(json!({ "inputs": two })) - 0.023).abs() < 1e-9);
    assert!((price(json!({ "inputs": two, "settings": turbo })) - 0.016).abs() < 1e-9);
}

/// The parameter that a model refuses something for, and the error's code.
fn refused(model: &str, more: &Value) -> (String, String) {
    let refused = with(model, more).unwrap_err();
    assert_eq!(refused.status, 400);
    (refused.parameter.unwrap(), refused.code)
}

#[test]
fn every_rule_refuses_by_its_parameter() {
    let version_1 = "764cabcf-b745-1b3e-ae38-1200304cf45b";
    for (more, parameter, code) in [
        (json!({ "taskUUID": null }), "taskUUID", "missing"),
        (json!({ "taskUUID": "job-1" }), "taskUUID", "invalid"),
        (json!({ "taskUUID": version_1 }), "taskUUID", "invalid"),
        (json!({ "model": "none" }), "model", "invalid"),
        (
            json!({ "positivePrompt": null }),
            "positivePrompt",
            "missing",
        ),
        (
            json!({ "positivePrompt": "xx" }),
            "positivePrompt",
            "invalid",
        ),
        (json!({ "outputType": "dataURI" }), "outputType", "invalid"),
        (json!({ "outputFormat": "png" }), "outputFormat", "invalid"),
        (json!({ "numberResults": 21 }), "numberResults", "invalid"),
        (json!({ "ttl": 59 }), "ttl", "invalid"),
        (json!({ "resolution": "0.5K" }), "resolution", "invalid"),
        (json!({ "width": 896 }), "height", "missing"),
        (json!({ "width": 900, "height": 1200 }), "width", "invalid"),
        (
            json!({ "webhookURL": "http://a.example" }),
            "webhookURL",
            "invalid",
        ),
    ] {
        let mut capital = parameter.to_owned();
        capital[..1].make_ascii_uppercase();
        let expected = (parameter.to_owned(), format!("{code}{capital}"));
        assert_eq!(refused(NANO_BANANA, &more), expected, "{more}");
    }
    let both = json!({ "width": 896, "height": 1200, "resolution": "1K" });
    assert_eq!(refused(NANO_BANANA, &both).0, "resolution");
    assert_eq!(
        refused(VTO, &json!({ "positivePrompt": " " })).1,
        "missingPositivePrompt"
    );
}

#[test]
fn parameters_of_no_model_and_of_another_are_unsupported() {
    for (model, more, parameter) in [
        (NANO_BANANA, json!({ "aspectRatio": "3:4" }), "aspectRatio"),
        (TRY_ON, json!({ "width": 896 }), "width"),
        (VTO, json!({ "resolution": "1K" }), "resolution"),
        (
            TRY_ON,
            json!({ "settings": { "thinkingLevel": "high" } }),
            "settings.thinkingLevel",
        ),
    ] {
        let expected = (parameter.to_owned(), "unsupportedParameter".to_owned());
        assert_eq!(refused(model, &more), expected);
    }
}

#[test]
fn each_model_has_its_roles() {
    let [person, garment, pose] = ["person", "garment", "pose"].map(worn);
    let many = [vec![person.clone()], vec![garment.clone(); 12]].concat();
    for (model, list) in [
        (NANO_BANANA, json!([garment])),
        (TRY_ON, json!([garment, garment])),
        (TRY_ON, json!([person, person, garment])),
        (TRY_ON, json!(many)),
        (TRY_ON, json!([person, garment, pose, pose])),
        (VTO, json!([person, garment, garment])),
    ] {
        let expected = ("inputs.referenceImages", "invalidReferenceImages");
        let (parameter, code) = refused(model, &json!({ "inputs": { "referenceImages": list } }));
        assert_eq!((parameter.as_str(), code.as_str()), expected, "{list}");
    }
    let posing = json!({ "inputs": { "referenceImages": [person, pose] } });
    assert_eq!(refused(VTO, &posing).0, "inputs.referenceImages.1.role");
}
