//! What buyers are told by mail: that credits have come, that a payment failed, and that credits expire soon.

use std::time::Duration;

use crate::domain::id::AccountId;
use crate::domain::order::State;
use crate::mail::{Message, expiry_message, failed_payment_message, receipt_message};
use crate::service::Error;
use crate::service::ids::Ids;
use crate::service::mailing::Mailing;
use crate::store::{ExpiryNotices, Order, OrderMails, People, Reader};

/// How long before their end people are told of credits that expire.
const NOTICE: Duration = Duration::from_hours(7 * 24);

/// Tells buyers by mail. Nobody waits for it, and a mail is sent at most once: it is taken before it is sent.
pub(in crate::service) struct PurchaseMails {
    mailing: Option<Mailing>,
    store: Reader,
    people: People,
    rows: (OrderMails, ExpiryNotices),
    site: (String, String),
    ids: Ids,
}

impl PurchaseMails {
    pub(in crate::service) fn new(
        mailing: Option<Mailing>,
        (store, people): (Reader, People),
        rows: (OrderMails, ExpiryNotices),
        site: (String, String),
        ids: Ids,
    ) -> Self {
        Self {
            mailing,
            store,
            people,
            rows,
            site,
            ids,
        }
    }

    /// Sends what orders are waiting to be told. Buyers without an address that we know are told by the page alone.
    pub(in crate::service) async fn of_orders(&self) -> Result<(), Error> {
        for (order, mail) in self.store.orders_to_mail().await? {
            if !self.rows.0.take(&order.row, &mail).await? {
                continue;
            }
            if let Some(message) = self.message(&order, &mail) {
                self.send(order.row.account, message).await?;
            }
        }
        Ok(())
    }

    /// Tells, once for each package, of credits that expire within a week.
    pub(in crate::service) async fn of_expiry(&self) -> Result<(), Error> {
        if self.mailing.is_none() {
            return Ok(());
        }
        let now = self.ids.now();
        for expiring in self.store.expiring(now, now.plus(NOTICE)).await? {
            if self.rows.1.take(&expiring, now).await? {
                let (site, url) = self.site();
                let credits = expiring.remaining;
                let message = expiry_message(site, url, credits, expiring.expires_at);
                self.send(expiring.account, message).await?;
            }
        }
        Ok(())
    }

    fn message(&self, Order { row, .. }: &Order, mail: &str) -> Option<Message> {
        let (site, url) = self.site();
        match (mail, &row.lifecycle.state) {
            ("receipt", State::Paid(purchase)) => {
                let receipt = purchase.receipt_url.as_deref();
                Some(receipt_message(site, url, (row.id, &row.terms), receipt))
            }
            ("failed", State::Failed) => {
                Some(failed_payment_message(site, url, (row.id, &row.terms)))
            }
            // It has moved on since.
            _ => None,
        }
    }

    fn site(&self) -> (&str, &str) {
        (&self.site.0, &self.site.1)
    }

    async fn send(&self, account: AccountId, message: Message) -> Result<(), Error> {
        let Some(mailing) = &self.mailing else {
            return Ok(());
        };
        if let Some(to) = self.people.email_of(account).await? {
            mailing.send(to, message).await;
        }
        Ok(())
    }
}
