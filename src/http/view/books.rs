//! What an account has, and how it came to that.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::ledger::{Entry, Movement, Package, PackageKind, Receipt};
use crate::service::JournalPage;

/// Credits that came in together and expire together.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Package"))]
pub(in crate::http) struct PackageView {
    id: PackageId,
    kind: PackageKind,
    /// What came in: `remaining + held + spent + expired + clawed_back`, always.
    granted: Credits,
    /// What can be used until it expires.
    remaining: Credits,
    /// What open jobs have reserved.
    held: Credits,
    spent: Credits,
    expired: Credits,
    /// What an operator took back.
    clawed_back: Credits,
    granted_at: Time,
    /// Null: never.
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

/// What an account has.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Balance"))]
pub(in crate::http) struct CreditsView {
    pub(in crate::http) available: Credits,
    pub(in crate::http) held: Credits,
    /// In the order of consumption, then those that are used up.
    pub(in crate::http) packages: Vec<PackageView>,
    pub(in crate::http) expiring_soon: ExpiringSoonView,
    pub(in crate::http) low_balance: LowBalanceView,
}

/// What is lost if it is not used soon.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ExpiringSoon"))]
pub(in crate::http) struct ExpiringSoonView {
    pub(in crate::http) credits: Credits,
    /// When the first of it expires.
    pub(in crate::http) next_expiry: Option<Time>,
    /// What counts as soon.
    pub(in crate::http) within_days: u64,
}

/// Whether what is left is soon used up.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LowBalance"))]
pub(in crate::http) struct LowBalanceView {
    pub(in crate::http) is_low: bool,
    /// Below this many credits it is.
    pub(in crate::http) below: Credits,
}

/// One movement of credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Entry"))]
pub(in crate::http) struct EntryView {
    /// Its place in the account's journal, from 1, without gaps.
    seq: u64,
    at: Time,
    kind: Movement,
    amount: Credits,
    /// Null for a late success, which costs nothing.
    package: Option<PackageId>,
    job: Option<JobId>,
    remaining_after: Credits,
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
    /// The `cursor` of the next page, if there is one.
    pub(in crate::http) next_cursor: Option<String>,
}

/// What one movement did to one package.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ReceiptLine"))]
pub(in crate::http) struct ReceiptLineView {
    movement: Movement,
    package: PackageId,
    credits: Credits,
    expires_at: Option<Time>,
    remaining_before: Credits,
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

/// Rows of a journal, as RFC 4180 has it. No value has a comma or a quote in it.
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
