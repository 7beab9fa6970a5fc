//! Money that an operator gives back.

use super::fulfilment::{Fulfilment, no_answer};
use crate::domain::credits::Credits;
use crate::domain::id::OrderId;
use crate::domain::money::Money;
use crate::domain::order::{Event, Purchase, RefundStage, Reversal, ReversalKind, State};
use crate::processor::{NewRefund, Refunding};
use crate::service::{Error, Operator};
use crate::store::{Order, RefundRow, RefundRows};

/// A refund that an operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedRefund<'a> {
    /// In minor units of the order's currency; `None`: what its unspent credits cost.
    pub minor: Option<u64>,
    /// Why, for the books.
    pub reason: &'a str,
    /// Whether more may go back than the unspent credits cost.
    pub accepts_loss: bool,
    /// The idempotency key: the same request under it is the same refund.
    pub idempotency_key: Option<&'a str>,
}

const REFUSED: Error = Error::Conflict("the processor refused this refund: the log has its words");

/// What became of a refund that was asked for before.
enum Again {
    Made(Reversal),
    Unknown(RefundRow),
}

/// A refund that was made, and its order now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// The order.
    pub order: Order,
    /// The refund.
    pub reversal: Reversal,
}

impl Refunded {
    /// Whether the money is under way.
    pub const fn is_pending(&self) -> bool {
        matches!(
            self.reversal.kind,
            ReversalKind::Refund(RefundStage::Pending)
        )
    }
}

/// Gives money back.
pub struct Refunds {
    fulfilment: Fulfilment,
    rows: RefundRows,
}

impl Refunds {
    pub(in crate::service) fn new(fulfilment: Fulfilment, rows: RefundRows) -> Self {
        Self { fulfilment, rows }
    }

    /// Gives back money of an order: (1) at most what is left of it, and more than its unspent credits cost only if the
    /// loss is accepted; (2) it is written down under a key before the processor is asked, one at a time: after an
    /// answer that was lost the same is asked for again; (3) what the processor says is applied at once, and its event
    /// later moves nothing.
    pub async fn refund(
        &self,
        operator: &Operator,
        id: OrderId,
        wanted: WantedRefund<'_>,
    ) -> Result<Refunded, Error> {
        operator.check_is_fresh(self.fulfilment.ids().now())?;
        let order = self.order(id).await?;
        let State::Paid(purchase) = &order.row.lifecycle.state else {
            return Err(Error::Conflict("this order isn't paid"));
        };
        let earlier = self
            .rows
            .earlier(&order.row, wanted.idempotency_key)
            .await?;
        let row = match earlier {
            Some(earlier) => match again(&order, purchase, earlier, wanted)? {
                Again::Made(reversal) => return Ok(Refunded { order, reversal }),
                Again::Unknown(row) => row,
            },
            None => self.begin(operator, &order, wanted).await?,
        };
        let reversal = self.ask(&order, purchase, &row).await?;
        let event = Event::Reversed(reversal.clone());
        self.fulfilment.tell(&order.row, event).await?; // (3)
        self.rows
            .end(&order.row, &row, "made", Some(&reversal.id))
            .await?;
        let order = self.order(id).await?;
        Ok(Refunded { order, reversal })
    }

    /// Writes a new refund down.
    async fn begin(
        &self,
        operator: &Operator,
        order: &Order,
        wanted: WantedRefund<'_>,
    ) -> Result<RefundRow, Error> {
        let minor = wanted_minor(order, wanted)?; // (1)
        let (id, ids) = (order.row.id, self.fulfilment.ids());
        let row = RefundRow {
            key: format!("refund_{id}_{:032x}", ids.bits()),
            minor,
            request: wanted.idempotency_key.map(Into::into),
            outcome: None,
            reversal: None,
        };
        let who = (operator.name(), wanted.reason);
        self.rows.begin(&order.row, &row, who, ids.now()).await?; // (2)
        Ok(row)
    }

    async fn ask(
        &self,
        order: &Order,
        purchase: &Purchase,
        row: &RefundRow,
    ) -> Result<Reversal, Error> {
        let of = self.fulfilment.processor(&order.row)?;
        let currency = order.row.terms.price.currency;
        let amount = Money::of(row.minor, currency);
        let amount = amount.ok_or_else(|| Error::Internal("a refund is out of range".into()))?;
        let new = NewRefund {
            payment: &purchase.payment,
            amount,
            key: &row.key,
        };
        match self.fulfilment.processors().refund(of, &new).await {
            Refunding::Refund(reversal) => Ok(reversal),
            Refunding::Refused(words) => {
                let id = order.row.id;
                log::warn!("event=refund_refused order={id} error=\"{words}\"");
                self.rows.end(&order.row, row, "refused", None).await?;
                Err(REFUSED)
            }
            Refunding::Ask(_) => Err(Error::Internal("a refund was left half asked".into())),
            Refunding::Unknown(words) => Err(no_answer(super::processors::NoAnswer(words))),
        }
    }

    async fn order(&self, id: OrderId) -> Result<Order, Error> {
        let order = self.fulfilment.store().order_by_id(id).await?;
        order.ok_or(Error::NotFound)
    }
}

/// A refund that was asked for before: under the same key it is the same one.
fn again(
    order: &Order,
    purchase: &Purchase,
    earlier: RefundRow,
    wanted: WantedRefund<'_>,
) -> Result<Again, Error> {
    let is_same_key =
        wanted.idempotency_key.is_some() && earlier.request.as_deref() == wanted.idempotency_key;
    if wanted.minor.is_some_and(|minor| minor != earlier.minor) {
        return Err(if is_same_key {
            Error::IdempotencyMismatch
        } else {
            Error::Conflict(
                "another refund of this order is under way: ask for the same amount again to finish it",
            )
        });
    }
    match (earlier.outcome.as_deref(), &earlier.reversal) {
        (None, _) => Ok(Again::Unknown(earlier)),
        (Some("made"), Some(id)) => {
            let mut known = purchase.reversals.iter();
            let known = known.find(|known| known.id == *id).cloned();
            let none = || Error::Internal(format!("{} has no refund {id}", order.row.id));
            known.map(Again::Made).ok_or_else(none)
        }
        _ => Err(REFUSED),
    }
}

/// What can go back of an order's money without a loss: what its unspent credits cost, rounded down.
pub(in crate::service) fn unspent(order: &Order) -> u64 {
    let terms = &order.row.terms;
    let share = |credits: Credits| {
        let minor = u128::from(terms.price.minor).saturating_mul(credits.get().into());
        let minor = minor.checked_div(terms.credits.get().into());
        minor.and_then(|minor| u64::try_from(minor).ok())
    };
    share(order.remaining).unwrap_or_default().min(left(order))
}

/// What has not gone back yet.
fn left(order: &Order) -> u64 {
    let paid = order.row.terms.price.minor;
    match &order.row.lifecycle.state {
        State::Paid(purchase) => paid.saturating_sub(purchase.reversals.reversed(paid)),
        _ => 0,
    }
}

fn wanted_minor(order: &Order, wanted: WantedRefund<'_>) -> Result<u64, Error> {
    let (unspent, left) = (unspent(order), left(order));
    let minor = wanted.minor.unwrap_or(unspent);
    if minor == 0 || minor > left {
        return Err(Error::NotRefundable { unspent, left });
    }
    if minor > unspent && !wanted.accepts_loss {
        return Err(Error::RefundAtALoss { unspent, left });
    }
    Ok(minor)
}
