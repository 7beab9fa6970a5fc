//! Beginning a purchase.

use super::fulfilment::Fulfilment;
use crate::domain::account::{Checkout, Reply};
use crate::domain::client::AddressPrefix;
use crate::domain::field_error::FieldError;
use crate::domain::id::OrderId;
use crate::domain::money::Money;
use crate::domain::order::{Event, Offer, State, Status, Terms};
use crate::service::counting::Counting;
use crate::service::error::unexpected;
use crate::service::{CannotBuy, Error, User};
use crate::store::{Order, OrderRow};

/// A session that ends sooner is not shown any more: nobody types a card's number that fast.
const LEAST_LEFT: std::time::Duration = std::time::Duration::from_mins(3);

/// What somebody wants to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewOrder<'a> {
    /// The id of the offer.
    pub offer: &'a str,
    /// The currency to pay in; `None`: the offer's first.
    pub currency: Option<&'a str>,
    /// The idempotency key.
    pub idempotency_key: Option<&'a str>,
}

/// A purchase that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutBegun {
    /// The id of the order.
    pub order: OrderId,
    /// Where to pay.
    pub url: String,
}

/// Begins purchases.
pub struct Checkouts {
    fulfilment: Fulfilment,
    counting: Counting,
}

impl Checkouts {
    pub(in crate::service) fn new(fulfilment: Fulfilment, counting: Counting) -> Self {
        Self {
            fulfilment,
            counting,
        }
    }

    /// What is sold.
    pub fn offers(&self) -> &[Offer] {
        &self.fulfilment.processors().selling().offers
    }

    /// Begins a purchase: (1) who may buy nothing is shown no page to pay on; (2) an order that can still be paid is the
    /// same one again; (3) each new one is counted before anything is asked of the processor, since whoever tries out
    /// stolen cards begins many; (4) the order is written; (5) its session is made. If that answer is lost, asking again
    /// makes no second one, and is not counted.
    pub async fn begin(
        &self,
        user: &User,
        new: NewOrder<'_>,
        from: &AddressPrefix,
    ) -> Result<CheckoutBegun, Error> {
        let (offer, price) = self.wanted(new)?;
        let id = OrderId::new(self.fulfilment.ids().now(), self.fulfilment.ids().bits());
        let checkout = self.checkout(id, offer, price, new.idempotency_key);
        self.check_standing(user).await?; // (1)
        let order = match self.earlier(user, &checkout).await? {
            Some(earlier) => earlier, // (2)
            None => self.new_order(user, checkout, from).await?,
        };
        self.fulfilment.open_session(&order).await?; // (5)
        let order = self.order(user, order.id).await?;
        payable(&order, self.fulfilment.ids().now())
    }

    async fn check_standing(&self, user: &User) -> Result<(), Error> {
        let standing = self.fulfilment.store().standing(user.account).await?;
        let refuses_debtors = self.fulfilment.processors().selling().refuses_debtors;
        if standing.is_blocked {
            return Err(Error::AccountBlocked);
        }
        if refuses_debtors && !standing.shortage.is_zero() {
            return Err(CannotBuy::Shortage.into());
        }
        if refuses_debtors && standing.is_disputed {
            return Err(CannotBuy::Disputed.into());
        }
        Ok(())
    }

    async fn new_order(
        &self,
        user: &User,
        checkout: Checkout,
        from: &AddressPrefix,
    ) -> Result<OrderRow, Error> {
        let limits = self.fulfilment.processors().selling().limits;
        self.counting.checkout(user.account, from, limits).await?; // (3)
        let begun = self.fulfilment.events().begin(user.account, checkout);
        match begun.await? {
            Reply::Ordered { order, .. } => self.order(user, order).await, // (4)
            Reply::Refused(refused) => Err(refused.into()),
            other => Err(unexpected(&other)),
        }
    }

    fn wanted(&self, new: NewOrder<'_>) -> Result<(&Offer, Money), Error> {
        let invalid = |field, message| Error::Invalid(vec![FieldError::new(field, message)]);
        let selling = self.fulfilment.processors().selling();
        let offer = selling
            .offer(new.offer)
            .ok_or_else(|| invalid("offer", "isn't on offer"))?;
        let price = match new.currency {
            None => offer.prices.first().copied(),
            Some(currency) => offer.price(currency),
        };
        let price = price.ok_or_else(|| invalid("currency", "has no price for this offer"))?;
        Ok((offer, price))
    }

    fn checkout(&self, id: OrderId, offer: &Offer, price: Money, key: Option<&str>) -> Checkout {
        let selling = self.fulfilment.processors().selling();
        Checkout {
            order: id,
            terms: Terms {
                processor: selling.processor.codec.name().into(),
                is_live: selling.processor.merchant.is_live,
                offer: offer.id.clone(),
                name: offer.name.clone(),
                credits: offer.credits,
                price,
                days: offer.days,
            },
            idempotency_key: key.map(Into::into),
            refuses_debtors: selling.refuses_debtors,
        }
    }

    /// An order of this offer or key that can be paid, or will be once its session is made. One whose session is about to
    /// end is asked about, and is over if nobody has paid, whatever the processor says: nobody waits for it.
    async fn earlier(&self, user: &User, checkout: &Checkout) -> Result<Option<OrderRow>, Error> {
        let store = self.fulfilment.store();
        let key = checkout.idempotency_key.as_deref();
        let open = store.open_order(user.account, key, &checkout.terms).await?;
        let Some(Order { row, .. }) = open else {
            return Ok(None);
        };
        let session = match &row.lifecycle.state {
            State::Created { .. } => return Ok(Some(row)),
            State::Open { session, .. } => session,
            _ => return Ok(None),
        };
        let left = session.expires_at.since(self.fulfilment.ids().now());
        if left >= LEAST_LEFT {
            return Ok(Some(row));
        }
        if let Ok(of) = self.fulfilment.processor(&row) {
            self.fulfilment.processors().expire(of, session).await;
        }
        if self.fulfilment.fulfil(&row).await.is_err() {
            self.fulfilment.tell(&row, Event::SessionExpired).await?;
        }
        Ok(None)
    }

    async fn order(&self, user: &User, id: OrderId) -> Result<OrderRow, Error> {
        let order = self.fulfilment.store().order(user.account, id).await?;
        order.map(|order| order.row).ok_or(Error::NotFound)
    }
}

/// Where an order is paid. One that has no session yet gets one from the cron, or from asking again.
fn payable(order: &OrderRow, now: crate::domain::time::Timestamp) -> Result<CheckoutBegun, Error> {
    match &order.lifecycle.state {
        State::Open { session, .. } if session.expires_at > now => Ok(CheckoutBegun {
            order: order.id,
            url: session.url.clone(),
        }),
        State::Created { .. } | State::Failed | State::Open { .. } => Err(Error::PaymentsUnclear(
            format!("the order {} has no session", order.id),
        )),
        State::Pending { .. } | State::Paid(_) | State::Expired => {
            Err(match order.lifecycle.status() {
                Status::Expired => {
                    Error::Conflict("this checkout has expired: please begin a new one")
                }
                _ => Error::Conflict("this order was paid: please begin a new one"),
            })
        }
    }
}
