//! Receipts: what an operation did to each package.

use serde::{Deserialize, Serialize};

use super::hold::{ClosedHold, ClosedItem, HoldItem};
use super::journal::Movement;
use super::package::Package;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::PackageId;
use crate::domain::time::Timestamp;

/// One line per package and movement, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipt(pub Vec<ReceiptLine>);

/// What one movement did to one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// What kind of movement.
    pub movement: Movement,
    /// The package.
    pub package: PackageId,
    /// How many credits moved.
    pub credits: Credits,
    /// When the package's credits expire.
    pub expires_at: Option<Timestamp>,
    /// What the package had before it.
    pub remaining_before: Credits,
    /// What the package had after it.
    pub remaining_after: Credits,
}

impl Receipt {
    /// The receipt of a grant, from the package it made.
    pub fn of_grant(package: &Package) -> Self {
        Self(vec![ReceiptLine {
            movement: Movement::Grant,
            package: package.id,
            credits: package.granted,
            expires_at: package.expires_at,
            remaining_before: Credits::ZERO,
            remaining_after: package.granted,
        }])
    }

    /// The receipt of a clawback, from the package after it.
    pub fn of_clawback(package: &Package, amount: Credits, remaining_before: Credits) -> Self {
        Self(vec![ReceiptLine {
            movement: Movement::Clawback,
            package: package.id,
            credits: amount,
            expires_at: package.credits_expire_at(),
            remaining_before,
            remaining_after: package.remaining,
        }])
    }

    /// The receipt of what a reversal did to a package, from the package after it: nothing, if nothing moved.
    pub fn of_reversal(
        package: &Package,
        movement: Movement,
        amount: Credits,
        remaining_before: Credits,
    ) -> Self {
        let line = ReceiptLine {
            movement,
            package: package.id,
            credits: amount,
            expires_at: package.credits_expire_at(),
            remaining_before,
            remaining_after: package.remaining,
        };
        Self((!amount.is_zero()).then_some(line).into_iter().collect())
    }

    /// The receipt of a freeze, from the hold it made.
    pub fn of_freeze(items: &[HoldItem]) -> Result<Self, OutOfRange> {
        let line = |item: &HoldItem| {
            Ok(ReceiptLine {
                movement: Movement::Freeze,
                package: item.package,
                credits: item.amount,
                expires_at: item.expires_at,
                remaining_before: item.remaining_before,
                remaining_after: item.remaining_before.minus(item.amount)?,
            })
        };
        items.iter().map(line).collect::<Result<_, _>>().map(Self)
    }

    /// The receipt of a closing: what was settled in the order of consumption, then what went back
    /// in reverse.
    pub fn of_closing(closed: &ClosedHold) -> Result<Self, OutOfRange> {
        let before = |item: &ClosedItem| item.remaining_after.minus(item.released);
        let settled = closed
            .items
            .iter()
            .filter(|item| !item.settled.is_zero())
            .map(|item| {
                Ok(ReceiptLine {
                    movement: Movement::Settle,
                    package: item.item.package,
                    credits: item.settled,
                    expires_at: item.item.expires_at,
                    remaining_before: before(item)?,
                    remaining_after: before(item)?,
                })
            });
        let returned = closed
            .items
            .iter()
            .rev()
            .filter(|item| !item.released.is_zero())
            .map(|item| {
                Ok(ReceiptLine {
                    movement: Movement::Release,
                    package: item.item.package,
                    credits: item.released,
                    expires_at: item.expires_at,
                    remaining_before: before(item)?,
                    remaining_after: item.remaining_after,
                })
            });
        settled.chain(returned).collect::<Result<_, _>>().map(Self)
    }
}
