//! The models that may make a request, one after the other, and the pictures that they must be able
//! to work with.

use std::vec::IntoIter;

use super::{Atelier, Error};
use crate::domain::id::AccountId;
use crate::domain::job::{CheckedRequest, Pictures, RequestBody};

/// The checked at every model that is asked if the one before it certainly did not take it: at the
/// first able one of each provider after the request's own in the list. The price stays.
pub(super) struct Candidates {
    account: AccountId,
    orders: IntoIter<CheckedRequest>,
    /// What the pictures are, once a model had to know.
    pictures: Option<Pictures>,
}

impl Candidates {
    /// The next model that works with the request's pictures.
    pub(super) async fn next(&mut self, atelier: &Atelier) -> Option<CheckedRequest> {
        for checked in self.orders.by_ref() {
            if checked.takes_any_pictures() {
                return Some(checked);
            }
            if self.pictures.is_none() {
                match atelier.pictures_of(self.account, &checked).await {
                    Ok(pictures) => self.pictures = Some(pictures),
                    Err(error) => {
                        let model = checked.model().id;
                        log::warn!("event=candidate_skipped model={model} error=\"{error:?}\"");
                        continue;
                    }
                }
            }
            let pictures = self.pictures.unwrap_or_default();
            if checked.picture_problems(pictures).is_empty() {
                return Some(checked);
            }
        }
        None
    }
}

impl Atelier {
    /// Who may make a request beside its own model.
    pub(super) fn candidates(&self, account: AccountId, checked: &CheckedRequest) -> Candidates {
        let own = checked.model().provider;
        let after = self
            .config
            .providers
            .iter()
            .skip_while(|provider| provider.codec.name() != own)
            .skip(1);
        let able = after.filter_map(|provider| {
            let models = provider.codec.models().iter();
            let mut offered = models.filter(|model| self.config.offers(model));
            offered.find_map(|model| checked.at(&self.config.overrides.listing(model)))
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
        request: &RequestBody,
    ) -> Result<CheckedRequest, Error> {
        let checked =
            CheckedRequest::check(request, &self.config.models()).map_err(Error::Invalid)?; // (1)
        if checked.takes_any_pictures() {
            return Ok(checked);
        }
        let pictures = self.pictures_of(account, &checked).await?;
        let problems = checked.picture_problems(pictures); // (2)
        if problems.is_empty() {
            Ok(checked)
        } else {
            Err(Error::Invalid(problems))
        }
    }

    async fn pictures_of(
        &self,
        account: AccountId,
        checked: &CheckedRequest,
    ) -> Result<Pictures, Error> {
        let pictures = self
            .store
            .pictures(account, checked.request.photo, checked.request.garment);
        Ok(pictures.await?)
    }
}
