//! The audit: of long journals, of accounts that change meanwhile, and of unreadable rows.

use futures::join;
use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, World};

/// Rows that the audit reads at once.
const PAGE: usize = 1000;

async fn audit(world: &World) -> Value {
    let path = "/v1/admin/audit";
    let answer = world
        .call(Method::GET, path, ADMIN_TOKEN, &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn grants(world: &World, name: &str, count: usize) {
    for _ in 0..count {
        world.grant(name, 1).await;
    }
}

/// The audit once read all packages and holds again with each page of the journal.
#[tokio::test]
async fn each_row_is_read_once_however_long_the_journal() {
    let world = World::new();
    grants(&world, "ada", 2 * PAGE + 1).await;
    let before = world.database.batches();
    let report = audit(&world).await;
    assert_eq!(
        (&report["ok"], &report["entries"]),
        (&json!(true), &json!(2 * PAGE + 1))
    );
    let batches = world.database.batches_since(before);
    let reading = |table: &str| {
        let of_table = |sql: &&&str| sql.contains(&format!("from {table}"));
        batches.iter().flatten().filter(of_table).count()
    };
    // Three pages each; each page of packages and holds also reads whether the journal has grown.
    assert_eq!(
        (reading("packages"), reading("jobs j"), reading("journal")),
        (3, 1, 3 + 3 + 1)
    );
    assert!(
        batches
            .iter()
            .flatten()
            .filter(|sql| sql.contains("from journal") || sql.contains("from packages"))
            .all(|sql| sql.contains("limit")),
        "a statement reads all rows: {batches:?}"
    );
    world.check().await;
}

/// `ATELIER_AUDIT_ROWS=1000,10000,100000` measures an account with so many rows: the time is proportional to
/// them.
#[tokio::test]
async fn the_audit_of_one_account_reads_as_many_batches_as_it_has_pages() {
    let world = World::new();
    let package = world.grant("ada", 1_000_000).await["id"].clone();
    let sizes = std::env::var("ATELIER_AUDIT_ROWS");
    let sizes = sizes.unwrap_or_else(|_| format!("{},{}", PAGE / 2, PAGE * 2));
    let mut rows = 1;
    for size in sizes.split(',').map(|size| size.parse::<usize>().unwrap()) {
        while rows < size {
            let body = json!({
                "account": "ada", "package": package, "credits": 1, "reason": "a row", "reference": format!("row-{rows}"),
            });
            let path = "/v1/admin/clawbacks";
            let answer = world.call(Method::POST, path, ADMIN_TOKEN, &body).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            rows += 1;
        }
        let before = world.database.batches();
        let begun = tokio::time::Instant::now();
        let path = "/v1/admin/audit?account=ada";
        let answer = world
            .call(Method::GET, path, ADMIN_TOKEN, &Value::Null)
            .await;
        let took = begun.elapsed();
        assert_eq!(
            (&answer.body["ok"], &answer.body["entries"]),
            (&json!(true), &json!(rows)),
            "{}",
            answer.body
        );
        let batches = world.database.batches() - before;
        assert!(
            batches <= 2 * rows.div_ceil(PAGE) + 4,
            "{batches} for {rows}"
        );
        println!("{rows} rows: {took:?}, {batches} batches");
    }
    world.check().await;
}

/// Rows that are written during the audit are compared as of the moment at which they are read.
#[tokio::test]
async fn an_account_that_changes_during_its_audit_is_audited_correctly() {
    for seed in 0..4 {
        let world = World::new();
        grants(&world, "ada", PAGE + 2).await;
        world.pauses.shuffle(seed);
        let (report, ()) = join!(audit(&world), grants(&world, "ada", 30));
        assert_eq!(
            (&report["ok"], &report["problems"]),
            (&json!(true), &json!([])),
            "seed {seed}"
        );
        let entries = report["entries"].as_u64().unwrap();
        assert!(
            entries > u64::try_from(PAGE + 2).unwrap(),
            "nothing was written meanwhile: {entries} rows"
        );
        world.check().await;
    }
}

/// One unreadable account once ended the audit of all 50 accounts of its page.
#[tokio::test]
async fn an_unreadable_account_is_reported_and_the_others_are_audited() {
    let world = World::new();
    for name in ["ada", "ben", "eve"] {
        world.grant(name, 20).await;
    }
    world.check().await;
    let ben = World::account("ben");
    world.database.tamper(&format!(
        "pragma foreign_keys = off;
         update packages set id = 'no id' where account_id = '{ben}'"
    ));
    let report = audit(&world).await;
    let problems = report["problems"].as_array().unwrap();
    assert_eq!((&report["accounts"], problems.len()), (&json!(3), 1));
    assert_eq!(problems[0]["account"], json!(ben));
    let problem = problems[0]["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("it cannot be audited: a row cannot be read"),
        "{problem}"
    );
}
