//! Our two cookies: that of a session, and that which binds a sign-in to its browser.
//!
//! `__Host-` has browsers accept one from this host alone, by https, for all paths: no other host of the domain can
//! plant it. By http, on somebody's own machine, they have plain names.

use http::{HeaderMap, HeaderValue, header};

use crate::service::{Error, SESSION_TTL, Site};

/// As long as a code, or a visit at a provider, may take.
const SIGN_IN_SECONDS: u64 = 600;

struct Cookie {
    secure: &'static str,
    plain: &'static str,
}

const SESSION: Cookie = Cookie {
    secure: "__Host-atelier",
    plain: "atelier",
};
const SIGN_IN: Cookie = Cookie {
    secure: "__Host-atelier-sign-in",
    plain: "atelier-sign-in",
};

impl Cookie {
    fn name(&self, site: &Site) -> &'static str {
        if site.is_https() {
            self.secure
        } else {
            self.plain
        }
    }

    fn read<'a>(&self, site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(site);
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut pairs = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| key.trim() == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Lax, not strict: whoever comes from a mail, or from a provider, is signed in.
    fn set(&self, site: &Site, value: &str, seconds: u64) -> Result<HeaderValue, Error> {
        let (name, secure) = (
            self.name(site),
            if site.is_https() { "; Secure" } else { "" },
        );
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&cookie).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The token of the session.
pub(super) fn session<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    SESSION.read(site, headers)
}

/// The token of the sign-in under way.
pub(super) fn sign_in<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    SIGN_IN.read(site, headers)
}

/// A session begins.
pub(super) fn begin_session(site: &Site, token: &str) -> Result<HeaderValue, Error> {
    SESSION.set(site, token, SESSION_TTL.as_secs())
}

/// The session is over.
pub(super) fn end_session(site: &Site) -> Result<HeaderValue, Error> {
    SESSION.set(site, "", 0)
}

/// A sign-in begins.
pub(super) fn begin_sign_in(site: &Site, token: &str) -> Result<HeaderValue, Error> {
    SIGN_IN.set(site, token, SIGN_IN_SECONDS)
}

/// The sign-in is over.
pub(super) fn end_sign_in(site: &Site) -> Result<HeaderValue, Error> {
    SIGN_IN.set(site, "", 0)
}
