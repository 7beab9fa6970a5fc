//! Uploads: written once, by whoever received the bytes.

use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::id::{AccountId, UploadId};
use crate::domain::order::Pictures;
use crate::domain::picture::{PictureFormat, PictureHead};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const INSERT: &str = "
    insert into uploads (account_id, id, content_type, bytes, width, height, created_at, expires_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing";

const WANTED: &str = "
    select id from uploads where account_id = ?1 and forgotten_at is null and removed_at is null
    union all select id from jobs where account_id = ?1 and deleted_at is null";

const PICTURES: &str = "
    select id, content_type as format, width, height from uploads
    where account_id = ?1 and id in (?2, ?3)";

#[derive(Deserialize)]
struct PictureRow {
    id: UploadId,
    format: PictureFormat,
    width: u32,
    height: u32,
}

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

    /// What the uploads of a photo and a garment are, each if it is the account's.
    pub async fn pictures(
        &self,
        account: AccountId,
        photo: UploadId,
        garment: Option<UploadId>,
    ) -> Result<Pictures, StoreError> {
        let params = [
            account.to_string().into(),
            photo.to_string().into(),
            garment.map(|garment| garment.to_string()).into(),
        ];
        let rows: Vec<PictureRow> = self.all(Statement::new(PICTURES, params)).await?;
        let head = |wanted: UploadId| {
            let row = rows.iter().find(|row| row.id == wanted)?;
            Some(PictureHead {
                format: row.format,
                width: row.width,
                height: row.height,
            })
        };
        Ok(Pictures {
            photo: head(photo),
            garment: garment.and_then(head),
        })
    }

    /// The names of an account's uploads and jobs that were not deleted: few, right after everything
    /// was.
    pub async fn wanted(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        let account = Value::from(account.to_string());
        let rows: Vec<WantedRow> = self.all(Statement::new(WANTED, [account])).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}
