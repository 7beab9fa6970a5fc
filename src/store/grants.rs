//! Finding what operators did, by its reference.

use serde::Deserialize;

use super::row::{PackageRow, package_columns};
use super::{Store, StoreError};
use crate::account::Adjust;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, PackageId};
use crate::domain::ledger::{Movement, Package, Receipt, ReceiptLine};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const BY_REFERENCE: &str = concat!(
    "select account_id,
      (select package_id from journal j where j.account_id = packages.account_id and j.seq = 1) as first_package, ",
    package_columns!(),
    " from packages where reference = ?1"
);

const ADJUSTMENT: &str = "
    select account_id, package_id, amount, reason, remaining_before, expires_at
    from adjustments where reference = ?1";

#[derive(Deserialize)]
struct AdjustmentRow {
    account_id: AccountId,
    package_id: PackageId,
    amount: Credits,
    reason: String,
    remaining_before: Credits,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct GrantRow {
    account_id: AccountId,
    first_package: PackageId,
    #[serde(flatten)]
    package: PackageRow,
}

/// A package, as it is now, and how it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Whose.
    pub account: AccountId,
    /// What was granted.
    pub package: Package,
    /// Whether there was no account before it.
    pub is_first: bool,
}

impl Store {
    /// What was granted under a reference.
    pub async fn granted(&self, reference: &str) -> Result<Option<Granted>, StoreError> {
        let row: Option<GrantRow> = self
            .first(Statement::new(BY_REFERENCE, [Value::from(reference)]))
            .await?;
        Ok(row.map(|row| {
            let package = Package::from(row.package);
            Granted {
                account: row.account_id,
                is_first: package.id == row.first_package,
                package,
            }
        }))
    }

    /// The correction that was made under a reference, in whose account, and its receipt.
    pub async fn adjusted(
        &self,
        reference: &str,
    ) -> Result<Option<(AccountId, Adjust, Receipt)>, StoreError> {
        let statement = Statement::new(ADJUSTMENT, [Value::from(reference)]);
        let row: Option<AdjustmentRow> = self.first(statement).await?;
        row.map(|row| {
            let unreadable = |_| StoreError::Row("a correction does not add up".into());
            let line = ReceiptLine {
                movement: Movement::Adjust,
                package: row.package_id,
                credits: row.amount,
                expires_at: row.expires_at,
                remaining_before: row.remaining_before,
                remaining_after: row.remaining_before.minus(row.amount).map_err(unreadable)?,
            };
            let adjust = Adjust {
                package: row.package_id,
                credits: row.amount,
                reason: row.reason,
                reference: reference.into(),
            };
            Ok((row.account_id, adjust, Receipt(vec![line])))
        })
        .transpose()
    }
}
