//! Noting in a job's row that a picture has a thumbnail.

use serde::de::IgnoredAny;

use super::{StoreError, ThumbnailWriter};
use crate::domain::id::{AccountId, JobId};
use crate::ports::{Statement, Value};

/// Nothing else changes in a picture that is stored, but that it is removed; then it has none.
const HAS_THUMBNAIL: &str = "
    update jobs set images =
      (select json_group_array(json(iif(value->>'position' = cast(?3 as integer),
                                        json_set(value, '$.thumbnail', json('true')), value)))
       from json_each(images))
    where account_id = ?1 and id = ?2 and deleted_at is null and images_removed_at is null
      and exists (select 1 from json_each(images) where value->>'position' = cast(?3 as integer))
    returning id";

impl ThumbnailWriter {
    /// Notes that a picture has a thumbnail; whether the picture is still there.
    pub async fn has_thumbnail(
        &self,
        account: AccountId,
        job: JobId,
        position: u8,
    ) -> Result<bool, StoreError> {
        let params = [
            Value::from(account.to_string()),
            job.to_string().into(),
            i64::from(position).into(),
        ];
        let statement = Statement::new(HAS_THUMBNAIL, params);
        let noted: Option<IgnoredAny> = self.sql.first(statement).await?;
        Ok(noted.is_some())
    }
}
