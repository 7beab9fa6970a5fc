//! Whether our own page sends a request, or another site has a browser send it, with our cookie.

use http::{HeaderMap, HeaderName, header};

use crate::service::{Error, Site};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What another site is answered.
pub(super) const FORBIDDEN: Error = Error::Forbidden("this request didn't come from our own pages");

/// Whether our own page sends it: browsers of today say so in `Sec-Fetch-Site`, older ones name the origin. What says
/// neither is refused. Front ends in `ALLOWED_ORIGINS` have tokens, not cookies.
pub(super) fn is_own(site: &Site, headers: &HeaderMap) -> bool {
    match headers.get(SEC_FETCH_SITE) {
        Some(value) => value == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin == site.origin().as_str()),
    }
}

/// Whether another site's page sends it, as its browser says. What begins a sign-in has no cookie yet: it may come from
/// a program, which says nothing.
pub(super) fn is_foreign(site: &Site, headers: &HeaderMap) -> bool {
    let says = [SEC_FETCH_SITE, header::ORIGIN];
    says.iter().any(|name| headers.contains_key(name)) && !is_own(site, headers)
}

/// Whether another site's page has led a browser here, as that says; whoever types an address comes from nowhere.
pub(super) fn is_led_here(headers: &HeaderMap) -> bool {
    let from = headers.get(SEC_FETCH_SITE);
    from.is_some_and(|from| from != "same-origin" && from != "none")
}
