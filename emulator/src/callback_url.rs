//! Checks of callback URLs.

use std::net::IpAddr;

use url::{Host, Url};

/// The longest callback URL, in characters.
const MAX_LENGTH: usize = 2048;

/// The providers accept only https and no internal address. The emulator also accepts http to a
/// loopback address, since it is used locally. The error says what the URL must be.
pub(crate) fn check(address: &str) -> Result<(), &'static str> {
    if address.chars().count() > MAX_LENGTH {
        return Err("must not exceed 2048 characters");
    }
    let Ok(url) = Url::parse(address) else {
        return Err("must be a URL");
    };
    let Some(host) = url.host() else {
        return Err("must have a host");
    };
    match (url.scheme(), is_loopback(&host), is_internal(&host)) {
        ("http" | "https", true, _) | ("https", false, false) => Ok(()),
        ("https", false, true) => Err("must not be an internal address"),
        _ => Err("must use HTTPS"),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match address(host) {
        Some(address) => address.is_loopback(),
        None => matches!(host, Host::Domain("localhost")),
    }
}

fn is_internal(host: &Host<&str>) -> bool {
    match address(host) {
        Some(IpAddr::V4(v4)) => v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        Some(IpAddr::V6(v6)) => {
            v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
        None => false,
    }
}

fn address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(v4) => Some(IpAddr::V4(*v4)),
        Host::Ipv6(v6) => Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(*v6), IpAddr::V4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_or_loopback() {
        for good in [
            "https://app.example/hooks/t",
            "http://127.0.0.1:8787/hooks/t",
            "http://localhost:8787/hooks/t",
            "https://[::1]/t",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("https://app.example/{}", "a".repeat(2048));
        for bad in [
            "http://app.example/hooks/t",
            "https://10.0.0.1/t",
            "https://172.16.0.9/t",
            "https://192.168.1.1/t",
            "https://169.254.169.254/t",
            "https://[::ffff:10.0.0.1]/t",
            "ftp://127.0.0.1/t",
            "hooks/t",
            "",
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
