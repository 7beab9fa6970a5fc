//! What operators read of orders, over all accounts.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, OrderId};
use crate::domain::order::{CheckoutSession, Status};
use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};
use crate::store::order_row::order_columns;
use crate::store::orders::with_credits;
use crate::store::{Order, Reader, Sql, StoreError, decode};

/// The status follows from three columns.
macro_rules! status {
    () => {
        "case when o.is_disputed then 'disputed' when o.reversed_minor = 0 then o.state
              when o.reversed_minor = o.minor then 'refunded' else 'partly_refunded' end"
    };
}

const LIST: &str = concat!(
    with_credits!("where o.id < ?1 and (?2 is null or o.account_id = ?2) and (?3 is null or "),
    status!(),
    " = ?3) and (?5 = 0 or o.anomaly is not null) order by o.id desc limit cast(?4 as integer)"
);

/// Credits at what they cost, in minor units, rounded once for each month.
const REVENUE: &str = "
    select month, currency, sum(minor) as sold, sum(reversed_minor) as refunded, sum(credits) as credits_sold,
           cast(round(sum(1.0 * p_spent * minor / credits)) as integer) as earned,
           cast(round(sum(1.0 * p_left * minor / credits)) as integer) as owed,
           cast(round(sum(1.0 * p_expired * minor / credits)) as integer) as expired
    from (select strftime('%Y-%m', o.paid_at / 1000, 'unixepoch') as month, o.currency, o.minor, o.reversed_minor, o.credits,
                 p.spent as p_spent, p.remaining + p.held as p_left, p.expired as p_expired
          from orders o join packages p on p.account_id = o.account_id and p.id = o.package_id
          where o.is_live = ?3
            and o.paid_at >= 1000 * unixepoch(?1 / 1000, 'unixepoch', 'start of month', (1 - ?2) || ' months'))
    group by month, currency order by month desc, currency";

/// Paid packages whose reference is a payment's, and which are no order's.
const GRANTS: &str = "
    select reference from packages p
    where substr(reference, 1, instr(reference, ':') - 1) in (select value from json_each(?1)) and granted_by is null
      and not exists (select 1 from orders o where o.account_id = p.account_id and o.package_id = p.id)
    limit 100";

const FLAWS: &str = "
    select o.id, case when o.anomaly is not null then o.anomaly
                      when p.granted <> o.credits then 'its package has other credits'
                      when p.reference <> o.processor || ':' || o.payment then 'its package is of another payment'
                      else 'its package takes back other credits than go with its money' end as problem
    from orders o left join packages p on p.account_id = o.account_id and p.id = o.package_id
    where o.anomaly is not null
       or p.id is not null and (p.granted <> o.credits or p.reference <> o.processor || ':' || o.payment
          or p.reversal_target <> (2 * o.credits * o.reversed_minor + o.minor) / (2 * o.minor))
    limit 100";

const PAID: &str = "
    select id from orders
    where processor = ?1 and created_at >= ?2 and is_live = ?3 and payment is not null limit 1000";

const CLEAR_ANOMALY: &str = "
    update orders set anomaly = null where id = ?1 and anomaly is not null returning id";

const OPEN_SESSIONS: &str = "
    select processor, session_id, session_url, session_expires_at from orders
    where account_id = ?1 and state = 'open'";

/// Which orders an operator wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdminOrders {
    /// Only orders before this one; `None` begins with the newest.
    pub before: Option<OrderId>,
    /// Only this account's.
    pub account: Option<AccountId>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only those that have an anomaly.
    pub with_anomaly: bool,
    /// The most orders.
    pub limit: u16,
}

/// What was sold in a month, in one currency, and what has become of it since, in minor units and before fees.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RevenueLine {
    /// Such as `2026-11`, in UTC.
    pub month: String,
    /// The currency.
    pub currency: String,
    /// What was paid.
    pub sold: u64,
    /// What of that went back.
    pub refunded: u64,
    /// The credits that were sold.
    pub credits_sold: Credits,
    /// What the credits cost that were spent since.
    pub earned: u64,
    /// What the credits cost that can still be used.
    pub owed: u64,
    /// What the credits cost that expired unused.
    pub expired: u64,
}

/// What does not fit between grants and orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoldAnomalies {
    /// References of grants that name a payment, and belong to no order.
    pub grants: Vec<String>,
    /// Orders, and what is wrong with them.
    pub orders: Vec<(OrderId, String)>,
}

#[derive(Deserialize)]
struct ReferenceRow {
    reference: String,
}

#[derive(Deserialize)]
struct FlawRow {
    id: OrderId,
    problem: String,
}

#[derive(Deserialize)]
struct IdRow {
    id: OrderId,
}

#[derive(Deserialize)]
struct SessionRow {
    processor: String,
    session_id: String,
    session_url: String,
    session_expires_at: Timestamp,
}

impl Reader {
    /// Orders of all accounts, newest first.
    pub async fn admin_orders(&self, which: &AdminOrders) -> Result<Vec<Order>, StoreError> {
        let before = which.before.map_or_else(|| "~".into(), |id| id.to_string());
        let status = which.status.map(|status| json!(status));
        let status = status.and_then(|status| status.as_str().map(String::from));
        let params: [Value; 5] = [
            before.into(),
            which.account.map(|account| account.to_string()).into(),
            status.into(),
            i64::from(which.limit).into(),
            i64::from(which.with_anomaly).into(),
        ];
        self.all_orders(LIST, params).await
    }

    /// What was sold in each of so many months up to this one, for real money or in tests.
    pub async fn revenue(
        &self,
        now: Timestamp,
        months: u8,
        is_live: bool,
    ) -> Result<Vec<RevenueLine>, StoreError> {
        let params = [
            now.into(),
            i64::from(months).into(),
            i64::from(is_live).into(),
        ];
        self.sql.all(Statement::new(REVENUE, params)).await
    }

    /// What does not fit between grants and orders, of these processors.
    pub async fn sold_anomalies(&self, processors: &[&str]) -> Result<SoldAnomalies, StoreError> {
        let names = json!(processors).to_string();
        let [grants, orders] = self
            .sql
            .batch([
                Statement::new(GRANTS, [names.into()]),
                Statement::new(FLAWS, []),
            ])
            .await?;
        let grants: Vec<ReferenceRow> = decode(grants)?;
        let orders: Vec<FlawRow> = decode(orders)?;
        Ok(SoldAnomalies {
            grants: grants.into_iter().map(|row| row.reference).collect(),
            orders: orders
                .into_iter()
                .map(|row| (row.id, row.problem))
                .collect(),
        })
    }

    /// The orders of a processor that were made since a moment, and are paid.
    pub async fn paid_orders(
        &self,
        (processor, is_live): (&str, bool),
        since: Timestamp,
    ) -> Result<Vec<OrderId>, StoreError> {
        let params = [processor.into(), since.into(), i64::from(is_live).into()];
        let rows: Vec<IdRow> = self.sql.all(Statement::new(PAID, params)).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The sessions that an account can still pay, with their processors.
    pub async fn open_sessions(
        &self,
        account: AccountId,
    ) -> Result<Vec<(String, CheckoutSession)>, StoreError> {
        let params = [Value::from(account.to_string())];
        let rows: Vec<SessionRow> = self.sql.all(Statement::new(OPEN_SESSIONS, params)).await?;
        let sessions = rows.into_iter().map(|row| {
            let session = CheckoutSession {
                id: row.session_id,
                url: row.session_url,
                expires_at: row.session_expires_at,
            };
            (row.processor, session)
        });
        Ok(sessions.collect())
    }
}

/// Clears what operators have looked at.
pub struct AnomalyWriter {
    sql: Sql,
}

impl AnomalyWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Clears an order's anomaly; false if it has none.
    pub async fn clear(&self, order: OrderId) -> Result<bool, StoreError> {
        let clear = Statement::new(CLEAR_ANOMALY, [order.to_string().into()]);
        let rows: Vec<IdRow> = self.sql.all(clear).await?;
        Ok(!rows.is_empty())
    }
}
