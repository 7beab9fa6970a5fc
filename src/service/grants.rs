//! What operators do to credits: grant them, and take them back.

use super::{Atelier, Error, unexpected};
use crate::domain::account::{Clawback, Command, Grant, Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::{Package, PackageKind, Receipt};
use crate::domain::time::Timestamp;

/// Credits that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The package.
    pub package: Package,
    /// What came in.
    pub receipt: Receipt,
    /// Whether there was no account before this grant.
    pub account_created: bool,
}

/// What is to be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewGrant<'a> {
    /// Promo or paid.
    pub kind: PackageKind,
    /// Credits, at least one.
    pub credits: Credits,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The grant's idempotency key.
    pub reference: &'a str,
    /// Whether somebody without an account has one from then on, if they are named by their subject.
    pub may_create: bool,
}

impl Atelier {
    /// Grants a package. The same grant under the same reference gives the same package; another
    /// one is refused. An id must be one that there is; a subject that has no account yet gets one, if
    /// that is wanted.
    pub async fn grant(&self, to: &AccountName, new: NewGrant<'_>) -> Result<Granted, Error> {
        let subject = match to {
            AccountName::Subject(subject) => Some(subject.clone()),
            AccountName::Id(account) if self.store.is_account(*account).await? => None,
            AccountName::Id(_) => return Err(Error::no_such_account()),
        };
        let grant = Grant {
            may_create: new.may_create && subject.is_some(),
            subject,
            package: PackageId::new(self.ports.clock.now(), self.ports.random.bits()),
            kind: new.kind,
            credits: new.credits,
            expires_at: new.expires_at,
            reference: new.reference.into(),
        };
        let is_named = grant.subject.is_some();
        match self
            .ports
            .accounts
            .call(to.id(), Command::Grant(grant))
            .await?
        {
            Reply::Granted {
                package,
                receipt,
                account_created,
            } => Ok(Granted {
                package,
                receipt,
                account_created,
            }),
            Reply::Refused(Refused::NoSuchAccount) if is_named => Err(Error::NO_ACCOUNT_YET),
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes credits back from a package of an account that there is. The same clawback under the same reference
    /// gives the same receipt; another one is refused.
    pub async fn claw_back(
        &self,
        account: AccountId,
        clawback: Clawback,
    ) -> Result<Receipt, Error> {
        match self
            .ports
            .accounts
            .call(account, Command::Clawback(clawback))
            .await?
        {
            Reply::ClawedBack { receipt } => Ok(receipt),
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }
}
