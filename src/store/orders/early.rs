//! Reversals that were told before their payment was seen, or of payments that are none of ours.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::money::Currency;
use crate::domain::order::Reversal;
use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};
use crate::store::{Sql, StoreError, order_row};

const KEEP_EARLY: &str = "
    insert into early_reversals (processor, payment, id, is_live, currency, kind, stage, minor, told_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    on conflict do nothing";

const EARLY: &str = "
    select processor, payment, id, is_live, currency, kind, stage, minor from early_reversals
    where processor = ?1 and payment = ?2";

/// Those whose payment has arrived since.
const EARLY_NO_LONGER: &str = "
    select distinct e.processor, e.payment from early_reversals e
    join orders o on o.processor = e.processor and o.payment = e.payment limit 50";

const DROP_EARLY: &str = "
    delete from early_reversals
    where processor = ?1 and payment = ?2 and (id, stage) in (select value->>'id', value->>'stage' from json_each(?3))";

const DROP_OLD: &str = "delete from early_reversals where told_at < ?1";

/// A reversal that was told before its payment was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyReversal {
    /// Whether real money moves.
    pub is_live: bool,
    /// In this currency.
    pub currency: Currency,
    /// The reversal.
    pub reversal: Reversal,
}

#[derive(Deserialize)]
struct EarlyRow {
    id: String,
    is_live: u8,
    currency: String,
    kind: String,
    stage: String,
    minor: u64,
}

#[derive(Deserialize)]
struct PaymentRow {
    processor: String,
    payment: String,
}

/// Keeps reversals that were told before their payment was seen.
#[derive(Clone)]
pub struct EarlyReversals {
    sql: Sql,
}

impl EarlyReversals {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Keeps one until its payment is seen.
    pub async fn keep(
        &self,
        (processor, payment): (&str, &str),
        early: &EarlyReversal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = order_row::reversal(&early.reversal);
        let text = |name: &str| Value::from(row.get(name).and_then(|it| it.as_str()).unwrap_or(""));
        let minor = i64::try_from(early.reversal.minor).unwrap_or(i64::MAX);
        let params = [
            processor.into(),
            payment.into(),
            text("id"),
            i64::from(early.is_live).into(),
            early.currency.as_str().into(),
            text("kind"),
            text("stage"),
            minor.into(),
            now.into(),
        ];
        self.sql.batch([Statement::new(KEEP_EARLY, params)]).await?;
        Ok(())
    }

    /// Those of a payment.
    pub async fn of(
        &self,
        processor: &str,
        payment: &str,
    ) -> Result<Vec<EarlyReversal>, StoreError> {
        let params = [processor.into(), payment.into()];
        let rows: Vec<EarlyRow> = self.sql.all(Statement::new(EARLY, params)).await?;
        let early = rows.into_iter().filter_map(|row| {
            Some(EarlyReversal {
                is_live: row.is_live != 0,
                currency: Currency::parse(&row.currency).ok()?,
                reversal: Reversal {
                    kind: order_row::kind(&row.kind, &row.stage)?,
                    id: row.id,
                    minor: row.minor,
                },
            })
        });
        Ok(early.collect())
    }

    /// The payments, by processor and id, that have arrived since.
    pub async fn arrived(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows: Vec<PaymentRow> = self.sql.all(Statement::new(EARLY_NO_LONGER, [])).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.processor, row.payment))
            .collect())
    }

    /// Drops these of a payment, once they are applied.
    pub async fn drop_applied(
        &self,
        (processor, payment): (&str, &str),
        applied: &[EarlyReversal],
    ) -> Result<(), StoreError> {
        let applied = applied
            .iter()
            .map(|early| order_row::reversal(&early.reversal));
        let applied = applied.collect::<serde_json::Value>().to_string();
        let params = [processor.into(), payment.into(), applied.into()];
        self.sql.batch([Statement::new(DROP_EARLY, params)]).await?;
        Ok(())
    }

    /// Drops those that were told before this: their payments are none of ours.
    pub async fn drop_before(&self, until: Timestamp) -> Result<(), StoreError> {
        let drop = Statement::new(DROP_OLD, [until.into()]);
        self.sql.batch([drop]).await?;
        Ok(())
    }
}
