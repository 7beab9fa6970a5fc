//! The meaning of the database's errors, and that each statement finds its rows by a key.

use super::*;
use crate::domain::job::StateName;
use crate::domain::time::Timestamp;
use crate::ports::DatabaseError;
use crate::store::testing::plan;

/// The wording of D1 and SQLite when a trigger raises.
#[test]
fn the_databases_errors_are_understood() {
    let refused = |text: &str| CommitError::from(DatabaseError::Refused(text.into()));
    let missing = CommitError::UploadMissing {
        field: "photo".into(),
    };
    assert_eq!(refused("upload_is_missing:photo"), missing);
    assert_eq!(
        refused(
            "D1_ERROR: upload_is_missing:photo: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)"
        ),
        missing
    );
    assert_eq!(
        refused("D1_ERROR: circuit_is_open: SQLITE_CONSTRAINT"),
        CommitError::CircuitOpen
    );
    assert!(matches!(
        refused("UNIQUE constraint failed: journal.account_id, journal.seq"),
        CommitError::Conflict(_)
    ));
}

#[test]
fn every_state_has_the_same_name_in_rows_and_in_json() {
    for state in [
        StateName::Dispatching,
        StateName::Running,
        StateName::Uncertain,
        StateName::Storing,
        StateName::Completed,
    ] {
        assert_eq!(json!(state), state.name());
    }
    assert_eq!(json!(Timestamp::from_millis(7)), 7);
}

/// Otherwise each step of a job would read every row that its account ever had.
#[test]
fn an_update_finds_its_rows_by_their_whole_key() {
    for (sql, key) in [
        (
            PACKAGES,
            "packages USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (JOBS, "jobs USING PRIMARY KEY (account_id=? AND id=?)"),
        (
            CLOSE_HOLDS,
            "jobs USING COVERING INDEX jobs_by_age (id=? AND account_id=?)",
        ),
        (CLOSE_JOBS, "jobs USING PRIMARY KEY (account_id=? AND id=?)"),
        (
            CLOSE_ITEMS,
            "hold_items USING PRIMARY KEY (account_id=? AND job_id=? AND position=?)",
        ),
    ] {
        let plan = plan(sql);
        assert!(plan.contains(&format!("SEARCH {key}")), "{plan:#?}");
    }
}
