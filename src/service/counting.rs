//! What strangers can have this deployment do, counted: mails, sign-ups and welcomes.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::config::WelcomeLimits;
use crate::domain::client::AddressPrefix;
use crate::domain::email::EmailAddress;
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, LimitReached};
use crate::ports::{Clock, OuterNet};
use crate::signer::Signer;
use crate::store::{Counted, Counters};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Codes to one mailbox that are asked for from one address prefix within an hour.
const MAILS_OF_BOTH: u32 = 5;

/// And from anywhere: above that of one prefix, so that no stranger can use a mailbox's codes up alone. With the tries
/// of each code this bounds guessing: see [`crate::identity::email::CODE_DIGITS`].
const MAILS_TO_MAILBOX: u32 = 20;

/// What `SIGN_IN_LIMIT` in wrangler.toml admits, of steps of sign-ins from one prefix.
const STEPS_PER_MINUTE: u32 = 30;

/// Counts what strangers ask for.
#[derive(Clone)]
pub(super) struct Counting {
    counters: Counters,
    outer_net: Arc<dyn OuterNet>,
    signer: Signer,
    clock: Arc<dyn Clock>,
}

impl Counting {
    pub(super) fn new(
        (counters, outer_net): (Counters, Arc<dyn OuterNet>),
        signer: Signer,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            counters,
            outer_net,
            signer,
            clock,
        }
    }

    /// Counts a step of a sign-in, before anything is read or written.
    pub(super) async fn step(&self, from: &AddressPrefix) -> Result<(), Error> {
        let whom = self.signer.counted("sign_in", from.as_str());
        if self.outer_net.admits(&whom).await {
            return Ok(());
        }
        Err(Error::RateLimited(LimitReached {
            name: LimitName::SignInsPerMinute,
            limit: STEPS_PER_MINUTE,
            wait: MINUTE,
        }))
    }

    /// Counts a mail with a code: first what one prefix may do, so that what is refused there uses up nothing of the
    /// mailbox. `most` is what one prefix may have sent to all mailboxes: an office, or a school, behind one address.
    pub(super) async fn mail(
        &self,
        to: &EmailAddress,
        from: &AddressPrefix,
        most: u32,
    ) -> Result<(), Error> {
        let (mailbox, prefix) = (to.mailbox(), from.as_str());
        let of_both = format!("{mailbox}\n{prefix}");
        for (what, of, most) in [
            ("mail_both", of_both.as_str(), MAILS_OF_BOTH),
            ("mail_from", prefix, most),
            ("mail_to", mailbox.as_str(), MAILS_TO_MAILBOX),
        ] {
            let counted = self.counted(what, of, (most, HOUR));
            self.count(LimitName::SignInMailsPerHour, &counted).await?;
        }
        Ok(())
    }

    /// Counts a new user.
    pub(super) async fn sign_up(&self, from: &AddressPrefix, most: u32) -> Result<(), Error> {
        let counted = self.counted("sign_up", from.as_str(), (most, DAY));
        self.count(LimitName::SignUpsPerDay, &counted).await
    }

    /// Counts a request that was refused for its content, and says whether there may be more of its account within the
    /// day.
    pub(super) async fn refused(&self, account: AccountId, most: u32) -> Result<bool, Error> {
        let counted = self.counted("content_refused", &account.to_string(), (most, DAY));
        Ok(self.counters.count(&counted, self.clock.now()).await?)
    }

    /// Counts a welcome: by prefix, by domain, and in all, in this order, so that what a farm is refused uses up
    /// nothing of what is there for everybody. The limit that refuses it, if one does.
    pub(super) async fn welcome(
        &self,
        email: Option<&EmailAddress>,
        from: &AddressPrefix,
        limits: WelcomeLimits,
    ) -> Result<Option<&'static str>, Error> {
        let domain = email.and_then(EmailAddress::registrable_domain);
        let domain = domain
            .as_deref()
            .map(|domain| ("welcome_domain", domain, limits.per_domain));
        let prefix = ("welcome_prefix", from.as_str(), limits.per_prefix);
        let all = ("welcome", "", limits.per_day);
        for (what, of, most) in std::iter::once(prefix).chain(domain).chain([all]) {
            let counted = self.counted(what, of, (most, DAY));
            if !self.counters.count(&counted, self.clock.now()).await? {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    fn counted(&self, what: &'static str, of: &str, (most, window): (u32, Duration)) -> Counted {
        let of = if of.is_empty() {
            String::new()
        } else {
            self.signer.counted(what, of)
        };
        Counted {
            what,
            of,
            most,
            window,
        }
    }

    async fn count(&self, name: LimitName, counted: &Counted) -> Result<(), Error> {
        let now = self.clock.now();
        if self.counters.count(counted, now).await? {
            return Ok(());
        }
        let (_, end) = counted.window_at(now);
        Err(Error::RateLimited(LimitReached {
            name,
            limit: counted.most,
            wait: end.since(now),
        }))
    }
}
