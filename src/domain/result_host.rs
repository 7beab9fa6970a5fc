//! The hosts that results may be fetched from. A URL from a provider is not trusted: it could be
//! forged or wrong.

use url::{Host, Url};

/// The hosts results may come from: those of the provider, and those the operator added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultHosts {
    /// `host` or `host:port`, by http or https.
    exact: Vec<String>,
    /// `*.example.com`, as a provider's own: by https alone.
    patterns: Vec<String>,
}

/// Why a URL is not fetched. All reasons but the last are permanent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inadmissible {
    /// Not an absolute address of a host.
    #[error("is not an absolute http(s) address")]
    NotAnAddress,
    /// It has a user name or a password.
    #[error("has credentials in it")]
    Credentials,
    /// It is not https on port 443.
    #[error("is not https on port 443")]
    NotHttps,
    /// Its host is a number, not a name.
    #[error("names its host by an IP address")]
    IpAddress,
    /// Its host is a name that only a private network knows.
    #[error("names a host of a private network")]
    PrivateName,
    /// Its host is public but not listed: once an operator lists it, the result is fetched.
    #[error("is on {host}, which is not on the provider's list or in RESULT_HOSTS")]
    Unlisted {
        /// The host's name, as `RESULT_HOSTS` takes it.
        host: String,
    },
}

/// Top-level names that are never public: RFC 6761, RFC 6762, RFC 8375 and ICANN's `internal`.
const PRIVATE: [&str; 4] = ["localhost", "local", "internal", "home.arpa"];

impl ResultHosts {
    /// Reads `RESULT_HOSTS`: a comma-separated list of `host`, `host:port` or `*.host`. The first two
    /// may also be plain http and IP addresses, which is how the emulator's results are let in; the
    /// third is any name below a host, by https alone. An item that is none of these is the error.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut hosts = Self::default();
        for item in list.split(',').map(str::trim) {
            let (below, name) = match item.strip_prefix("*.") {
                Some(name) => (true, name),
                None => (false, item),
            };
            if item.is_empty() {
                continue;
            }
            let (host, port) = host_and_port(name).ok_or_else(|| item.to_owned())?;
            match (below, port) {
                (true, None) if host.contains('.') && !is_ip(&host) => {
                    hosts.patterns.push(format!("*.{host}"));
                }
                (true, _) => return Err(item.to_owned()),
                (false, None) => hosts.exact.push(host),
                (false, Some(port)) => hosts.exact.push(format!("{host}:{port}")),
            }
        }
        Ok(hosts)
    }

    /// The address as it may be fetched. A provider's own host is always asked over https, whatever
    /// it said. A pattern `*.example.com` takes any name below example.com, not example.com itself.
    pub fn admit(&self, address: &str, of_provider: &[&str]) -> Result<Url, Inadmissible> {
        let mut url = Url::parse(address).map_err(|_| Inadmissible::NotAnAddress)?;
        let host = url.host_str().ok_or(Inadmissible::NotAnAddress)?.to_owned();
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Inadmissible::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Inadmissible::Credentials);
        }
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        if self.exact.contains(with_port.as_ref().unwrap_or(&host)) {
            return Ok(url);
        }
        if !matches!(url.host(), Some(Host::Domain(_))) {
            return Err(Inadmissible::IpAddress);
        }
        let patterns = self.patterns.iter().map(String::as_str);
        let is_listed = of_provider
            .iter()
            .copied()
            .chain(patterns)
            .any(|pattern| matches_pattern(&host, pattern));
        if !is_listed && is_private(&host) {
            return Err(Inadmissible::PrivateName);
        }
        if url.port().is_some() || (!is_listed && url.scheme() == "http") {
            return Err(Inadmissible::NotHttps);
        }
        if !is_listed {
            return Err(Inadmissible::Unlisted { host });
        }
        url.set_scheme("https")
            .map_err(|()| Inadmissible::NotHttps)?;
        Ok(url)
    }
}

/// A host as addresses have it, and its port unless it is 443; `None` if there is anything else.
fn host_and_port(name: &str) -> Option<(String, Option<u16>)> {
    let url = Url::parse(&format!("https://{name}/")).ok()?;
    let host = url.host_str()?.to_owned();
    let odd = |byte: u8| matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'@' | b'*') || byte <= b' ';
    (!name.bytes().any(odd)).then(|| (host, url.port()))
}

fn is_ip(host: &str) -> bool {
    Host::parse(host).is_ok_and(|host| !matches!(host, Host::Domain(_)))
}

/// Whether a name is not one of the public DNS.
fn is_private(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_below = |name: &str| {
        host.strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !host.contains('.') || PRIVATE.into_iter().any(is_below)
}

fn matches_pattern(host: &str, pattern: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host
            .strip_suffix(parent)
            .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => host == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &[&str] = &["files.example.com", "*.media.example"];

    fn admit(address: &str) -> Result<String, Inadmissible> {
        ResultHosts::parse("127.0.0.1:8788, cdn.local, *.cdn.example, new.example:443")
            .unwrap()
            .admit(address, PROVIDER)
            .map(String::from)
    }

    #[test]
    fn a_providers_host_is_asked_over_https() {
        assert_eq!(
            admit("https://files.example.com/a.png"),
            Ok("https://files.example.com/a.png".into())
        );
        assert_eq!(
            admit("http://files.example.com/a.png"),
            Ok("https://files.example.com/a.png".into())
        );
        assert_eq!(
            admit("https://v3.media.example/a"),
            Ok("https://v3.media.example/a".into())
        );
    }

    #[test]
    fn the_operators_extra_hosts_may_be_plain_and_local() {
        assert_eq!(
            admit("http://127.0.0.1:8788/f.png"),
            Ok("http://127.0.0.1:8788/f.png".into())
        );
        assert_eq!(
            admit("http://cdn.local/f.png"),
            Ok("http://cdn.local/f.png".into())
        );
        assert_eq!(
            admit("http://127.0.0.1:8789/f.png"),
            Err(Inadmissible::IpAddress)
        );
    }

    #[test]
    fn t54_odd_addresses_are_refused() {
        for (address, why) in [
            ("http://169.254.169.254/latest", Inadmissible::IpAddress),
            ("http://2130706433/", Inadmissible::IpAddress),
            ("http://0x7f.1/", Inadmissible::IpAddress),
            ("http://[::1]/", Inadmissible::IpAddress),
            ("https://files.example.com:8443/", Inadmissible::NotHttps),
            (
                "https://me:secret@files.example.com/",
                Inadmissible::Credentials,
            ),
            (
                "https://files.example.com@evil.test/",
                Inadmissible::Credentials,
            ),
            ("http://localhost/", Inadmissible::PrivateName),
            ("https://localhost./", Inadmissible::PrivateName),
            (
                "https://metadata.google.internal/",
                Inadmissible::PrivateName,
            ),
            ("https://printer.local/", Inadmissible::PrivateName),
            ("https://intranet/", Inadmissible::PrivateName),
            ("http://v1.cdn.example:8080/", Inadmissible::NotHttps),
            ("http://elsewhere.example/", Inadmissible::NotHttps),
            ("https://elsewhere.example:8443/", Inadmissible::NotHttps),
            ("file:///etc/passwd", Inadmissible::NotAnAddress),
            ("data:image/png;base64,AA", Inadmissible::NotAnAddress),
            ("/a.png", Inadmissible::NotAnAddress),
            ("", Inadmissible::NotAnAddress),
        ] {
            assert_eq!(admit(address), Err(why), "{address}");
        }
    }

    /// Public hosts by https: an operator may list them.
    #[test]
    fn a_public_host_that_is_not_listed_is_named() {
        for (address, host) in [
            ("https://media.example/", "media.example"),
            ("https://.media.example/", ".media.example"),
            ("https://evilmedia.example/", "evilmedia.example"),
            (
                "https://files.example.com.evil.test/",
                "files.example.com.evil.test",
            ),
            ("https://CDN.Example/a.png?key=1", "cdn.example"),
        ] {
            let host = host.to_owned();
            let unlisted = Inadmissible::Unlisted { host };
            assert_eq!(admit(address), Err(unlisted), "{address}");
        }
    }

    #[test]
    fn the_operators_patterns_are_any_name_below_by_https() {
        for (address, asked) in [
            ("https://v1.cdn.example/a", "https://v1.cdn.example/a"),
            ("http://a.b.cdn.example/a", "https://a.b.cdn.example/a"),
            ("https://new.example/a", "https://new.example/a"),
        ] {
            assert_eq!(admit(address), Ok(asked.into()), "{address}");
        }
    }

    /// In a hurry one writes an address where a host belongs; it must not be passed over in silence.
    #[test]
    fn an_item_that_is_no_host_is_named() {
        for item in [
            "https://media.example",
            "media.example/path",
            "*",
            "*.",
            "*.com",
            "*.127.0.0.1",
            "*.media.example:8443",
            "a.*.example",
            "me@media.example",
            "media example",
            "media.example:http",
        ] {
            let list = format!("good.example, {item}");
            assert_eq!(ResultHosts::parse(&list), Err(item.to_owned()));
        }
        assert!(ResultHosts::parse("").is_ok());
        assert!(ResultHosts::parse("[::1]:8788, Good.Example,").is_ok());
    }
}
