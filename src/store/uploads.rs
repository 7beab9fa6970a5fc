//! Uploads, each written once, by the request that received its bytes.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Reader, StoreError, UploadWriter, decode};
use crate::config::UploadLimits;
use crate::domain::id::{AccountId, UploadId};
use crate::domain::job::Pictures;
use crate::domain::picture::{PictureFormat, PictureHead};
use crate::domain::time::Timestamp;
use crate::ports::{Rows, Statement, Value};

/// An id begins with its time, so the uploads after a moment are the end of the account's range of
/// the key. ?9 is the least id that counts, ?10 the most uploads, and ?11 the most bytes.
const INSERT: &str = "
    insert into uploads (account_id, id, content_type, bytes, width, height, created_at, expires_at)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
    from (select count(*) as n, coalesce(sum(bytes), 0) as bytes
          from uploads where account_id = ?1 and id >= ?9 and bytes > 1) as used
    where (?10 is null or used.n < ?10) and (?11 is null or used.bytes + ?4 <= ?11)
    returning id";

/// The first id contains its time, which outlives forgetting, while `created_at` is then set to 0.
const AFTER: &str = "
    select count(*) as count, coalesce(sum(bytes), 0) as bytes, min(id) as first
    from uploads where account_id = ?1 and id >= ?2 and bytes > 1";

/// For an upload whose bytes may not be stored: no picture has a size of 1 byte, so the row does not
/// count, serves no job, and is cleaned up after its day like any other.
const NOT_STORED: &str = "
    update uploads set bytes = 1, expires_at = created_at + 1
    where account_id = ?1 and id = ?2 and forgotten_at is null";

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

/// An uploaded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// The id of the account.
    pub account: AccountId,
    /// The id of the upload.
    pub id: UploadId,
    /// The format and size in pixels, which were read from its first bytes.
    pub head: PictureHead,
    /// The size of the stored file, in bytes.
    pub bytes: u64,
    /// When it arrived.
    pub created_at: Timestamp,
    /// Until when jobs can use it.
    pub expires_at: Timestamp,
}

/// What an account has uploaded since a moment, including uploads that were removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct DayOfUploads {
    /// How many uploads.
    pub count: u64,
    /// Their total size, in bytes.
    pub bytes: u64,
    /// The id of the first of them, which contains its time.
    pub first: Option<UploadId>,
}

impl UploadWriter {
    /// Records an upload, unless the account would exceed its limits since a moment: then this
    /// returns what it has uploaded. Counting and writing are one statement, so concurrent uploads
    /// cannot exceed the limit together.
    pub async fn add_upload(
        &self,
        upload: &Upload,
        after: Timestamp,
        limits: UploadLimits,
    ) -> Result<Option<DayOfUploads>, StoreError> {
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
            first_id(after),
            limits.count.map(integer).into(),
            limits.bytes.map(integer).into(),
        ];
        let [written, used] = self
            .sql
            .batch([
                Statement::new(INSERT, params),
                used_after(upload.account, after),
            ])
            .await?;
        if !decode::<IgnoredAny>(written)?.is_empty() {
            return Ok(None);
        }
        Ok(Some(one(used)?))
    }

    /// Stops counting an upload whose bytes could not be stored.
    pub async fn upload_not_stored(
        &self,
        account: AccountId,
        id: UploadId,
    ) -> Result<(), StoreError> {
        let params = [account.to_string().into(), id.to_string().into()];
        let [_] = self.sql.batch([Statement::new(NOT_STORED, params)]).await?;
        Ok(())
    }
}

impl Reader {
    /// What an account has uploaded since a moment.
    pub async fn uploads_after(
        &self,
        account: AccountId,
        after: Timestamp,
    ) -> Result<DayOfUploads, StoreError> {
        let [used] = self.sql.batch([used_after(account, after)]).await?;
        one(used)
    }

    /// The formats and sizes of a photo and a garment, each only if it is the account's.
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
        let rows: Vec<PictureRow> = self.sql.all(Statement::new(PICTURES, params)).await?;
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
}

/// The least id that an upload after this moment may have.
fn first_id(after: Timestamp) -> Value {
    let next = after.plus(Duration::from_millis(1));
    UploadId::new(next, 0).to_string().into()
}

fn used_after(account: AccountId, after: Timestamp) -> Statement {
    Statement::new(AFTER, [account.to_string().into(), first_id(after)])
}

fn one(rows: Rows) -> Result<DayOfUploads, StoreError> {
    let row = decode(rows)?.into_iter().next();
    row.ok_or_else(|| StoreError::Row("a count has no row".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::plan;

    /// Otherwise each upload would read every row that its account ever uploaded.
    #[test]
    fn the_uploads_of_a_day_are_a_range_of_the_key() {
        for sql in [INSERT, AFTER] {
            let plan = plan(sql);
            let range = "SEARCH uploads USING PRIMARY KEY (account_id=? AND id>?)";
            assert!(plan.iter().any(|step| step == range), "{plan:#?}");
        }
    }
}
