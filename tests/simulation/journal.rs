//! An account computed from its journal alone, row by row: a second implementation, written from
//! docs/CREDITS.md.

use std::collections::BTreeMap;

/// A row of the journal.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) amount: i64,
    pub(crate) package: Option<String>,
    pub(crate) job: Option<String>,
    pub(crate) remaining_after: i64,
    pub(crate) held_after: i64,
    pub(crate) expires_at: Option<i64>,
}

/// A package's balance, and its place in the order of consumption.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) paid: bool,
    pub(crate) granted_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) granted: i64,
    pub(crate) remaining: i64,
    pub(crate) held: i64,
    pub(crate) spent: i64,
    pub(crate) expired: i64,
    pub(crate) clawed_back: i64,
    /// What of it was given back in all.
    pub(crate) given_back: i64,
    /// The longest that credits still had to live when they were taken back; `None` if none are, or they never expire.
    pub(crate) life: Option<i64>,
}

impl Package {
    pub(crate) fn is_expired(&self, at: i64) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= at)
    }
}

/// The movements of credits for a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hold {
    pub(crate) frozen: i64,
    pub(crate) open: i64,
    pub(crate) settled: i64,
    pub(crate) is_closed: bool,
    pub(crate) waived: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) seq: i64,
    at: i64,
    /// How long credits can be used at least that are given back, in milliseconds.
    pub(crate) grace: i64,
    pub(crate) packages: BTreeMap<String, Package>,
    pub(crate) holds: BTreeMap<String, Hold>,
}

impl Account {
    /// Reads the rows that one batch added. A hold must be closed completely.
    pub(crate) fn read(&mut self, rows: &[Row]) -> Result<(), String> {
        for row in rows {
            self.take(row).map_err(|what| format!("{what}: {row:?}"))?;
        }
        for job in rows.iter().filter_map(|row| row.job.as_ref()) {
            let hold = self.holds.entry(job.clone()).or_default();
            let touched = hold.open != hold.frozen;
            if touched && hold.open != 0 {
                return Err(format!("the hold of {job} is closed in part: {hold:?}"));
            }
            hold.is_closed = touched;
        }
        Ok(())
    }

    fn take(&mut self, row: &Row) -> Result<(), String> {
        if row.seq != self.seq + 1 {
            return Err(format!("the journal has a gap after {}", self.seq));
        }
        if row.at < self.at {
            return Err("the journal goes back in time".into());
        }
        (self.seq, self.at) = (row.seq, row.at);
        if row.kind == "freeze" {
            self.burns_in_order(row)?;
        }
        self.move_credits(row)?;
        self.move_hold(row)
    }

    /// The nearest expiry is consumed first, then promo before paid, then the oldest; expired credits are
    /// not consumed.
    fn burns_in_order(&self, row: &Row) -> Result<(), String> {
        let usable = self
            .packages
            .iter()
            .filter(|(_, package)| package.remaining > 0 && !package.is_expired(row.at));
        let order = |(name, package): &(&String, &Package)| {
            let expiry = package.expires_at.unwrap_or(i64::MAX);
            (expiry, package.paid, package.granted_at, (*name).clone())
        };
        let first = usable.min_by_key(order).map(|(name, _)| name);
        if first == row.package.as_ref() {
            Ok(())
        } else {
            Err(format!(
                "the journal burns another package before {first:?}"
            ))
        }
    }

    fn move_credits(&mut self, row: &Row) -> Result<(), String> {
        let Some(name) = &row.package else {
            return Ok(());
        };
        let package = self.packages.entry(name.clone()).or_default();
        let amount = row.amount;
        match row.kind.as_str() {
            "grant" => {
                package.granted += amount;
                package.remaining += amount;
            }
            "freeze" => shift(&mut package.remaining, &mut package.held, amount),
            "settle" => shift(&mut package.held, &mut package.spent, amount),
            "release" => shift(&mut package.held, &mut package.remaining, amount),
            "expire" if package.is_expired(row.at) => {
                shift(&mut package.remaining, &mut package.expired, amount);
            }
            "expire" => return Err("the journal expires credits too early".into()),
            "clawback" => {
                shift(&mut package.remaining, &mut package.clawed_back, amount);
                let life = package.expires_at.map(|expiry| (expiry - row.at).max(0));
                package.life = package.life.max(life);
            }
            "reinstatement" => {
                shift(&mut package.clawed_back, &mut package.remaining, amount);
                package.given_back += amount;
                // As long as they had to live, and not shorter than what was never taken.
                let until = row.at + package.life.unwrap_or(0).max(self.grace);
                let expiry = package.expires_at.map(|expiry| expiry.max(until));
                if row.expires_at != expiry {
                    return Err(format!("what is given back lasts until {expiry:?}"));
                }
                package.life = package.life.filter(|_| package.clawed_back > 0);
            }
            other => return Err(format!("the journal has a {other}")),
        }
        package.expires_at = row.expires_at;
        let negative = package.remaining < 0 || package.held < 0 || package.clawed_back < 0;
        if negative || (package.remaining, package.held) != (row.remaining_after, row.held_after) {
            return Err(format!("the journal bears other balances than {package:?}"));
        }
        Ok(())
    }

    fn move_hold(&mut self, row: &Row) -> Result<(), String> {
        let Some(job) = &row.job else {
            return Ok(());
        };
        let hold = self.holds.entry(job.clone()).or_default();
        if row.kind == "late_success" {
            let again = hold.waived > 0 || hold.settled > 0 || hold.open > 0;
            hold.waived += row.amount;
            return if again {
                Err("what is charged is waived as well".into())
            } else {
                Ok(())
            };
        }
        if hold.is_closed {
            return Err("the journal moves credits of a hold that is closed".into());
        }
        match row.kind.as_str() {
            "freeze" => {
                hold.frozen += row.amount;
                hold.open += row.amount;
            }
            "settle" => shift(&mut hold.open, &mut hold.settled, row.amount),
            _ => hold.open -= row.amount,
        }
        Ok(())
    }
}

const fn shift(from: &mut i64, to: &mut i64, amount: i64) {
    *from -= amount;
    *to += amount;
}
