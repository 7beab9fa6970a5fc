//! `Stripe-Signature`: `t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `<seconds>.<body>`, under the endpoint's secret as text.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::number::digits;
use crate::domain::time::Timestamp;

/// How old, or how new, a signature may be, in seconds: as Stripe's own libraries have it, and also for the future, which
/// they let pass.
const TOLERANCE: u64 = 300;

/// Whether one of the secrets has signed a body, just now. A header has several `v1` while a secret is rotated; `v0` is a
/// test's, and ignored.
pub(super) fn verifies(secrets: &[String], header: &str, body: &[u8], now: Timestamp) -> bool {
    let pairs = || {
        header
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
    };
    let Some((_, time)) = pairs().find(|(name, _)| *name == "t") else {
        return false;
    };
    let seconds = digits(time).and_then(|seconds| i64::try_from(seconds).ok());
    let is_recent = seconds.is_some_and(|seconds| seconds.abs_diff(now.seconds()) <= TOLERANCE);
    let signatures = pairs()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, hex)| bytes_of(hex));
    let mut signatures = signatures.collect::<Vec<_>>().into_iter();
    is_recent
        && signatures.any(|signature| {
            let by = |secret: &String| {
                let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
                let mac = mac.chain_update(time).chain_update(b".").chain_update(body);
                mac.verify_slice(&signature).ok()
            };
            // A secret of white space would be no secret.
            let mut known = secrets.iter().filter(|secret| !secret.trim().is_empty());
            known.any(|secret| by(secret).is_some())
        })
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test_secret";

    /// Made by npm `stripe` (`webhooks.generateTestHeaderString`), and computed again by `node:crypto`.
    const VECTORS: [(&str, i64, &str); 2] = [
        (
            r#"{"id":"evt_test_webhook","object":"event"}"#,
            1_614_265_330,
            "t=1614265330,v1=3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff",
        ),
        (
            "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}",
            1_495_999_758,
            "t=1495999758,v1=6340073448544f68e8673f5d451fd66d10b9facf9c1c36f23c174994d49f2091",
        ),
    ];

    fn verifies_at(seconds: i64, secrets: &[&str], header: &str, body: &str) -> bool {
        let secrets: Vec<_> = secrets.iter().map(ToString::to_string).collect();
        let now = Timestamp::from_millis(seconds.saturating_mul(1000));
        verifies(&secrets, header, body.as_bytes(), now)
    }

    #[test]
    fn signatures_of_stripes_own_library_are_good() {
        for (body, seconds, header) in VECTORS {
            assert!(verifies_at(seconds, &[SECRET], header, body), "{header}");
            // While a secret is rotated: on our side, and on theirs.
            assert!(verifies_at(seconds, &["other", SECRET], header, body));
            let two = header.replace(",v1=", &format!(",v1={},v0=00,v1=", "00".repeat(32)));
            assert!(verifies_at(seconds, &[SECRET], &two, body));
        }
    }

    #[test]
    fn any_other_signature_is_not() {
        let (body, seconds, header) = VECTORS[0];
        let wrong = [
            header.replace("v1=3c", "v1=3d"),
            header.replace("v1=", "v0="),
            header.replace("t=1614265330,", ""),
            header.replace("t=1614265330", "t=1614265331"),
            header.replace("t=1614265330", "t=+1614265330"),
            header.replace("t=1614265330", "t="),
            header.chars().take(60).collect(),
            "t=1614265330,v1=".into(),
            "t=1614265330,v1=zz".into(),
            String::new(),
        ];
        for header in &wrong {
            assert!(!verifies_at(seconds, &[SECRET], header, body), "{header:?}");
        }
        assert!(!verifies_at(
            seconds,
            &[SECRET],
            header,
            &body.replace("event", "evenT")
        ));
        assert!(
            !verifies_at(seconds, &["test_secret"], header, body),
            "the prefix is part of it"
        );
        assert!(!verifies_at(seconds, &[], header, body));
    }

    #[test]
    fn an_old_signature_is_worth_nothing_and_one_of_the_future_neither() {
        let (body, seconds, header) = VECTORS[0];
        for (at, is_good) in [(300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(
                verifies_at(seconds + at, &[SECRET], header, body),
                is_good,
                "{at}"
            );
        }
    }

    /// HMAC takes any key: a body that is signed with an empty one would be good for a forgotten secret.
    #[test]
    fn a_secret_of_nothing_verifies_nothing() {
        let body = "{}";
        for secret in ["", " ", "\n"] {
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            let mac = mac.chain_update("1614265330.{}").finalize().into_bytes();
            let hex = mac.iter().map(|byte| format!("{byte:02x}"));
            let hex = hex.collect::<Vec<_>>().concat();
            let header = format!("t=1614265330,v1={hex}");
            assert!(!verifies_at(1_614_265_330, &[secret], &header, body));
        }
    }
}
