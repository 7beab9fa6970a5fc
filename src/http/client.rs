//! Where a request comes from, as the network and the browser say.

use http::{HeaderMap, header};

use crate::domain::client::{AddressPrefix, Client, browser_of};
use crate::mail::Language;

/// Cloudflare sets these, whatever a client sends.
const ADDRESS: &str = "cf-connecting-ip";
const COUNTRY: &str = "cf-ipcountry";

/// Where a request comes from.
pub(super) fn of(headers: &HeaderMap) -> Client {
    let country = text(headers, COUNTRY);
    // `XX` and `T1` are what Cloudflare does not know, and Tor.
    let is_country = |country: &&str| {
        country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    Client {
        prefix: AddressPrefix::of(text(headers, ADDRESS)),
        browser: browser_of(text(headers, header::USER_AGENT.as_str())),
        country: Some(country)
            .filter(is_country)
            .filter(|country| *country != "XX")
            .map(String::from),
    }
}

/// The language of its reader.
pub(super) fn language(headers: &HeaderMap) -> Language {
    Language::of(text(headers, header::ACCEPT_LANGUAGE.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
