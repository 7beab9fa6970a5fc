//! Reading orders, and what waits for one.

mod early;
mod mails;
mod refunds;

use serde::Deserialize;

use super::order_row::{Columns, OrderRow, order_columns};
use super::row::{Joined, PackageRow, package_columns};
use super::{AccountStore, Reader, StoreError};
use crate::domain::account::{CheckoutFact, EarlierOrder, OrderFact};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, OrderId};
use crate::domain::ledger::Package;
use crate::domain::money::Currency;
use crate::domain::order::Terms;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

pub use early::{EarlyReversal, EarlyReversals};
pub use mails::{ExpiringCredits, ExpiryNotices, OrderMails};
pub use refunds::{RefundRow, RefundRows};

/// What is known of an order's credits, beside it.
macro_rules! with_credits {
    ($where:literal) => {
        concat!(
            "select ",
            order_columns!(),
            ", coalesce(p.reversal_taken, 0) as taken, coalesce(p.remaining, 0) as remaining,
               max(coalesce(p.reversal_target - p.expired - p.clawed_back, 0), 0) as shortage
             from orders o left join packages p on p.account_id = o.account_id and p.id = o.package_id ",
            $where
        )
    };
}
pub(super) use with_credits;

const OWN: &str = with_credits!("where o.account_id = ?1 and o.id = ?2");

const LIST: &str = with_credits!(
    "where o.account_id = ?1 and o.id < ?2 order by o.id desc limit cast(?3 as integer)"
);

const BY_ID: &str = with_credits!("where o.id = ?1");

const OF_IDS: &str = with_credits!("where o.id in (select value from json_each(?1))");

const OF_PAYMENTS: &str =
    with_credits!("where o.processor = ?1 and o.payment in (select value from json_each(?2))");

const OF_SESSION: &str = with_credits!("where o.session_id = ?2 and o.processor = ?1");

const OF_PAYMENT: &str = with_credits!("where o.processor = ?1 and o.payment = ?2");

const DUE: &str = with_credits!("where o.due_at <= ?1 order by o.due_at limit cast(?2 as integer)");

const TO_MAIL: &str = concat!(
    "select x.*, m.mail from (",
    with_credits!("where o.mail is not null order by o.id limit 20"),
    ") x join orders m on m.account_id = x.account_id and m.id = x.id"
);

const PACKAGE: &str = concat!(
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and id = (select package_id from orders where account_id = ?1 and id = ?2)"
);

/// At most one row each: of the key or id, and of the offer.
const EARLIER: &str = "
    select id, offer, currency from orders
    where account_id = ?1 and (id = ?2 or ?3 is not null and idempotency_key = ?3)";

const OPEN: &str = "
    select id from orders where account_id = ?1 and offer = ?2 and currency = ?3 and state in ('created', 'open')";

/// That of the key first; none, if the key is of another one.
const OPEN_ORDER: &str = with_credits!(
    "where o.account_id = ?1 and o.offer = ?2 and o.currency = ?3
       and (o.state in ('created', 'open') or ?4 is not null and o.idempotency_key = ?4)
       and not exists (select 1 from orders k where k.account_id = ?1 and k.idempotency_key = ?4
                       and (k.offer, k.currency) <> (?2, ?3))
     order by coalesce(o.idempotency_key = ?4, 0) desc limit 1"
);

const DEBTS: &str = "
    select (select coalesce(sum(max(reversal_target - expired - clawed_back, 0)), 0) from packages
            where account_id = ?1 and reversal_target > reversal_taken) as shortage,
           exists (select 1 from orders where account_id = ?1 and is_in_dispute) as is_disputed,
           exists (select 1 from account_blocks where account_id = ?1) as is_blocked";

/// An order, and how its credits stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order.
    pub row: OrderRow,
    /// The credits that reversals took back.
    pub taken: Credits,
    /// The credits that they could not take, since they were spent, or still may be.
    pub shortage: Credits,
    /// What remains of its credits.
    pub remaining: Credits,
}

/// What bars an account from buying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether an operator has blocked it.
    pub is_blocked: bool,
    /// The credits that are still to be taken back, and were or may be spent.
    pub shortage: Credits,
    /// Whether a payment is disputed, and not decided yet.
    pub is_disputed: bool,
}

#[derive(Deserialize)]
struct CreditColumns {
    taken: Credits,
    shortage: Credits,
    remaining: Credits,
}

#[derive(Deserialize)]
struct EarlierRow {
    id: OrderId,
    offer: String,
    currency: String,
}

#[derive(Deserialize)]
struct IdRow {
    id: OrderId,
}

#[derive(Deserialize)]
struct DebtRow {
    shortage: Credits,
    is_disputed: u8,
    is_blocked: u8,
}

#[derive(Deserialize)]
struct MailRow {
    mail: Option<String>,
}

impl Reader {
    /// An account's own order.
    pub async fn order(
        &self,
        account: AccountId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        let params = [Value::from(account.to_string()), id.to_string().into()];
        self.first_order(OWN, params).await
    }

    /// An order, whosever it is.
    pub async fn order_by_id(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.first_order(BY_ID, [id.to_string().into()]).await
    }

    /// Those of these orders that there are.
    pub async fn orders_by_id(&self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        let ids = serde_json::json!(ids).to_string();
        self.all_orders(OF_IDS, [ids.into()]).await
    }

    /// The orders of these payments.
    pub async fn orders_of_payments(
        &self,
        processor: &str,
        payments: &[&str],
    ) -> Result<Vec<Order>, StoreError> {
        let payments = serde_json::json!(payments).to_string();
        let params = [processor.into(), payments.into()];
        self.all_orders(OF_PAYMENTS, params).await
    }

    /// The order of a checkout session.
    pub async fn order_of_session(
        &self,
        processor: &str,
        session: &str,
    ) -> Result<Option<Order>, StoreError> {
        let params = [processor.into(), session.into()];
        self.first_order(OF_SESSION, params).await
    }

    /// The order of a payment.
    pub async fn order_of_payment(
        &self,
        processor: &str,
        payment: &str,
    ) -> Result<Option<Order>, StoreError> {
        let params = [processor.into(), payment.into()];
        self.first_order(OF_PAYMENT, params).await
    }

    /// An account's orders before `before`, newest first.
    pub async fn orders(
        &self,
        account: AccountId,
        before: Option<OrderId>,
        limit: u8,
    ) -> Result<Vec<Order>, StoreError> {
        // `~` comes after every id.
        let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
        let params = [
            account.to_string().into(),
            before.into(),
            i64::from(limit).into(),
        ];
        self.all_orders(LIST, params).await
    }

    /// The order of this key, or else one of the same offer, in the same currency, that can still be paid.
    pub async fn open_order(
        &self,
        account: AccountId,
        key: Option<&str>,
        terms: &Terms,
    ) -> Result<Option<Order>, StoreError> {
        let params = [
            Value::from(account.to_string()),
            terms.offer.as_str().into(),
            terms.price.currency.as_str().into(),
            key.map(String::from).into(),
        ];
        self.first_order(OPEN_ORDER, params).await
    }

    /// What bars an account from buying.
    pub async fn standing(&self, account: AccountId) -> Result<Standing, StoreError> {
        let params = [Value::from(account.to_string())];
        let row: Option<DebtRow> = self.sql.first(Statement::new(DEBTS, params)).await?;
        let standing = row.map(|row| Standing {
            is_blocked: row.is_blocked != 0,
            shortage: row.shortage,
            is_disputed: row.is_disputed != 0,
        });
        Ok(standing.unwrap_or_default())
    }

    /// Orders whose time has come, the longest due first.
    pub async fn due_orders(&self, now: Timestamp, limit: u8) -> Result<Vec<Order>, StoreError> {
        self.all_orders(DUE, [now.into(), i64::from(limit).into()])
            .await
    }

    /// Orders whose buyers are to be told something by mail, and what.
    pub async fn orders_to_mail(&self) -> Result<Vec<(Order, String)>, StoreError> {
        let rows: Vec<Joined<Joined<Columns, CreditColumns>, MailRow>> =
            self.sql.all(Statement::new(TO_MAIL, [])).await?;
        let mailed = rows.into_iter().filter_map(|Joined(order, mail)| {
            let mail = mail.mail?;
            Some(decoded(order).map(|order| (order, mail)))
        });
        mailed.collect()
    }

    pub(super) async fn all_orders(
        &self,
        sql: &'static str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Order>, StoreError> {
        let rows: Vec<Joined<Columns, CreditColumns>> =
            self.sql.all(Statement::new(sql, params)).await?;
        rows.into_iter().map(decoded).collect()
    }

    async fn first_order(
        &self,
        sql: &'static str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Order>, StoreError> {
        Ok(self.all_orders(sql, params).await?.into_iter().next())
    }
}

fn decoded(Joined(columns, credits): Joined<Columns, CreditColumns>) -> Result<Order, StoreError> {
    Ok(Order {
        row: columns.order()?,
        taken: credits.taken,
        shortage: credits.shortage,
        remaining: credits.remaining,
    })
}

impl AccountStore {
    pub(super) async fn order_fact(
        &self,
        account: AccountId,
        id: OrderId,
    ) -> Result<Option<OrderFact>, StoreError> {
        let params = || [Value::from(account.to_string()), id.to_string().into()];
        let [order, package] = self
            .sql
            .batch([
                Statement::new(OWN, params()),
                Statement::new(PACKAGE, params()),
            ])
            .await?;
        let order: Vec<Columns> = super::decode(order)?;
        let package: Vec<PackageRow> = super::decode(package)?;
        let Some(order) = order.into_iter().next() else {
            return Ok(None);
        };
        let OrderRow {
            terms, lifecycle, ..
        } = order.order()?;
        let package = package.into_iter().next().map(Package::from);
        Ok(Some(OrderFact {
            terms,
            lifecycle,
            package,
        }))
    }

    pub(super) async fn checkout_fact(
        &self,
        account: AccountId,
        (order, key): (OrderId, Option<String>),
        (offer, currency): (String, Currency),
    ) -> Result<CheckoutFact, StoreError> {
        let account = || Value::from(account.to_string());
        let earlier = [account(), order.to_string().into(), key.into()];
        let open = [account(), offer.into(), currency.as_str().into()];
        let [earlier, open, debts] = self
            .sql
            .batch([
                Statement::new(EARLIER, earlier),
                Statement::new(OPEN, open),
                Statement::new(DEBTS, [account()]),
            ])
            .await?;
        let earlier: Vec<EarlierRow> = super::decode(earlier)?;
        let open: Vec<IdRow> = super::decode(open)?;
        let debts: Vec<DebtRow> = super::decode(debts)?;
        let debts = debts.first();
        Ok(CheckoutFact {
            earlier: earlier.into_iter().next().map(|row| EarlierOrder {
                order: row.id,
                offer: row.offer,
                currency: row.currency,
            }),
            open: open.first().map(|row| row.id),
            shortage: debts.map(|row| row.shortage).unwrap_or_default(),
            is_disputed: debts.is_some_and(|row| row.is_disputed != 0),
        })
    }
}
