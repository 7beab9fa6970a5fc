//! Checks of configured URLs, so that no key or token is sent in the clear.

use url::{Host, Url};

use super::{ConfigError, invalid};

/// Requires https, or on a developer's machine also http to the machine itself.
pub(super) fn check_https(name: &str, address: &str, local: bool) -> Result<(), ConfigError> {
    let url = Url::parse(address).map_err(|_| invalid(name, "is not an address"))?;
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "https" || (local && url.scheme() == "http" && is_loopback) {
        return Ok(());
    }
    Err(invalid(
        name,
        "must begin with https:// unless ENVIRONMENT is \"local\"",
    ))
}

/// Checks a base URL, to which paths are appended.
pub(super) fn check_base(name: &str, address: &str, local: bool) -> Result<(), ConfigError> {
    check_https(name, address, local)?;
    if address.contains(['?', '#']) {
        return Err(invalid(name, "has a query or a fragment"));
    }
    Ok(())
}
