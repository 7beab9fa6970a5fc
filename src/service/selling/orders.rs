//! A buyer's own orders.

use super::fulfilment::Fulfilment;
use crate::domain::id::OrderId;
use crate::domain::order::State;
use crate::service::counting::Counting;
use crate::service::{Error, User};
use crate::store::{Order, Reader};

/// What everybody may read of what they have bought, also where nothing is sold any more.
pub struct OwnOrders {
    store: Reader,
    asking: Option<Buyers>,
}

/// Asks the processor about an order that its buyer looks at.
pub(in crate::service) struct Buyers {
    fulfilment: Fulfilment,
    counting: Counting,
}

impl Buyers {
    pub(in crate::service) fn new(fulfilment: Fulfilment, counting: Counting) -> Self {
        Self {
            fulfilment,
            counting,
        }
    }

    /// Whether anything new may have been learned. A buyer who looks more often than the processor needs to be asked is
    /// told what is known.
    async fn ask(&self, order: &Order) -> bool {
        if self.counting.look_at_order(order.row.id).await.is_err() {
            return false;
        }
        if let Err(error) = self.fulfilment.fulfil(&order.row).await {
            let id = order.row.id;
            log::warn!("event=order_not_asked_about order={id} error=\"{error}\"");
            return false;
        }
        true
    }
}

impl OwnOrders {
    pub(in crate::service) fn new(store: Reader, asking: Option<Buyers>) -> Self {
        Self { store, asking }
    }

    /// An order. While it is to be paid, its processor is asked: the buyer may be back before its event is here.
    pub async fn show(&self, user: &User, id: OrderId) -> Result<Order, Error> {
        let order = self.find(user, id).await?;
        let is_open = matches!(
            order.row.lifecycle.state,
            State::Created { .. } | State::Open { .. } | State::Pending { .. }
        );
        match &self.asking {
            Some(buyers) if is_open && buyers.ask(&order).await => self.find(user, id).await,
            _ => Ok(order),
        }
    }

    /// Orders before `before`, newest first.
    pub async fn list(
        &self,
        user: &User,
        before: Option<OrderId>,
        limit: u8,
    ) -> Result<Vec<Order>, Error> {
        Ok(self.store.orders(user.account, before, limit).await?)
    }

    async fn find(&self, user: &User, id: OrderId) -> Result<Order, Error> {
        let order = self.store.order(user.account, id).await?;
        order.ok_or(Error::NotFound)
    }
}
