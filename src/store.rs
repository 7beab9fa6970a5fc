//! What is in the database, in the domain's words. All SQL is below this module, and the same
//! statements run on D1 and, in tests, on SQLite itself.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::ports::{Database, DatabaseError, Rows, Statement};

mod account;
mod admin;
mod anchors;
mod audit;
mod commit;
mod credits;
mod due;
mod erased;
mod facts;
mod health;
mod job_row;
mod jobs;
mod row;
#[cfg(test)]
mod testing;
mod uploads;

pub use admin::{
    AdminAttempt, AdminJob, AdminJobs, AdminPage, AllCredits, Earned, HoldState, Liability,
    ModelTimes, OpenJob, Outcome, Overview, ProviderHealth, SchemaState, UnlistedHosts,
    WaitingResults,
};
pub use audit::{AuditedHold, JournalPage};
pub use commit::CommitError;
pub use credits::HistoryEntry;
pub use due::{Due, DueJob, DueUpload, Removable, Removals};
pub use erased::ErasedCursor;
pub use uploads::{DayOfUploads, Upload};

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Arc<dyn Database>,
}

/// Why the database did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Its rows are not what they must be.
    #[error("a row cannot be read: {0}")]
    Row(String),
}

impl Store {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { database }
    }

    /// The rows of each statement, run as one transaction.
    async fn batch<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Rows; N], StoreError> {
        let rows = self.database.batch(statements.into()).await?;
        rows.try_into()
            .map_err(|_| StoreError::Row("another number of results than of statements".into()))
    }

    /// The rows of one statement.
    async fn all<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let [rows] = self.batch([statement]).await?;
        decode(rows)
    }

    /// The first row of one statement.
    async fn first<T: DeserializeOwned>(
        &self,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(statement).await?.into_iter().next())
    }
}

fn decode<T: DeserializeOwned>(rows: Rows) -> Result<Vec<T>, StoreError> {
    let text: Box<str> = rows.into();
    serde_json::from_str(&text).map_err(|error| StoreError::Row(error.to_string()))
}
