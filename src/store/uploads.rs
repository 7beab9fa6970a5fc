//! Uploads: written once, by whoever received the bytes.

use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::id::{AccountId, UploadId};
use crate::domain::picture::PictureHead;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const INSERT: &str = "
    insert into uploads (account_id, id, content_type, bytes, width, height, created_at, expires_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing";

const WANTED: &str = "
    select id from uploads where account_id = ?1 and forgotten_at is null and removed_at is null
    union all select id from jobs where account_id = ?1 and deleted_at is null";

#[derive(Deserialize)]
struct WantedRow {
    id: String,
}

/// A picture somebody sent us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Whose.
    pub account: AccountId,
    /// Its name.
    pub id: UploadId,
    /// What its bytes are.
    pub head: PictureHead,
    /// How many bytes.
    pub bytes: u64,
    /// When it came.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

impl Store {
    /// Writes an upload down; again, it changes nothing.
    pub async fn add_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let params = [
            upload.account.to_string().into(),
            upload.id.to_string().into(),
            upload.head.format.media_type().into(),
            integer(upload.bytes),
            integer(upload.head.width.into()),
            integer(upload.head.height.into()),
            upload.created_at.into(),
            upload.expires_at.into(),
        ];
        let [_] = self.batch([Statement::new(INSERT, params)]).await?;
        Ok(())
    }

    /// The names of an account's uploads and jobs that were not deleted: few, right after everything
    /// was.
    pub async fn wanted(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        let account = Value::from(account.to_string());
        let rows: Vec<WantedRow> = self.all(Statement::new(WANTED, [account])).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}
