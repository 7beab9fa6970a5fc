//! What strangers can have this deployment do, counted: mails, sign-ups and welcomes.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::config::{CheckoutLimits, MailLimits, WelcomeLimits};
use crate::domain::client::AddressPrefix;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AccountId, OrderId};
use crate::domain::limits::{LimitName, LimitReached, Usage};
use crate::ports::{Clock, RateLimiter};
use crate::signer::Signer;
use crate::store::{Counted, Counters};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Codes to one mailbox that are asked for from one network within an hour. What it is refused uses up nothing of the
/// mailbox.
const MAILS_OF_BOTH: u32 = 5;

/// And from all networks that nobody has signed in to the mailbox from: a stranger with four networks can have no more
/// sent, and its owner still gets theirs where they have been before. With the tries of each code this bounds guessing:
/// see [`crate::identity::email::CODE_DIGITS`].
const MAILS_TO_MAILBOX: u32 = 20;

/// How long a network is known to a mailbox.
const KNOWN: Duration = Duration::from_hours(90 * 24);

/// What `SIGN_IN_LIMIT` in wrangler.toml admits, of steps of sign-ins from one prefix.
const STEPS_PER_MINUTE: u32 = 30;

/// How often within a minute a processor is asked what became of one order because its buyer looks at it: every four
/// seconds.
const LOOKS_AT_ORDER: u32 = 15;

/// Counts what strangers ask for.
#[derive(Clone)]
pub(super) struct Counting {
    counters: Counters,
    rate_limiter: Arc<dyn RateLimiter>,
    signer: Signer,
    clock: Arc<dyn Clock>,
}

impl Counting {
    pub(super) fn new(
        (counters, rate_limiter): (Counters, Arc<dyn RateLimiter>),
        signer: Signer,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            counters,
            rate_limiter,
            signer,
            clock,
        }
    }

    /// Counts a step of a sign-in, before anything is read or written.
    pub(super) async fn step(&self, from: &AddressPrefix) -> Result<(), Error> {
        let whom = self.signer.counted("sign_in", from.as_str());
        if self.rate_limiter.admits(&whom).await {
            return Ok(());
        }
        Err(Error::RateLimited(LimitReached {
            name: LimitName::SignInsPerMinute,
            limit: STEPS_PER_MINUTE,
            wait: MINUTE,
        }))
    }

    /// Counts a mail with a code: by mailbox and network, by network, by mailbox unless it knows the network, and in
    /// all.
    pub(super) async fn mail(
        &self,
        to: &EmailAddress,
        from: &AddressPrefix,
        limits: MailLimits,
    ) -> Result<(), Error> {
        let mailbox = to.mailbox();
        let of_both = both(&mailbox, from);
        let known = self.signer.counted("known", &of_both);
        let is_known = self.counters.remembers("known", &known, self.clock.now());
        let is_known = is_known.await?;
        let to_mailbox = if is_known { 0 } else { MAILS_TO_MAILBOX };
        let (an_hour, a_day) = (LimitName::SignInMailsPerHour, LimitName::SignInMailsPerDay);
        for (name, what, of, most, window) in [
            (an_hour, "mail_both", of_both.as_str(), MAILS_OF_BOTH, HOUR),
            (an_hour, "mail_from", from.network(), limits.per_hour, HOUR),
            (an_hour, "mail_to", mailbox.as_str(), to_mailbox, HOUR),
            (a_day, "mail", "", limits.per_day, DAY),
        ] {
            let counted = self.counted(what, of, (most, window));
            let outcome = self.count(name, &counted).await;
            if outcome.is_err() && what == "mail" {
                log::error!("event=mails_of_the_day_used_up most={most}");
            }
            outcome?;
        }
        Ok(())
    }

    /// Remembers a network from which the owner of an address has signed in.
    pub(super) async fn known(&self, email: Option<&EmailAddress>, from: &AddressPrefix) {
        let Some(email) = email else {
            return;
        };
        let network = self.signer.counted("known", &both(&email.mailbox(), from));
        let until = self.clock.now().plus(KNOWN);
        if let Err(error) = self.counters.remember("known", &network, until).await {
            log::warn!("event=network_not_remembered error=\"{error}\"");
        }
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
    /// nothing of what is there for everybody. What was counted, or the limit that refuses it.
    pub(super) async fn welcome(
        &self,
        email: Option<&EmailAddress>,
        from: &AddressPrefix,
        limits: WelcomeLimits,
    ) -> Result<Result<Vec<Counted>, &'static str>, Error> {
        let domain = email.and_then(EmailAddress::registrable_domain);
        let domain = domain
            .as_deref()
            .map(|domain| ("welcome_domain", domain, limits.per_domain));
        let prefix = ("welcome_prefix", from.as_str(), limits.per_prefix);
        let all = ("welcome", "", limits.per_day);
        let mut done = Vec::new();
        for (what, of, most) in std::iter::once(prefix).chain(domain).chain([all]) {
            let counted = self.counted(what, of, (most, DAY));
            if !self.counters.count(&counted, self.clock.now()).await? {
                self.take_back(&done).await?;
                return Ok(Err(what));
            }
            done.push(counted);
        }
        Ok(Ok(done))
    }

    /// Counts a checkout, by account and by network.
    pub(super) async fn checkout(
        &self,
        account: AccountId,
        from: &AddressPrefix,
        limits: CheckoutLimits,
    ) -> Result<(), Error> {
        let network = ("checkout_from", from.network(), (limits.per_network, HOUR));
        let network = self.counted(network.0, network.1, network.2);
        self.count(LimitName::CheckoutsPerHour, &network).await?;
        for (name, counted) in self.checkouts_of(account, limits) {
            self.count(name, &counted).await?;
        }
        Ok(())
    }

    /// How many checkouts an account has begun, of each limit that there is.
    pub(super) async fn checkouts(
        &self,
        account: AccountId,
        limits: CheckoutLimits,
    ) -> Result<Vec<Usage>, Error> {
        let now = self.clock.now();
        let mut usage = Vec::new();
        for (name, counted) in self.checkouts_of(account, limits) {
            if counted.most > 0 {
                let used = self.counters.used(&counted, now).await?;
                let (_, end) = counted.window_at(now);
                usage.push(Usage {
                    name,
                    limit: counted.most,
                    used,
                    resets_at: (used > 0).then_some(end),
                });
            }
        }
        Ok(usage)
    }

    fn checkouts_of(
        &self,
        account: AccountId,
        limits: CheckoutLimits,
    ) -> [(LimitName, Counted); 2] {
        let account = account.to_string();
        let counted = |what, limit| self.counted(what, &account, limit);
        [
            (
                LimitName::CheckoutsPerHour,
                counted("checkout", (limits.per_account, HOUR)),
            ),
            (
                LimitName::CheckoutsPerDay,
                counted("checkout_day", (limits.per_day, DAY)),
            ),
        ]
    }

    /// Counts a buyer's look at an order that is to be paid.
    pub(super) async fn look_at_order(&self, order: OrderId) -> Result<(), Error> {
        let counted = self.counted("order", &order.to_string(), (LOOKS_AT_ORDER, MINUTE));
        self.count(LimitName::CheckoutsPerHour, &counted).await
    }

    /// Takes back what was counted for nothing.
    pub(super) async fn take_back(&self, counted: &[Counted]) -> Result<(), Error> {
        for counted in counted {
            self.counters.take_back(counted, self.clock.now()).await?;
        }
        Ok(())
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

/// A mailbox and a network. Whoever has a /48 has 65,536 of the prefixes that a customer has.
fn both(mailbox: &str, from: &AddressPrefix) -> String {
    format!("{mailbox}\n{}", from.network())
}
