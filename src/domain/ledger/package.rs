//! Credits that came in together and expire together.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::credits::Credits;
use crate::domain::id::PackageId;
use crate::domain::time::Timestamp;

/// Whether credits were bought or promotional. Of those that expire at the same time, promo credits
/// are consumed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum PackageKind {
    /// Promotional.
    Promo,
    /// Bought.
    Paid,
}

/// A package. `granted = remaining + held + spent + expired + clawed_back`, always; the database
/// checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The id of the package.
    pub id: PackageId,
    /// Promo or paid.
    pub kind: PackageKind,
    /// The granted credits.
    pub granted: Credits,
    /// What can be frozen, until the package's credits expire.
    pub remaining: Credits,
    /// What is reserved by open holds.
    pub held: Credits,
    /// What was consumed.
    pub spent: Credits,
    /// The expired credits.
    pub expired: Credits,
    /// The credits that were clawed back.
    pub clawed_back: Credits,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Until when credits that returned after `expires_at` can be used.
    pub grace_until: Option<Timestamp>,
    /// What reversals of its payment take back.
    #[serde(default, skip_serializing_if = "Reversed::is_none")]
    pub reversed: Reversed,
}

/// What reversals of a payment take back of its package, which is a part of `clawed_back`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// The credits to be taken back in all.
    pub target: Credits,
    /// The credits that were taken: at most `target`, and as many as that while any remain.
    pub taken: Credits,
    /// The longest that taken credits still had to live when they were taken; `None` if none are taken, or they never
    /// expire.
    pub life: Option<Duration>,
    /// Until when credits that were given back can be used, if that is later than without that.
    pub reinstated_until: Option<Timestamp>,
}

impl Reversed {
    const fn is_none(&self) -> bool {
        self.target.is_zero() && self.reinstated_until.is_none()
    }
}

impl Package {
    /// When what remains expires, with any grace; `None`: never.
    pub fn credits_expire_at(&self) -> Option<Timestamp> {
        let later = self.grace_until.max(self.reversed.reinstated_until);
        self.expires_at.max(later)
    }

    /// The credits that are still to be taken back, of those that return.
    pub fn shortage(&self) -> Credits {
        self.reversed
            .target
            .minus(self.reversed.taken)
            .unwrap_or_default()
    }

    /// The part of the shortage that was used, or may still be: nobody has had what expired, or what an operator took.
    pub fn spent_shortage(&self) -> Credits {
        let unused = self.expired.plus(self.clawed_back).unwrap_or_default();
        self.reversed.target.minus(unused).unwrap_or_default()
    }

    /// Whether what remains has expired. Intervals are half open: at its very expiry a credit is
    /// gone.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.credits_expire_at().is_some_and(|expiry| expiry <= now)
    }

    /// The order of consumption, total: soonest expiry (never is last), promo before paid, oldest,
    /// by id.
    pub fn burn_order(&self) -> impl Ord + use<> {
        let expiry = self.credits_expire_at();
        (
            expiry.is_none(),
            expiry,
            self.kind,
            self.granted_at,
            self.id,
        )
    }

    /// Whether anything can still happen to it.
    pub fn is_open(&self) -> bool {
        !(self.remaining.is_zero() && self.held.is_zero())
    }
}
