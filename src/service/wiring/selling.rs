//! The wiring of what has to do with buying.

use std::sync::Arc;

use super::Atelier;
use crate::service::mailing::Mailing;
use crate::service::selling::{
    Buyers, Checkouts, Fulfilment, OpenCheckouts, OrderEvents, OrderReconciler, OwnOrders,
    PaymentEvents, Processors, PurchaseMails, Refunds, SoldBooks,
};
use crate::store::{AnomalyWriter, EarlyReversals, ExpiryNotices, OrderMails, People, RefundRows};

impl Atelier {
    /// Beginning purchases; `None` where nothing is sold.
    pub fn checkouts(&self) -> Option<Checkouts> {
        Some(Checkouts::new(self.fulfilment()?, self.counting()))
    }

    /// What processors call back about; `None` where nothing is sold.
    pub fn payment_events(&self) -> Option<PaymentEvents> {
        self.fulfilment().map(PaymentEvents::new)
    }

    /// A buyer's own orders.
    pub fn own_orders(&self) -> OwnOrders {
        let fulfilment = self.fulfilment();
        let asking = fulfilment.map(|fulfilment| Buyers::new(fulfilment, self.counting()));
        OwnOrders::new(self.reader(), asking)
    }

    /// Giving money back; `None` where nothing is sold.
    pub fn refunds(&self) -> Option<Refunds> {
        let rows = (
            RefundRows::new(self.database()),
            AnomalyWriter::new(self.database()),
        );
        Some(Refunds::new(self.fulfilment()?, rows))
    }

    /// What operators read of what was sold.
    pub fn sold_books(&self) -> SoldBooks {
        SoldBooks::new(self.reader(), self.fulfilment(), self.clock())
    }

    pub(super) fn open_checkouts(&self) -> Option<OpenCheckouts> {
        self.fulfilment().map(OpenCheckouts::new)
    }

    pub(super) fn order_reconciler(&self) -> Option<OrderReconciler> {
        self.fulfilment().map(OrderReconciler::new)
    }

    pub(super) fn purchase_mails(&self) -> PurchaseMails {
        let config = &self.0.config;
        let sign_in = config.sign_in.as_ref();
        let mail = sign_in.and_then(|sign_in| sign_in.mail.clone());
        let ports = &self.0.ports;
        let mailing = mail.map(|mail| {
            Mailing::new(
                mail,
                Arc::clone(&ports.http),
                Arc::clone(&ports.mail),
                self.ids(),
            )
        });
        PurchaseMails::new(
            mailing,
            (self.reader(), People::new(self.database())),
            (
                OrderMails::new(self.database()),
                ExpiryNotices::new(self.database()),
            ),
            (config.site.name.clone(), config.public_url.clone()),
            self.ids(),
        )
    }

    fn fulfilment(&self) -> Option<Fulfilment> {
        let config = &self.0.config;
        let selling = config.selling.clone()?;
        let ports = &self.0.ports;
        Some(Fulfilment::new(
            Processors::new(selling, Arc::clone(&ports.http)),
            OrderEvents::new(Arc::clone(&ports.accounts), self.ids()),
            (
                self.reader(),
                People::new(self.database()),
                EarlyReversals::new(self.database()),
            ),
            config.public_url.clone(),
            self.ids(),
        ))
    }
}
