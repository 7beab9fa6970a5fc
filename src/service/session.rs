//! Demo accounts, on somebody's own machine and nowhere else.

use std::time::Duration;

use super::auth::Access;
use super::ids::Ids;
use super::{Error, Grants, NewGrant};
use crate::domain::credits::Credits;
use crate::domain::id::AccountName;
use crate::domain::ledger::PackageKind;
use crate::domain::time::Timestamp;

/// How long a demo session lasts.
const SESSION_TTL: Duration = Duration::from_hours(24);

/// A demo session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What to send as the bearer token.
    pub token: String,
    /// The user's subject in their issuer's tokens.
    pub subject: String,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Hands out demo sessions.
pub struct DemoSessions {
    is_local: bool,
    welcome_credits: Credits,
    grants: Grants,
    access: Access,
    ids: Ids,
}

impl DemoSessions {
    pub(super) fn new(
        is_local: bool,
        welcome_credits: Credits,
        grants: Grants,
        access: Access,
        ids: Ids,
    ) -> Self {
        Self {
            is_local,
            welcome_credits,
            grants,
            access,
            ids,
        }
    }

    /// A token for a demo account, which gets its welcome credits once. Outside of a local environment it
    /// is not found.
    pub async fn create(&self, name: Option<String>) -> Result<Session, Error> {
        if !self.is_local {
            return Err(Error::NotFound);
        }
        let subject = name.unwrap_or_else(|| format!("guest-{:08x}", self.ids.bits() >> 96));
        if !self.welcome_credits.is_zero() {
            let (credits, reference) = (self.welcome_credits, format!("welcome:{subject}"));
            let to = AccountName::Subject(subject.clone());
            let welcome = NewGrant {
                kind: PackageKind::Promo,
                credits,
                expires_at: None,
                reference: &reference,
                may_create: true,
                claims: &[],
            };
            match self.grants.add(&to, welcome).await {
                // They were welcomed before, with another amount.
                Ok(_) | Err(Error::IdempotencyMismatch) => {}
                Err(error) => return Err(error),
            }
        }
        let expires_at = self.ids.now().plus(SESSION_TTL);
        let token = self.access.sign_session(&subject, expires_at)?;
        Ok(Session {
            token,
            subject,
            expires_at,
        })
    }
}
