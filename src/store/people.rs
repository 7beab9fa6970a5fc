//! Users and their identities.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::sessions::{self, NewSession};
use super::{Sql, StoreError, decode};
use crate::domain::email::EmailAddress;
use crate::domain::id::{AccountId, SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::identity::SignInMethod;
use crate::ports::{Database, DatabaseError, Statement, Value};

/// Whose an identity is: 2; or was, and who is gone: 1, or is here by another way in: 0.
const BY_IDENTITY: &str = "
    select user_id, 2 as how from identities where method = ?1 and subject = ?2
    union all
    select user_id, iif(exists (select 1 from users where id = user_id), 0, 1) from identity_claims where claim = ?3
    order by 2 desc limit 1";

/// An address is that of one account: of who signs in with a code for it, or by a provider that has verified it.
const BY_EMAIL: &str = "
    select method from identities where email = ?1 and method in (select value from json_each(?2)) limit 1";

/// That of the code's mailbox first, then the one that was verified first.
const EMAIL_OF: &str = "
    select i.email from users u join identities i on i.user_id = u.id
    where u.account_id = ?1 and i.email is not null
    order by i.method <> 'email', i.linked_at limit 1";

const OF_USER: &str = "
    select method, subject, email, name, linked_at from identities where user_id = ?1 order by linked_at, method";

/// A user who was forgotten is one again, under the same id. Of two at once who were the same, one finds the other.
const USER: &str = "insert into users (id, account_id, created_at) values (?1, ?2, ?3)";

const IDENTITY: &str = "
    insert into identities (method, subject, user_id, email, name, claim, linked_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

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

/// What another way in of the same kind takes the place of: first its claim, then itself, and the sessions that it
/// began.
const CLAIM_OF_REPLACED: &str = "
    delete from identity_claims where claim in
      (select claim from identities where user_id = ?1 and method = ?2 and subject <> ?3)";
const SESSIONS_OF_REPLACED: &str = "
    delete from sessions where user_id = ?1 and method = ?2 and id <> ?4
      and exists (select 1 from identities where user_id = ?1 and method = ?2 and subject <> ?3)";
const REPLACED: &str =
    "delete from identities where user_id = ?1 and method = ?2 and subject <> ?3";

/// One way in must remain.
const UNLINK: &str = "
    delete from identities where user_id = ?1 and method = ?2
      and (select count(*) from identities where user_id = ?1) > 1
    returning method";

/// The claim goes with its identity, if that may go.
const UNCLAIM: &str = "
    delete from identity_claims where claim in (select claim from identities where user_id = ?1 and method = ?2)
      and (select count(*) from identities where user_id = ?1) > 1";

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

const OF_ACCOUNT: &str = "select id as user_id from users where account_id = ?1";

#[derive(Deserialize)]
struct Found {
    user_id: UserId,
    how: u8,
}

#[derive(Deserialize)]
struct Owner {
    user_id: UserId,
}

#[derive(Deserialize)]
struct Method {
    method: SignInMethod,
}

/// Who an identity belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// A user.
    Known(UserId),
    /// Somebody who was forgotten: the user that they were.
    Returning(UserId),
    /// A user who is here by another way in, and whose this was before they were forgotten.
    Former(UserId),
}

/// What became of a batch that others may have been quicker with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Yes,
    /// A key of it was taken: the identity is somebody's by now.
    Taken,
    /// The identity, or the session, that it goes on from is gone.
    Gone,
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

#[derive(Deserialize)]
struct EmailRow {
    email: String,
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
        Ok(found.map(|found| match found.how {
            0 => Person::Former(found.user_id),
            1 => Person::Returning(found.user_id),
            _ => Person::Known(found.user_id),
        }))
    }

    /// The way in, of these, by which somebody with this verified address signs in.
    pub async fn by_email(
        &self,
        email: &str,
        methods: &[SignInMethod],
    ) -> Result<Option<SignInMethod>, StoreError> {
        let params = [email.into(), serde_json::json!(methods).to_string().into()];
        let found: Option<Method> = self.sql.first(Statement::new(BY_EMAIL, params)).await?;
        Ok(found.map(|found| found.method))
    }

    /// The user whose account it is.
    pub async fn of_account(&self, account: AccountId) -> Result<Option<UserId>, StoreError> {
        let statement = Statement::new(OF_ACCOUNT, [account.to_string().into()]);
        let owner: Option<Owner> = self.sql.first(statement).await?;
        Ok(owner.map(|owner| owner.user_id))
    }

    /// Where the owner of an account gets mail, if we know.
    pub async fn email_of(&self, account: AccountId) -> Result<Option<EmailAddress>, StoreError> {
        let statement = Statement::new(EMAIL_OF, [account.to_string().into()]);
        let row: Option<EmailRow> = self.sql.first(statement).await?;
        Ok(row.and_then(|row| EmailAddress::parse(&row.email)))
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
    /// identity and its claim, in one batch. A known identity must still be theirs.
    pub async fn sign_in(
        &self,
        user: UserId,
        identity: &NewIdentity,
        is_known: bool,
        session: &NewSession,
    ) -> Result<Written, StoreError> {
        let now = session.now;
        let id = || Value::from(user.to_string());
        let [method, subject] = identity.key();
        let begun = sessions::of_identity(session, [method, subject, id()]);
        let statements = if is_known {
            vec![renew(identity), begun]
        } else {
            let account = user.account().to_string();
            let created = Statement::new(USER, [id(), account.into(), now.into()]);
            let [own, claim] = add(user, identity, now);
            vec![created, own, claim, begun]
        };
        self.write(statements).await
    }

    /// Adds a way in to the user of a session, in place of one of the same kind, and renews that session, which must
    /// still be there.
    pub async fn link(
        &self,
        user: UserId,
        identity: &NewIdentity,
        welcome_claims: &[String],
        old: SessionId,
        session: &NewSession,
    ) -> Result<Written, StoreError> {
        let now = session.now;
        let key = || {
            let [method, subject] = identity.key();
            [Value::from(user.to_string()), method, subject]
        };
        let id = session.id.to_string();
        let claims = welcome_claims.iter().map(|claim| {
            let account = user.account().to_string();
            let params = [claim.as_str().into(), account.into(), now.into()];
            Statement::new(WELCOME_CLAIM, params)
        });
        let mut statements = vec![
            // First, since it takes its user from the old one.
            sessions::in_place_of(session, old),
            Statement::new(CLAIM_OF_REPLACED, key()),
            Statement::new(SESSIONS_OF_REPLACED, key().into_iter().chain([id.into()])),
            Statement::new(REPLACED, key()),
        ];
        statements.extend(add(user, identity, now));
        statements.extend(claims);
        statements.push(Statement::new(END_SESSION, [old.to_string().into()]));
        self.write(statements).await
    }

    /// Removes a way in, with its claim and the sessions that it began, but for the current one. `false` if it is
    /// the last.
    pub async fn unlink(
        &self,
        user: UserId,
        method: SignInMethod,
        current: SessionId,
    ) -> Result<bool, StoreError> {
        let key = || [Value::from(user.to_string()), method.as_str().into()];
        let of_current = key().into_iter().chain([current.to_string().into()]);
        let [_, unlinked, _] = self
            .sql
            .batch([
                Statement::new(UNCLAIM, key()),
                Statement::new(UNLINK, key()),
                Statement::new(END_SESSIONS_BY, of_current),
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

    async fn write(&self, statements: Vec<Statement>) -> Result<Written, StoreError> {
        match self.sql.0.batch(statements).await {
            Ok(_) => Ok(Written::Yes),
            Err(DatabaseError::Refused(text))
                if text.contains("NOT NULL constraint failed: sessions.user_id") =>
            {
                Ok(Written::Gone)
            }
            Err(DatabaseError::Refused(text)) if text.contains("UNIQUE") => Ok(Written::Taken),
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
        identity.claim.as_str().into(),
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
