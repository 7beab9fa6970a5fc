//! The models that may make a request, one after the other, and the pictures that they must be able
//! to work with.

use std::vec::IntoIter;

use super::Error;
use super::configured::Catalog;
use crate::domain::id::AccountId;
use crate::domain::job::{CheckedRequest, Pictures, RequestBody};
use crate::store::Reader;

/// The fallbacks of a request, in order: of each provider after the request's own, the first model that
/// supports the request. All have the quoted price.
pub(super) struct Candidates {
    store: Reader,
    account: AccountId,
    requests: IntoIter<CheckedRequest>,
    /// The heads of the request's pictures, once a model had to know them.
    pictures: Option<Pictures>,
}

impl Candidates {
    /// The next model that works with the request's pictures.
    pub(super) async fn next(&mut self) -> Option<CheckedRequest> {
        for checked in self.requests.by_ref() {
            if checked.takes_any_pictures() {
                return Some(checked);
            }
            if self.pictures.is_none() {
                match pictures_of(&self.store, self.account, &checked).await {
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

/// Checks requests. It reads what pictures are, and changes nothing.
#[derive(Clone)]
pub(super) struct Requests {
    catalog: Catalog,
    store: Reader,
}

impl Requests {
    pub(super) fn new(catalog: Catalog, store: Reader) -> Self {
        Self { catalog, store }
    }

    /// The models that may serve a request beside its own.
    pub(super) fn candidates(&self, account: AccountId, checked: &CheckedRequest) -> Candidates {
        let after = self.catalog.models_after(checked.model().provider);
        let able = after.filter_map(|mut models| models.find_map(|listing| checked.at(&listing)));
        Candidates {
            store: self.store.clone(),
            account,
            requests: able.collect::<Vec<_>>().into_iter(),
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
            CheckedRequest::check(request, &self.catalog.models()).map_err(Error::Invalid)?; // (1)
        if checked.takes_any_pictures() {
            return Ok(checked);
        }
        let pictures = pictures_of(&self.store, account, &checked).await?;
        let problems = checked.picture_problems(pictures); // (2)
        if problems.is_empty() {
            Ok(checked)
        } else {
            Err(Error::Invalid(problems))
        }
    }
}

async fn pictures_of(
    store: &Reader,
    account: AccountId,
    checked: &CheckedRequest,
) -> Result<Pictures, Error> {
    let (photo, garment) = (checked.request.photo, checked.request.garment);
    Ok(store.pictures(account, photo, garment).await?)
}
