//! Granting credits, and clawing them back.

use super::Operator;
use super::accounts::CreditMoves;
use super::error::{Error, unexpected};
use super::ids::Ids;
use crate::domain::account::{Clawback, Grant, Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::{Package, PackageKind, Receipt};
use crate::domain::time::Timestamp;
use crate::store::{People, Reader};

/// A grant, as it was made now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The package.
    pub package: Package,
    /// What the grant moved.
    pub receipt: Receipt,
    /// Whether there was no account before this grant.
    pub account_created: bool,
}

/// A grant to be made.
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
    /// Whether to create the account if there is none; only possible for one that is named by its subject.
    pub may_create: bool,
    /// What is claimed with it for good; an operator's grant claims nothing.
    pub claims: &'a [String],
}

/// Moves credits in and out. No other use case can.
pub struct Grants {
    moves: CreditMoves,
    store: Reader,
    people: People,
    ids: Ids,
}

impl Grants {
    pub(super) fn new(moves: CreditMoves, (store, people): (Reader, People), ids: Ids) -> Self {
        Self {
            moves,
            store,
            people,
            ids,
        }
    }

    /// Grants a package. The same grant under the same reference gives the same package; another one is
    /// refused. An id must be that of an existing account; a subject that has no account yet gets one if
    /// `may_create` says so.
    pub async fn grant(
        &self,
        operator: &Operator,
        to: &AccountName,
        new: NewGrant<'_>,
    ) -> Result<Granted, Error> {
        operator.check_is_fresh(self.ids.now())?;
        self.record(to, new, Some(operator.name())).await
    }

    /// The same for the services themselves: nobody outside of them can grant without an operator.
    pub(super) async fn add(&self, to: &AccountName, new: NewGrant<'_>) -> Result<Granted, Error> {
        self.record(to, new, None).await
    }

    async fn record(
        &self,
        to: &AccountName,
        new: NewGrant<'_>,
        operator: Option<&str>,
    ) -> Result<Granted, Error> {
        let subject = match to {
            AccountName::Subject(subject) => Some(subject.clone()),
            AccountName::Id(account) if self.store.is_account(*account).await? => None,
            // A user who was granted nothing yet.
            AccountName::Id(account) => match self.people.of_account(*account).await? {
                Some(user) => Some(user.subject()),
                None => return Err(Error::no_such_account()),
            },
        };
        let grant = Grant {
            may_create: new.may_create && subject.is_some(),
            subject,
            package: PackageId::new(self.ids.now(), self.ids.bits()),
            kind: new.kind,
            credits: new.credits,
            expires_at: new.expires_at,
            reference: new.reference.into(),
            operator: operator.map(String::from),
            claims: new.claims.to_vec(),
        };
        let is_named = grant.subject.is_some();
        match self.moves.grant(to.id(), grant).await? {
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

    /// Claws back credits from a package of an existing account. The same clawback under the same reference
    /// gives the same receipt; another one is refused.
    pub async fn claw_back(
        &self,
        operator: &Operator,
        account: AccountId,
        clawback: Clawback,
    ) -> Result<Receipt, Error> {
        operator.check_is_fresh(self.ids.now())?;
        let operator = Some(operator.name().to_owned());
        let clawback = Clawback {
            operator,
            ..clawback
        };
        match self.moves.claw_back(account, clawback).await? {
            Reply::ClawedBack { receipt } => Ok(receipt),
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }
}
