//! Whether a request asks for what must not be made, before anything is held for it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;

use super::Error;
use super::counting::Counting;
use super::pictures::Links;
use crate::domain::content;
use crate::domain::id::AccountId;
use crate::domain::job::GenerationRequest;
use crate::moderation::{Moderation, Verdict, openai};
use crate::ports::{Clock, Http};
use crate::store::{BlockWriter, Reader};

const TIMEOUT: Duration = Duration::from_secs(8);

/// How long the judge's link to a picture is good.
const LINK_TTL: Duration = Duration::from_mins(5);

/// Whose block it is, where nobody looked yet.
const BY_ITSELF: &str = "content screen";

/// Screens requests.
#[derive(Clone)]
pub(super) struct Screen {
    moderation: Option<Moderation>,
    http: Arc<dyn Http>,
    store: Reader,
    links: Links,
    refused: RefusedContent,
    clock: Arc<dyn Clock>,
}

/// What becomes of who is refused again and again.
#[derive(Clone)]
pub(super) struct RefusedContent {
    pub(super) counting: Counting,
    pub(super) blocks: BlockWriter,
    pub(super) most_per_day: u32,
}

impl Screen {
    pub(super) fn new(
        (moderation, http): (Option<Moderation>, Arc<dyn Http>),
        (store, links): (Reader, Links),
        refused: RefusedContent,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            moderation,
            http,
            store,
            links,
            refused,
            clock,
        }
    }

    /// Refuses a request for what must not be made: (1) by its words; (2) by the judge that is configured, which also
    /// sees its pictures. (3) What is refused costs nothing, and is counted: whoever tries again and again is blocked
    /// until an operator has looked.
    pub(super) async fn check(
        &self,
        account: AccountId,
        request: &GenerationRequest,
    ) -> Result<(), Error> {
        let words = request.prompt.as_deref().and_then(content::refusal); // (1)
        let why = match words {
            Some(refusal) => Some(refusal.as_str().to_owned()),
            None => self.judged(account, request).await?, // (2)
        };
        let Some(why) = why else {
            return Ok(());
        };
        log::warn!("event=content_refused account={account} reason=\"{why}\"");
        let RefusedContent {
            counting,
            blocks,
            most_per_day,
        } = &self.refused;
        if !counting.refused(account, *most_per_day).await? {
            let reason = "too many requests were refused for their content within a day";
            blocks
                .block(account, reason, BY_ITSELF, self.clock.now())
                .await?; // (3)
            log::warn!("event=account_blocked account={account} operator=\"{BY_ITSELF}\"");
        }
        Err(Error::ContentRefused)
    }

    async fn judged(
        &self,
        account: AccountId,
        request: &GenerationRequest,
    ) -> Result<Option<String>, Error> {
        let Some(moderation) = &self.moderation else {
            return Ok(None);
        };
        match self.verdicts(moderation, account, request).await {
            Ok(verdicts) => Ok(verdicts.into_iter().find_map(|verdict| match verdict {
                Verdict::Allowed => None,
                Verdict::Denied(categories) => Some(categories.join(" ")),
            })),
            Err(error) if moderation.refuses_unjudged => Err(Error::ProviderUnavailable(format!(
                "the moderation does not answer: {error}"
            ))),
            Err(error) => {
                log::error!("event=content_unjudged error=\"{error}\"");
                Ok(None)
            }
        }
    }

    /// One request for each picture of the account's own, the first of which has the prompt. One that is not there is
    /// for the account to refuse.
    async fn verdicts(
        &self,
        moderation: &Moderation,
        account: AccountId,
        request: &GenerationRequest,
    ) -> Result<Vec<Verdict>, String> {
        let (photo, garment) = (request.photo, request.garment);
        let known = self.store.pictures(account, photo, garment).await;
        let known = known.map_err(|error| error.to_string())?;
        let own = [known.photo.and(Some(photo)), known.garment.and(garment)];
        let expires = self.clock.now().plus(LINK_TTL);
        let pictures = own
            .into_iter()
            .flatten()
            .map(|upload| self.links.upload(upload, expires));
        let asked = pictures.enumerate().map(async |(place, picture)| {
            let prompt = request.prompt.as_deref().filter(|_| place == 0);
            let request = openai::request(moderation, prompt, Some(&picture));
            let request = request.map_err(|error| error.to_string())?;
            let answer = self
                .http
                .send(request, TIMEOUT)
                .await
                .map_err(|error| error.to_string())?;
            openai::read(&answer)
        });
        try_join_all(asked).await
    }
}
