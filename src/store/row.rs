//! Rows as they are stored, and their conversion into types of the domain.

use std::time::Duration;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::ledger::{Entry, Hash, HoldItem, Movement, Package, PackageKind, Reversed};
use crate::domain::time::Timestamp;

/// A statement whose rows are one JSON text: a list of these columns for each row of a select, which is given in
/// parts. What decodes a row has its fields in the order of the columns, so that no name is carried over with each.
macro_rules! json_rows {
    ($columns:expr, $($select:expr),+ $(,)?) => {
        concat!("select json_group_array(json_array(", $columns, ")) as json from (", $($select),+, ")")
    };
}
pub(super) use json_rows;

/// When what remains of a package expires, with any grace, as [`Package::credits_expire_at`] has it: null for never.
macro_rules! credits_expire_at {
    () => {
        "max(expires_at, coalesce(grace_until, 0), coalesce(reinstated_until, 0))"
    };
}
pub(super) use credits_expire_at;

/// The columns of a [`PackageRow`], in the order of its fields.
macro_rules! package_columns {
    () => {
        "id, kind, granted, remaining, held, spent, expired, clawed_back, granted_at, expires_at, grace_until,
         reversal_target, reversal_taken, reversal_life, reinstated_until"
    };
}
pub(super) use package_columns;

#[derive(Debug, Deserialize)]
pub(super) struct PackageRow {
    id: PackageId,
    kind: PackageKind,
    granted: Credits,
    remaining: Credits,
    held: Credits,
    spent: Credits,
    expired: Credits,
    clawed_back: Credits,
    granted_at: Timestamp,
    expires_at: Option<Timestamp>,
    grace_until: Option<Timestamp>,
    reversal_target: Credits,
    reversal_taken: Credits,
    reversal_life: Option<u64>,
    reinstated_until: Option<Timestamp>,
}

impl From<PackageRow> for Package {
    fn from(row: PackageRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            granted: row.granted,
            remaining: row.remaining,
            held: row.held,
            spent: row.spent,
            expired: row.expired,
            clawed_back: row.clawed_back,
            granted_at: row.granted_at,
            expires_at: row.expires_at,
            grace_until: row.grace_until,
            reversed: Reversed {
                target: row.reversal_target,
                taken: row.reversal_taken,
                life: row.reversal_life.map(Duration::from_millis),
                reinstated_until: row.reinstated_until,
            },
        }
    }
}

/// The columns of an [`EntryRow`].
macro_rules! entry_columns {
    () => {
        "seq, at, kind, amount, package_id, job_id, remaining_after, held_after, expires_at, hash"
    };
}
pub(super) use entry_columns;

#[derive(Debug, Deserialize)]
pub(super) struct EntryRow {
    seq: u64,
    at: Timestamp,
    kind: Movement,
    amount: Credits,
    package_id: Option<PackageId>,
    job_id: Option<JobId>,
    remaining_after: Credits,
    held_after: Credits,
    expires_at: Option<Timestamp>,
    hash: Hash,
}

impl From<EntryRow> for (Entry, Hash) {
    fn from(row: EntryRow) -> Self {
        let entry = Entry {
            seq: row.seq,
            at: row.at,
            movement: row.kind,
            amount: row.amount,
            package: row.package_id,
            job: row.job_id,
            remaining_after: row.remaining_after,
            held_after: row.held_after,
            expires_at: row.expires_at,
        };
        (entry, row.hash)
    }
}

/// The columns of a [`HoldItemRow`], in the order of its fields.
macro_rules! hold_item_columns {
    () => {
        "package_id, amount, settled, released, expires_at, remaining_before, closed_expires_at, closed_remaining"
    };
}
pub(super) use hold_item_columns;

#[derive(Debug, Deserialize)]
pub(super) struct HoldItemRow {
    package_id: PackageId,
    amount: Credits,
    pub(super) settled: Credits,
    pub(super) released: Credits,
    expires_at: Option<Timestamp>,
    remaining_before: Credits,
    pub(super) closed_expires_at: Option<Timestamp>,
    pub(super) closed_remaining: Option<Credits>,
}

impl HoldItemRow {
    pub(super) const fn item(&self) -> HoldItem {
        HoldItem {
            package: self.package_id,
            amount: self.amount,
            expires_at: self.expires_at,
            remaining_before: self.remaining_before,
        }
    }
}

/// Two structs of one row, of which each takes its own columns.
#[derive(Debug)]
pub(super) struct Joined<A, B>(pub(super) A, pub(super) B);

impl<'de, A: DeserializeOwned, B: DeserializeOwned> Deserialize<'de> for Joined<A, B> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let row = <&RawValue>::deserialize(from)?.get().as_bytes();
        let (first, second) = (serde_json::from_slice(row), serde_json::from_slice(row));
        Ok(Self(
            first.map_err(D::Error::custom)?,
            second.map_err(D::Error::custom)?,
        ))
    }
}

/// A boolean, which SQLite stores as 0 or 1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "u8")]
pub(super) struct Flag(pub(super) bool);

impl From<u8> for Flag {
    fn from(value: u8) -> Self {
        Self(value != 0)
    }
}

/// Reads a [`Flag`] into a field that is a `bool`.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Flag::deserialize(from).map(|Flag(is)| is)
}
