//! Refunds that operators ask for, written before the processor is asked.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};
use crate::store::{OrderRow, Sql, StoreError};

/// That of the same request first, and else one that is under way.
const EARLIER: &str = "
    select key, minor, request, outcome, reversal from refunds
    where account_id = ?1 and order_id = ?2 and (outcome is null or ?3 is not null and request = ?3)
    order by coalesce(request = ?3, 0) desc limit 1";

/// The index of open refunds refuses a second one. One that was made since the order was read has changed it, and what was
/// left then is not left any more.
const BEGIN: &str = "
    insert into refunds (account_id, order_id, key, minor, reason, operator, request, asked_at, created_at)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 from orders where account_id = ?1 and id = ?2 and version = ?9
    returning key";

/// Whoever takes a refund up asks for it, alone for a while. Its request stays what it was.
const TAKE_UP: &str = "
    update refunds set asked_at = ?4, request = coalesce(request, ?6)
    where account_id = ?1 and order_id = ?2 and key = ?3 and outcome is null and asked_at < ?5
    returning key";

const END: &str = "
    update refunds set outcome = ?4, reversal = ?5
    where account_id = ?1 and order_id = ?2 and key = ?3 and outcome is null";

/// A refund that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefundRow {
    /// What its processor knows the request by.
    pub key: String,
    /// How much, in minor units of the order's currency.
    pub minor: u64,
    /// The operator's idempotency key.
    pub request: Option<String>,
    /// `made` or `refused`, once that is known.
    pub outcome: Option<String>,
    /// The processor's id of it, once it is made.
    pub reversal: Option<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    #[serde(rename = "key")]
    _key: String,
}

/// Writes refunds down.
#[derive(Clone)]
pub struct RefundRows {
    sql: Sql,
}

impl RefundRows {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// The refund of this idempotency key, or else the order's one that is under way.
    pub async fn earlier(
        &self,
        order: &OrderRow,
        request: Option<&str>,
    ) -> Result<Option<RefundRow>, StoreError> {
        let [account, id] = key_of(order);
        let params = [account, id, request.map(String::from).into()];
        self.sql.first(Statement::new(EARLIER, params)).await
    }

    /// Writes a refund down, before it is asked for; false if the order has changed since it was read. A second one beside
    /// it is refused.
    pub async fn begin(
        &self,
        order: &OrderRow,
        refund: &RefundRow,
        (operator, reason): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let [account, id] = key_of(order);
        let minor = i64::try_from(refund.minor).unwrap_or(i64::MAX);
        let params = [
            account,
            id,
            refund.key.as_str().into(),
            minor.into(),
            reason.into(),
            operator.into(),
            refund.request.clone().into(),
            now.into(),
            i64::from(order.lifecycle.version).into(),
        ];
        let begun: Vec<KeyRow> = self.sql.all(Statement::new(BEGIN, params)).await?;
        Ok(!begun.is_empty())
    }

    /// Takes up a refund whose outcome is not known, to ask for it again; false if somebody has asked since `since`.
    pub async fn take_up(
        &self,
        order: &OrderRow,
        refund: &RefundRow,
        request: Option<&str>,
        (since, now): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let [account, id] = key_of(order);
        let params = [
            account,
            id,
            refund.key.as_str().into(),
            now.into(),
            since.into(),
            request.map(String::from).into(),
        ];
        let taken: Vec<KeyRow> = self.sql.all(Statement::new(TAKE_UP, params)).await?;
        Ok(!taken.is_empty())
    }

    /// Notes what became of it.
    pub async fn end(
        &self,
        order: &OrderRow,
        refund: &RefundRow,
        outcome: &'static str,
        reversal: Option<&str>,
    ) -> Result<(), StoreError> {
        let [account, id] = key_of(order);
        let params = [
            account,
            id,
            refund.key.as_str().into(),
            outcome.into(),
            reversal.map(String::from).into(),
        ];
        self.sql.batch([Statement::new(END, params)]).await?;
        Ok(())
    }
}

fn key_of(order: &OrderRow) -> [Value; 2] {
    [
        Value::from(order.account.to_string()),
        order.id.to_string().into(),
    ]
}
