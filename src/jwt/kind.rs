//! Kinds of tokens. An issuer signs several kinds with one key, and all have a subject and an
//! expiry, but only an access token authorises its bearer to use an API.
//!
//! | issuer | its access tokens say | its other tokens say |
//! |---|---|---|
//! | Auth0 | header `typ`: `JWT`, or `at+jwt` in the RFC 9068 profile | ID: `nonce`; logout: header `logout+jwt`, `events` |
//! | Cognito | claim `token_use`: `access` | `id` |
//! | Clerk | header `typ`: `JWT` | |
//! | Supabase | header `typ`: `JWT` | anonymous keys have no subject |
//! | Keycloak | claim `typ`: `Bearer`; before version 25 also `nonce` | `ID`, `Refresh`, `Offline`, `Logout` |
//! | Firebase | its ID tokens are what an API gets: header `typ`: `JWT`, no `nonce` | |
//!
//! Libraries that teams sign their own tokens with say `access` or `refresh` in the claim
//! `token_type` (Simple JWT) or `type` (Flask-JWT-Extended).

use serde::Deserialize;
use serde_json::Value;

/// Media types of tokens (RFC 7519 5.1, RFC 9068 2.1) that an API takes, in lower case.
const HEADERS: &[&str] = &["jwt", "application/jwt", "at+jwt", "application/at+jwt"];

/// Values that mean an access token, in lower case, in claims that have no other meaning.
const ACCESS: &[&str] = &["access", "access_token", "bearer", "at+jwt"];

/// Values that mean another token, in claims that may have other meanings.
const OTHERS: &[&str] = &["id", "id_token", "refresh", "refresh_token", "logout"];

/// The claims that tell a token's kind.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Kind {
    #[serde(default)]
    typ: Option<Value>,
    #[serde(default)]
    token_use: Option<Value>,
    #[serde(default)]
    token_type: Option<Value>,
    #[serde(default, rename = "type")]
    of_any: Option<Value>,
    #[serde(default)]
    events: Option<Value>,
    #[serde(default)]
    nonce: Option<Value>,
    #[serde(default)]
    at_hash: Option<Value>,
    #[serde(default)]
    c_hash: Option<Value>,
}

impl Kind {
    /// Whether a token with these claims and this `typ` in its header is an access token: (1) no claim
    /// says that it is of another kind; (2) it has no claims of a logout token or another event (RFC
    /// 8417), (3) nor those of an ID token (`OpenID` Connect Core 2 and 3.3.2.11), unless it says that it
    /// is an access token.
    pub(super) fn is_access(&self, header: Option<&str>) -> bool {
        let header = header.map(str::to_ascii_lowercase);
        let is_known = |typ: &String| HEADERS.contains(&typ.as_str());
        if !header.as_ref().is_none_or(is_known) {
            return false; // (1)
        }
        let of_typ = word(self.typ.as_ref()).filter(|word| word != "jwt");
        let said = [
            of_typ,
            word(self.token_use.as_ref()),
            word(self.token_type.as_ref()),
        ];
        let mut said = said.iter().flatten().map(String::as_str);
        let is_other =
            word(self.of_any.as_ref()).is_some_and(|word| OTHERS.contains(&word.as_str()));
        if is_other || !said.clone().all(|word| ACCESS.contains(&word)) {
            return false; // (1)
        }
        let says_so = said.next().is_some() || header.is_some_and(|typ| typ.ends_with("at+jwt"));
        let is_of_id = self.nonce.is_some() || self.at_hash.is_some() || self.c_hash.is_some();
        self.events.is_none() && (says_so || !is_of_id) // (2), (3)
    }
}

/// A claim's text in lower case. A claim that is present without being text does not mean an access
/// token.
fn word(claim: Option<&Value>) -> Option<String> {
    let claim = claim.filter(|claim| !claim.is_null())?;
    Some(claim.as_str().unwrap_or("?").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_access(header: Option<&str>, claims: Value) -> bool {
        let kind: Kind = serde_json::from_value(claims).unwrap();
        kind.is_access(header)
    }

    /// As Auth0, Cognito, Clerk, Supabase, Keycloak (25 and before), Firebase, Simple JWT and
    /// Flask-JWT-Extended issue them, without the claims that don't matter here.
    #[test]
    fn access_tokens_of_known_issuers_are_access_tokens() {
        for (header, claims) in [
            (
                Some("JWT"),
                json!({"aud": ["api", "https://x/userinfo"], "azp": "c", "scope": "openid"}),
            ),
            (Some("at+jwt"), json!({"client_id": "c", "jti": "1"})),
            (
                None,
                json!({"token_use": "access", "client_id": "c", "origin_jti": "1", "event_id": "e"}),
            ),
            (
                Some("JWT"),
                json!({"azp": "https://app.test", "sid": "s", "v": 2, "fva": [0, -1]}),
            ),
            (
                Some("JWT"),
                json!({"aud": "authenticated", "role": "authenticated", "session_id": "s", "amr": []}),
            ),
            (
                Some("JWT"),
                json!({"typ": "Bearer", "azp": "c", "aud": "account"}),
            ),
            (Some("JWT"), json!({"typ": "Bearer", "nonce": "n"})),
            (
                Some("JWT"),
                json!({"auth_time": 1, "user_id": "u", "firebase": {}}),
            ),
            (Some("JWT"), json!({"token_type": "access", "jti": "1"})),
            (
                Some("JWT"),
                json!({"type": "access", "fresh": false, "csrf": "c"}),
            ),
            (Some("jwt"), json!({"type": "customer", "typ": "JWT"})),
            (None, json!({"typ": null, "nonce": null})),
        ] {
            assert!(is_access(header, claims.clone()), "{header:?} {claims}");
        }
    }

    #[test]
    fn other_tokens_are_no_access_tokens() {
        for (header, claims) in [
            (Some("JWT"), json!({"nonce": "n", "aud": "c"})),
            (Some("JWT"), json!({"at_hash": "h"})),
            (Some("JWT"), json!({"c_hash": "h"})),
            (
                Some("logout+jwt"),
                json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            ),
            (
                Some("JWT"),
                json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            ),
            (Some("JWT"), json!({"typ": "Bearer", "events": {}})),
            (Some("secevent+jwt"), json!({})),
            (Some("dpop+jwt"), json!({})),
            (Some("refresh+jwt"), json!({})),
            (Some("at+jwt"), json!({"token_use": "id"})),
            (None, json!({"token_use": "id"})),
            (None, json!({"token_use": 7})),
            (Some("JWT"), json!({"typ": "ID"})),
            (Some("JWT"), json!({"typ": "Refresh"})),
            (Some("JWT"), json!({"typ": "Offline"})),
            (Some("JWT"), json!({"typ": "Logout"})),
            (Some("JWT"), json!({"typ": "DPoP"})),
            (Some("JWT"), json!({"token_type": "refresh"})),
            (Some("JWT"), json!({"type": "refresh"})),
        ] {
            assert!(!is_access(header, claims.clone()), "{header:?} {claims}");
        }
    }
}
