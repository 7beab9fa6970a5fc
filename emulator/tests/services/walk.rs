//! The way of a browser through a sign-in, and of the client behind it.

use std::collections::HashMap;

use reqwest::{RequestBuilder, Response, header};
use url::Url;

use crate::stage::Stage;

/// Where browsers are sent back to.
pub(crate) const BACK: &str = "http://127.0.0.1:8787/v1/auth/callback";
/// The vector of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters, in order.
pub(crate) type Pairs = Vec<(&'static str, String)>;

/// The same with one of them changed, added, or, by an empty value, taken out.
pub(crate) fn with(pairs: &Pairs, name: &'static str, value: &str) -> Pairs {
    let mut pairs = pairs.clone();
    pairs.retain(|(given, _)| *given != name);
    if !value.is_empty() {
        pairs.push((name, value.to_owned()));
    }
    pairs
}

pub(crate) fn encoded(pairs: &Pairs) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs).finish()
}

/// Posts a form.
pub(crate) fn post(stage: &Stage, address: &str, pairs: &Pairs) -> RequestBuilder {
    let kind = "application/x-www-form-urlencoded";
    let request = stage.http.post(address).header(header::CONTENT_TYPE, kind);
    request.body(encoded(pairs))
}

/// Opens an authorize page.
pub(crate) async fn open(stage: &Stage, address: &str, asked: &Pairs) -> Response {
    let address = format!("{address}?{}", encoded(asked));
    stage.http.get(address).send().await.unwrap()
}

/// Chooses somebody on it; what the browser is sent back with.
pub(crate) async fn choose(
    stage: &Stage,
    address: &str,
    asked: &Pairs,
    person: &str,
) -> HashMap<String, String> {
    let form = with(asked, "person", person);
    sent_back(&post(stage, address, &form).send().await.unwrap())
}

/// What a browser is sent back to the client with.
pub(crate) fn sent_back(response: &Response) -> HashMap<String, String> {
    assert_eq!(response.status(), 303);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    let url = Url::parse(location).unwrap();
    assert!(location.starts_with(BACK), "{location}");
    url.query_pairs().into_owned().collect()
}
