//! Welcome credits: once a person, and no more within a day than the operator can lose.

use std::time::Duration;

use super::counting::Counting;
use super::{Error, Grants, NewGrant};
use crate::claims::Claims;
use crate::config::WelcomeLimits;
use crate::domain::client::AddressPrefix;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountName, UserId};
use crate::domain::ledger::PackageKind;
use crate::domain::time::Timestamp;
use crate::identity::{Identity, SignInMethod};
use crate::store::People;

/// A GitHub account that is younger has cost nothing, and says nothing of a person.
const LEAST_AGE: Duration = Duration::from_hours(30 * 24);

/// Welcomes people.
pub(super) struct Welcome {
    credits: Credits,
    limits: WelcomeLimits,
    claims: Claims,
    people: People,
    counting: Counting,
    grants: Grants,
}

impl Welcome {
    pub(super) fn new(
        (credits, limits): (Credits, WelcomeLimits),
        claims: Claims,
        people: People,
        counting: Counting,
        grants: Grants,
    ) -> Self {
        Self {
            credits,
            limits,
            claims,
            people,
            counting,
            grants,
        }
    }

    /// Gives a person who signs in their welcome credits, if they have not had them: (1) none of their claims may
    /// be taken, by whatever account; (2) the limits of the day; (3) the grant takes all of the claims in its own
    /// batch, so that of two at the same time one is refused. A person who gets none today may tomorrow. It is no
    /// reason not to let them in.
    pub(super) async fn welcome(
        &self,
        user: UserId,
        identity: &Identity,
        from: &AddressPrefix,
        now: Timestamp,
    ) {
        match self.give(user, identity, from, now).await {
            Ok(None) => {}
            Ok(Some(why)) => log::warn!(
                "event=welcome_refused account={} reason={why}",
                user.account()
            ),
            Err(error) => log::error!(
                "event=welcome_failed account={} error=\"{error:?}\"",
                user.account()
            ),
        }
    }

    async fn give(
        &self,
        user: UserId,
        identity: &Identity,
        from: &AddressPrefix,
        now: Timestamp,
    ) -> Result<Option<&'static str>, Error> {
        let claims = self.claims.welcome(identity);
        if self.credits.is_zero() || claims.is_empty() || self.people.is_welcomed(&claims).await? {
            return Ok(None); // (1)
        }
        let age = identity.created_at.map(|created_at| now.since(created_at));
        if identity.method == SignInMethod::Github && age.is_none_or(|age| age < LEAST_AGE) {
            return Ok(Some("young_account"));
        }
        let counting = self
            .counting
            .welcome(identity.email.as_ref(), from, self.limits);
        let counted = match counting.await? {
            Ok(counted) => counted,
            Err(limit) => return Ok(Some(limit)), // (2)
        };
        let reference = format!("welcome:{user}");
        let welcome = NewGrant {
            kind: PackageKind::Promo,
            credits: self.credits,
            expires_at: None,
            reference: &reference,
            may_create: true,
            claims: &claims,
        };
        let to = AccountName::Subject(user.subject());
        let refused = match self.grants.add(&to, welcome).await {
            Ok(_) => return Ok(None), // (3)
            // They were, a moment ago, or by another way in of theirs.
            Err(Error::IdempotencyMismatch) => Ok(Some("claimed")),
            Err(error) => Err(error),
        };
        self.counting.take_back(&counted).await?;
        refused
    }
}
