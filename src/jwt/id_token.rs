//! ID tokens (`OpenID` Connect Core 1.0, 2 and 3.1.3.7): who somebody is, for this client and this sign-in alone.

use serde::Deserialize;
use serde_json::Value;

use super::{Algorithm, LEEWAY_SECONDS, MAX_TOKEN_BYTES, Parts, json, seconds};
use crate::domain::time::Timestamp;
use crate::identity::oidc::Profile;
use crate::jwk::PublicAlgorithm;

/// An ID token is made for the sign-in that asks for it: an older one is somebody's that was kept.
const MAX_AGE_SECONDS: i64 = 3600;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct IdClaims {
    iss: String,
    aud: Value,
    #[serde(default)]
    azp: Option<String>,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(deserialize_with = "seconds")]
    iat: i64,
    #[serde(default)]
    nonce: Option<String>,
}

/// An ID token whose signature is not checked yet.
#[derive(Debug, Clone)]
pub struct UnverifiedIdToken<'a> {
    /// How it is signed.
    pub algorithm: PublicAlgorithm,
    /// The id of the key.
    pub kid: Option<String>,
    /// What is signed.
    pub message: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    claims: IdClaims,
    profile: Profile,
}

/// What an ID token must be for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// What the issuer may call itself.
    pub issuers: &'a [&'a str],
    /// The id of this client.
    pub client_id: &'a str,
    /// The `nonce` of the request.
    pub nonce: &'a str,
}

impl<'a> UnverifiedIdToken<'a> {
    /// Reads a token that is signed with a public key; `None` for any other text.
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let Parts {
            header,
            claims,
            message,
            signature,
        } = Parts::of(token)?;
        let Algorithm::Public(algorithm) = header.algorithm()? else {
            return None;
        };
        let is_plain = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"));
        (header.crit.is_none() && is_plain).then_some(Self {
            algorithm,
            kid: header.kid,
            message,
            signature,
            claims: json(claims)?,
            profile: json(claims)?,
        })
    }

    /// Who it is about, if its signature is good and it is for this sign-in: (1) from this issuer; (2) for this
    /// client, and for no other that has it use it; (3) not expired, and made just now; (4) with the nonce.
    pub fn verified(
        self,
        is_good: bool,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Option<Profile> {
        let IdClaims {
            iss,
            aud,
            azp,
            exp,
            iat,
            nonce,
        } = &self.claims;
        let (now, client) = (now.seconds(), expected.client_id);
        let is_ours = match aud {
            Value::String(one) => one == client,
            Value::Array(several) => several.iter().any(|one| one == client),
            _ => false,
        };
        let holds = is_good
            && expected.issuers.contains(&iss.as_str()) // (1)
            && is_ours
            && azp.as_ref().is_none_or(|azp| azp == client) // (2)
            && exp.saturating_add(LEEWAY_SECONDS) > now
            && iat.saturating_sub(LEEWAY_SECONDS) <= now
            && now.saturating_sub(*iat) <= MAX_AGE_SECONDS // (3)
            && nonce.as_deref() == Some(expected.nonce) // (4)
            && !self.profile.sub.is_empty();
        holds.then_some(self.profile)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_795_161_600;

    fn good() -> Value {
        json!({
            "iss": "https://id.test", "aud": "client", "azp": "client", "sub": "1", "nonce": "n",
            "exp": NOW + 60, "iat": NOW - 1, "email": "ada@example.com", "email_verified": true,
        })
    }

    fn verified(header: &Value, claims: &Value, is_good: bool) -> Option<Profile> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            part(header),
            part(claims),
            URL_SAFE_NO_PAD.encode("s")
        );
        let expected = Expected {
            issuers: &["https://id.test"],
            client_id: "client",
            nonce: "n",
        };
        let token = UnverifiedIdToken::parse(&token)?;
        token.verified(is_good, &expected, Timestamp::from_millis(NOW * 1000))
    }

    #[test]
    fn a_token_for_this_sign_in_says_who_it_is() {
        let header = json!({"alg": "RS256", "kid": "k", "typ": "JWT"});
        assert_eq!(verified(&header, &good(), true).unwrap().sub, "1");
        assert_eq!(verified(&header, &good(), false), None);
        let mut several = good();
        several["aud"] = json!(["other", "client"]);
        assert!(verified(&header, &several, true).is_some());
    }

    #[test]
    fn a_token_for_anything_else_says_nothing() {
        let header = json!({"alg": "RS256"});
        for (claim, value) in [
            ("iss", json!("https://other.test")),
            ("aud", json!("other")),
            ("aud", json!(["other"])),
            ("aud", json!(7)),
            ("azp", json!("other")),
            ("exp", json!(NOW - 31)),
            ("iat", json!(NOW - 3601)),
            ("iat", json!(NOW + 31)),
            ("nonce", json!("other")),
            ("nonce", Value::Null),
            ("sub", json!("")),
        ] {
            let mut claims = good();
            claims[claim] = value.clone();
            assert_eq!(verified(&header, &claims, true), None, "{claim}: {value}");
        }
        for header in [
            json!({"alg": "HS256"}),
            json!({"alg": "none"}),
            json!({"alg": "RS256", "crit": ["b64"]}),
            json!({"alg": "RS256", "typ": "logout+jwt"}),
        ] {
            assert_eq!(verified(&header, &good(), true), None, "{header}");
        }
    }
}
