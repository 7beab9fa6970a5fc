//! Where results may be fetched from. A provider's word is not enough: it could be forged, or it
//! could be wrong.

use url::{Host, Url};

/// The hosts results may come from: those of the provider, and those the operator added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultHosts {
    extra: Vec<String>,
}

/// Why an address is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    /// Its host is not on the list.
    #[error("is on a host that is not on the provider's list or in RESULT_HOSTS")]
    UnknownHost,
}

impl ResultHosts {
    /// Reads `RESULT_HOSTS`: a comma-separated list of `host` or `host:port`. These may also be
    /// plain http and IP addresses, which is how the emulator's results are let in.
    pub fn parse(list: &str) -> Self {
        let hosts = list
            .split(',')
            .map(str::trim)
            .filter(|host| !host.is_empty());
        Self {
            extra: hosts.map(str::to_ascii_lowercase).collect(),
        }
    }

    /// The address as it may be fetched. A provider's own host is always asked over https, whatever
    /// it said. A pattern `*.example.com` takes any name below example.com.
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
        if self.extra.contains(with_port.as_ref().unwrap_or(&host)) {
            return Ok(url);
        }
        if !matches!(url.host(), Some(Host::Domain(_))) {
            return Err(Inadmissible::IpAddress);
        }
        if !of_provider
            .iter()
            .any(|pattern| matches_pattern(&host, pattern))
        {
            return Err(Inadmissible::UnknownHost);
        }
        if url.port().is_some() {
            return Err(Inadmissible::NotHttps);
        }
        url.set_scheme("https")
            .map_err(|()| Inadmissible::NotHttps)?;
        Ok(url)
    }
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
        ResultHosts::parse("127.0.0.1:8788, cdn.local")
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
            ("https://media.example/", Inadmissible::UnknownHost),
            ("https://.media.example/", Inadmissible::UnknownHost),
            ("https://evilmedia.example/", Inadmissible::UnknownHost),
            (
                "https://files.example.com.evil.test/",
                Inadmissible::UnknownHost,
            ),
            ("file:///etc/passwd", Inadmissible::NotAnAddress),
            ("data:image/png;base64,AA", Inadmissible::NotAnAddress),
            ("/a.png", Inadmissible::NotAnAddress),
            ("", Inadmissible::NotAnAddress),
        ] {
            assert_eq!(admit(address), Err(why), "{address}");
        }
    }
}
