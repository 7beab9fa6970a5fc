//! The models that may make an order, one after the other, and the pictures that they must be able
//! to work with.

use std::vec::IntoIter;

use super::{Atelier, Error};
use crate::domain::id::AccountId;
use crate::domain::order::{Order, OrderRequest, Pictures};

/// The order at every model that is asked if the one before it certainly did not take it: at the
/// first able one of each provider after the order's own in the list. The price stays.
pub(super) struct Candidates {
    account: AccountId,
    orders: IntoIter<Order>,
    /// What the pictures are, once a model had to know.
    pictures: Option<Pictures>,
}

impl Candidates {
    /// The next model that works with the order's pictures.
    pub(super) async fn next(&mut self, atelier: &Atelier) -> Option<Order> {
        for order in self.orders.by_ref() {
            if order.takes_any_pictures() {
                return Some(order);
            }
            if self.pictures.is_none() {
                match atelier.pictures_of(self.account, &order).await {
                    Ok(pictures) => self.pictures = Some(pictures),
                    Err(error) => {
                        log::warn!("{} is passed over: {error:?}", order.model().id);
                        continue;
                    }
                }
            }
            let pictures = self.pictures.unwrap_or_default();
            if order.picture_problems(pictures).is_empty() {
                return Some(order);
            }
        }
        None
    }
}

impl Atelier {
    /// Who may make an order beside its own model.
    pub(super) fn candidates(&self, account: AccountId, order: &Order) -> Candidates {
        let own = order.model().provider;
        let after = self
            .config
            .providers
            .iter()
            .skip_while(|route| route.provider.name() != own)
            .skip(1);
        let able = after.filter_map(|route| {
            let models = route.provider.models().iter();
            let mut offered = models.filter(|model| self.config.offers(model));
            offered.find_map(|model| order.at(&self.config.overrides.listing(model)))
        });
        Candidates {
            account,
            orders: able.collect::<Vec<_>>().into_iter(),
            pictures: None,
        }
    }

    /// Checks a request as far as that can be done before anything is held, for a quote as for a
    /// generation: (1) what it says; (2) its pictures, where its model does not work with every one.
    /// One that is not there is for the account to refuse.
    pub(super) async fn check(
        &self,
        account: AccountId,
        request: &OrderRequest,
    ) -> Result<Order, Error> {
        let order = Order::check(request, &self.config.models()).map_err(Error::Invalid)?; // (1)
        if order.takes_any_pictures() {
            return Ok(order);
        }
        let pictures = self.pictures_of(account, &order).await?;
        let problems = order.picture_problems(pictures); // (2)
        if problems.is_empty() {
            Ok(order)
        } else {
            Err(Error::Invalid(problems))
        }
    }

    async fn pictures_of(&self, account: AccountId, order: &Order) -> Result<Pictures, Error> {
        let pictures = self.store.pictures(account, order.photo, order.garment);
        Ok(pictures.await?)
    }
}
