//! Money that an operator gives back.

use std::time::Duration;

use super::fulfilment::Fulfilment;
use crate::domain::credits::Credits;
use crate::domain::id::OrderId;
use crate::domain::money::Money;
use crate::domain::order::{Event, Purchase, RefundStage, Reversal, ReversalKind, State};
use crate::processor::{NewRefund, Refunding};
use crate::service::error::REFUND_UNDER_WAY;
use crate::service::{Error, Operator};
use crate::store::{AnomalyWriter, Order, RefundRow, RefundRows};

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

/// How long whoever asks for a refund asks alone: a processor is waited for some seconds, for each of some requests.
const ASKED_ALONE: Duration = Duration::from_mins(1);

const CHANGED: Error =
    Error::Conflict("this order has just changed: look at it before you ask again");

const ANOTHER: Error = Error::Conflict(
    "another refund of this order was under way, and is made now: look at it before you ask again",
);

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
    /// How far it is, as programs are told.
    pub const fn status(&self) -> &'static str {
        match self.reversal.kind {
            ReversalKind::Refund(RefundStage::Pending) => "pending",
            ReversalKind::Refund(RefundStage::Undone) => "failed",
            ReversalKind::Refund(RefundStage::Succeeded) | ReversalKind::Dispute(_) => "succeeded",
        }
    }
}

/// Gives money back.
pub struct Refunds {
    fulfilment: Fulfilment,
    rows: RefundRows,
    anomalies: AnomalyWriter,
}

impl Refunds {
    pub(in crate::service) fn new(
        fulfilment: Fulfilment,
        (rows, anomalies): (RefundRows, AnomalyWriter),
    ) -> Self {
        Self {
            fulfilment,
            rows,
            anomalies,
        }
    }

    /// Gives back money of an order: (1) at most what is left of it, and more than its unspent credits cost only if the
    /// loss is accepted; (2) it is written down under a key before the processor is asked, one at a time: after an
    /// answer that was lost the same is asked for again; (3) what the processor says is applied at once, and its event
    /// later moves nothing; (4) a key is answered with its own refund alone: whoever sends it again would make another.
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
        let key = wanted.idempotency_key;
        let is_anothers = |row: &RefundRow| {
            key.is_some() && row.request.is_some() && row.request.as_deref() != key
        };
        let (row, is_first) = match earlier {
            Some(earlier) => match again(&order, purchase, earlier, wanted)? {
                Again::Made(reversal) => return Ok(Refunded { order, reversal }),
                Again::Unknown(row) => (self.take_up(&order, row, wanted).await?, false),
            },
            None => (self.begin(operator, &order, wanted).await?, true),
        };
        let reversal = self.ask(&order, purchase, (&row, is_first)).await?;
        let event = Event::Reversed(reversal.clone());
        self.fulfilment.tell(&order.row, event).await?; // (3)
        self.rows
            .end(&order.row, &row, "made", Some(&reversal.id))
            .await?;
        if is_anothers(&row) {
            return Err(ANOTHER); // (4)
        }
        let order = self.order(id).await?;
        Ok(Refunded { order, reversal })
    }

    /// Clears what must not have happened to an order, once an operator has put it right.
    pub async fn clear_anomaly(&self, operator: &Operator, id: OrderId) -> Result<(), Error> {
        operator.check_is_fresh(self.fulfilment.ids().now())?;
        if !self.anomalies.clear(id).await? {
            return Err(Error::NotFound);
        }
        log::warn!(
            "event=anomaly_cleared order={id} operator={}",
            operator.name()
        );
        Ok(())
    }

    /// Takes up a refund whose answer was lost, unless somebody is asking for it at this moment: not every processor
    /// knows that it is the same one.
    async fn take_up(
        &self,
        order: &Order,
        row: RefundRow,
        wanted: WantedRefund<'_>,
    ) -> Result<RefundRow, Error> {
        let now = self.fulfilment.ids().now();
        let times = (now.minus(ASKED_ALONE), now);
        let key = wanted.idempotency_key;
        if self.rows.take_up(&order.row, &row, key, times).await? {
            return Ok(row);
        }
        Err(Error::Conflict(REFUND_UNDER_WAY))
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
        if self.rows.begin(&order.row, &row, who, ids.now()).await? {
            Ok(row) // (2)
        } else {
            Err(CHANGED)
        }
    }

    async fn ask(
        &self,
        order: &Order,
        purchase: &Purchase,
        (row, is_first): (&RefundRow, bool),
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
                // What is refused now may have been done before: the key may be another one since.
                if is_first {
                    self.rows.end(&order.row, row, "refused", None).await?;
                }
                Err(REFUSED)
            }
            Refunding::Ask(_) => Err(Error::Internal("a refund was left half asked".into())),
            Refunding::Unknown(words) => Err(Error::PaymentsUnavailable(words)),
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
