//! What processors call back about.

use bytes::Bytes;
use http::HeaderMap;

use super::fulfilment::{Fulfilment, no_answer};
use crate::config::ProcessorConfig;
use crate::domain::order::Event;
use crate::processor::{Called, Happening, NotTaken, Reversed};
use crate::service::Error;
use crate::store::{EarlyReversal, Order};

/// Takes the events of processors.
pub struct PaymentEvents {
    fulfilment: Fulfilment,
}

impl PaymentEvents {
    pub(in crate::service) fn new(fulfilment: Fulfilment) -> Self {
        Self { fulfilment }
    }

    /// Whether events of this processor are heard.
    pub fn expects(&self, processor: &str) -> Result<(), Error> {
        let found = self.fulfilment.processors().get(processor);
        found.map(drop).map_err(|_| Error::NotFound)
    }

    /// Takes an event: (1) its signature has to be good; (2) an event of test money means nothing where real money moves,
    /// and the other way round; (3) what it says is applied. What does not concern us is taken, too: only an error has it
    /// sent again.
    pub async fn receive(
        &self,
        processor: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(), Error> {
        let of = self.fulfilment.processors().get(processor);
        let of = of.map_err(|_| Error::NotFound)?;
        let now = self.fulfilment.ids().now();
        let called = of.codec.event(&of.merchant, headers, body, now);
        let Called { is_live, happening } = match called {
            Ok(called) => called,
            Err(NotTaken::BadSignature) => {
                log::warn!("event=payment_event_refused processor={processor}");
                return Err(Error::BadEvent); // (1)
            }
            Err(error @ NotTaken::Malformed) => {
                return Err(Error::Internal(format!("{processor}: {error}")));
            }
        };
        if is_live != of.merchant.is_live {
            log::warn!("event=payment_event_of_another_mode processor={processor} live={is_live}");
            return Ok(()); // (2)
        }
        self.take(of, is_live, happening).await // (3)
    }

    async fn take(
        &self,
        of: &ProcessorConfig,
        is_live: bool,
        happening: Happening,
    ) -> Result<(), Error> {
        match happening {
            Happening::Session { id } => self.session(of, &id).await,
            Happening::PaymentFailed { session } => match self.order_of(of, &session).await? {
                Some(Order { row, .. }) => self.fulfilment.tell(&row, Event::PaymentFailed).await,
                None => Ok(()),
            },
            Happening::Reversed(reversed) => self.reversed(of, is_live, reversed).await,
            Happening::Ignored(kind) => {
                let processor = of.codec.name();
                log::info!("event=payment_event_ignored processor={processor} kind=\"{kind}\"");
                Ok(())
            }
        }
    }

    async fn order_of(&self, of: &ProcessorConfig, session: &str) -> Result<Option<Order>, Error> {
        let store = self.fulfilment.store();
        Ok(store.order_of_session(of.codec.name(), session).await?)
    }

    /// A session whose id was never told, since that answer was lost, names its order. Any other is none of ours.
    async fn session(&self, of: &ProcessorConfig, session: &str) -> Result<(), Error> {
        if let Some(Order { row, .. }) = self.order_of(of, session).await? {
            return self.fulfilment.fulfil(&row).await;
        }
        let report = self.fulfilment.processors().look(of, session).await;
        let report = report.map_err(no_answer)?;
        let named = report.as_ref().and_then(|report| report.order);
        let order = match named {
            Some(id) => self.fulfilment.store().order_by_id(id).await?,
            None => None,
        };
        match (order, report) {
            (Some(Order { row, .. }), Some(report)) if row.terms.processor == of.codec.name() => {
                self.fulfilment.apply(&row, &report).await
            }
            _ => {
                let processor = of.codec.name();
                log::info!("event=payment_of_nobody processor={processor} session=\"{session}\"");
                Ok(())
            }
        }
    }

    /// A reversal is kept before its order is looked for: whichever of payment and reversal is seen last applies it.
    async fn reversed(
        &self,
        of: &ProcessorConfig,
        is_live: bool,
        reversed: Reversed,
    ) -> Result<(), Error> {
        let (processor, payment) = (of.codec.name(), reversed.payment.as_str());
        let early = EarlyReversal {
            is_live,
            currency: reversed.currency,
            reversal: reversed.reversal,
        };
        let store = self.fulfilment.store();
        if let Some(Order { row, .. }) = store.order_of_payment(processor, payment).await? {
            return self.fulfilment.reverse(&row, early).await;
        }
        let now = self.fulfilment.ids().now();
        let kept = self.fulfilment.early();
        kept.keep((processor, payment), &early, now).await?;
        self.fulfilment.apply_early(processor, payment).await
    }
}
