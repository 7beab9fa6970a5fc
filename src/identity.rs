//! Who somebody proves to be: the ways in, and the providers of identities as codecs, one file each.
//!
//! A codec makes requests and reads answers. The service sends them, and checks what has a signature.

pub mod email;
pub mod github;
pub mod google;
pub mod oauth;
pub mod oidc;

use serde::{Deserialize, Serialize};

use crate::domain::email::EmailAddress;
use crate::domain::time::Timestamp;

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum SignInMethod {
    /// A code that is sent by e-mail.
    Email,
    /// A Google account.
    Google,
    /// A GitHub account.
    Github,
    /// The `OpenID` provider that the operator configured.
    Oidc,
}

impl SignInMethod {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Email, Self::Google, Self::Github, Self::Oidc];

    /// Its name in paths, rows and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Google => "google",
            Self::Github => "github",
            Self::Oidc => "oidc",
        }
    }

    /// The way in with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// An identity that was proven just now. It is known by its method and subject; everything else is an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The way in.
    pub method: SignInMethod,
    /// What its provider knows them by: an address, Google's `sub`, GitHub's `id`.
    pub subject: String,
    /// An address that the provider says is verified.
    pub email: Option<EmailAddress>,
    /// The address whose owner this proves them to be, now, and not only once: that of a code of ours, or one of a
    /// domain that its Google Workspace manages.
    pub proven_email: Option<EmailAddress>,
    /// Their name there.
    pub name: Option<String>,
    /// When the account there was created, where that is told.
    pub created_at: Option<Timestamp>,
}

/// This Worker as a client of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: String,
    /// Where the provider is: an issuer, or GitHub's own address.
    pub base_url: String,
    /// Where its API is: GitHub's alone.
    pub api_url: String,
}

/// Why a provider's answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// The person said no, or the code is not good: they may try again.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The answer is not what it should be, or the provider is not as it is configured here.
    #[error("the provider's answer is not understood: {0}")]
    Malformed(String),
}
