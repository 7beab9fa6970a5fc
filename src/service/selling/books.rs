//! What operators read of what was sold.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::fulfilment::{Fulfilment, no_answer};
use crate::config::ProcessorConfig;
use crate::domain::id::OrderId;
use crate::domain::order::State;
use crate::ports::Clock;
use crate::processor::{Outcome, RecentPage};
use crate::service::{Error, Operator};
use crate::store::{AdminOrders, Order, OrderRow, Reader, RevenueLine, SoldAnomalies};

/// How far back payments are compared with their processors.
const COMPARED: Duration = Duration::from_hours(7 * 24);

/// Pages of a hundred sessions that are read for that, of each processor.
const PAGES: usize = 10;

/// What a comparison of orders with payments found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoldReport {
    /// Payments that were compared with what their processors say.
    pub payments: u64,
    /// What does not fit, in sentences.
    pub problems: Vec<String>,
}

/// Reads what was sold, over all accounts.
pub struct SoldBooks {
    store: Reader,
    fulfilment: Option<Fulfilment>,
    clock: Arc<dyn Clock>,
}

impl SoldBooks {
    pub(in crate::service) fn new(
        store: Reader,
        fulfilment: Option<Fulfilment>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            fulfilment,
            clock,
        }
    }

    /// Orders of all accounts, newest first, and what can be refunded of each without a loss.
    pub async fn orders(
        &self,
        _: &Operator,
        which: &AdminOrders,
    ) -> Result<Vec<(Order, u64)>, Error> {
        let orders = self.store.admin_orders(which).await?;
        let with_unspent = orders.into_iter().map(|order| {
            let unspent = super::refunds::unspent(&order);
            (order, unspent)
        });
        Ok(with_unspent.collect())
    }

    /// What was sold in each of the last months, by currency, newest first. It reads every order and its package.
    pub async fn revenue(&self, _: &Operator, months: u8) -> Result<Vec<RevenueLine>, Error> {
        let (now, is_live) = (self.clock.now(), self.is_live());
        Ok(self.store.revenue(now, months, is_live).await?)
    }

    /// Whether real money moves here: orders of the other mode are not in the books.
    fn is_live(&self) -> bool {
        let fulfilment = self.fulfilment.as_ref();
        let selling = fulfilment.map(|fulfilment| fulfilment.processors().selling());
        selling.is_none_or(|selling| selling.processor.merchant.is_live)
    }

    /// Compares (1) grants with orders, and (2) orders with their processors: a grant without a payment, a payment without
    /// a grant.
    pub async fn audit(&self, _: &Operator) -> Result<SoldReport, Error> {
        let mut report = SoldReport::default();
        let names = crate::processor::PROCESSORS.iter();
        let names: Vec<_> = names.map(|processor| processor.name()).collect();
        let SoldAnomalies { grants, orders } = self.store.sold_anomalies(&names).await?;
        let grants = grants
            .into_iter()
            .map(|reference| format!("the grant {reference} has no order")); // (1)
        report.problems.extend(grants);
        let orders = orders
            .into_iter()
            .map(|(order, problem)| format!("{order}: {problem}"));
        report.problems.extend(orders);
        let Some(fulfilment) = &self.fulfilment else {
            return Ok(report);
        };
        let selling = fulfilment.processors().selling();
        for of in std::iter::once(&selling.processor).chain(&selling.former) {
            if let Err(error) = self.compare(fulfilment, of, &mut report).await {
                let name = of.codec.name();
                let problem = format!("{name} cannot be compared with: {error}");
                report.problems.push(problem);
            }
        }
        Ok(report)
    }

    async fn compare(
        &self,
        fulfilment: &Fulfilment,
        of: &ProcessorConfig,
        report: &mut SoldReport,
    ) -> Result<(), Error> {
        let since = self.clock.now().minus(COMPARED);
        let (mut cursor, mut seen) = (None::<String>, BTreeSet::new());
        for _ in 0..PAGES {
            let page = RecentPage {
                since,
                cursor: cursor.as_deref(),
            };
            let recent = fulfilment.processors().recent(of, &page).await;
            let recent = recent.map_err(no_answer)?;
            let ids: Vec<_> = recent.sessions.iter().filter_map(|it| it.order).collect();
            let orders = self.store.orders_by_id(&ids).await?;
            for session in &recent.sessions {
                let (Some(id), Outcome::Paid(payment)) = (session.order, &session.outcome) else {
                    continue;
                };
                report.payments = report.payments.saturating_add(1);
                seen.insert(id);
                let order = orders.iter().find(|order| order.row.id == id);
                let problem = match order {
                    None => Some("is paid, and there is no such order".into()),
                    Some(order) => unlike(&order.row, &payment.id),
                };
                let problem = problem.map(|problem: String| format!("{id}: {problem}"));
                report.problems.extend(problem); // (2)
            }
            cursor = recent.next;
            if cursor.is_none() {
                self.unpaid(of, since, &seen, report).await?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Orders that are paid here, and at their processor are not.
    async fn unpaid(
        &self,
        of: &ProcessorConfig,
        since: crate::domain::time::Timestamp,
        seen: &BTreeSet<OrderId>,
        report: &mut SoldReport,
    ) -> Result<(), Error> {
        let name = of.codec.name();
        // Its session may be some days older than its payment.
        let mode = (name, of.merchant.is_live);
        let recent = self.store.paid_orders(mode, since).await?;
        let unseen = recent.into_iter().filter(|id| !seen.contains(id));
        report.problems.extend(unseen.map(|id| {
            format!("{id}: its credits were granted, and {name} does not list its payment")
        }));
        Ok(())
    }
}

fn unlike(row: &OrderRow, payment: &str) -> Option<String> {
    match &row.lifecycle.state {
        State::Paid(purchase) if purchase.payment == payment => None,
        State::Paid(purchase) => {
            let known = &purchase.payment;
            Some(format!(
                "is paid by {known}, and its processor says {payment}"
            ))
        }
        _ => Some("is paid, and its credits were not granted".into()),
    }
}
