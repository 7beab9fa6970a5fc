//! Sessions, each by the hash of its token.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Sql, StoreError, decode};
use crate::domain::client::Client;
use crate::domain::id::{SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::identity::SignInMethod;
use crate::ports::{Database, Statement, Value};

/// The columns of a [`SessionRow`].
macro_rules! session_columns {
    () => {
        "id, user_id, method, proven_email, browser, country, created_at, seen_at, ends_at, expires_at"
    };
}

const BY_HASH: &str = concat!(
    "select ",
    session_columns!(),
    " from sessions where hash = ?1 and expires_at > ?2"
);

const OF_USER: &str = concat!(
    "select ",
    session_columns!(),
    " from sessions where user_id = ?1 and expires_at > ?2 order by created_at desc, id desc limit 100"
);

const INSERT: &str = "
    insert into sessions
      (hash, id, user_id, method, proven_email, browser, country, created_at, seen_at, ends_at, expires_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)";

const SEEN: &str = "
    update sessions set seen_at = ?2, expires_at = min(ends_at, ?3) where id = ?1 and seen_at < ?2";

const END: &str = "delete from sessions where user_id = ?1 and id = ?2 returning id";

const END_BY_HASH: &str = "delete from sessions where hash = ?1";

const END_ALL: &str = "delete from sessions where user_id = ?1";

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SessionRow {
    /// The id by which it is listed and ended.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How they signed in.
    pub method: SignInMethod,
    /// The address whose owner that sign-in proves them to be.
    pub proven_email: Option<String>,
    /// Such as `Firefox on Android`.
    pub browser: Option<String>,
    /// In two letters.
    pub country: Option<String>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the day.
    pub seen_at: Timestamp,
    /// When it ends however often it is used.
    pub ends_at: Timestamp,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The hash of its token.
    pub hash: String,
    /// Its id.
    pub id: SessionId,
    /// How they signed in.
    pub method: SignInMethod,
    /// The address whose owner that sign-in proves them to be.
    pub proven_email: Option<String>,
    /// Where they signed in.
    pub client: Client,
    /// When they signed in.
    pub now: Timestamp,
    /// When it ends however often it is used.
    pub ends_at: Timestamp,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
}

/// Reads, prolongs and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    sql: Sql,
}

impl Sessions {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// The session whose token has this hash, unless it has ended.
    pub async fn by_hash(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        self.sql
            .first(Statement::new(BY_HASH, [hash.into(), now.into()]))
            .await
    }

    /// A user's sessions, newest first.
    pub async fn of_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRow>, StoreError> {
        self.sql
            .all(Statement::new(
                OF_USER,
                [user.to_string().into(), now.into()],
            ))
            .await
    }

    /// Notes that a session was used: it lasts until `expires_at`, but not beyond its end.
    pub async fn seen(
        &self,
        id: SessionId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let params = [id.to_string().into(), now.into(), expires_at.into()];
        let [_] = self.sql.batch([Statement::new(SEEN, params)]).await?;
        Ok(())
    }

    /// Ends one of a user's sessions, and says whether there was one.
    pub async fn end(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let params = [user.to_string().into(), id.to_string().into()];
        let [ended] = self.sql.batch([Statement::new(END, params)]).await?;
        Ok(!decode::<IgnoredAny>(ended)?.is_empty())
    }

    /// Ends the session whose token has this hash, if there is one.
    pub async fn end_by_hash(&self, hash: &str) -> Result<(), StoreError> {
        let [_] = self
            .sql
            .batch([Statement::new(END_BY_HASH, [hash.into()])])
            .await?;
        Ok(())
    }

    /// Ends all of a user's sessions.
    pub async fn end_all(&self, user: UserId) -> Result<(), StoreError> {
        let [_] = self
            .sql
            .batch([Statement::new(END_ALL, [user.to_string().into()])])
            .await?;
        Ok(())
    }
}

/// Begins a session of a user.
pub(super) fn insert(user: UserId, new: &NewSession) -> Statement {
    let NewSession {
        hash,
        id,
        method,
        proven_email,
        client,
        now,
        ends_at,
        expires_at,
    } = new;
    let params: [Value; 10] = [
        hash.as_str().into(),
        id.to_string().into(),
        user.to_string().into(),
        method.as_str().into(),
        proven_email.clone().into(),
        client.browser.clone().into(),
        client.country.clone().into(),
        (*now).into(),
        (*ends_at).into(),
        (*expires_at).into(),
    ];
    Statement::new(INSERT, params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::plan;

    #[test]
    fn a_request_reads_its_session_by_the_key() {
        assert_eq!(
            plan(BY_HASH),
            ["SEARCH sessions USING PRIMARY KEY (hash=?)"]
        );
    }
}
