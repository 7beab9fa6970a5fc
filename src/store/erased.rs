//! What is left to remove of an account that was forgotten, and of its deleted jobs.

use serde::Deserialize;

use super::{Reader, StoreError, decode};
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::ports::{Statement, Value};

/// Uploads and jobs of one page: as many as ten calls to the storage remove.
const PER_PAGE: (usize, usize) = (5000, 400);

const UPLOADS: &str = "
    select id from uploads
    where account_id = ?1 and id > ?2 and forgotten_at is not null and removed_at is null
    order by id limit cast(?3 as integer)";

const JOBS: &str = "
    select id from jobs
    where account_id = ?1 and id > ?2 and deleted_at is not null and images_removed_at is null
    order by id limit cast(?3 as integer)";

#[derive(Deserialize)]
struct Row<Id> {
    id: Id,
}

/// The last rows of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasedCursor {
    upload: String,
    job: String,
}

/// Rows whose bytes nobody wants any more and may still be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Uploads of an account that was forgotten after they came.
    pub uploads: Vec<UploadId>,
    /// Deleted jobs.
    pub jobs: Vec<JobId>,
    /// Where the next page begins, if there is one.
    pub next: Option<ErasedCursor>,
}

impl Reader {
    /// A page of what is left to remove of an account. What comes in after it was forgotten is not in it.
    pub async fn erased(
        &self,
        account: AccountId,
        after: &ErasedCursor,
    ) -> Result<Erased, StoreError> {
        let page = |sql, after: &str, most: usize| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let params: [Value; 3] = [account.to_string().into(), after.into(), most.into()];
            Statement::new(sql, params)
        };
        let (most_uploads, most_jobs) = PER_PAGE;
        let [uploads, jobs] = self
            .sql
            .batch([
                page(UPLOADS, &after.upload, most_uploads),
                page(JOBS, &after.job, most_jobs),
            ])
            .await?;
        let uploads: Vec<UploadId> = decode::<Row<_>>(uploads)?
            .into_iter()
            .map(|row| row.id)
            .collect();
        let jobs: Vec<JobId> = decode::<Row<_>>(jobs)?
            .into_iter()
            .map(|row| row.id)
            .collect();
        let is_more = uploads.len() >= most_uploads || jobs.len() >= most_jobs;
        let last = |id: Option<String>, before: &str| id.unwrap_or_else(|| before.to_owned());
        let next = is_more.then(|| ErasedCursor {
            upload: last(uploads.last().map(ToString::to_string), &after.upload),
            job: last(jobs.last().map(ToString::to_string), &after.job),
        });
        Ok(Erased {
            uploads,
            jobs,
            next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::plan;

    #[test]
    fn a_page_is_a_range_of_the_key() {
        for (sql, table) in [(UPLOADS, "uploads"), (JOBS, "jobs")] {
            let range = format!("SEARCH {table} USING PRIMARY KEY (account_id=? AND id>?)");
            assert_eq!(plan(sql), [range]);
        }
    }
}
