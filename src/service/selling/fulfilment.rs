//! What became of a checkout: one function that callbacks, the return page and the cron all call.

use std::time::Duration;

use super::processors::{NoAnswer, OrderEvents, Processors};
use crate::domain::account::{OrderUnmoved, Reply};
use crate::domain::email::EmailAddress;
use crate::domain::order::{Event, Payment, State};
use crate::processor::{NewCheckout, Opened, Outcome, SessionReport};
use crate::service::Error;
use crate::service::error::unexpected;
use crate::service::ids::Ids;
use crate::service::mailing::without_address;
use crate::store::{EarlyReversal, EarlyReversals, Order, OrderRow, People, Reader};

/// How long a session can be paid: the least that Stripe allows is half an hour.
const SESSION_LIVES: Duration = Duration::from_hours(1);

/// Asks processors what became of orders, and tells their accounts.
#[derive(Clone)]
pub(in crate::service) struct Fulfilment {
    processors: Processors,
    events: OrderEvents,
    store: Reader,
    people: People,
    early: EarlyReversals,
    public_url: String,
    ids: Ids,
}

impl Fulfilment {
    pub(in crate::service) fn new(
        processors: Processors,
        events: OrderEvents,
        (store, people, early): (Reader, People, EarlyReversals),
        public_url: String,
        ids: Ids,
    ) -> Self {
        Self {
            processors,
            events,
            store,
            people,
            early,
            public_url,
            ids,
        }
    }

    pub(super) fn processors(&self) -> &Processors {
        &self.processors
    }

    pub(super) fn events(&self) -> &OrderEvents {
        &self.events
    }

    pub(super) fn store(&self) -> &Reader {
        &self.store
    }

    pub(super) fn early(&self) -> &EarlyReversals {
        &self.early
    }

    /// Has the session of an order made, under the order's key: where that is asked for again after an answer was lost,
    /// it is the same one.
    pub(super) async fn open_session(&self, order: &OrderRow) -> Result<(), Error> {
        let State::Created { errors, .. } = order.lifecycle.state else {
            return Ok(());
        };
        let of = self.processor(order)?;
        let (base, id) = (&self.public_url, order.id);
        let email = self.people.email_of(order.account).await?;
        let new = NewCheckout {
            order: id,
            name: &order.terms.name,
            price: order.terms.price,
            email: email.as_ref().map(EmailAddress::as_str),
            success_url: &format!("{base}/#/orders/{id}"),
            cancel_url: &format!("{base}/#/credits"),
            // Counted from the order's own time: a request that is made again has to be the same one.
            expires_at: order.lifecycle.created_at.plus(SESSION_LIVES),
            errors,
        };
        let mut opened = self.processors.open(of, &new).await;
        if matches!(opened, Opened::Refused(_)) && new.email.is_some() {
            // A processor may find fault with an address. Its buyer can enter one there.
            let new = NewCheckout { email: None, ..new };
            opened = self.processors.open(of, &new).await;
        }
        let told = |words: &str| match &email {
            Some(email) => without_address(words, email),
            None => words.to_owned(),
        };
        let (event, words) = match opened {
            Opened::Session(session) => {
                return self.tell(order, Event::SessionOpened(session)).await;
            }
            Opened::Refused(words) => {
                let words = told(&words);
                log::error!("event=checkout_refused order={id} error=\"{words}\"");
                return self.tell(order, Event::SessionRefused).await;
            }
            Opened::Unknown(words) => {
                let words = told(&words);
                log::warn!("event=checkout_unknown order={id} error=\"{words}\"");
                (Event::SessionUnknown, words)
            }
            Opened::Errored(words) => {
                let words = told(&words);
                log::warn!("event=checkout_errored order={id} error=\"{words}\"");
                (Event::SessionErrored, words)
            }
        };
        self.tell(order, event).await?;
        Err(Error::PaymentsUnavailable(words))
    }

    /// Reads the session of an order, and tells its account what became of it. It may be called by anybody at any time,
    /// also twice at once: a payment grants its order's credits once.
    pub(super) async fn fulfil(&self, order: &OrderRow) -> Result<(), Error> {
        let Some(session) = &order.session else {
            return self.open_session(order).await;
        };
        let of = self.processor(order)?;
        let report = self.processors.look(of, &session.id).await;
        match report.map_err(no_answer)? {
            Some(report) => self.apply(order, &report).await,
            // Nobody can pay what is not there: it is of another account at the processor, or of its test mode. Money that
            // comes all the same is granted.
            None => self.tell(order, Event::SessionExpired).await,
        }
    }

    /// Tells an account what its order's session is like. Whatever does not fit the order moves nothing, and is told to
    /// operators.
    pub(super) async fn apply(
        &self,
        order: &OrderRow,
        report: &SessionReport,
    ) -> Result<(), Error> {
        if let Some(contradiction) = contradiction(order, report) {
            return self.tell(order, Event::Contradicted(contradiction)).await;
        }
        let event = match &report.outcome {
            Outcome::Open => return Ok(()),
            Outcome::Pending => Event::PaymentPending,
            Outcome::Failed => Event::PaymentFailed,
            Outcome::Expired => Event::SessionExpired,
            Outcome::UnknownCurrency(code) => Event::Contradicted(format!("it was paid in {code}")),
            Outcome::Paid(payment) => {
                return self.paid(order, payment, report.receipt_url.clone()).await;
            }
        };
        self.tell(order, event).await
    }

    /// A payment, and what was told of it before it was seen.
    async fn paid(
        &self,
        order: &OrderRow,
        payment: &Payment,
        receipt_url: Option<String>,
    ) -> Result<(), Error> {
        let event = Event::Paid {
            payment: payment.clone(),
            receipt_url,
        };
        self.tell(order, event).await?;
        self.apply_early(&order.terms.processor, &payment.id).await
    }

    /// Applies reversals that came before their payment, and drops them.
    pub(super) async fn apply_early(&self, processor: &str, payment: &str) -> Result<(), Error> {
        let waiting = self.early.of(processor, payment).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let Some(Order { row, .. }) = self.store.order_of_payment(processor, payment).await? else {
            return Ok(());
        };
        for early in &waiting {
            self.reverse(&row, early.clone()).await?;
        }
        let of = (processor, payment);
        Ok(self.early.drop_applied(of, &waiting).await?)
    }

    /// Tells an account of money that goes back.
    pub(super) async fn reverse(
        &self,
        order: &OrderRow,
        early: EarlyReversal,
    ) -> Result<(), Error> {
        let EarlyReversal {
            is_live,
            currency,
            reversal,
        } = early;
        let price = order.terms.price;
        let event = if is_live != order.terms.is_live || currency != price.currency {
            let (id, code) = (&reversal.id, currency.as_str());
            Event::Contradicted(format!("{id} is in {code}, or of another mode"))
        } else {
            Event::Reversed(reversal)
        };
        self.tell(order, event).await
    }

    pub(super) async fn tell(&self, order: &OrderRow, event: Event) -> Result<(), Error> {
        let id = order.id;
        match self.events.tell(order.account, id, event).await? {
            Reply::OrderMoved {
                status,
                is_news: true,
                ..
            } => log::info!("event=order_moved order={id} status={status:?}"),
            Reply::OrderMoved { .. } => {}
            Reply::OrderUnmoved {
                because: OrderUnmoved::Anomaly(what),
                ..
            } => log::error!("event=order_anomaly order={id} problem=\"{what}\""),
            Reply::OrderUnmoved { status, because } => {
                log::info!(
                    "event=order_unmoved order={id} status={status:?} reason=\"{because:?}\""
                );
            }
            Reply::Refused(refused) => return Err(refused.into()),
            other => return Err(unexpected(&other)),
        }
        Ok(())
    }

    pub(super) fn processor(
        &self,
        order: &OrderRow,
    ) -> Result<&crate::config::ProcessorConfig, Error> {
        let found = self.processors.get(&order.terms.processor);
        found.map_err(no_answer)
    }

    pub(super) fn ids(&self) -> &Ids {
        &self.ids
    }
}

pub(super) fn no_answer(error: NoAnswer) -> Error {
    match error {
        NoAnswer::Silent(error) => Error::PaymentsUnavailable(error),
        NoAnswer::Unclear(error) => Error::PaymentsUnclear(error),
    }
}

/// What of a session does not fit its order: (1) whether real money moves; (2) which order it is for, where it says.
fn contradiction(order: &OrderRow, report: &SessionReport) -> Option<String> {
    let session = &report.id;
    if report.is_live != order.terms.is_live {
        return Some(format!("the session {session} is of another mode")); // (1)
    }
    let other = report.order.filter(|named| *named != order.id)?;
    Some(format!("the session {session} is for {other}")) // (2)
}
