//! Google: an `OpenID` provider with habits of its own.
//!
//! Source: <https://developers.google.com/identity/openid-connect/openid-connect>.

use super::oidc::{self, Profile};
use super::{Identity, SignInMethod};

/// Google's issuer, under which it also publishes its endpoints.
pub const ISSUER: &str = "https://accounts.google.com";

/// What Google's older ID tokens say in place of it.
pub const OLD_ISSUER: &str = "accounts.google.com";

/// People with several accounts choose one each time.
pub const ASKS: &[(&str, &str)] = &[("prompt", "select_account")];

/// Who a profile says it is. `hd` is only there for accounts that a Workspace manages: the owner of that domain
/// vouches for their addresses in it.
pub fn identity(profile: &Profile) -> Identity {
    let identity = oidc::identity(profile);
    let managed = identity.email.clone();
    let proven_email = managed.filter(|email| profile.hd.as_deref() == Some(email.domain()));
    Identity {
        method: SignInMethod::Google,
        proven_email,
        ..identity
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workspace_vouches_for_its_own_domain() {
        let proven = |hd| {
            let profile =
                json!({"sub": "1", "email": "ada@example.org", "email_verified": true, "hd": hd});
            identity(&serde_json::from_value(profile).unwrap())
                .proven_email
                .is_some()
        };
        assert!(proven(Some("example.org")));
        assert!(!proven(Some("other.org")));
        assert!(!proven(None));
    }
}
