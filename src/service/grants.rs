//! What operators do to credits: grant them, and take them back.

use super::{Atelier, Error, unexpected};
use crate::account::{Adjust, Command, Grant, Reply};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, PackageId};
use crate::domain::ledger::{Package, PackageKind, Receipt};
use crate::domain::time::Timestamp;

impl Atelier {
    /// Grants a package. The same grant under the same reference gives the same package; another
    /// one is refused.
    pub async fn grant(
        &self,
        subject: &str,
        kind: PackageKind,
        credits: Credits,
        expires_at: Option<Timestamp>,
        reference: &str,
    ) -> Result<(Package, Receipt), Error> {
        let grant = Grant {
            subject: subject.into(),
            package: PackageId::new(self.ports.clock.now(), self.ports.random.bits()),
            kind,
            credits,
            expires_at,
            reference: reference.into(),
        };
        match self
            .ports
            .accounts
            .call(AccountId::of_subject(subject), Command::Grant(grant))
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
