//! Buying credits: checkouts, what becomes of them, and money that goes back.
//!
//! Read in this order: [`Checkouts`] begins a purchase; [`fulfil`](fulfilment::Fulfilment::fulfil) asks the processor what
//! became of it, whoever wants to know; [`PaymentEvents`] takes what processors call back about; [`Refunds`] gives money
//! back; and the cron has [`OrderReconciler`] finish what callbacks did not.

mod books;
mod checkout;
mod ending;
mod events;
mod fulfilment;
mod mails;
mod orders;
mod processors;
mod reconciler;
mod refunds;

pub use books::{SoldBooks, SoldReport};
pub use checkout::{CheckoutBegun, Checkouts, NewOrder};
pub(super) use ending::OpenCheckouts;
pub use events::PaymentEvents;
pub(super) use fulfilment::Fulfilment;
pub(super) use mails::PurchaseMails;
pub(super) use orders::Buyers;
pub use orders::OwnOrders;
pub(super) use processors::{OrderEvents, Processors};
pub(super) use reconciler::OrderReconciler;
pub use refunds::{Refunded, Refunds, WantedRefund};
