//! Processors, asked over the network; and the accounts, told what became of orders.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{ProcessorConfig, SellingConfig};
use crate::domain::account::{Checkout, Command, Reply};
use crate::domain::id::{AccountId, OrderId, PackageId};
use crate::domain::order::{self, CheckoutSession};
use crate::ports::{AccountUnavailable, Accounts, Http};
use crate::processor::{
    Look, NewCheckout, NewRefund, Opened, Recent, RecentPage, Refunding, Request, Response,
    SessionReport,
};
use crate::redact;
use crate::service::ids::Ids;

/// A buyer waits for a checkout to begin, and a processor for its callback to be answered: Polar for 10 s.
const TIMEOUT: Duration = Duration::from_secs(8);

/// As many requests as any processor needs for one answer, and one more.
const MAX_STEPS: usize = 5;

/// Why a processor's answer is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::service) enum NoAnswer {
    /// Nothing came, in the time that there was: it may have had its effect.
    #[error("no answer: {0}")]
    Silent(String),
    /// What came is not understood, or nobody is there to be asked.
    #[error("{0}")]
    Unclear(String),
}

/// Speaks to processors.
#[derive(Clone)]
pub(in crate::service) struct Processors {
    selling: Arc<SellingConfig>,
    http: Arc<dyn Http>,
}

impl Processors {
    pub(in crate::service) fn new(selling: Arc<SellingConfig>, http: Arc<dyn Http>) -> Self {
        Self { selling, http }
    }

    /// What is sold, and how.
    pub(super) fn selling(&self) -> &SellingConfig {
        &self.selling
    }

    /// A processor that takes money, or did.
    pub(super) fn get(&self, name: &str) -> Result<&ProcessorConfig, NoAnswer> {
        let found = self.selling.processor(name);
        found.ok_or_else(|| NoAnswer::Unclear(format!("{name} is not configured any more")))
    }

    /// Has a session made.
    pub(super) async fn open(&self, of: &ProcessorConfig, new: &NewCheckout<'_>) -> Opened {
        let request = match of.codec.checkout(&of.merchant, new) {
            Ok(request) => request,
            Err(error) => return Opened::Refused(error.to_string()),
        };
        match self.send(request).await {
            Ok(answer) => of.codec.read_checkout(&answer),
            Err(error) => Opened::Unknown(error.to_string()),
        }
    }

    /// Reads a session; `None` if there is none with this id.
    pub(super) async fn look(
        &self,
        of: &ProcessorConfig,
        session: &str,
    ) -> Result<Option<SessionReport>, NoAnswer> {
        let mut request = of
            .codec
            .look(&of.merchant, session)
            .map_err(|error| unsent(&error))?;
        for _ in 0..MAX_STEPS {
            let answer = self.send(request).await?;
            if answer.status() == http::StatusCode::NOT_FOUND {
                return Ok(None);
            }
            let look = of.codec.read(&of.merchant, session, &answer);
            match look.map_err(|error| NoAnswer::Unclear(redact::stored(&error.to_string())))? {
                Look::Report(report) => return Ok(Some(report)),
                Look::Ask(next) => request = *next,
            }
        }
        Err(NoAnswer::Unclear(
            "a session takes too many requests".into(),
        ))
    }

    /// Ends an open session, as far as its processor can: nobody waits for it.
    pub(super) async fn expire(&self, of: &ProcessorConfig, session: &CheckoutSession) {
        let Some(Ok(request)) = of.codec.expire(&of.merchant, &session.id) else {
            return;
        };
        if let Err(error) = self.send(request).await {
            log::warn!("event=checkout_session_not_ended error=\"{error}\"");
        }
    }

    /// Gives money back.
    pub(super) async fn refund(&self, of: &ProcessorConfig, new: &NewRefund<'_>) -> Refunding {
        let mut request = match of.codec.refund(&of.merchant, new) {
            Ok(request) => request,
            Err(error) => return Refunding::Refused(error.to_string()),
        };
        for _ in 0..MAX_STEPS {
            let answer = match self.send(request).await {
                Ok(answer) => answer,
                Err(error) => return Refunding::Unknown(error.to_string()),
            };
            match of.codec.read_refund(&of.merchant, new, &answer) {
                Refunding::Ask(next) => request = *next,
                outcome => return outcome,
            }
        }
        Refunding::Unknown("a refund takes too many requests".into())
    }

    /// What has gone back of a payment, or lately of all.
    pub(super) async fn reversals(
        &self,
        of: &ProcessorConfig,
        payment: Option<&str>,
    ) -> Result<Vec<crate::processor::Reversed>, NoAnswer> {
        let requests = of
            .codec
            .reversals(&of.merchant, payment)
            .map_err(|error| unsent(&error))?;
        let mut all = Vec::new();
        for request in requests {
            let answer = self.send(request).await?;
            let read = of.codec.read_reversals(&answer);
            all.extend(read.map_err(|error| NoAnswer::Unclear(error.to_string()))?);
        }
        Ok(all)
    }

    /// A page of the sessions that were paid lately.
    pub(super) async fn recent(
        &self,
        of: &ProcessorConfig,
        page: &RecentPage<'_>,
    ) -> Result<Recent, NoAnswer> {
        let request = of
            .codec
            .recent(&of.merchant, page)
            .map_err(|error| unsent(&error))?;
        let answer = self.send(request).await?;
        let recent = of.codec.read_recent(&of.merchant, page, &answer);
        recent.map_err(|error| NoAnswer::Unclear(error.to_string()))
    }

    async fn send(&self, request: Request) -> Result<Response, NoAnswer> {
        let answer = self.http.send(request, TIMEOUT).await;
        answer.map_err(|error| NoAnswer::Silent(redact::stored(&error.to_string())))
    }
}

fn unsent(error: &http::Error) -> NoAnswer {
    NoAnswer::Unclear(error.to_string())
}

/// Tells accounts what becomes of orders. What that does to credits, the account decides.
#[derive(Clone)]
pub(in crate::service) struct OrderEvents {
    accounts: Arc<dyn Accounts>,
    ids: Ids,
}

impl OrderEvents {
    pub(in crate::service) fn new(accounts: Arc<dyn Accounts>, ids: Ids) -> Self {
        Self { accounts, ids }
    }

    pub(super) async fn begin(
        &self,
        account: AccountId,
        checkout: Checkout,
    ) -> Result<Reply, AccountUnavailable> {
        let command = Command::Checkout(Box::new(checkout));
        self.accounts.call(account, command).await
    }

    pub(super) async fn tell(
        &self,
        account: AccountId,
        order: OrderId,
        event: order::Event,
    ) -> Result<Reply, AccountUnavailable> {
        let package = PackageId::new(self.ids.now(), self.ids.bits());
        let command = Command::OrderEvent {
            order,
            event,
            package,
        };
        self.accounts.call(account, command).await
    }
}
