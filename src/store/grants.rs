//! Finding a grant by its reference.

use serde::Deserialize;

use super::row::{PackageRow, package_columns};
use super::{Store, StoreError};
use crate::domain::id::AccountId;
use crate::domain::ledger::Package;
use crate::ports::{Statement, Value};

const BY_REFERENCE: &str = concat!(
    "select account_id, ",
    package_columns!(),
    " from packages where reference = ?1"
);

#[derive(Deserialize)]
struct GrantRow {
    account_id: AccountId,
    #[serde(flatten)]
    package: PackageRow,
}

impl Store {
    /// The package that was granted under a reference, and whose it is.
    pub async fn granted(
        &self,
        reference: &str,
    ) -> Result<Option<(AccountId, Package)>, StoreError> {
        let row: Option<GrantRow> = self
            .first(Statement::new(BY_REFERENCE, [Value::from(reference)]))
            .await?;
        Ok(row.map(|row| (row.account_id, row.package.into())))
    }
}
