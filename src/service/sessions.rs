//! Sessions of people who sign in here.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::ids::Ids;
use super::{Error, User};
use crate::domain::client::Client;
use crate::domain::id::{SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::identity::{Identity, SignInMethod};
use crate::ports::Clock;
use crate::store::{NewSession, SessionRow, Sessions};

/// How long a session lasts without use.
const IDLE: Duration = Duration::from_hours(14 * 24);

/// How long it lasts however often it is used. Browsers keep no cookie for longer than 400 days.
pub const SESSION_TTL: Duration = Duration::from_hours(60 * 24);

/// A use is written down once a day, so that a status read writes no row.
const SEEN_STEP: Duration = Duration::from_hours(24);

/// How long ago somebody may have signed in who changes their ways in.
const FRESH: Duration = Duration::from_mins(10);

/// A session that is not over, and the right to what its user may do with their ways in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// The session.
    pub id: SessionId,
    /// How they signed in.
    pub method: SignInMethod,
    /// The address whose owner that sign-in proves them to be.
    pub proven_email: Option<String>,
    /// When they signed in.
    pub at: Timestamp,
}

impl SignedIn {
    /// Refuses what changes the ways in, unless they have signed in just now: a browser that was left open is not
    /// enough to take an account over.
    pub(super) fn check_is_fresh(&self, now: Timestamp) -> Result<(), Error> {
        if now.since(self.at) > FRESH {
            return Err(Error::Forbidden(
                "this takes a sign-in of the last 10 minutes: please sign in again",
            ));
        }
        Ok(())
    }
}

/// A secret of 256 bits that a browser keeps, and the hash that is stored of it.
#[derive(Clone)]
pub(super) struct Secret {
    pub(super) token: String,
    pub(super) hash: String,
}

impl Secret {
    pub(super) fn new(ids: &Ids) -> Result<Self, Error> {
        let mut bytes = ids.secret_bits()?.to_be_bytes().to_vec();
        bytes.extend(ids.secret_bits()?.to_be_bytes());
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let hash = hash_of(&token);
        Ok(Self { token, hash })
    }
}

/// What is stored of a token: it has 256 random bits, so a plain hash of it cannot be reversed.
pub(super) fn hash_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// A session to begin for whoever proved an identity.
pub(super) fn new_session(
    ids: &Ids,
    secret: &Secret,
    identity: &Identity,
    client: &Client,
) -> NewSession {
    let now = ids.now();
    NewSession {
        hash: secret.hash.clone(),
        id: SessionId::new(now, ids.bits()),
        method: identity.method,
        proven_email: identity.proven_email.as_ref().map(ToString::to_string),
        client: client.clone(),
        now,
        ends_at: now.plus(SESSION_TTL),
        expires_at: now.plus(IDLE),
    }
}

/// The session of a token. That it was used is noted once a day.
pub(super) async fn signed_in(
    sessions: &Sessions,
    token: &str,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let session = sessions.by_hash(&hash_of(token), now).await?;
    let session = session.ok_or(Error::Unauthenticated)?;
    if now.since(session.seen_at) >= SEEN_STEP
        && let Err(error) = sessions.seen(session.id, now, now.plus(IDLE)).await
    {
        log::warn!(
            "event=session_not_prolonged session={} error=\"{error}\"",
            session.id
        );
    }
    let SessionRow {
        id,
        user_id,
        method,
        proven_email,
        created_at,
        ..
    } = session;
    Ok(SignedIn {
        user: user_id,
        id,
        method,
        proven_email,
        at: created_at,
    })
}

/// Lists and ends a person's own sessions.
pub struct OwnSessions {
    sessions: Sessions,
    clock: Arc<dyn Clock>,
}

impl OwnSessions {
    pub(super) fn new(sessions: Sessions, clock: Arc<dyn Clock>) -> Self {
        Self { sessions, clock }
    }

    /// Those that are not over, newest first.
    pub async fn list(&self, user: &User) -> Result<Vec<SessionRow>, Error> {
        let session = session_of(user)?;
        Ok(self
            .sessions
            .of_user(session.user, self.clock.now())
            .await?)
    }

    /// Ends one of them.
    pub async fn end(&self, user: &User, id: SessionId) -> Result<(), Error> {
        let session = session_of(user)?;
        if self.sessions.end(session.user, id).await? {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    /// Ends the one with this token, whoever has it: a browser that signs out, or begins another one.
    pub async fn end_by_token(&self, token: &str) -> Result<(), Error> {
        Ok(self.sessions.end_by_hash(&hash_of(token)).await?)
    }

    /// Ends all of them, this one too.
    pub async fn end_all(&self, user: &User) -> Result<(), Error> {
        let session = session_of(user)?;
        Ok(self.sessions.end_all(session.user).await?)
    }
}

/// The session of somebody who signed in here: who has a token of an outside issuer has none.
pub(super) fn session_of(user: &User) -> Result<&SignedIn, Error> {
    user.session().ok_or(Error::Forbidden(
        "this is for people who signed in here, not for tokens",
    ))
}
