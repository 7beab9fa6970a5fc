//! What must hold for jobs after every batch: each moves as in the diagram of docs/ARCHITECTURE.md,
//! and is charged or not as it should be.

use std::collections::{BTreeMap, BTreeSet};

use atelier::ports::{Statement, Value};
use rusqlite::{Connection, Row as SqlRow};

use super::gone::Gone;
use super::objects::MOST_SKEW;
use super::provider::NEW_HOST;

const JOB: &str = "
    select j.state, j.count, j.credits_per_image, j.waived, h.state, h.amount, h.settled, h.released,
           (select count(*) from images i where i.account_id = j.account_id and i.job_id = j.id),
           (select count(*) from attempts a where a.account_id = j.account_id and a.job_id = j.id), j.attempt,
           j.idempotency_key is not null and (select count(*) from jobs k where k.account_id = j.account_id
             and k.idempotency_key = j.idempotency_key) <> 1,
           j.results, j.waiting_hosts, j.storing_since, j.error_code, j.updated_at
    from jobs j left join holds h on h.account_id = j.account_id and h.job_id = j.id
    where j.account_id = ?1 and j.id = ?2";

/// A job's row, as far as these checks need it.
#[derive(Debug, Clone)]
struct Job {
    state: String,
    count: i64,
    price: i64,
    waived: bool,
    hold: Option<String>,
    amount: Option<i64>,
    settled: Option<i64>,
    released: Option<i64>,
    images: i64,
    attempts: i64,
    attempt: i64,
    shares_its_key: bool,
    results: Option<String>,
    waiting_hosts: Option<String>,
    storing_since: Option<i64>,
    error: Option<String>,
    updated_at: i64,
}

/// How long EvoLink keeps results, and so all providers here.
const RESULTS_KEPT: i64 = 24 * 60 * 60 * 1000;

impl Job {
    /// Since when its pictures have been available, if all of them are on an unlisted host.
    fn unlisted_since(&self) -> Option<i64> {
        let results: Vec<String> = serde_json::from_str(self.results.as_ref()?).unwrap();
        let is_elsewhere = |result: &String| result.contains(NEW_HOST);
        self.storing_since
            .filter(|_| !results.is_empty() && results.iter().all(is_elsewhere))
    }
}

/// The state and attempt of each job, and the job of each prompt, which a deleted job no longer has.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) states: BTreeMap<String, (String, i64)>,
    pub(crate) of_prompts: BTreeMap<String, String>,
    /// Jobs whose pictures are all on an unlisted host, and since when.
    unlisted: BTreeMap<String, i64>,
    /// Whether an operator has listed that host.
    pub(crate) is_listed: bool,
    /// How many jobs were ingested from it.
    pub(crate) rescued: u64,
    /// Jobs that have expired: any later success is waived, even if the job is deleted.
    pub(crate) expired: BTreeSet<String>,
    /// How many were canceled while they were being submitted.
    pub(crate) canceled_early: u64,
}

/// Whether a job may go from one state to another, given whether its user has deleted it.
fn may_go(from: Option<&str>, to: &str) -> bool {
    let any_end = matches!(to, "failed" | "canceled" | "expired");
    match from {
        None => to == "dispatching",
        // What is stored soon skips storing, and so does a deleted job that its provider finishes.
        Some("dispatching" | "running" | "uncertain") if to == "completed" => true,
        Some("dispatching") => {
            any_end || matches!(to, "dispatching" | "running" | "uncertain" | "storing")
        }
        Some("running") => any_end || matches!(to, "running" | "storing"),
        Some("uncertain") => any_end || matches!(to, "uncertain" | "running" | "storing"),
        Some("storing") => matches!(to, "storing" | "completed" | "failed" | "canceled"),
        Some("expired") => matches!(to, "expired" | "storing" | "completed"),
        Some(_) => false,
    }
}

impl Jobs {
    pub(crate) fn after(
        &mut self,
        connection: &Connection,
        account: &str,
        statements: &[Statement],
        gone: &Gone,
    ) -> Result<(), String> {
        for statement in statements {
            let sql = statement.sql.trim_start();
            let Some(Value::Text(text)) = statement.params.get(1) else {
                continue;
            };
            if sql.starts_with("insert into jobs") {
                if let Some(Value::Text(prompt)) = statement.params.get(3) {
                    self.of_prompts.insert(prompt.clone(), text.clone());
                }
                self.moved(connection, account, text, gone)?;
            } else if sql.contains("update jobs set") && sql.starts_with("with list as") {
                let moves: serde_json::Value = serde_json::from_str(text).unwrap();
                for each in moves.as_array().unwrap() {
                    let job = each["job"].as_str().unwrap();
                    let from = self.states.get(job).map(|(state, _)| state.as_str());
                    let is_early = each["cancel_requested"] == 1 && from == Some("dispatching");
                    self.canceled_early += u64::from(is_early);
                    self.moved(connection, account, job, gone)?;
                }
            }
        }
        Ok(())
    }

    fn moved(
        &mut self,
        connection: &Connection,
        account: &str,
        id: &str,
        gone: &Gone,
    ) -> Result<(), String> {
        let mut job = connection.prepare_cached(JOB).unwrap();
        let job = job.query_row([account, id], job_of).unwrap();
        let before = self.states.get(id);
        let from = before.map(|(state, _)| state.as_str());
        let is_gone = gone.job(id).is_some();
        if !may_go(from, &job.state) {
            return Err(format!("{id} goes from {from:?} to {}", job.state));
        }
        // An ingest that was under way when its job was deleted stores nothing.
        let stores = job.state == "storing" && from != Some(&job.state) || job.images > 0;
        if stores && is_gone {
            return Err(format!("{id} was deleted, and goes to {}", job.state));
        }
        // For an attempt that was given up, only a success still counts.
        let succeeds = matches!(&*job.state, "storing" | "completed");
        if before.is_some_and(|(_, attempt)| job.attempt < *attempt) && !succeeds {
            return Err(format!(
                "{id} follows an attempt that was given up: {job:?}"
            ));
        }
        if job.state == "expired" {
            self.expired.insert(id.into());
        }
        well_kept(&job, is_gone).map_err(|what| format!("{id} {what}: {job:?}"))?;
        self.waits(id, &job)?;
        self.states.insert(id.into(), (job.state, job.attempt));
        Ok(())
    }
}

impl Jobs {
    /// A result on an unlisted host is not lost while its provider keeps it.
    fn waits(&mut self, id: &str, job: &Job) -> Result<(), String> {
        if job.state == "storing" {
            if let Some(since) = job.unlisted_since() {
                self.unlisted.insert(id.into(), since);
            }
            return Ok(());
        }
        let Some(since) = self.unlisted.remove(id) else {
            return Ok(());
        };
        self.rescued += u64::from(job.state == "completed");
        let skew = i64::try_from(MOST_SKEW.as_millis()).unwrap();
        let is_lost = job.error.as_deref() == Some("result_lost");
        if is_lost && !self.is_listed && job.updated_at + skew < since + RESULTS_KEPT {
            return Err(format!(
                "{id} is lost while its provider keeps its pictures"
            ));
        }
        Ok(())
    }
}

fn well_kept(job: &Job, is_gone: bool) -> Result<(), &'static str> {
    let (hold, settled) = (job.hold.as_deref(), job.settled.unwrap_or(0));
    let is_open = matches!(
        job.state.as_str(),
        "dispatching" | "running" | "uncertain" | "storing"
    );
    if job.amount != Some(job.count * job.price) {
        return Err("does not hold its price");
    }
    if job.attempts < job.attempt || job.attempt < 1 {
        return Err("is at an attempt that is not written down");
    }
    if job.shares_its_key {
        return Err("has the same idempotency key as another");
    }
    let is_storing = job.state == "storing";
    if job.storing_since.is_some() != is_storing || job.waiting_hosts.is_some() && !is_storing {
        return Err("waits for pictures that are not on their way");
    }
    if !is_open && (hold == Some("open") || Some(settled + job.released.unwrap_or(0)) != job.amount)
    {
        return Err("is over, but its hold is not closed whole");
    }
    if job.state == "completed" {
        // A deleted job that its provider finishes is charged, and not stored.
        let pictures = if is_gone {
            settled / job.price
        } else {
            job.images
        };
        let fits = (1..=job.count).contains(&pictures);
        let paid = settled == pictures * job.price && !job.waived;
        let free = settled == 0 && job.waived && !is_gone;
        return if fits && (paid || free) {
            Ok(())
        } else {
            Err("is completed at another price")
        };
    }
    if settled != 0 || job.waived || job.images != 0 {
        return Err("was charged without being completed");
    }
    Ok(())
}

fn job_of(row: &SqlRow<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        state: row.get(0)?,
        count: row.get(1)?,
        price: row.get(2)?,
        waived: row.get(3)?,
        hold: row.get(4)?,
        amount: row.get(5)?,
        settled: row.get(6)?,
        released: row.get(7)?,
        images: row.get(8)?,
        attempts: row.get(9)?,
        attempt: row.get(10)?,
        shares_its_key: row.get(11)?,
        results: row.get(12)?,
        waiting_hosts: row.get(13)?,
        storing_since: row.get(14)?,
        error: row.get(15)?,
        updated_at: row.get(16)?,
    })
}
