//! E-mail addresses: which are taken, which are one mailbox, and which have one owner.

use std::fmt;

/// What SMTP carries at most (RFC 5321, 4.5.3.1).
const MAX_CHARS: usize = 254;
const MAX_LOCAL_CHARS: usize = 64;

/// Hosts at which anybody gets a mailbox, so that many people have one domain: the largest of the world and of China.
const PUBLIC_HOSTS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "orange.fr",
    "free.fr",
    "libero.it",
    "mail.ru",
    "yandex.ru",
    "naver.com",
    "daum.net",
    "qq.com",
    "foxmail.com",
    "163.com",
    "126.com",
    "yeah.net",
    "sina.com",
    "sohu.com",
    "139.com",
    "189.cn",
    "aliyun.com",
];

/// The second labels below which registries sell, under a country's domain of two letters: `co.uk`, `com.cn`. A whole
/// public suffix list would be a fifth of the Worker; what it knows beyond this only splits a farm's domains further.
const SECOND_LABELS: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gob", "gov", "gv", "ltd", "me", "mil", "ne", "net", "nom",
    "or", "org", "plc", "sch",
];

/// An address in the one spelling by which it is known: lower case. No mail host of today tells addresses apart by case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address: `local@domain` in ASCII, without quotes or comments, whose domain has a dot.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let fits = text.len() <= MAX_CHARS && local.len() <= MAX_LOCAL_CHARS;
        (fits && is_local(local) && is_domain(domain)).then_some(Self(text))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The one spelling of all addresses that are the same mailbox, or are made for nothing: without a `+tag`, and
    /// without dots where the host ignores them. Only for counting: mail goes to the address itself.
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let local = local.split_once('+').map_or(local, |(before, _)| before);
        match domain {
            "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
            "proton.me" | "protonmail.com" | "pm.me" => {
                format!("{}@proton.me", local.replace(['.', '-', '_'], ""))
            }
            "icloud.com" | "me.com" | "mac.com" => format!("{local}@icloud.com"),
            _ => format!("{local}@{domain}"),
        }
    }

    /// The domain that somebody registered, below which they have as many addresses as they like; `None` at a host
    /// where anybody gets a mailbox.
    pub fn registrable_domain(&self) -> Option<String> {
        let domain = self.domain();
        if PUBLIC_HOSTS.contains(&domain) {
            return None;
        }
        let labels: Vec<&str> = domain.split('.').collect();
        let is_second = labels
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|second| SECOND_LABELS.contains(second));
        let is_country = labels.last().is_some_and(|last| last.len() == 2);
        let count = if is_second && is_country { 3 } else { 2 };
        let from = labels.len().saturating_sub(count);
        Some(labels.get(from..).unwrap_or_default().join("."))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A dot-atom (RFC 5322, 3.2.3).
fn is_local(local: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_numeric = top.bytes().all(|byte| byte.is_ascii_digit());
    domain.contains('.') && domain.split('.').all(is_label) && !is_numeric
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn an_address_has_one_spelling() {
        assert_eq!(address(" Ada@Example.COM ").as_str(), "ada@example.com");
        assert_eq!(
            address("o'hara+a/b@mail.example.co.uk").domain(),
            "mail.example.co.uk"
        );
    }

    #[test]
    fn what_is_no_address_is_not_taken() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@example.",
            "ada@.example.com",
            "ada@-x.com",
            "ada@x_y.com",
            "ada@10.0.0.1",
            "a..b@example.com",
            ".a@example.com",
            "a b@example.com",
            "\"a b\"@example.com",
            "ada@example.com, eve@example.com",
            "ada@example.com\nbcc: eve@example.com",
            "<ada@example.com>",
            "ada@exämple.com",
            &format!("{}@example.com", "x".repeat(65)),
            &format!("a@{}example.com", "x.".repeat(130)),
        ] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_of_one_mailbox_are_one() {
        let mailbox = |text| address(text).mailbox();
        assert_eq!(mailbox("a.d.a+shop@googlemail.com"), "ada@gmail.com");
        assert_eq!(mailbox("Ada@gmail.com"), "ada@gmail.com");
        assert_eq!(mailbox("a.da+1@example.com"), "a.da@example.com");
        assert_eq!(mailbox("a-d.a@pm.me"), mailbox("ada@protonmail.com"));
        assert_eq!(mailbox("ada@mac.com"), "ada@icloud.com");
    }

    /// Octopus #788: random sub-domains below five domains were 1,699 accounts.
    #[test]
    fn sub_domains_have_the_owner_of_their_domain() {
        let owner = |text| address(text).registrable_domain();
        assert_eq!(owner("a@x7.farm.example").as_deref(), Some("farm.example"));
        assert_eq!(owner("a@farm.example").as_deref(), Some("farm.example"));
        assert_eq!(owner("a@x7.shop.co.uk").as_deref(), Some("shop.co.uk"));
        assert_eq!(owner("a@a.b.shop.com.cn").as_deref(), Some("shop.com.cn"));
        assert_eq!(owner("a@a.co.example").as_deref(), Some("co.example"));
        assert_eq!(owner("a@qq.com"), None);
        assert_eq!(owner("a@yahoo.co.jp"), None);
    }
}
