//! Sign-ins under way, each by the hash of the cookie that binds it to a browser.

use std::sync::Arc;

use serde::Deserialize;

use super::{Sql, StoreError};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::identity::SignInMethod;
use crate::ports::{Database, Statement, Value};

const INSERT: &str = "
    insert into sign_ins
      (hash, method, email, code, state, nonce, verifier, return_to, linking, created_at, expires_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// The columns of a [`SignInRow`].
macro_rules! sign_in_columns {
    () => {
        "method, email, code, tries, state, nonce, verifier, return_to, linking"
    };
}

/// Counts a try before its code is compared, so that guesses at the same time are counted, too.
const TRY: &str = concat!(
    "update sign_ins set tries = tries + 1
    where hash = ?1 and method = 'email' and tries < 5 and used_at is null and expires_at > ?2
    returning ",
    sign_in_columns!()
);

/// Whoever is first uses it.
const USE: &str = concat!(
    "update sign_ins set used_at = ?2
    where hash = ?1 and method = ?3 and used_at is null and expires_at > ?2
    returning ",
    sign_in_columns!()
);

/// How often a code may be tried: the table's CHECK, and the statement that counts.
pub(crate) const MAX_TRIES: u8 = 5;

/// A sign-in that begins.
#[derive(Debug, Clone)]
pub struct NewSignIn {
    /// The hash of its cookie.
    pub hash: String,
    /// The way in.
    pub method: SignInMethod,
    /// Where a code was sent to.
    pub email: Option<String>,
    /// The HMAC of that code.
    pub code: Option<String>,
    /// The `state` of an authorization request.
    pub state: Option<String>,
    /// Its `nonce`.
    pub nonce: Option<String>,
    /// The `code_verifier` whose challenge it has.
    pub verifier: Option<String>,
    /// The path on our own origin where its user goes on.
    pub return_to: String,
    /// The user who adds a way in.
    pub linking: Option<UserId>,
    /// When it began.
    pub now: Timestamp,
    /// Until when it can be finished.
    pub expires_at: Timestamp,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SignInRow {
    /// The way in.
    pub method: SignInMethod,
    /// Where a code was sent to.
    pub email: Option<String>,
    /// The HMAC of that code.
    pub code: Option<String>,
    /// How often a code was tried, this time included.
    pub tries: u8,
    /// The `state` of an authorization request.
    pub state: Option<String>,
    /// Its `nonce`.
    pub nonce: Option<String>,
    /// The `code_verifier` whose challenge it has.
    pub verifier: Option<String>,
    /// The path on our own origin where its user goes on.
    pub return_to: String,
    /// The user who adds a way in.
    pub linking: Option<UserId>,
}

/// Writes and uses up sign-ins.
#[derive(Clone)]
pub struct SignIns {
    sql: Sql,
}

impl SignIns {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Writes a sign-in that begins.
    pub async fn begin(&self, new: &NewSignIn) -> Result<(), StoreError> {
        let text = |text: &Option<String>| text.clone().into();
        let params: [Value; 11] = [
            new.hash.as_str().into(),
            new.method.as_str().into(),
            text(&new.email),
            text(&new.code),
            text(&new.state),
            text(&new.nonce),
            text(&new.verifier),
            new.return_to.as_str().into(),
            new.linking.map(|user| user.to_string()).into(),
            new.now.into(),
            new.expires_at.into(),
        ];
        let [_] = self.sql.batch([Statement::new(INSERT, params)]).await?;
        Ok(())
    }

    /// Counts a try at a sign-in's code; `None` if it may not be tried: there is none, or it was used, has expired,
    /// or had all of its tries.
    pub async fn try_code(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<SignInRow>, StoreError> {
        self.sql
            .first(Statement::new(TRY, [hash.into(), now.into()]))
            .await
    }

    /// Uses a sign-in up; `None` if there is none that can be used. It is gone whatever comes of it.
    pub async fn take(
        &self,
        hash: &str,
        method: SignInMethod,
        now: Timestamp,
    ) -> Result<Option<SignInRow>, StoreError> {
        let params = [hash.into(), now.into(), method.as_str().into()];
        self.sql.first(Statement::new(USE, params)).await
    }
}
