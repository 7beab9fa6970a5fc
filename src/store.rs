//! The database, in terms of the domain. All SQL is below this module, and the same statements run
//! on D1 and, in tests, on SQLite itself.
//!
//! Each type has one effect. The wiring of the services and the shell of an account object make them; all
//! others are handed those that they need.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::ports::{Database, DatabaseError, Rows, Statement};

mod account;
mod admin;
mod anchors;
mod audit;
mod blocks;
mod commit;
mod counters;
mod credits;
mod due;
mod erased;
mod facts;
mod health;
mod job_row;
mod jobs;
mod order_row;
mod orders;
mod people;
mod row;
mod sessions;
mod sign_ins;
#[cfg(test)]
mod testing;
mod thumbnails;
mod uploads;

pub use admin::{
    AdminAttempt, AdminJob, AdminJobs, AdminOrders, AdminPage, AllCredits, AnomalyWriter, Earned,
    HoldState, Liability, ModelTimes, OpenJob, Outcome, Overview, ProviderHealth, RevenueLine,
    SchemaState, SoldAnomalies, UnlistedHosts, WaitingResults,
};
pub use audit::{AuditedHold, JournalPage};
pub use blocks::{BlockWriter, Blocked, ReportWriter};
pub use commit::CommitError;
pub use counters::{Counted, Counters};
pub use credits::HistoryEntry;
pub use due::{Due, DueJob, DueUpload, Removable, Removals};
pub use erased::ErasedCursor;
pub use order_row::OrderRow;
pub use orders::{
    EarlyReversal, EarlyReversals, ExpiringCredits, ExpiryNotices, Order, OrderMails, RefundRow,
    RefundRows, Standing,
};
pub use people::{Linked, NewIdentity, People, Person, Written};
pub use sessions::{NewSession, SessionRow, Sessions};
pub(crate) use sign_ins::MAX_TRIES;
pub use sign_ins::{NewSignIn, SignInRow, SignIns};
pub use uploads::{DayOfUploads, Upload};

/// Every read that writes nothing.
#[derive(Clone)]
pub struct Reader {
    sql: Sql,
}

/// Writes the rows of uploads.
pub struct UploadWriter {
    sql: Sql,
}

/// Notes in a job's row which of its pictures have a thumbnail.
pub struct ThumbnailWriter {
    sql: Sql,
}

/// Records each run of the cron, with which it reads what is due.
pub struct CronWriter {
    sql: Sql,
}

/// Marks in their rows that pictures were removed.
pub struct RemovalWriter {
    sql: Sql,
}

/// What the keeper of an account has: it alone commits what an account decides.
#[derive(Clone)]
pub struct AccountStore {
    sql: Sql,
    reader: Reader,
}

impl Reader {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }
}

impl UploadWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }
}

impl ThumbnailWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }
}

impl CronWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }
}

impl RemovalWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }
}

impl AccountStore {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        let reader = Reader::new(Arc::clone(&database));
        let sql = Sql(database);
        Self { sql, reader }
    }
}

/// Why a read or write failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A row cannot be decoded.
    #[error("a row cannot be read: {0}")]
    Row(String),
}

/// A store on this database.
#[derive(Clone)]
struct Sql(Arc<dyn Database>);

impl Sql {
    /// Runs the statements as one transaction, and returns the rows of each.
    async fn batch<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Rows; N], StoreError> {
        let rows = self.0.batch(statements.into()).await?;
        rows.try_into()
            .map_err(|_| StoreError::Row("another number of results than of statements".into()))
    }

    /// Runs one statement and decodes its rows.
    async fn all<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let [rows] = self.batch([statement]).await?;
        decode(rows)
    }

    /// Runs one statement and decodes its first row, if there is one.
    async fn first<T: DeserializeOwned>(
        &self,
        statement: Statement,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(statement).await?.into_iter().next())
    }
}

fn decode<T: DeserializeOwned>(rows: Rows) -> Result<Vec<T>, StoreError> {
    let text: Box<str> = rows.into();
    serde_json::from_slice(text.as_bytes()).map_err(|error| StoreError::Row(error.to_string()))
}
