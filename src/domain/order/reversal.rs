//! Money that goes back, and how many credits that takes with it.
//!
//! What is to be taken is a function of the set of a payment's live reversals, and of nothing else: so it does not
//! depend on the order in which a processor tells of them, nor on how often.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::credits::Credits;

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStage {
    /// Under way: the money is as good as gone.
    Pending,
    /// The buyer has it.
    Succeeded,
    /// It did not arrive, or was withdrawn: the money stays.
    Undone,
}

/// How far a dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStage {
    /// The bank asks, and no money has moved.
    Inquiry,
    /// It is open, and no money has moved yet.
    Opened,
    /// The money is withdrawn.
    Withdrawn,
    /// The money is back.
    Reinstated,
    /// It is decided for us.
    Won,
    /// It is decided against us.
    Lost,
}

impl DisputeStage {
    /// What comes later in its life outranks what comes before, however late it is told. Money that came back after all
    /// outranks a loss.
    const fn rank(self) -> u8 {
        match self {
            Self::Inquiry => 0,
            Self::Opened => 1,
            Self::Withdrawn => 2,
            Self::Lost => 3,
            Self::Reinstated => 4,
            Self::Won => 5,
        }
    }

    const fn is_live(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Lost)
    }
}

/// What kind of reversal it is, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReversalKind {
    /// The operator gives money back.
    Refund(RefundStage),
    /// The buyer's bank takes it back.
    Dispute(DisputeStage),
}

/// Money of one payment that goes back, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// The processor's id of the refund or dispute.
    pub id: String,
    /// What it is.
    pub kind: ReversalKind,
    /// How much, in minor units, tax included.
    pub minor: u64,
}

impl Reversal {
    /// Whether its money is gone.
    pub const fn is_live(&self) -> bool {
        match self.kind {
            ReversalKind::Refund(stage) => !matches!(stage, RefundStage::Undone),
            ReversalKind::Dispute(stage) => stage.is_live(),
        }
    }

    /// Whether it is a dispute that is open, or lost.
    const fn is_unresolved_dispute(&self) -> bool {
        match self.kind {
            ReversalKind::Refund(_) => false,
            ReversalKind::Dispute(stage) => {
                !matches!(stage, DisputeStage::Won | DisputeStage::Reinstated)
            }
        }
    }

    /// Whether this is news of the same reversal: further in its life than what is known.
    const fn outranks(&self, known: &Self) -> bool {
        match (self.kind, known.kind) {
            (ReversalKind::Refund(new), ReversalKind::Refund(old)) => new as u8 > old as u8,
            (ReversalKind::Dispute(new), ReversalKind::Dispute(old)) => new.rank() > old.rank(),
            // One id is never both.
            (ReversalKind::Refund(_), ReversalKind::Dispute(_))
            | (ReversalKind::Dispute(_), ReversalKind::Refund(_)) => false,
        }
    }
}

/// The reversals of one payment, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversals(BTreeMap<String, Reversal>);

impl Reversals {
    /// Notes what a processor tells of a reversal, and says whether it is news.
    pub fn note(&mut self, reversal: Reversal) -> bool {
        match self.0.get(&reversal.id) {
            Some(known) if !reversal.outranks(known) => false,
            _ => {
                self.0.insert(reversal.id.clone(), reversal);
                true
            }
        }
    }

    /// How much money is gone: at most what was paid, since a refund and a dispute of the same money may overlap.
    pub fn reversed(&self, paid: u64) -> u64 {
        let live = self.0.values().filter(|reversal| reversal.is_live());
        let sum = live
            .map(|reversal| reversal.minor)
            .fold(0, u64::saturating_add);
        sum.min(paid)
    }

    /// How many of the credits that were granted are to be taken back: their share of the money that is gone, rounded to
    /// the nearest, half up.
    pub fn target(&self, granted: Credits, paid: u64) -> Credits {
        let (granted_by, reversed) = (u128::from(granted.get()), u128::from(self.reversed(paid)));
        let paid = u128::from(paid);
        // At most 2 * 2^53 * 2^64, which fits.
        let doubled = granted_by
            .saturating_mul(reversed)
            .saturating_mul(2)
            .saturating_add(paid);
        let share = doubled
            .checked_div(paid.saturating_mul(2))
            .unwrap_or_default();
        let share = u64::try_from(share)
            .ok()
            .and_then(|share| Credits::try_from(share).ok());
        share.unwrap_or(granted).min(granted)
    }

    /// Whether a dispute of it is open, or lost.
    pub fn is_disputed(&self) -> bool {
        self.0.values().any(Reversal::is_unresolved_dispute)
    }

    /// Whether a dispute is not decided yet. One that was lost is over: what it left is a shortage, or nothing.
    pub fn has_open_dispute(&self) -> bool {
        self.0.values().any(|reversal| match reversal.kind {
            ReversalKind::Refund(_) => false,
            ReversalKind::Dispute(stage) => matches!(
                stage,
                DisputeStage::Inquiry | DisputeStage::Opened | DisputeStage::Withdrawn
            ),
        })
    }

    /// All of them, by their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Reversal> {
        self.0.values()
    }
}
