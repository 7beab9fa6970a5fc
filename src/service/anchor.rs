//! Anchoring the journals: each day their heads are put where the database's writers do not reach.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Error;
use crate::domain::id::AccountId;
use crate::domain::ledger::{Anchored, Hash, Part, digest};
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Documents};
use crate::store::Reader;

/// Accounts of one part: about 550 KB, and as much work as one run of the cron does.
const ACCOUNTS_OF_A_PART: u16 = 5000;

/// How many days back an anchor is searched for. Should the cron stand still for longer, the chain
/// begins anew, and the log says so.
const MOST_DAYS_BACK: i64 = 10;

const MILLIS_OF_A_DAY: i64 = 24 * 60 * 60 * 1000;

/// What a run has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredPart {
    /// Its key.
    pub key: String,
    /// How many accounts it has.
    pub accounts: usize,
    /// What the next one begins with.
    pub digest: Hash,
}

/// All parts of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnchorOfDay {
    /// The day in UTC, as `2026-11-29`.
    pub(super) day: String,
    keys: Vec<String>,
}

/// What a comparison of journals with an anchor has shown.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// What the anchor has, and the journals do not have.
    pub(super) missing: Vec<Anchored>,
    /// Parts that could not be compared with: the account after which each begins, and why.
    pub(super) unreadable: Vec<(Option<AccountId>, String)>,
}

/// Where a part is kept: its number, the account after which it begins, and whether its day ends with
/// it. So a list of keys tells how far the day is, and which part an account is in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    after: Option<AccountId>,
    is_last: bool,
}

fn key(part: &Part) -> String {
    let after = part.after.map(|account| format!(".{account}"));
    let last = if part.through.is_none() { ".last" } else { "" };
    let (day, number) = (&part.day, part.number);
    let after = after.unwrap_or_default();
    format!("anchors/{day}/{number:04}{after}{last}")
}

fn place(key: &str) -> Option<Place> {
    let mut words = key.rsplit('/').next()?.split('.').skip(1).peekable();
    let after = words.next_if(|word| *word != "last");
    let after = after.map(str::parse).transpose().ok()?;
    let is_last = words.next() == Some("last");
    Some(Place { after, is_last })
}

impl AnchorOfDay {
    fn is_complete(&self) -> bool {
        let last = self.keys.last().and_then(|key| place(key));
        last.is_some_and(|place| place.is_last)
    }

    /// The keys of the parts that have accounts after `after`, up to `through`.
    fn keys_of(&self, after: Option<AccountId>, through: Option<AccountId>) -> Vec<&str> {
        let begins: Vec<_> = self
            .keys
            .iter()
            .map(|key| place(key).and_then(|place| place.after))
            .collect();
        let ends = begins.iter().skip(1).copied().chain([None]);
        let parts = self.keys.iter().zip(begins.iter().copied().zip(ends));
        let has_some = |(begin, end): (Option<AccountId>, Option<AccountId>)| {
            let begins_before = through.is_none_or(|through| begin < Some(through));
            let ends_behind = end.is_none_or(|end| after < Some(end));
            begins_before && ends_behind
        };
        let parts = parts.filter(|(_, range)| has_some(*range));
        parts.map(|(key, _)| key.as_str()).collect()
    }
}

fn day_of(now: Timestamp, days_ago: i64) -> String {
    let millis = days_ago.saturating_mul(MILLIS_OF_A_DAY);
    let day = Timestamp::from_millis(now.millis().saturating_sub(millis));
    day.to_string().chars().take(10).collect()
}

/// Writes anchors, and compares the journals with them.
#[derive(Clone)]
pub struct Anchors {
    store: Reader,
    documents: Arc<dyn Documents>,
    clock: Arc<dyn Clock>,
}

impl Anchors {
    pub(super) fn new(store: Reader, documents: Arc<dyn Documents>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            documents,
            clock,
        }
    }

    /// Writes the next part of today's anchor, if one is left: (1) list the keys to find where to go on;
    /// (2) compare the previous anchor with the journals of these accounts: log what differs or cannot be
    /// read, and carry it forward; (3) begin the part with the digest of the one before; (4) write it
    /// once, so that of two runs at once only one writes.
    pub async fn write_next(&self) -> Result<Option<AnchoredPart>, Error> {
        let now = self.clock.now();
        let today = self.anchor_of(&day_of(now, 0)).await?;
        if today.is_complete() {
            return Ok(None); // (1)
        }
        let before = self.complete_anchor(now, 1).await?;
        let of_before = before.as_ref().and_then(|before| before.keys.last());
        let last_key = today.keys.last().or(of_before);
        let last = match last_key {
            Some(key) => self.documents.read(key).await?,
            None => None,
        };
        let after = match today.keys.last() {
            Some(key) => self.end_of(key, last.as_deref()).await?,
            None => None,
        };
        let mut heads = self.store.heads(after, ACCOUNTS_OF_A_PART).await?;
        let is_last = heads.len() < usize::from(ACCOUNTS_OF_A_PART);
        let through = heads.last().map(|head| head.account).filter(|_| !is_last);
        let accounts = heads.len();
        if before.is_some() {
            let carried = self.carried(now, after, through).await?; // (2)
            heads.extend(carried);
        } else if today.keys.is_empty() {
            log::warn!("event=anchor_chain_begins day={}", today.day);
        }
        let part = Part {
            day: today.day.clone(),
            number: u32::try_from(today.keys.len()).unwrap_or(u32::MAX),
            previous: last.as_deref().map_or(Hash::GENESIS, digest), // (3)
            after,
            through,
            lines: heads,
        };
        let (key, text) = (key(&part), part.text());
        let digest = digest(&text);
        if !self.documents.write_once(&key, text).await? {
            return Ok(None); // (4)
        }
        log::info!("event=anchor_written key={key} accounts={accounts} digest={digest}");
        Ok(Some(AnchoredPart {
            key,
            accounts,
            digest,
        }))
    }

    /// The latest anchor that is complete, today's or an earlier one.
    pub(super) async fn latest(&self) -> Result<Option<AnchorOfDay>, Error> {
        self.complete_anchor(self.clock.now(), 0).await
    }

    /// Where a part of today ends. If it cannot be read, as far after its begin as a part's accounts go:
    /// there may be new ones among them, so this is never behind its end.
    async fn end_of(&self, key: &str, text: Option<&str>) -> Result<Option<AccountId>, Error> {
        if let Some(part) = text.and_then(Part::parse) {
            return Ok(part.through);
        }
        log::error!("event=anchor_unreadable key={key}");
        let begin = place(key).and_then(|place| place.after);
        let heads = self.store.heads(begin, ACCOUNTS_OF_A_PART).await?;
        Ok(heads.last().map(|head| head.account))
    }

    /// The anchored rows of the accounts after `after`, up to `through`, that their journals lack. Compares with
    /// the latest complete anchor, or with the one before it while a part cannot be read.
    async fn carried(
        &self,
        now: Timestamp,
        after: Option<AccountId>,
        through: Option<AccountId>,
    ) -> Result<BTreeSet<Anchored>, Error> {
        let mut carried = BTreeSet::new();
        for days_ago in 1..MOST_DAYS_BACK {
            let anchor = self.anchor_of(&day_of(now, days_ago)).await?;
            if !anchor.is_complete() {
                continue;
            }
            let compared = self.compare(&anchor, after, through).await?;
            let day = &anchor.day;
            for Anchored { account, seq, .. } in &compared.missing {
                log::error!("event=anchor_mismatch account={account} seq={seq} day={day}");
            }
            for (_, problem) in &compared.unreadable {
                log::error!("event=anchor_unreadable day={day} problem=\"{problem}\"");
            }
            carried.extend(compared.missing);
            if compared.unreadable.is_empty() {
                break;
            }
        }
        Ok(carried)
    }

    /// Compares the journals of the accounts after `after`, up to `through`, with an anchor: (1) each
    /// part must be there, as it was written, (2) and follow the one before by its number and that
    /// one's digest, as must the part behind them; (3) the journals must have its rows.
    pub(super) async fn compare(
        &self,
        anchor: &AnchorOfDay,
        after: Option<AccountId>,
        through: Option<AccountId>,
    ) -> Result<Compared, Error> {
        let mut compared = Compared::default();
        let wanted = anchor.keys_of(after, through);
        let first = anchor
            .keys
            .iter()
            .position(|key| wanted.first() == Some(&key.as_str()));
        let parts = anchor.keys.iter().enumerate();
        let parts = parts.skip(first.unwrap_or(anchor.keys.len()));
        let mut before = None;
        for (number, key) in parts.take(wanted.len().saturating_add(1)) {
            let is_wanted = wanted.contains(&key.as_str());
            let begin = place(key).and_then(|place| place.after);
            let text = match self.documents.read(key).await {
                Ok(text) => text.ok_or_else(|| "is listed, and not there".to_owned()),
                Err(error) => Err(format!("cannot be read: {error}")),
            };
            let digest_before = before.take();
            before = text.as_deref().ok().map(digest);
            let part = text.and_then(|text| {
                Part::parse(&text).ok_or_else(|| "is not as it was written".to_owned())
            });
            let part = match part {
                Ok(part) => part,
                Err(why) if is_wanted => {
                    compared.unreadable.push((begin, format!("{key} {why}"))); // (1)
                    continue;
                }
                Err(_) => continue,
            };
            let follows = digest_before.is_none_or(|before| before == part.previous)
                && usize::try_from(part.number) == Ok(number);
            if !follows {
                let why = "does not follow the part before, which was removed or changed";
                compared.unreadable.push((begin, format!("{key} {why}"))); // (2)
            }
            if is_wanted {
                let mut lines = part.lines;
                lines.retain(|line| {
                    after.is_none_or(|after| after < line.account)
                        && through.is_none_or(|through| line.account <= through)
                });
                let missing = self.store.missing_rows(lines).await?; // (3)
                compared.missing.extend(missing);
            }
        }
        Ok(compared)
    }

    async fn complete_anchor(
        &self,
        now: Timestamp,
        days_ago: i64,
    ) -> Result<Option<AnchorOfDay>, Error> {
        for days_ago in days_ago..MOST_DAYS_BACK {
            let anchor = self.anchor_of(&day_of(now, days_ago)).await?;
            if anchor.is_complete() {
                return Ok(Some(anchor));
            }
        }
        Ok(None)
    }

    async fn anchor_of(&self, day: &str) -> Result<AnchorOfDay, Error> {
        let prefix = format!("anchors/{day}/");
        let keys = self.documents.keys(&prefix).await?;
        Ok(AnchorOfDay {
            day: day.to_owned(),
            keys,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> AccountId {
        AccountId::from_bytes([byte; 16])
    }

    fn of_parts() -> AnchorOfDay {
        let part = |number, after: Option<u8>, through: Option<u8>| Part {
            day: "2026-11-29".into(),
            number,
            previous: Hash::GENESIS,
            after: after.map(id),
            through: through.map(id),
            lines: Vec::new(),
        };
        let parts = [
            part(0, None, Some(3)),
            part(1, Some(3), Some(6)),
            part(2, Some(6), None),
        ];
        AnchorOfDay {
            day: "2026-11-29".into(),
            keys: parts.iter().map(key).collect(),
        }
    }

    #[test]
    fn a_key_tells_where_its_part_begins_and_whether_it_is_the_last() {
        let anchor = of_parts();
        assert_eq!(anchor.keys[0], "anchors/2026-11-29/0000");
        let last = format!("anchors/2026-11-29/0002.{}.last", id(6));
        assert_eq!(anchor.keys[2], last);
        assert!(anchor.is_complete());
        let mut begun = anchor.clone();
        begun.keys.pop();
        assert!(!begun.is_complete());
        begun.keys.clear();
        assert!(!begun.is_complete());
        let alone = AnchorOfDay {
            keys: vec!["anchors/2026-11-29/0000.last".into()],
            ..begun
        };
        assert!(alone.is_complete());
        assert_eq!(alone.keys_of(Some(id(7)), None).len(), 1);
    }

    #[test]
    fn only_the_parts_that_have_an_account_are_read() {
        let anchor = of_parts();
        let of = |after: Option<u8>, through: Option<u8>| {
            let keys = anchor.keys_of(after.map(id), through.map(id));
            let number = |key: &str| anchor.keys.iter().position(|each| each == key).unwrap();
            keys.into_iter().map(number).collect::<Vec<_>>()
        };
        assert_eq!(of(None, None), [0, 1, 2]);
        assert_eq!(of(None, Some(3)), [0]);
        assert_eq!(of(None, Some(4)), [0, 1]);
        assert_eq!(of(Some(3), Some(6)), [1]);
        assert_eq!(of(Some(2), Some(7)), [0, 1, 2]);
        assert_eq!(of(Some(6), None), [2]);
        assert_eq!(of(Some(9), None), [2]);
    }

    #[test]
    fn a_day_is_one_of_utc() {
        let now = Timestamp::parse("2026-11-29T00:00:00Z").unwrap();
        assert_eq!(day_of(now, 0), "2026-11-29");
        assert_eq!(day_of(now, 1), "2026-11-28");
        assert_eq!(day_of(now, 29), "2026-10-31");
    }
}
