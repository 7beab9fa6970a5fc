//! What every request must contain, for every model with every option that it declares.

use std::collections::HashSet;

use atelier::domain::model::{Model, Need};
use atelier::domain::options::Options;
use atelier::provider::{Access, Provider, Request, Submission, Task};
use libtest_mimic::Trial;
use serde_json::Value;
use url::Url;

const KEY: &str = "key-of-the-operator";
const PHOTO: &str = "https://app.test/v1/inputs/a?expires=1&mac=b%2Fc";
const GARMENT: &str = "https://app.test/v1/inputs/d?expires=1&mac=e%2Ff";
const CALLBACK: &str = "https://app.test/v1/webhooks/any/token-1_2?x=1&y=%2F";
const WORDS: &str = "a red coat, \"rolled\" sleeves & no hat";

/// A task's id that would change a URL if it were not escaped.
const HOSTILE: &str = "../x?y=1";
const ESCAPED: &str = "..%2Fx%3Fy%3D1";

/// A trial per model.
pub(crate) fn trials(provider: &'static dyn Provider) -> Vec<Trial> {
    let models = provider.models().iter();
    models
        .flat_map(|model| {
            let supported = format!("{}::every_choice_makes_a_request_of_its_own", model.id);
            let names = format!("{}::a_hostile_name_stays_a_name", model.id);
            [
                Trial::test(supported, || Ok(check_choices(provider, model)?)),
                Trial::test(names, || Ok(check_names(provider, model)?)),
            ]
        })
        .collect()
}

/// Checks all possible submissions to a model. A submission that sets every option has a unique
/// body; one that leaves options open may equal another.
fn check_choices(provider: &dyn Provider, model: &'static Model) -> Result<(), String> {
    let access = access(provider);
    let mut bodies = HashSet::new();
    for submission in submissions(model) {
        let request = provider.create(&access, &submission);
        let request = request.map_err(|error| format!("{submission:?}: {error}"))?;
        check_submission(&request, &submission)
            .map_err(|problem| format!("{submission:?} makes {request:?}, which {problem}"))?;
        let body = request.body().clone();
        if is_said_in_full(&submission) && !bodies.insert(body) {
            return Err(format!("{submission:?} makes the same as another"));
        }
    }
    Ok(())
}

/// Checks that an id cannot change a request's URL.
fn check_names(provider: &dyn Provider, model: &'static Model) -> Result<(), String> {
    let access = access(provider);
    let task = Task {
        id: HOSTILE,
        vendor_id: Some(model.vendor_id),
    };
    let requests = [
        Some(provider.task(&access, &task)),
        Some(provider.result(&access, &task)),
        provider.cancel(&access, &task),
        provider.find(&access, HOSTILE),
    ];
    for request in requests.into_iter().flatten() {
        let request = request.map_err(|error| error.to_string())?;
        check_request(&request)?;
        let address = request.uri().to_string();
        if address.contains(HOSTILE) || !(address.contains(ESCAPED) || has_body(&request)) {
            return Err(format!("{address} does not have the name as a name"));
        }
    }
    Ok(())
}

/// Whether a request has its task's id in the body, where nothing has to be escaped.
fn has_body(request: &Request) -> bool {
    serde_json::from_slice::<Value>(request.body()).is_ok()
}

fn access(provider: &dyn Provider) -> Access {
    Access {
        base_url: provider.base_url().into(),
        api_key: KEY.into(),
        webhook_secrets: Vec::new(),
    }
}

/// What all requests must have: https, and the operator's key in a header.
fn check_request(request: &Request) -> Result<(), String> {
    if request.uri().scheme_str() != Some("https") {
        return Err("is not https".into());
    }
    let mut values = request.headers().values();
    let has_key = values.any(|value| value.to_str().is_ok_and(|value| value.contains(KEY)));
    has_key
        .then_some(())
        .ok_or_else(|| "has no key in a header".into())
}

/// What a submission must have as well: a JSON body with its URLs and prompt unchanged.
fn check_submission(request: &Request, submission: &Submission<'_>) -> Result<(), String> {
    check_request(request)?;
    if request
        .headers()
        .get("content-type")
        .is_none_or(|kind| kind != "application/json")
    {
        return Err("is not said to be JSON".into());
    }
    let address = Url::parse(&request.uri().to_string()).map_err(|error| error.to_string())?;
    let mut texts: Vec<_> = address
        .query_pairs()
        .map(|(_, value)| value.into_owned())
        .collect();
    let body = serde_json::from_slice(request.body());
    collect(&body.map_err(|_| "is not JSON")?, &mut texts);
    let pictures = [Some(submission.photo_url), submission.garment_url];
    for address in pictures
        .into_iter()
        .flatten()
        .chain([submission.callback_url])
    {
        if !texts.iter().any(|text| text == address) {
            return Err(format!("has no {address}"));
        }
    }
    match submission.prompt {
        Some(words) if !texts.iter().any(|text| text.contains(words)) => Err("has no words".into()),
        _ => Ok(()),
    }
}

/// Collects all texts in a JSON value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every combination of the options that a model declares, each also left open.
fn submissions(model: &'static Model) -> Vec<Submission<'static>> {
    let supported = &model.supported;
    let mut all = Vec::new();
    for (garment_url, prompt) in inputs(model) {
        all.push(Submission {
            model,
            vendor_id: model.vendor_id,
            reference: "att_1",
            photo_url: PHOTO,
            garment_url,
            prompt,
            aspect_ratio: None,
            options: Options::default(),
            count: 1,
            callback_url: CALLBACK,
        });
    }
    let seeds: &[_] = if supported.seed { &[0, 7] } else { &[] };
    vary(&mut all, supported.category, |one, category| {
        one.options.category = Some(category);
    });
    vary(&mut all, supported.garment_photo, |one, photo| {
        one.options.garment_photo = Some(photo);
    });
    vary(&mut all, supported.quality, |one, quality| {
        one.options.quality = Some(quality);
    });
    vary(&mut all, seeds, |one, seed| one.options.seed = Some(seed));
    vary(&mut all, model.aspect_ratios, |one, ratio| {
        one.aspect_ratio = Some(ratio);
    });
    let more: Vec<_> = (2..=model.max_count).collect();
    vary(&mut all, &more, |one, count| one.count = count);
    all
}

/// Combines every submission with every value.
fn vary<T: Copy>(
    all: &mut Vec<Submission<'static>>,
    values: &[T],
    set: impl Fn(&mut Submission<'static>, T),
) {
    let varied = all.iter().flat_map(|one| {
        values.iter().map(|value| {
            let mut one = *one;
            set(&mut one, *value);
            one
        })
    });
    let varied: Vec<_> = varied.collect();
    all.extend(varied);
}

/// The combinations of garment and prompt that a model supports.
fn inputs(model: &Model) -> Vec<(Option<&'static str>, Option<&'static str>)> {
    let given = |need, input| match need {
        Need::Required => vec![Some(input)],
        Need::Optional => vec![None, Some(input)],
        Need::Unsupported => vec![None],
    };
    let words = given(model.takes.prompt, WORDS);
    let pairs = given(model.takes.garment, GARMENT)
        .into_iter()
        .flat_map(|garment| words.iter().map(move |words| (garment, *words)));
    pairs
        .filter(|(garment, words)| garment.is_some() || words.is_some())
        .collect()
}

/// Whether every option is set.
fn is_said_in_full(submission: &Submission<'_>) -> bool {
    let (model, options) = (submission.model, submission.options);
    (options.category.is_some() || model.supported.category.is_empty())
        && (options.garment_photo.is_some() || model.supported.garment_photo.is_empty())
        && (options.quality.is_some() || model.supported.quality.is_empty())
        && (options.seed.is_some() || !model.supported.seed)
        && (submission.aspect_ratio.is_some() || model.aspect_ratios.is_empty())
}
