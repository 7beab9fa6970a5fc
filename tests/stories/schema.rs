//! What the database itself refuses.

mod orders;

use super::world::World;

/// The named guards of the migrations.
const GUARDS: &[&str] = &[
    "first_attempts_need_a_closed_circuit",
    "first_attempts_need_a_closed_circuit_of_their_account",
    "further_attempts_need_a_closed_circuit",
    "further_attempts_need_a_closed_circuit_of_their_account",
    "clawbacks_never_change",
    "clawbacks_stay",
    "package_conserves_credits",
    "package_reference_is_unique",
    "packages_keep_their_grant",
    "packages_stay",
    "journal_names_its_package",
    "journal_names_its_job",
    "journal_has_no_gaps",
    "journal_time_never_goes_back",
    "journal_rows_never_change",
    "journal_rows_stay",
    "jobs_are_due_while_open",
    "jobs_stay_due_while_open",
    "job_has_results_while_storing",
    "jobs_say_why_they_failed",
    "jobs_by_idempotency_key",
    "jobs_need_their_photo",
    "jobs_need_their_garment",
    "jobs_end_once",
    "deleted_jobs_store_nothing",
    "deleted_jobs_have_no_images",
    "hold_never_gives_more_than_it_took",
    "hold_closes_whole",
    "jobs_open_with_their_hold",
    "holds_close_once",
    "hold_item_never_gives_more_than_it_took",
    "hold_item_closes_whole",
    "jobs_end_with_their_hold",
    "jobs_stay",
    "hold_items_stay",
    "pictures_are_found_again",
    "identities_of_user",
    "blocked_accounts_open_no_jobs",
    "blocked_accounts_upload_nothing",
];

/// The names that follow `constraint`, `create trigger` and `create unique index` in some SQL.
fn names(sql: &str) -> Vec<&str> {
    let words: Vec<_> = sql.split_whitespace().collect();
    let named = |rest: &[&'static str]| {
        let length = rest.len();
        let found = words
            .windows(length + 1)
            .filter(|words| words[..length] == *rest);
        found.map(|words| words[length]).collect::<Vec<_>>()
    };
    [
        named(&["constraint"]),
        named(&["create", "trigger"]),
        named(&["create", "unique", "index"]),
    ]
    .concat()
}

#[tokio::test]
async fn every_guard_of_the_migrations_is_in_the_database() {
    let world = World::new();
    let rows = world
        .database
        .query("select lower(sql) as sql from sqlite_master where sql is not null");
    let sql: Vec<_> = rows
        .iter()
        .map(|row| row["sql"].as_str().unwrap())
        .collect();
    let mut there = names(&sql.join("\n"))
        .into_iter()
        .map(String::from)
        .collect::<Vec<_>>();
    let guards = GUARDS.iter().chain(orders::GUARDS);
    let mut expected: Vec<_> = guards.map(ToString::to_string).collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected);
    let tables = world.database.query(
        "select name from pragma_table_list where schema = 'main' and type = 'table'
        and name not like 'sqlite_%' and name <> 'd1_migrations' and not strict",
    );
    assert!(tables.is_empty(), "not strict: {tables:?}");
    world.check().await;
}

/// With one completed, one expired and one open job of ada's: forbidden changes, and the guard that
/// refuses each.
const TRIES: &[(&str, &str)] = &[
    // The journal.
    ("update journal set amount = 1", "journal_is_append_only"),
    ("delete from journal where seq = 3", "journal_is_append_only"),
    ("insert or replace into journal select * from journal where seq = 1", "journal_time_went_back"),
    ("insert into journal select account_id, seq + 2, at, kind, amount, package_id, job_id, remaining_after, held_after,
        expires_at, hash from journal order by seq desc limit 1", "journal_seq_is_stale"),
    ("insert into journal select account_id, seq + 1, at - 1, kind, amount, package_id, job_id, remaining_after,
        held_after, expires_at, hash from journal order by seq desc limit 1", "journal_time_went_back"),
    ("drop trigger journal_has_no_gaps; drop trigger journal_time_never_goes_back;
      insert into journal select * from journal where seq = 1", "UNIQUE constraint failed: journal.account_id, journal.seq"),
    ("insert into journal select account_id, seq + 1, at, 'gift', amount, package_id, job_id, remaining_after, held_after,
        expires_at, hash from journal order by seq desc limit 1", "FOREIGN KEY constraint failed"),
    ("insert into journal select account_id, seq + 1, at, kind, 0, package_id, job_id, remaining_after, held_after,
        expires_at, hash from journal order by seq desc limit 1", "CHECK constraint failed: amount > 0"),
    ("insert into journal select account_id, seq + 1, at, 'freeze', 1, null, 'job', 0, 0,
        expires_at, hash from journal order by seq desc limit 1", "journal_package_does_not_fit_its_kind"),
    ("insert into journal select account_id, seq + 1, at, 'freeze', 1, package_id, null, 0, 0,
        expires_at, hash from journal order by seq desc limit 1", "journal_job_does_not_fit_its_kind"),
    // Packages.
    ("update packages set held = held - 99, spent = spent + 99", "CHECK constraint failed: held >= 0"),
    ("update packages set remaining = remaining - 99, spent = spent + 99", "CHECK constraint failed: remaining >= 0"),
    ("update packages set remaining = remaining + 1", "package_conserves_credits"),
    ("update packages set granted = granted + 1, remaining = remaining + 1", "package_grant_is_final"),
    ("update packages set expires_at = granted_at + 1", "package_grant_is_final"),
    ("delete from packages", "packages_are_never_deleted"),
    ("insert into packages select account_id, 'pkg', kind, reference, granted, remaining, held, spent, expired, clawed_back,
        granted_at, expires_at, grace_until, null, 0, 0, null, null from packages", "UNIQUE constraint failed: packages.reference"),
    ("insert into packages select account_id, 'pkg', kind, 'r', 0, 0, 0, 0, 0, 0, granted_at, expires_at, grace_until,
        null, 0, 0, null, null from packages", "CHECK constraint failed: granted between 1"),
    ("insert into packages select account_id, 'pkg', kind, 'r', 1.5, 1.5, 0, 0, 0, 0, granted_at, expires_at, grace_until,
        null, 0, 0, null, null from packages", "cannot store REAL value in INTEGER column"),
    // Holds.
    ("update jobs set hold_settled = 0, hold_released = hold_amount where hold_settled > 0", "hold_is_closed"),
    ("update jobs set hold_closed_at = hold_closed_at + 1 where hold_closed_at is not null", "hold_is_closed"),
    ("update jobs set hold_closed_at = null, hold_released = 0 where state = 'expired'", "hold_is_closed"),
    ("update jobs set hold_deadline = hold_deadline + 1 where hold_closed_at is not null", "hold_is_closed"),
    ("update jobs set hold_amount = hold_amount + 1 where hold_closed_at is null", "hold_is_closed"),
    ("update jobs set hold_settled = hold_amount + 1, hold_closed_at = 1 where hold_closed_at is null", "hold_never_gives_more_than_it_took"),
    ("update jobs set hold_settled = hold_amount - 1, hold_closed_at = 1 where hold_closed_at is null", "hold_closes_whole"),
    ("update jobs set hold_settled = hold_amount where hold_closed_at is null", "hold_closes_whole"),
    ("insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, fingerprint, attempt, attempts,
        hold_amount, hold_released, hold_deadline, hold_closed_at, due_at, created_at, updated_at) select account_id, 'job',
        'dispatching', 'm', 1, 4, photo_id, 'h', 1, '[{}]', 4, 4, 9, 1, 1, 1, 1 from jobs limit 1", "hold_is_closed"),
    ("update hold_items set settled = amount, released = 1, closed_remaining = 9", "hold_item_never_gives_more_than_it_took"),
    ("update hold_items set settled = amount - 1, released = 0, closed_remaining = 9", "hold_item_closes_whole"),
    ("update hold_items set package_id = 'pkg'", "FOREIGN KEY constraint failed"),
    ("delete from hold_items", "holds_are_never_deleted"),
    ("delete from jobs", "jobs_are_never_deleted"),
    // Jobs.
    ("update jobs set state = 'running', due_at = 1 where state = 'completed'", "job_is_over"),
    ("update jobs set state = 'failed', error_code = 'x' where state = 'completed'", "job_is_over"),
    ("update jobs set state = 'running', due_at = 1, error_code = null where state = 'expired'", "job_is_over"),
    ("update jobs set state = 'completed', error_code = null where state = 'expired'", "job_is_over"),
    ("update jobs set state = 'stale' where state = 'running'", "FOREIGN KEY constraint failed"),
    ("update jobs set deleted_at = 1; update jobs set state = 'storing', results = '[]' where state = 'running'", "job_is_deleted"),
    ("update jobs set deleted_at = 1; update jobs set images = '[{}]' where images is null", "job_is_deleted"),
    ("update jobs set images = '[]'", "CHECK constraint failed: images is null or json_array_length(images) > 0"),
    ("update jobs set due_at = null where state = 'running'", "job_due_at_does_not_fit_its_state"),
    ("insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, fingerprint, attempt, attempts,
        hold_amount, hold_deadline, created_at, updated_at) select account_id, 'job', 'dispatching', 'm', 1, 4, photo_id, 'h',
        1, '[{}]', 4, 9, 1, 1 from jobs limit 1", "job_due_at_does_not_fit_its_state"),
    ("update jobs set state = 'storing' where state = 'running'", "job_has_results_while_storing"),
    ("update jobs set state = 'failed', error_code = 'x', due_at = null where state = 'running'", "hold_is_open"),
    ("update jobs set error_code = null where state = 'expired'", "job_error_does_not_fit_its_state"),
    ("update jobs set idempotency_key = 'k'", "UNIQUE constraint failed: jobs.account_id, jobs.idempotency_key"),
    ("delete from uploads; insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id,
        fingerprint, attempt, attempts, hold_amount, hold_deadline, due_at, created_at, updated_at) select account_id, 'job',
        'dispatching', 'm', 1, 4, photo_id, 'h', 1, '[{}]', 4, 9, 1, 1, 1 from jobs limit 1", "upload_is_missing:photo"),
    ("insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, garment_id, fingerprint, attempt,
        attempts, hold_amount, hold_deadline, due_at, created_at, updated_at) select account_id, 'job', 'dispatching', 'm', 1, 4,
        photo_id, 'upl', 'h', 1, '[{}]', 4, 9, 1, 1, 1 from jobs limit 1", "upload_is_missing:garment"),
    // Clawbacks.
    ("update clawbacks set reason = 'another'", "clawbacks_are_final"),
    ("delete from clawbacks", "clawbacks_are_final"),
    // Attempts and images.
    ("update jobs set attempt = 2 where state = 'running'", "CHECK constraint failed: json_array_length(attempts) >= attempt"),
    ("insert into account_circuits select 'evolink', account_id, 5, 1, 0, 1, 9999999999999 from jobs limit 1;
      update jobs set attempt = 2, attempts = json_insert(attempts, '$[#]', attempts->'$[0]') where state = 'running'", "circuit_is_open"),
    ("insert into circuits values ('evolink', 5, 1, 0, 1, 9999999999999, '[]');
      update jobs set attempt = 2, attempts = json_insert(attempts, '$[#]', attempts->'$[0]') where state = 'running'", "circuit_is_open"),
    ("insert into account_circuits select 'evolink', account_id, 5, 1, 0, 1, 9999999999999 from jobs limit 1;
      insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, fingerprint, attempt, attempts,
        hold_amount, hold_deadline, due_at, created_at, updated_at) select account_id, 'job', 'dispatching', 'm', 1, 4, photo_id,
        'h', 1, '[{\"provider\":\"evolink\"}]', 4, created_at + 9, 1, created_at, 1 from jobs where state = 'running'", "circuit_is_open"),
    ("insert into circuits values ('evolink', 5, 1, 0, 1, 9999999999999, '[]');
      insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, fingerprint, attempt, attempts,
        hold_amount, hold_deadline, due_at, created_at, updated_at) select account_id, 'job', 'dispatching', 'm', 1, 4, photo_id,
        'h', 1, '[{\"provider\":\"evolink\"}]', 4, created_at + 9, 1, created_at, 1 from jobs where state = 'running'", "circuit_is_open"),
    ("update packages set kind = 'gift'", "package_grant_is_final"),
    ("insert into packages select account_id, 'pkg', 'gift', 'r', granted, granted, 0, 0, 0, 0, granted_at, expires_at,
        grace_until, null, 0, 0, null, null from packages", "FOREIGN KEY constraint failed"),
    // People.
    ("insert into account_blocks select account_id, 'fraud', 'ada@example.com', 1 from packages;
      insert into jobs (account_id, id, state, model, count, credits_per_image, photo_id, fingerprint, attempt, attempts,
        hold_amount, hold_deadline, due_at, created_at, updated_at) select account_id, 'job', 'dispatching', 'm', 1, 4, photo_id,
        'h', 1, '[{}]', 4, created_at + 9, 1, created_at, 1 from jobs where state = 'running'", "account_is_blocked"),
    ("insert into account_blocks select account_id, 'fraud', 'ada@example.com', 1 from packages;
      insert into uploads select account_id, 'upl', content_type, 1, 1, 1, 1, 2, null, null from uploads limit 1", "account_is_blocked"),
    ("insert into users values ('usr', 'acc', 1); insert into identities values ('email', 'a', 'usr', 'a', null, 'c', 1);
      insert into identities values ('email', 'b', 'usr', 'b', null, 'd', 1)", "UNIQUE constraint failed: identities.user_id, identities.method"),
    ("insert into identities values ('email', 'a', 'nobody', 'a', null, 'c', 1)", "FOREIGN KEY constraint failed"),
    ("insert into welcome_claims select 'c', account_id, 1 from packages; insert into welcome_claims values ('c', 'other', 2)",
        "UNIQUE constraint failed: welcome_claims.claim"),
    ("insert into sign_ins (hash, method, return_to, tries, created_at, expires_at) values ('h', 'email', '/', 6, 1, 2)",
        "CHECK constraint failed: tries between 0 and 5"),
    ("update jobs set options = '{'", "CHECK constraint failed: options is null or json_valid(options)"),
];

#[tokio::test]
async fn every_guard_refuses_its_violation() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.pass(121).await;
    let request = ada.request().await;
    for key in ["a", "b"] {
        ada.generate_as(key, &request).await;
    }
    world.run_background().await;
    world.outside.finish("task-2", 1);
    world.callback("task-2").await;
    world.run_background().await;
    let package = world.database.query("select id from packages")[0]["id"].clone();
    let clawback = serde_json::json!({
        "account": "ada", "package": package, "credits": 1, "reason": "a test", "reference": "c-1",
    });
    let path = "/v1/admin/clawbacks";
    world
        .call(
            http::Method::POST,
            path,
            super::world::ADMIN_TOKEN,
            &clawback,
        )
        .await;
    let mut states = world.database.query("select state from jobs");
    states.sort_by_key(ToString::to_string);
    let states: Vec<_> = states
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["completed", "expired", "running"]);
    let mut unproved: Vec<_> = GUARDS.to_vec();
    for (sql, says) in TRIES {
        let refused = world.database.try_out(sql).expect_err(sql);
        assert!(refused.contains(says), "{sql}: {refused}");
        unproved.retain(|guard| !refused.contains(guard));
    }
    // The errors of these do not contain their names; the list above has the words of the error
    // instead.
    let others = [
        "first_attempts_need_a_closed_circuit",
        "first_attempts_need_a_closed_circuit_of_their_account",
        "further_attempts_need_a_closed_circuit",
        "further_attempts_need_a_closed_circuit_of_their_account",
        "clawbacks_never_change",
        "clawbacks_stay",
        "package_reference_is_unique",
        "packages_keep_their_grant",
        "packages_stay",
        "journal_names_its_package",
        "journal_names_its_job",
        "journal_has_no_gaps",
        "journal_time_never_goes_back",
        "journal_rows_never_change",
        "journal_rows_stay",
        "jobs_are_due_while_open",
        "jobs_stay_due_while_open",
        "jobs_say_why_they_failed",
        "jobs_by_idempotency_key",
        "jobs_need_their_photo",
        "jobs_need_their_garment",
        "jobs_end_once",
        "deleted_jobs_store_nothing",
        "deleted_jobs_have_no_images",
        "jobs_open_with_their_hold",
        "holds_close_once",
        "jobs_end_with_their_hold",
        "jobs_stay",
        "hold_items_stay",
        "pictures_are_found_again",
        "identities_of_user",
        "blocked_accounts_open_no_jobs",
        "blocked_accounts_upload_nothing",
    ];
    assert_eq!(unproved, others);
    world.check().await;
}

/// The audit finds what was changed while the guards were disabled.
#[tokio::test]
async fn the_audit_names_tampered_rows() {
    for (tampering, says) in [
        (
            "drop trigger journal_rows_never_change; update journal set amount = 3 where seq = 2",
            "journal row 2 does not have the hash of its content",
        ),
        (
            "drop trigger journal_rows_stay; delete from journal where seq = 2",
            "journal row 3 stands where 2 belongs",
        ),
        (
            "update packages set remaining = remaining + 4, spent = spent - 4",
            "in `remaining`: 20 in the row, 16 in the journal",
        ),
        (
            "drop trigger holds_close_once; update jobs set hold_settled = 0, hold_released = hold_amount",
            "does not add up: 0 consumed by its hold, 4 by its journal",
        ),
        (
            "update hold_items set amount = 3, settled = 3",
            "the shares of job_",
        ),
    ] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        ada.running_job().await;
        world.outside.finish("task-1", 1);
        world.callback("task-1").await;
        world.run_background().await;
        world.check().await;
        world.database.tamper(tampering);
        let audit = world
            .call(
                http::Method::GET,
                "/v1/admin/audit?account=ada",
                super::world::ADMIN_TOKEN,
                &serde_json::Value::Null,
            )
            .await;
        let problem = audit.body["problems"][0]["problem"]
            .as_str()
            .unwrap_or_default();
        assert!(
            audit.body["ok"] == false && problem.contains(says),
            "{tampering}: {}",
            audit.body
        );
    }
}

/// Lists that grow are rows of small tables: SQLite cannot change a CHECK, and no table of money may be made anew.
#[tokio::test]
async fn a_migration_can_add_a_movement_a_package_kind_and_a_job_state_to_a_filled_database() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    let used = "
        insert into packages select account_id, 'pkg_2', 'subscription', 'r-2', 5, 5, 0, 0, 0, 0, granted_at, null, null,
          null, 0, 0, null, null from packages limit 1;
        insert into journal select account_id, seq + 1, at, 'fee', 1, null, null, 0, 0, null, hash
          from journal order by seq desc limit 1;
        update jobs set state = 'reviewing' where state = 'running';";
    assert!(world.database.try_out(used).is_err());
    world.database.tamper(
        "insert into package_kinds values ('subscription');
         insert into movement_kinds values ('fee', 0, 0);
         insert into job_states values ('reviewing', 1, 0);",
    );
    assert_eq!(world.database.try_out(used), Ok(()));
    let closed = format!("{used} update jobs set due_at = null;");
    let refused = world.database.try_out(&closed).unwrap_err();
    assert!(refused.contains("job_due_at_does_not_fit_its_state"));
    world.check().await;
}
