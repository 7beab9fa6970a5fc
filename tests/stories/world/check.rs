//! What must hold at the end of every story.

use http::Method;
use serde_json::Value;

use super::privacy::tells_of;
use super::{ADMIN_TOKEN, World};

/// Queries that find rows only if something is wrong.
const NEVER: &[(&str, &str)] = &[
    (
        "a package does not conserve its credits",
        "select id from packages where granted <> remaining + held + spent + expired + clawed_back",
    ),
    (
        "more or less was taken of a package than goes back, though credits remain",
        "select id from packages where reversal_taken > reversal_target or reversal_taken > clawed_back
         or (reversal_taken < reversal_target and remaining > 0)",
    ),
    (
        "what was clawed back of a package is not what operators and reversals took",
        "select id from packages p where clawed_back <> reversal_taken + (select coalesce(sum(c.amount), 0)
         from clawbacks c where c.account_id = p.account_id and c.package_id = p.id)",
    ),
    (
        "an order is paid without its credits, or its package is another one's",
        "select o.id from orders o left join packages p on p.account_id = o.account_id and p.id = o.package_id
         where (o.state = 'paid') <> (p.id is not null)
            or p.id is not null and (p.granted, p.reference) <> (o.credits, o.processor || ':' || o.payment)",
    ),
    (
        "more reversals take credits of an order's package than its money that goes back",
        "select o.id from orders o join packages p on p.account_id = o.account_id and p.id = o.package_id
         where p.reversal_target <> (2 * o.credits * o.reversed_minor + o.minor) / (2 * o.minor)",
    ),
    (
        "a hold is not the sum of its shares",
        "select job_id from holds h where amount <> (select coalesce(sum(amount), 0) from hold_items i
         where i.account_id = h.account_id and i.job_id = h.job_id)",
    ),
    (
        "a closed hold is not the sum of what was settled and released",
        "select job_id from holds where state <> 'open' and settled + released <> amount",
    ),
    (
        "the shares of a hold are not closed as the hold is",
        "select job_id from holds h where (settled, released) <> (select sum(settled), sum(released) from hold_items i
         where i.account_id = h.account_id and i.job_id = h.job_id)",
    ),
    (
        "what a package holds is not what open holds took from it",
        "select id from packages p where held <> (select coalesce(sum(i.amount), 0) from hold_items i
         join holds h on h.account_id = i.account_id and h.job_id = i.job_id and h.state = 'open'
         where i.account_id = p.account_id and i.package_id = p.id)",
    ),
    (
        "a journal has more than one row for a package, job and movement",
        "select job_id from journal where job_id is not null
         group by account_id, job_id, kind, package_id having count(*) > 1",
    ),
    (
        "a journal has a gap",
        "select account_id from journal group by account_id having max(seq) <> count(*)",
    ),
    (
        "an open job is never due, or one that is over is",
        "select id from jobs where (due_at is null)
         <> (state in ('completed', 'failed', 'canceled', 'expired'))",
    ),
    (
        "a job is over while its hold is open",
        "select j.id from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
         where h.state = 'open' and j.state in ('completed', 'failed', 'canceled', 'expired')",
    ),
    (
        "a job is completed, but neither charged nor waived, or both",
        "select j.id from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
         where j.state = 'completed' and (h.settled > 0) = (j.waived = 1)",
    ),
    (
        "a job was charged without being completed",
        "select j.id from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
         where j.state <> 'completed' and h.settled > 0",
    ),
    (
        "a job has no attempt",
        "select id from jobs j where not exists (select 1 from attempts a
         where a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt)",
    ),
];

impl World {
    /// Ends a story: the ledger is checked by the audit, and again by independent queries.
    pub(crate) async fn check(&self) {
        self.database.heal();
        self.accounts.heal();
        *self.checked.lock().unwrap() = true;
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/admin/audit{cursor}");
            let audit = self
                .call(Method::GET, &path, ADMIN_TOKEN, &Value::Null)
                .await;
            assert_eq!(
                (audit.status, &audit.body["ok"]),
                (200, &Value::Bool(true)),
                "{}",
                audit.body
            );
            let Some(next) = audit.body["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("?cursor={next}");
        }
        for (what, sql) in NEVER {
            let rows = self.database.query(sql);
            assert!(rows.is_empty(), "{what}: {rows:?}");
        }
        self.every_stored_picture_is_there();
        self.providers_know_no_account();
    }

    /// An account's id is a hash of its subject, which a list of e-mail addresses can reverse.
    fn providers_know_no_account(&self) {
        let heard = self.outside.heard();
        for row in self.database.query("select id from accounts") {
            let account = row["id"].as_str().unwrap().parse().unwrap();
            let told = heard.iter().find(|request| tells_of(request, account));
            assert_eq!(told, None, "a provider is told of {account}");
        }
    }

    /// Every row of a picture has its object.
    fn every_stored_picture_is_there(&self) {
        let kept = self.pictures.kept("results/");
        for row in self.database.query("select job_id, position from images") {
            let job = row["job_id"].as_str().unwrap();
            let key = format!("results/{job}/{}", row["position"]);
            assert!(kept.contains_key(&key), "{key}");
        }
    }
}
