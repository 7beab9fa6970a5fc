//! Mails that are still to be sent: of orders, and of credits that expire soon.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, OrderId, PackageId};
use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};
use crate::store::row::credits_expire_at;
use crate::store::{OrderRow, Reader, Sql, StoreError};

const MAILED: &str = "
    update orders set mail = null where account_id = ?1 and id = ?2 and mail = ?3 returning id";

/// It reads every package.
const EXPIRING: &str = concat!(
    "select account_id, id, remaining, at as expires_at from
       (select account_id, id, remaining, ",
    credits_expire_at!(),
    " as at from packages where remaining > 0) p
     where at > ?1 and at <= ?2
       and not exists (select 1 from expiry_notices n where n.account_id = p.account_id and n.package_id = p.id)
     limit 50"
);

const TELL: &str = "
    insert into expiry_notices (account_id, package_id, told_at) values (?1, ?2, ?3)
    on conflict do nothing returning package_id as id";

/// Credits that expire soon, whose owner does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ExpiringCredits {
    /// The account.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// Their package.
    #[serde(rename = "id")]
    pub package: PackageId,
    /// How many.
    pub remaining: Credits,
    /// When.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct TakenRow {
    #[serde(rename = "id")]
    _id: OrderId,
}

#[derive(Deserialize)]
struct ToldRow {
    #[serde(rename = "id")]
    _id: PackageId,
}

impl Reader {
    /// Credits that expire between two moments, whose owners were not told.
    pub async fn expiring(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<ExpiringCredits>, StoreError> {
        let statement = Statement::new(EXPIRING, [after.into(), until.into()]);
        self.sql.all(statement).await
    }
}

/// Takes mails off an order: whoever takes one sends it.
#[derive(Clone)]
pub struct OrderMails {
    sql: Sql,
}

impl OrderMails {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Takes a mail; false if somebody has it.
    pub async fn take(&self, order: &OrderRow, mail: &str) -> Result<bool, StoreError> {
        let params = [
            Value::from(order.account.to_string()),
            order.id.to_string().into(),
            mail.into(),
        ];
        let taken: Vec<TakenRow> = self.sql.all(Statement::new(MAILED, params)).await?;
        Ok(!taken.is_empty())
    }
}

/// Notes which packages' owners were told that their credits expire: whoever notes one tells them.
#[derive(Clone)]
pub struct ExpiryNotices {
    sql: Sql,
}

impl ExpiryNotices {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Takes a notice; false if somebody has it.
    pub async fn take(
        &self,
        expiring: &ExpiringCredits,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let params = [
            Value::from(expiring.account.to_string()),
            expiring.package.to_string().into(),
            now.into(),
        ];
        let told: Vec<ToldRow> = self.sql.all(Statement::new(TELL, params)).await?;
        Ok(!told.is_empty())
    }
}
