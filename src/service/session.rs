//! Demo accounts, on somebody's own machine and nowhere else.

use std::time::Duration;

use super::{Atelier, Error, NewGrant};
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

impl Atelier {
    /// A token for a demo account, which gets its welcome credits once. Outside of a local
    /// environment there is no such thing.
    pub async fn session(&self, name: Option<String>) -> Result<Session, Error> {
        if !self.config.local {
            return Err(Error::NotFound);
        }
        let subject =
            name.unwrap_or_else(|| format!("guest-{:08x}", self.ports.random.bits() >> 96));
        if !self.config.welcome_credits.is_zero() {
            let (credits, reference) = (self.config.welcome_credits, format!("welcome:{subject}"));
            let to = AccountName::Subject(subject.clone());
            let welcome = NewGrant {
                kind: PackageKind::Promo,
                credits,
                expires_at: None,
                reference: &reference,
                may_create: true,
            };
            match self.grant(&to, welcome).await {
                // They were welcomed before, with another amount.
                Ok(_) | Err(Error::IdempotencyMismatch) => {}
                Err(error) => return Err(error),
            }
        }
        let expires_at = self.ports.clock.now().plus(SESSION_TTL);
        let token = self.sign_session(&subject, expires_at)?;
        Ok(Session {
            token,
            subject,
            expires_at,
        })
    }
}
