//! Reading the facts that a decision asks for.

use serde::Deserialize;

use super::row::{Joined, PackageRow, package_columns};
use super::{AccountStore, StoreError};
use crate::domain::account::{Clawback, EarlierClawback, EarlierGrant, EarlierJob, Facts, Need};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, PackageId};
use crate::domain::ledger::{Movement, Package, Receipt, ReceiptLine};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const GRANT: &str = concat!(
    "select account_id,
      (select package_id from journal j where j.account_id = packages.account_id and j.seq = 1) as first_package, ",
    package_columns!(),
    " from packages where reference = ?1"
);

const CLAWBACK: &str = "
    select account_id, package_id, amount, reason, remaining_before, expires_at, operator
    from clawbacks where reference = ?1";

#[derive(Deserialize)]
struct ClawbackRow {
    account_id: AccountId,
    package_id: PackageId,
    amount: Credits,
    reason: String,
    remaining_before: Credits,
    expires_at: Option<Timestamp>,
    operator: Option<String>,
}

#[derive(Deserialize)]
struct GrantRow {
    account_id: AccountId,
    first_package: PackageId,
}

impl AccountStore {
    /// Reads a fact for a decision about an account.
    pub async fn read_fact(
        &self,
        account: AccountId,
        need: Need,
        facts: &mut Facts,
    ) -> Result<(), StoreError> {
        match need {
            Need::Job(id) => {
                let job = self.reader.job(account, id).await?;
                facts.job = job.map(|job| job.lifecycle).into();
            }
            Need::Grant { reference } => facts.grant = self.grant(&reference).await?.into(),
            Need::Clawback { reference } => {
                facts.clawback = self.clawback(&reference).await?.into();
            }
            Need::EarlierJob { job, key } => {
                let found = self
                    .reader
                    .find_job(account, Some(job), key.as_deref())
                    .await?;
                let found = found.map(|(job, fingerprint)| EarlierJob { job, fingerprint });
                facts.earlier_job = found.into();
            }
            Need::MissingUpload { photo, garment, at } => {
                let wanted = [("garment", garment), ("photo", Some(photo))];
                facts.missing_upload = self.missing_upload(account, wanted, at).await?.into();
            }
            // Whoever asks has to load it: a decision on a kept state goes no further.
            Need::FreshState => return Err(StoreError::Row("the kept state is stale".into())),
            Need::Order(id) => facts.order = self.order_fact(account, id).await?.into(),
            Need::Checkout {
                order,
                key,
                offer,
                currency,
            } => {
                let wanted = (offer, currency);
                let fact = self.checkout_fact(account, (order, key), wanted).await?;
                facts.checkout = Some(fact).into();
            }
        }
        Ok(())
    }

    async fn grant(&self, reference: &str) -> Result<Option<EarlierGrant>, StoreError> {
        let statement = Statement::new(GRANT, [Value::from(reference)]);
        let row = self.sql.first(statement).await?;
        Ok(
            row.map(|Joined(row, package): Joined<GrantRow, PackageRow>| {
                let package = Package::from(package);
                EarlierGrant {
                    account: row.account_id,
                    is_first: package.id == row.first_package,
                    package,
                }
            }),
        )
    }

    async fn clawback(&self, reference: &str) -> Result<Option<EarlierClawback>, StoreError> {
        let statement = Statement::new(CLAWBACK, [Value::from(reference)]);
        let row: Option<ClawbackRow> = self.sql.first(statement).await?;
        row.map(|row| {
            let unreadable = |_| StoreError::Row("a clawback does not add up".into());
            let remaining_after = row.remaining_before.minus(row.amount).map_err(unreadable)?;
            let line = ReceiptLine {
                movement: Movement::Clawback,
                package: row.package_id,
                credits: row.amount,
                expires_at: row.expires_at,
                remaining_before: row.remaining_before,
                remaining_after,
            };
            Ok(EarlierClawback {
                account: row.account_id,
                clawback: Clawback {
                    package: row.package_id,
                    credits: row.amount,
                    reason: row.reason,
                    reference: reference.into(),
                    operator: row.operator,
                },
                receipt: Receipt(vec![line]),
            })
        })
        .transpose()
    }
}
