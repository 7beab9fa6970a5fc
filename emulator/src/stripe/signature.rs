//! `Stripe-Signature` (`docs.stripe.com/webhooks`): an HMAC-SHA256 over the time and the body, under
//! the endpoint's secret as text, its prefix included.

use std::fmt::Write;

use crate::signing::{Headers, Signing, hmac_bytes};

pub(crate) fn sign(signing: &Signing<'_>) -> Headers {
    let at = signing.timestamp().to_string();
    let key = signing.settings.webhook_secret.as_bytes();
    let mut tag = String::new();
    for byte in hmac_bytes(key, &[at.as_bytes(), b".", signing.body]) {
        // Writing to a text does not fail.
        let _written = write!(tag, "{byte:02x}");
    }
    vec![("stripe-signature", format!("t={at},v1={tag}"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, settings::Settings};

    /// Made by npm `stripe` (`webhooks.generateTestHeaderString`).
    #[test]
    fn signatures_are_those_of_stripes_own_library() {
        let settings = Settings {
            webhook_secret: "whsec_test_secret".to_owned(),
            ..Settings::default()
        };
        for (body, at, header) in [
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
        ] {
            let signed = sign(&Signing {
                settings: &settings,
                task_id: "any",
                message_id: "any",
                at: clock::at(at),
                body: body.as_bytes(),
            });
            assert_eq!(signed, [("stripe-signature", header.to_owned())]);
        }
    }
}
