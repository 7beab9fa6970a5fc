//! How the tokens of users are verified.

use super::addresses::check_https;
use super::{ConfigError, Vars, invalid};

/// How the tokens of users are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthConfig {
    /// The secret that HS256 tokens are signed with.
    pub secret: Option<String>,
    /// The previous such secret, which verifies tokens and never signs any.
    pub previous_secret: Option<String>,
    /// The URL of the JSON Web Key Set for tokens signed with RS256, ES256 or EdDSA.
    pub jwks_url: Option<String>,
    /// The required `iss`; `None` if any will do.
    pub issuer: Option<String>,
    /// The required `aud`; `None` if any will do.
    pub audience: Option<String>,
}

impl Vars<'_> {
    /// How the tokens of users are verified: (1) by a secret, by published keys, or both; (2) a key
    /// set may be shared by many apps and tenants, so our issuer and audience must be set, except on
    /// a developer's machine.
    pub(super) fn auth(&self, local: bool) -> Result<AuthConfig, ConfigError> {
        let jwks_url = self.get("AUTH_JWKS_URL");
        if let Some(address) = &jwks_url {
            check_https("AUTH_JWKS_URL", address, local)?;
        }
        let secret = self.optional_secret("AUTH_JWT_SECRET")?;
        if secret.is_none() && jwks_url.is_none() && self.get("SIGN_IN").is_none() {
            let problem = "is not set, and neither is AUTH_JWKS_URL or SIGN_IN";
            return Err(invalid("AUTH_JWT_SECRET", problem)); // (1)
        }
        let (issuer, audience) = (self.get("AUTH_ISSUER"), self.get("AUTH_AUDIENCE"));
        if jwks_url.is_some() && !local {
            let missing = [("AUTH_ISSUER", &issuer), ("AUTH_AUDIENCE", &audience)];
            if let Some((name, _)) = missing.iter().find(|(_, value)| value.is_none()) {
                let problem =
                    "is not set: without it, AUTH_JWKS_URL lets the tokens of other apps in";
                return Err(invalid(name, problem)); // (2)
            }
        }
        Ok(AuthConfig {
            secret,
            previous_secret: self.optional_secret("AUTH_JWT_SECRET_PREVIOUS")?,
            jwks_url,
            issuer,
            audience,
        })
    }
}
