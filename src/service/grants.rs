//! What operators do to credits: grant them, and take them back.

use super::{Atelier, Error, unexpected};
use crate::account::{Adjust, Command, Grant, Reply};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName, PackageId};
use crate::domain::ledger::{Package, PackageKind, Receipt};
use crate::domain::order::FieldError;
use crate::domain::time::Timestamp;

impl Atelier {
    /// Grants a package. The same grant under the same reference gives the same package; another
    /// one is refused. Whoever is granted something by their name has an account from then on; an id
    /// must be one that there is.
    pub async fn grant(
        &self,
        to: &AccountName,
        kind: PackageKind,
        credits: Credits,
        expires_at: Option<Timestamp>,
        reference: &str,
    ) -> Result<(Package, Receipt), Error> {
        let subject = match to {
            AccountName::Subject(subject) => Some(subject.clone()),
            AccountName::Id(account) if self.store.is_account(*account).await? => None,
            AccountName::Id(_) => return Err(no_such_account()),
        };
        let grant = Grant {
            subject,
            package: PackageId::new(self.ports.clock.now(), self.ports.random.bits()),
            kind,
            credits,
            expires_at,
            reference: reference.into(),
        };
        match self
            .ports
            .accounts
            .call(to.id(), Command::Grant(grant))
            .await?
        {
            Reply::Granted { package, receipt } => Ok((package, receipt)),
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes credits back from a package of an account. The same correction under the same reference
    /// gives the same receipt; another one is refused.
    pub async fn adjust(&self, account: AccountId, adjust: Adjust) -> Result<Receipt, Error> {
        match self
            .ports
            .accounts
            .call(account, Command::Adjust(adjust))
            .await?
        {
            Reply::Adjusted { receipt } => Ok(receipt),
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }
}

fn no_such_account() -> Error {
    Error::Invalid(vec![FieldError::new(
        "account",
        "is no account that there is",
    )])
}
