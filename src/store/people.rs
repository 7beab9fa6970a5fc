//! Users and their identities.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::sessions::{self, NewSession};
use super::{Sql, StoreError, decode};
use crate::domain::id::{SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::identity::SignInMethod;
use crate::ports::{Database, DatabaseError, Statement, Value};

const BY_IDENTITY: &str = "
    select user_id, 1 as is_there from identities where method = ?1 and subject = ?2
    union all select user_id, 0 from identity_claims where claim = ?3
    order by is_there desc limit 1";

const BY_EMAIL: &str = "select user_id from identities where method = 'email' and subject = ?1";

const OF_USER: &str = "
    select method, subject, email, name, linked_at from identities where user_id = ?1 order by linked_at, method";

/// A user who was forgotten is one again, under the same id.
const USER: &str = "insert into users (id, created_at) values (?1, ?2) on conflict (id) do nothing";

const IDENTITY: &str = "
    insert into identities (method, subject, user_id, email, name, linked_at) values (?1, ?2, ?3, ?4, ?5, ?6)";

/// What a provider tells of somebody may change.
const RENEW: &str = "
    update identities set email = ?3, name = ?4
    where method = ?1 and subject = ?2 and (email is not ?3 or name is not ?4)";

/// An identity that returns is claimed already, by the same user: by another it is not, which breaks the key.
const IDENTITY_CLAIM: &str = "
    insert into identity_claims (claim, user_id, claimed_at) select ?1, ?2, ?3
    where not exists (select 1 from identity_claims where claim = ?1 and user_id = ?2)";

/// A way in that takes the place of another is one more thing that was welcomed, and never a welcome.
const WELCOME_CLAIM: &str = "
    insert into welcome_claims (claim, account_id, claimed_at) values (?1, ?2, ?3) on conflict (claim) do nothing";

const REPLACED: &str =
    "delete from identities where user_id = ?1 and method = ?2 and subject <> ?3";

const UNCLAIM: &str = "delete from identity_claims where claim = ?1 and user_id = ?2";

/// One way in must remain.
const UNLINK: &str = "
    delete from identities where user_id = ?1 and method = ?2 and subject = ?3
      and (select count(*) from identities where user_id = ?1) > 1
    returning method";

/// The claim goes with its identity, and stays where that stayed.
const UNCLAIM_UNLINKED: &str = "
    delete from identity_claims where claim = ?1 and user_id = ?2
      and not exists (select 1 from identities where method = ?3 and subject = ?4)";

const END_SESSIONS_BY: &str = "
    delete from sessions where user_id = ?1 and method = ?2 and id <> ?3
      and not exists (select 1 from identities where user_id = ?1 and method = ?2)";

const END_SESSION: &str = "delete from sessions where id = ?1";

const FORGET: [&str; 4] = [
    "delete from sessions where user_id = ?1",
    "delete from sign_ins where linking = ?1
      or email in (select subject from identities where user_id = ?1 and method = 'email')",
    "delete from identities where user_id = ?1",
    "delete from users where id = ?1",
];

const CLEAN: [&str; 3] = [
    "delete from sign_ins where expires_at < ?1",
    "delete from sessions where expires_at < ?1",
    "delete from counters where expires_at < ?1",
];

const WELCOMED: &str = "
    select claim from welcome_claims where claim in (select value from json_each(?1)) limit 1";

#[derive(Deserialize)]
struct Found {
    user_id: UserId,
    is_there: u8,
}

#[derive(Deserialize)]
struct Owner {
    user_id: UserId,
}

/// Who an identity belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// A user.
    Known(UserId),
    /// Somebody who was forgotten, or had unlinked nothing but lost the row: the user that they were.
    Returning(UserId),
}

impl Person {
    /// The id of the user.
    pub const fn user(self) -> UserId {
        match self {
            Self::Known(user) | Self::Returning(user) => user,
        }
    }
}

/// A way in of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Linked {
    /// The way in.
    pub method: SignInMethod,
    /// What its provider knows them by.
    pub subject: String,
    /// Their verified address there.
    pub email: Option<String>,
    /// Their name there.
    pub name: Option<String>,
    /// When it was added.
    pub linked_at: Timestamp,
}

/// An identity that was just proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentity {
    /// The way in.
    pub method: SignInMethod,
    /// What its provider knows them by.
    pub subject: String,
    /// Their verified address there.
    pub email: Option<String>,
    /// Their name there.
    pub name: Option<String>,
    /// Its claim.
    pub claim: String,
}

impl NewIdentity {
    fn key(&self) -> [Value; 2] {
        [self.method.as_str().into(), self.subject.as_str().into()]
    }
}

/// Reads and writes users and identities.
#[derive(Clone)]
pub struct People {
    sql: Sql,
}

impl People {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Whose an identity is, or was.
    pub async fn by_identity(&self, identity: &NewIdentity) -> Result<Option<Person>, StoreError> {
        let [method, subject] = identity.key();
        let statement = Statement::new(
            BY_IDENTITY,
            [method, subject, identity.claim.as_str().into()],
        );
        let found: Option<Found> = self.sql.first(statement).await?;
        Ok(found.map(|found| match found.is_there {
            0 => Person::Returning(found.user_id),
            _ => Person::Known(found.user_id),
        }))
    }

    /// Who signs in with a code that is sent to this address.
    pub async fn by_email(&self, email: &str) -> Result<Option<UserId>, StoreError> {
        let owner: Option<Owner> = self
            .sql
            .first(Statement::new(BY_EMAIL, [email.into()]))
            .await?;
        Ok(owner.map(|owner| owner.user_id))
    }

    /// A user's ways in, in the order in which they were added.
    pub async fn ways_in(&self, user: UserId) -> Result<Vec<Linked>, StoreError> {
        self.sql
            .all(Statement::new(OF_USER, [user.to_string().into()]))
            .await
    }

    /// Whether any of these claims has had its welcome.
    pub async fn is_welcomed(&self, claims: &[String]) -> Result<bool, StoreError> {
        let claims = serde_json::json!(claims).to_string();
        let found: Option<IgnoredAny> = self
            .sql
            .first(Statement::new(WELCOMED, [claims.into()]))
            .await?;
        Ok(found.is_some())
    }

    /// Begins a session of a user who proved an identity: for a new one, or one who returns, with the user, the
    /// identity and its claim, in one batch. `false` if somebody else was quicker with the same identity.
    pub async fn sign_in(
        &self,
        user: UserId,
        identity: &NewIdentity,
        is_known: bool,
        session: &NewSession,
    ) -> Result<bool, StoreError> {
        let now = session.now;
        let statements = if is_known {
            vec![renew(identity), sessions::insert(user, session)]
        } else {
            let created = Statement::new(USER, [user.to_string().into(), now.into()]);
            let [own, claim] = add(user, identity, now);
            vec![created, own, claim, sessions::insert(user, session)]
        };
        self.unless_refused(statements).await
    }

    /// Adds a way in to a user, in place of one of the same kind, and renews their session. `false` if it is
    /// somebody else's.
    pub async fn link(
        &self,
        user: UserId,
        identity: &NewIdentity,
        welcome_claims: &[String],
        (replaced, old): (Option<&str>, SessionId),
        session: &NewSession,
    ) -> Result<bool, StoreError> {
        let now = session.now;
        let id = || Value::from(user.to_string());
        let [method, subject] = identity.key();
        let mut statements = vec![Statement::new(REPLACED, [id(), method, subject])];
        statements.extend(replaced.map(|claim| Statement::new(UNCLAIM, [claim.into(), id()])));
        statements.extend(add(user, identity, now));
        statements.extend(welcome_claims.iter().map(|claim| {
            let account = user.account().to_string();
            Statement::new(
                WELCOME_CLAIM,
                [claim.as_str().into(), account.into(), now.into()],
            )
        }));
        statements.push(Statement::new(END_SESSION, [old.to_string().into()]));
        statements.push(sessions::insert(user, session));
        self.unless_refused(statements).await
    }

    /// Removes a way in, with its claim and the sessions that it began, but for the current one. `false` if it is
    /// the last.
    pub async fn unlink(
        &self,
        user: UserId,
        (method, subject): (SignInMethod, &str),
        claim: &str,
        current: SessionId,
    ) -> Result<bool, StoreError> {
        let id = || Value::from(user.to_string());
        let (method, subject) = (|| Value::from(method.as_str()), || Value::from(subject));
        let [unlinked, _, _] = self
            .sql
            .batch([
                Statement::new(UNLINK, [id(), method(), subject()]),
                Statement::new(UNCLAIM_UNLINKED, [claim.into(), id(), method(), subject()]),
                Statement::new(
                    END_SESSIONS_BY,
                    [id(), method(), current.to_string().into()],
                ),
            ])
            .await?;
        Ok(!decode::<IgnoredAny>(unlinked)?.is_empty())
    }

    /// Forgets a user: everything but the claims.
    pub async fn forget(&self, user: UserId) -> Result<(), StoreError> {
        let statements = FORGET.map(|sql| Statement::new(sql, [user.to_string().into()]));
        let [_, _, _, _] = self.sql.batch(statements).await?;
        Ok(())
    }

    /// Removes what has expired: sign-ins, sessions and counters.
    pub async fn clean(&self, now: Timestamp) -> Result<(), StoreError> {
        let [_, _, _] = self
            .sql
            .batch(CLEAN.map(|sql| Statement::new(sql, [now.into()])))
            .await?;
        Ok(())
    }

    /// Whether a batch was written; `false` if a key of it was taken.
    async fn unless_refused(&self, statements: Vec<Statement>) -> Result<bool, StoreError> {
        match self.sql.0.batch(statements).await {
            Ok(_) => Ok(true),
            Err(DatabaseError::Refused(text)) if text.contains("UNIQUE") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn add(user: UserId, identity: &NewIdentity, now: Timestamp) -> [Statement; 2] {
    let id = || Value::from(user.to_string());
    let [method, subject] = identity.key();
    let own = [
        method,
        subject,
        id(),
        identity.email.clone().into(),
        identity.name.clone().into(),
        now.into(),
    ];
    let claim = [identity.claim.as_str().into(), id(), now.into()];
    [
        Statement::new(IDENTITY, own),
        Statement::new(IDENTITY_CLAIM, claim),
    ]
}

fn renew(identity: &NewIdentity) -> Statement {
    let [method, subject] = identity.key();
    Statement::new(
        RENEW,
        [
            method,
            subject,
            identity.email.clone().into(),
            identity.name.clone().into(),
        ],
    )
}
