//! What the cron does about orders, for callbacks that were lost.

use std::time::Duration;

use futures::future::join_all;

use super::fulfilment::Fulfilment;
use crate::config::ProcessorConfig;
use crate::domain::order::{Action, Event, State, next};
use crate::domain::time::Timestamp;
use crate::processor::RecentPage;
use crate::service::Error;
use crate::store::{EarlyReversal, Order};

/// Orders that one run asks about, each with a request or two and some statements: what the jobs of the same invocation
/// leave of the 1,000 that it has.
const ORDERS: u8 = 20;

/// How many at once: a processor that does not answer takes some seconds of each.
const AT_ONCE: usize = 4;

/// How far back each hour's comparison with the processor goes: events that never arrive are missed for no longer.
const RECENT: Duration = Duration::from_hours(48);

/// Pages of a hundred sessions that the comparison reads.
const PAGES: usize = 10;

/// How long reversals of payments that we never see are kept. Card networks allow a dispute for 120 days, and a refund
/// cannot come before its payment by nearly so much.
const EARLY_KEPT: Duration = Duration::from_hours(40 * 24);

/// Whether a processor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    Yes,
    No,
}

/// Finishes orders.
pub(in crate::service) struct OrderReconciler {
    fulfilment: Fulfilment,
}

impl OrderReconciler {
    pub(in crate::service) fn new(fulfilment: Fulfilment) -> Self {
        Self { fulfilment }
    }

    /// Each minute: does what every order that is due needs next, and applies reversals whose payment is there by now. How
    /// many orders were due.
    pub(in crate::service) async fn run(&self) -> Result<usize, Error> {
        let now = self.fulfilment.ids().now();
        let due = self.fulfilment.store().due_orders(now, ORDERS).await?;
        let mut silent: Vec<&str> = Vec::new();
        for some in due.chunks(AT_ONCE) {
            let asked = some.iter().map(|order| order.row.terms.processor.as_str());
            let steps = some
                .iter()
                .filter(|order| !silent.contains(&order.row.terms.processor.as_str()))
                .map(|order| self.reconcile(order));
            let answers = join_all(steps).await;
            if answers.contains(&Answers::No) {
                // Its other orders wait for the next minute: jobs do not wait for a processor that is down.
                silent.extend(asked);
            }
        }
        for (processor, payment) in self.fulfilment.early().arrived().await? {
            self.fulfilment.apply_early(&processor, &payment).await?;
        }
        Ok(due.len())
    }

    /// A step that fails counts, too: whatever is wrong with one order, others have their turn.
    async fn reconcile(&self, order: &Order) -> Answers {
        let row = &order.row;
        let Err(error) = self.step(order).await else {
            return Answers::Yes;
        };
        log::warn!(
            "event=order_not_reconciled order={} error=\"{error:?}\"",
            row.id
        );
        let event = match row.lifecycle.state {
            State::Created { .. } if matches!(error, Error::PaymentsUnavailable(_)) => None,
            State::Created { .. } => Some(Event::SessionUnknown),
            _ => Some(Event::NothingNew),
        };
        if let Some(event) = event
            && let Err(error) = self.fulfilment.tell(row, event).await
        {
            log::warn!(
                "event=order_not_reconciled order={} error=\"{error:?}\"",
                row.id
            );
        }
        match error {
            Error::PaymentsUnavailable(_) => Answers::No,
            _ => Answers::Yes,
        }
    }

    async fn step(&self, Order { row, .. }: &Order) -> Result<(), Error> {
        match next(&row.lifecycle, row.updated_at) {
            Some((_, Action::OpenSession)) => self.fulfilment.open_session(row).await,
            Some((_, Action::ReadSession)) => self.read_session(row).await,
            // One that is given up is looked at a last time, and then never due again.
            None => self.fulfilment.tell(row, Event::NothingNew).await,
        }
    }

    /// A look that brings nothing new counts, so that the next one comes later.
    async fn read_session(&self, row: &crate::store::OrderRow) -> Result<(), Error> {
        self.fulfilment.fulfil(row).await?;
        let after = self.fulfilment.store().order_by_id(row.id).await?;
        let is_as_before = after.is_some_and(|after| {
            after.row.lifecycle.version == row.lifecycle.version
                && !matches!(after.row.lifecycle.state, State::Paid(_))
        });
        if is_as_before {
            self.fulfilment.tell(row, Event::NothingNew).await?;
        }
        Ok(())
    }

    /// Each hour: compares what was paid and what went back lately with what we know, since an event may never arrive.
    pub(in crate::service) async fn compare(&self) -> Result<(), Error> {
        let now = self.fulfilment.ids().now();
        let selling = self.fulfilment.processors().selling();
        let processors = std::iter::once(&selling.processor).chain(&selling.former);
        for of in processors {
            let name = of.codec.name();
            if let Err(error) = self.compare_payments(of, now.minus(RECENT)).await {
                log::warn!("event=payments_not_compared processor={name} error=\"{error}\"");
            }
            if let Err(error) = self.compare_reversals(of).await {
                log::warn!("event=reversals_not_compared processor={name} error=\"{error}\"");
            }
        }
        let kept = self.fulfilment.early();
        Ok(kept.drop_before(now.minus(EARLY_KEPT)).await?)
    }

    async fn compare_payments(&self, of: &ProcessorConfig, since: Timestamp) -> Result<(), Error> {
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let page = RecentPage {
                since,
                cursor: cursor.as_deref(),
            };
            let recent = self.fulfilment.processors().recent(of, &page).await;
            let recent = recent.map_err(super::fulfilment::no_answer)?;
            let ids: Vec<_> = recent.sessions.iter().filter_map(|it| it.order).collect();
            for Order { row, .. } in self.fulfilment.store().orders_by_id(&ids).await? {
                let mut reports = recent.sessions.iter();
                let report = reports.find(|report| report.order == Some(row.id));
                let is_paid = matches!(row.lifecycle.state, State::Paid(_));
                let is_theirs = row.terms.processor == of.codec.name();
                if let Some(report) = report.filter(|_| is_theirs && !is_paid) {
                    log::warn!("event=payment_found_late order={}", row.id);
                    let applied = self.fulfilment.apply(&row, report).await;
                    tell_of(&row, applied);
                }
            }
            cursor = recent.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn compare_reversals(&self, of: &ProcessorConfig) -> Result<(), Error> {
        let reversals = self.fulfilment.processors().reversals(of, None).await;
        let reversals = reversals.map_err(super::fulfilment::no_answer)?;
        let payments: Vec<_> = reversals.iter().map(|it| it.payment.as_str()).collect();
        let store = self.fulfilment.store();
        let orders = store.orders_of_payments(of.codec.name(), &payments).await?;
        for Order { row, .. } in orders {
            let State::Paid(purchase) = &row.lifecycle.state else {
                continue;
            };
            let of_order = reversals.iter();
            for reversed in of_order.filter(|it| it.payment == purchase.payment) {
                // An account that knows it need not be asked.
                let mut known = purchase.reversals.clone();
                if known.note(reversed.reversal.clone()) {
                    let early = EarlyReversal {
                        is_live: of.merchant.is_live,
                        currency: reversed.currency,
                        reversal: reversed.reversal.clone(),
                    };
                    log::warn!("event=reversal_found_late order={}", row.id);
                    let applied = self.fulfilment.reverse(&row, early).await;
                    tell_of(&row, applied);
                }
            }
        }
        Ok(())
    }
}

/// One order that cannot be told does not keep the others from being compared.
fn tell_of(row: &crate::store::OrderRow, applied: Result<(), Error>) {
    if let Err(error) = applied {
        log::warn!(
            "event=order_not_reconciled order={} error=\"{error:?}\"",
            row.id
        );
    }
}
