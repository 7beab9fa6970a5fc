//! Who sends a request, as far as the network tells: the prefix of an address, a browser, a country.

use std::net::{IpAddr, Ipv6Addr};

/// The part of an address that one customer of a network has: an IPv4 address, or the first 64 bits of an IPv6
/// address. It is personal data, so it is only ever stored as an HMAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPrefix {
    prefix: String,
    network: String,
}

impl AddressPrefix {
    /// Of an address as `CF-Connecting-IP` has it. All that cannot be read share one prefix, so that they are
    /// counted, too.
    pub fn of(address: &str) -> Self {
        let address = address.trim().parse::<IpAddr>();
        let (prefix, network) = match address.map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => (address.to_string(), address.to_string()),
            Ok(IpAddr::V6(address)) => {
                let [first, second, third, fourth, ..] = address.segments();
                let customer = Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0);
                let site = Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0);
                (format!("{customer}/64"), format!("{site}/48"))
            }
            Err(_) => ("unknown".into(), "unknown".into()),
        };
        Self { prefix, network }
    }

    /// Such as `203.0.113.7` or `2001:db8:1:2::/64`.
    pub fn as_str(&self) -> &str {
        &self.prefix
    }

    /// The most that one customer may have of a network: of an IPv6 address, the first 48 bits.
    pub fn network(&self) -> &str {
        &self.network
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The prefix of its address.
    pub prefix: AddressPrefix,
    /// Its browser and system in a few words, by which somebody knows their own sessions apart.
    pub browser: Option<String>,
    /// Its country in two letters, as Cloudflare tells.
    pub country: Option<String>,
}

/// The browser and the system of a `User-Agent`, such as `Firefox on Android`. Browsers name each other in it, so the
/// order decides.
pub fn browser_of(agent: &str) -> Option<String> {
    let named = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        names
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let browser = named(&[
        ("MicroMessenger/", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (one, other) => one.or(other).map(String::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_of_a_network_has_one_prefix() {
        let of = |address| AddressPrefix::of(address).prefix;
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:3::1"), "2001:db8:1:3::/64");
        assert_eq!(of("not an address"), of(""));
        let network = |address| AddressPrefix::of(address).network;
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1::/48");
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
    }

    #[test]
    fn a_browser_is_known_by_what_it_says_first_of_itself() {
        for (agent, browser) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
                "Firefox on Android",
            ),
            ("curl/8.14.1", "curl"),
        ] {
            assert_eq!(browser_of(agent).as_deref(), Some(browser), "{agent}");
        }
        assert_eq!(browser_of("x"), None);
    }
}
