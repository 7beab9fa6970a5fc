//! The money: packages of credits, holds on them, and the journal of every movement.
//!
//! A [`Draft`] is opened on an account's [`Book`] at a moment; it first applies what is due at that
//! moment, then decides one operation, and ends as [`Changes`], which the store commits in one
//! batch. Nothing here knows of SQL, and nothing outside decides about credits.

mod anchor;
mod audit;
mod book;
mod draft;
mod hold;
mod journal;
mod operation;
mod package;
mod receipt;

pub use anchor::{Anchored, Part, digest};
pub use audit::{Discrepancy, Replay};
pub use book::{Book, Changes, Head, PackageMove};
pub use draft::Draft;
pub use hold::{ClosedHold, ClosedItem, Closing, Hold, HoldItem};
pub use journal::{Entry, Hash, Movement};
pub use operation::{Clawback, Freeze, Grant, Refusal, Rules};
pub use package::{Package, PackageKind, Reversed};
pub use receipt::{Receipt, ReceiptLine};

#[cfg(test)]
mod tests;
