//! Anchors: heads of journals, kept where the database's writers cannot reach, and what they
//! reveal.

use std::time::Duration;

use atelier::domain::id::AccountName;
use atelier::service::AuditReport;
use futures::join;
use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, World, logged};

const DAY: Duration = Duration::from_hours(24);

async fn audit(world: &World, query: &str) -> Value {
    let path = format!("/v1/admin/audit{query}");
    let answer = world
        .call(Method::GET, &path, ADMIN_TOKEN, &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Runs the cron: the key of the part that it wrote, and how many accounts that contains.
async fn anchor(world: &World) -> Option<(String, usize)> {
    let written = world.atelier().anchors().write_next().await.unwrap();
    written.map(|part| (part.key, part.accounts))
}

fn part(world: &World, key: &str) -> String {
    world.pictures.documents()[key].clone()
}

fn sha256_of(text: &str) -> String {
    use std::fmt::Write;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(text);
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[tokio::test]
async fn each_day_the_heads_of_all_journals_are_anchored_once() {
    let world = World::new();
    for name in ["ada", "bob", "cy"] {
        world.grant(name, 10).await;
    }
    world.grant("ada", 5).await;
    let key = "anchors/2026-11-20/0000.last".to_owned();
    assert_eq!(audit(&world, "").await["anchored_on"], Value::Null);
    assert_eq!(anchor(&world).await, Some((key.clone(), 3)));
    assert_eq!(anchor(&world).await, None);
    assert_eq!(audit(&world, "").await["anchored_on"], "2026-11-20");
    let heads = "
        select account_id || ' ' || seq || ' ' || hash as line from journal j
        where seq = (select max(seq) from journal where account_id = j.account_id) order by account_id";
    let heads = world.database.query(heads);
    let heads: Vec<_> = heads
        .iter()
        .map(|row| row["line"].as_str().unwrap())
        .collect();
    let zeros = "0".repeat(64);
    let text = part(&world, &key);
    let lines: Vec<_> = text.lines().collect();
    let header = [
        "atelier anchor 1",
        "day 2026-11-20",
        "part 0",
        &format!("previous {zeros}"),
        "after -",
        "through -",
    ];
    assert_eq!(lines, [&header[..], &heads].concat());

    // The next day's begins with the digest of this one.
    world.tick(DAY);
    let next = "anchors/2026-11-21/0000.last".to_owned();
    assert_eq!(anchor(&world).await, Some((next.clone(), 3)));
    let previous = format!("\nprevious {}\n", sha256_of(&text));
    assert!(part(&world, &next).contains(&previous));
    world.check().await;
}

#[tokio::test]
async fn of_two_concurrent_runs_only_one_writes() {
    let world = World::new();
    world.grant("ada", 10).await;
    for seed in 0..20 {
        world.pauses.shuffle(seed);
        let (one, other) = join!(anchor(&world), anchor(&world));
        assert_eq!([one, other].iter().flatten().count(), 1);
        world.tick(DAY);
    }
    world.check().await;
}

/// Anybody who can write to the database can replace a journal with another consistent one.
#[tokio::test]
async fn a_rewritten_journal_is_reported_forever() {
    let world = World::new();
    for credits in [10, 20] {
        world.grant("eve", credits).await;
        world.grant("bob", credits).await;
    }
    let account = World::account("eve").to_string();
    anchor(&world).await.unwrap();
    let kept = format!(
        "drop trigger journal_rows_stay; drop trigger packages_stay;
         create table kept_rows as select * from journal where account_id = '{account}' and seq = 2;
         create table kept_packages as select * from packages where account_id = '{account}' and granted = 20;"
    );
    world.database.tamper(&kept);
    let rewritten = format!(
        "delete from journal where account_id = '{account}' and seq = 2;
         delete from packages where account_id = '{account}' and granted = 20;"
    );
    world.database.tamper(&rewritten);
    let named = |report: &Value| {
        let problems = report["problems"].as_array().unwrap().clone();
        assert_eq!(
            (report["ok"].clone(), problems.len()),
            (json!(false), 1),
            "{report}"
        );
        assert_eq!(problems[0]["account"], account.as_str());
        let problem = problems[0]["problem"].as_str().unwrap();
        assert!(
            problem.starts_with("its journal has no row 2 with the hash "),
            "{problem}"
        );
    };
    for day in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"] {
        for query in ["", "?account=eve"] {
            let report = audit(&world, query).await;
            assert_eq!(report["anchored_on"], day);
            named(&report);
        }
        assert_eq!(audit(&world, "?account=bob").await["ok"], true);
        world.tick(DAY);
        // The anchored head is carried forward, though the new head is another one.
        anchor(&world).await.unwrap();
    }
    let told = logged(&account, "anchor_mismatch");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].ends_with("seq=2 day=2026-11-20"), "{told:?}");

    let restored = "insert into journal select * from kept_rows; insert into packages select * from kept_packages;
        drop table kept_rows; drop table kept_packages";
    world.database.tamper(restored);
    assert_eq!(audit(&world, "").await["ok"], true);
    world.check().await;
}

#[tokio::test]
async fn a_missing_account_is_reported() {
    let world = World::new();
    world.grant("ada", 10).await;
    let account = World::account("ada").to_string();
    anchor(&world).await.unwrap();
    world.database.tamper(
        "drop trigger journal_rows_stay; drop trigger packages_stay; pragma foreign_keys = off;
         delete from journal; delete from packages; delete from accounts",
    );
    world.tick(DAY);
    anchor(&world).await.unwrap();
    for query in ["", "?account=ada"] {
        let report = audit(&world, query).await;
        assert_eq!(
            report["problems"][0]["account"],
            account.as_str(),
            "{report}"
        );
    }
    // Only the anchor is left to compare with.
    let of_anchor = world.pictures.documents();
    assert!(of_anchor.values().all(|text| text.contains(&account)));
    world.forget_documents();
    world.check().await;
}

/// One unreadable part once ended the audit, and all anchoring after it.
#[tokio::test]
async fn an_unreadable_part_is_reported_and_the_previous_day_is_carried_forward() {
    for unreadable in [Some("nonsense"), None] {
        let world = World::new();
        for credits in [10, 20] {
            world.grant("zoe", credits).await;
        }
        let account = World::account("zoe").to_string();
        for _ in 0..2 {
            anchor(&world).await.unwrap();
            world.tick(DAY);
        }
        let key = "anchors/2026-11-21/0000.last";
        world.pictures.change_document(key, unreadable);
        let rewritten = format!(
            "drop trigger journal_rows_stay; drop trigger packages_stay;
             delete from journal where account_id = '{account}' and seq = 2;
             delete from packages where account_id = '{account}' and granted = 20;"
        );
        world.database.tamper(&rewritten);
        let report = audit(&world, "").await;
        if unreadable.is_some() {
            assert_eq!(
                report["problems"][0]["problem"],
                format!(
                    "from here on the anchor cannot be compared with: {key} is not as it was written"
                )
            );
        } else {
            assert_eq!(report["anchored_on"], "2026-11-20");
        }
        let (next, _) = anchor(&world).await.unwrap();
        let carried = format!("\n{account} 2 ");
        assert!(part(&world, &next).contains(&carried), "{next}");
        let report = audit(&world, "").await;
        assert_eq!(report["anchored_on"], "2026-11-22");
        assert_eq!(report["problems"].as_array().unwrap().len(), 1, "{report}");
        world.forget_documents();
        world.check().await;
    }
}

/// A run does bounded work, so it writes one part; the keys alone tell the next run where to
/// continue.
#[tokio::test]
async fn an_anchor_has_parts_of_five_thousand_accounts() {
    let world = World::new();
    let many = "
        create table many as with recursive n (i) as (select 1 union all select i + 1 from n where i < 10003)
          select 'acc_' || printf('%026d', i) as id from n;
        insert into accounts (id, subject, created_at) select id, id, 0 from many;
        insert into journal (account_id, seq, at, kind, amount, package_id, job_id, remaining_after, held_after, expires_at, hash)
          select id, 1, 0, 'grant', 1, 'pkg', null, 1, 0, null, printf('%064d', 7) from many;";
    world.database.tamper(many);
    let id = |number: u32| format!("acc_{number:026}");
    for day in ["2026-11-20", "2026-11-21"] {
        let keys = [
            format!("anchors/{day}/0000"),
            format!("anchors/{day}/0001.{}", id(5000)),
            format!("anchors/{day}/0002.{}.last", id(10_000)),
        ];
        let mut written = Vec::new();
        for _ in 0..3 {
            written.extend(anchor(&world).await);
            world.tick(Duration::from_mins(1));
        }
        let counts = [5000, 5000, 3];
        let expected: Vec<_> = keys.iter().cloned().zip(counts).collect();
        assert_eq!(written, expected);
        assert_eq!(anchor(&world).await, None);
        for (before, after) in keys.iter().zip(&keys[1..]) {
            let previous = format!("\nprevious {}\n", sha256_of(&part(&world, before)));
            assert!(part(&world, after).contains(&previous), "{after}");
        }
        world.tick(DAY - Duration::from_mins(3));
    }
    // Without its middle an anchor has no row of these accounts, and says so; so does the next day's.
    let middle = format!("anchors/2026-11-21/0001.{}", id(5000));
    let text = part(&world, &middle);
    world.pictures.change_document(&middle, None);
    for account in [1, 5001, 10_001] {
        let problems = audited(&world, &id(account)).await.problems;
        let is_told =
            |problem: &str| problem.contains("0002.") && problem.contains("does not follow");
        assert!(
            problems.iter().any(|problem| is_told(&problem.problem)),
            "{account}"
        );
    }
    // A part that was replaced by another readable one is detected by the part after it.
    world
        .pictures
        .change_document(&middle, Some(&text.replace(" 1 ", " 2 ")));
    let report = audited(&world, &id(5001)).await;
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.problem.contains("does not follow"))
    );
    world.pictures.change_document(&middle, Some(&text));
    // A day whose anchor is not complete is not compared with.
    anchor(&world).await.unwrap();
    let before = world.pictures.documents().len();
    assert_eq!(before, 7);
    let report = audited(&world, &id(5001)).await;
    assert_eq!(report.anchored_on.as_deref(), Some("2026-11-21"));
    world.database.tamper(
        "drop trigger journal_rows_stay; delete from journal where account_id in (select id from many);
         delete from accounts where id in (select id from many); drop table many",
    );
    world.forget_documents();
    world.check().await;
}

async fn audited(world: &World, account: &str) -> AuditReport {
    let name = AccountName::parse(account).unwrap();
    let books = world.atelier().books();
    books.audit_one(&world.operator(), &name).await.unwrap()
}
