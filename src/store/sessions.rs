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

/// A session's user is looked up in the statement that begins it: without one the column's `not null` refuses it, and
/// the whole batch.
macro_rules! insert {
    ($user:literal) => {
        concat!(
            "insert into sessions
              (hash, id, method, proven_email, browser, country, created_at, seen_at, ends_at, expires_at, user_id)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, (",
            $user,
            "))"
        )
    };
}

const OF_IDENTITY: &str = insert!(
    "select user_id from identities where method = ?10 and subject = ?11 and user_id = ?12"
);

const IN_PLACE_OF: &str = insert!("select user_id from sessions where id = ?10");

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

/// Begins a session by an identity, which must be that user's.
pub(super) fn of_identity(new: &NewSession, [method, subject, user]: [Value; 3]) -> Statement {
    let key = [method, subject, user];
    Statement::new(OF_IDENTITY, columns(new).into_iter().chain(key))
}

/// Begins a session of the user of another one, which must not have ended.
pub(super) fn in_place_of(new: &NewSession, old: SessionId) -> Statement {
    let key = [Value::from(old.to_string())];
    Statement::new(IN_PLACE_OF, columns(new).into_iter().chain(key))
}

fn columns(new: &NewSession) -> [Value; 9] {
    [
        new.hash.as_str().into(),
        new.id.to_string().into(),
        new.method.as_str().into(),
        new.proven_email.clone().into(),
        new.client.browser.clone().into(),
        new.client.country.clone().into(),
        new.now.into(),
        new.ends_at.into(),
        new.expires_at.into(),
    ]
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
