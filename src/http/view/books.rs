//! An account's credits, and their journal.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::ledger::{Entry, Movement, Package, PackageKind, Receipt};
use crate::service::JournalPage;

/// A package: credits that came in together and expire together.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Package"))]
pub(in crate::http) struct PackageView {
    /// The package's id.
    id: PackageId,
    /// Whether the credits were bought or given.
    kind: PackageKind,
    /// How many came in: always `remaining + held + spent + expired + clawed_back`.
    granted: Credits,
    /// How many can be used, until they expire.
    remaining: Credits,
    /// How many are reserved for open jobs.
    held: Credits,
    /// How many were charged for pictures that were stored.
    spent: Credits,
    /// How many were not used in time.
    expired: Credits,
    /// How many operators clawed back.
    clawed_back: Credits,
    /// When they came in.
    granted_at: Time,
    /// When what remains expires; null if it never does.
    expires_at: Option<Time>,
}

impl From<&Package> for PackageView {
    fn from(package: &Package) -> Self {
        Self {
            id: package.id,
            kind: package.kind,
            granted: package.granted,
            remaining: package.remaining,
            held: package.held,
            spent: package.spent,
            expired: package.expired,
            clawed_back: package.clawed_back,
            granted_at: Time(package.granted_at),
            expires_at: package.credits_expire_at().map(Time),
        }
    }
}

/// An account's credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Balance"))]
pub(in crate::http) struct CreditsView {
    /// How many can be used now, over all packages.
    pub(in crate::http) available: Credits,
    /// How many are reserved for open jobs, over all packages.
    pub(in crate::http) held: Credits,
    /// First those that can be used, in the order in which they are consumed; then those that are used
    /// up.
    pub(in crate::http) packages: Vec<PackageView>,
    /// What expires soon if it is not used.
    pub(in crate::http) expiring_soon: ExpiringSoonView,
    /// Whether the balance is low.
    pub(in crate::http) low_balance: LowBalanceView,
    /// Credits that were used, or are reserved, though their money went back; 0 if none. They are taken back as they return,
    /// and nothing is bought meanwhile.
    pub(in crate::http) shortage: Credits,
}

/// Credits that expire soon if they are not used.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ExpiringSoon"))]
pub(in crate::http) struct ExpiringSoonView {
    /// How many expire within `within_days`.
    pub(in crate::http) credits: Credits,
    /// When the first of them do; null if none do.
    pub(in crate::http) next_expiry: Option<Time>,
    /// How many days ahead count as soon.
    pub(in crate::http) within_days: u64,
}

/// Whether the balance is low.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LowBalance"))]
pub(in crate::http) struct LowBalanceView {
    /// Whether `available` is less than `below`.
    pub(in crate::http) is_low: bool,
    /// The balance below which it is low, in credits.
    pub(in crate::http) below: Credits,
}

/// An entry of the journal: one movement of credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Entry"))]
pub(in crate::http) struct EntryView {
    /// The entry's place in the account's journal: 1 for the first, without gaps.
    seq: u64,
    /// When the credits moved.
    at: Time,
    /// The kind of movement.
    kind: Movement,
    /// How many credits moved; for a late success, how many were waived.
    amount: Credits,
    /// The package whose credits moved; null for a late success.
    package: Option<PackageId>,
    /// The job it was for; null if it was for none.
    job: Option<JobId>,
    /// What the package had remaining afterwards.
    remaining_after: Credits,
    /// What the package had held afterwards.
    held_after: Credits,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            at: Time(entry.at),
            kind: entry.movement,
            amount: entry.amount,
            package: entry.package,
            job: entry.job,
            remaining_after: entry.remaining_after,
            held_after: entry.held_after,
        }
    }
}

/// A page of an account's journal.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct History {
    /// Newest first.
    pub(in crate::http) entries: Vec<EntryView>,
    /// The `cursor` of the next page; null on the last page.
    pub(in crate::http) next_cursor: Option<String>,
}

/// One line of a receipt: what an operation did to one package.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ReceiptLine"))]
pub(in crate::http) struct ReceiptLineView {
    /// The kind of movement.
    movement: Movement,
    /// The package.
    package: PackageId,
    /// How many credits moved.
    credits: Credits,
    /// When what remains of the package expires; null if it never does.
    expires_at: Option<Time>,
    /// What the package had remaining before.
    remaining_before: Credits,
    /// What the package had remaining afterwards.
    remaining_after: Credits,
}

/// What an operation did, movement by movement.
pub(in crate::http) fn receipt(receipt: &Receipt) -> Vec<ReceiptLineView> {
    let lines = receipt.0.iter().map(|line| ReceiptLineView {
        movement: line.movement,
        package: line.package,
        credits: line.credits,
        expires_at: line.expires_at.map(Time),
        remaining_before: line.remaining_before,
        remaining_after: line.remaining_after,
    });
    lines.collect()
}

/// Rows of a journal, as CSV (RFC 4180). No value contains a comma or a quote, so nothing is
/// escaped.
pub(in crate::http) fn csv(page: &JournalPage) -> String {
    fn or_empty(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let header = "seq,at,kind,amount,package,job,remaining_after,held_after,expires_at,hash\r\n";
    let rows = page.iter().map(|(entry, hash)| {
        let cells = [
            entry.seq.to_string(),
            entry.at.to_string(),
            entry.movement.name().into(),
            entry.amount.to_string(),
            or_empty(entry.package),
            or_empty(entry.job),
            entry.remaining_after.to_string(),
            entry.held_after.to_string(),
            or_empty(entry.expires_at),
            hash.to_string(),
        ];
        cells.join(",") + "\r\n"
    });
    std::iter::once(header.to_owned()).chain(rows).collect()
}
