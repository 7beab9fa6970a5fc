//! Who is asking: a session of ours, a JSON Web Token of an outside issuer, or the operators' token.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Error;
use super::sessions::{self, SignedIn};
use super::verifier::{Signed, Verifier};
use crate::config::AuthConfig;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AccountId, OWN_SUBJECTS};
use crate::domain::time::Timestamp;
use crate::jwk::PublicAlgorithm;
use crate::jwt::{Algorithm, Claims, Unverified};
use crate::ports::Clock;
use crate::store::Sessions;

/// No subject of an identity provider is longer.
const MAX_SUBJECT_CHARS: usize = 255;

/// How long ago an operator may have signed in who moves credits, or blocks an account.
const OPERATOR_PROOF_TTL: Duration = Duration::from_hours(12);

/// Somebody who proved who they are: the right to what is theirs. Only [`Access`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their account.
    pub account: AccountId,
    session: Option<SignedIn>,
    _proved: (),
}

impl User {
    /// Their session, if they signed in here.
    pub fn session(&self) -> Option<&SignedIn> {
        self.session.as_ref()
    }
}

/// An operator who proved that they are one: the right to read anybody's rows, and to move anybody's credits if the
/// proof is a new one. Only [`Access`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    name: String,
    /// When they signed in; `None` for the operators' token.
    signed_in_at: Option<Timestamp>,
    _proved: (),
}

impl Operator {
    /// Who they are, as it stands with what they did: an e-mail address, or `token`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Refuses one whose sign-in is too long ago for what moves credits.
    pub(super) fn check_is_fresh(&self, now: Timestamp) -> Result<(), Error> {
        let age = self.signed_in_at.map(|at| now.since(at));
        if age.is_some_and(|age| age > OPERATOR_PROOF_TTL) {
            return Err(Error::Forbidden(
                "this takes a sign-in of the last 12 hours: please sign in again",
            ));
        }
        Ok(())
    }
}

/// Authenticates users and operators by their tokens and sessions.
pub struct Access {
    auth: AuthConfig,
    operators: OperatorProofs,
    sessions: Option<Sessions>,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

/// What proves an operator.
pub(super) struct OperatorProofs {
    /// `ADMIN_TOKEN`, and the one before it.
    pub(super) tokens: Vec<String>,
    /// Their addresses.
    pub(super) emails: Vec<EmailAddress>,
}

impl Access {
    /// `sessions` are those of people who sign in here, if they can.
    pub(super) fn new(
        auth: AuthConfig,
        operators: OperatorProofs,
        sessions: Option<Sessions>,
        verifier: Verifier,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            auth,
            operators,
            sessions,
            verifier,
            clock,
        }
    }

    /// The user whose session has this token, as its cookie has it.
    pub async fn session(&self, token: &str) -> Result<User, Error> {
        let sessions = self.sessions.as_ref().ok_or(Error::Unauthenticated)?;
        let session = sessions::signed_in(sessions, token, self.clock.now()).await?;
        Ok(User {
            account: session.user.account(),
            session: Some(session),
            _proved: (),
        })
    }

    /// Whether a user is an operator: their session began with a proof that one of the operators' addresses is theirs.
    pub fn is_operator(&self, user: &User) -> bool {
        self.operator_of(user).is_ok()
    }

    /// The operator that a user is. An outside issuer's word on an address is none.
    pub fn operator_of(&self, user: &User) -> Result<Operator, Error> {
        let session = user.session().ok_or(Error::Unauthenticated)?;
        let mut emails = self.operators.emails.iter();
        let email = emails.find(|email| session.proven_email.as_deref() == Some(email.as_str()));
        let email = email.ok_or(Error::Forbidden("this is for operators"))?;
        Ok(Operator {
            name: email.to_string(),
            signed_in_at: Some(session.at),
            _proved: (),
        })
    }

    /// The user behind a token: (1) its signature, by the key that its algorithm calls for; (2) its
    /// times by our own clock, its issuer and audience where configured; (3) its subject, which is none of our own.
    pub async fn user(&self, token: &str) -> Result<User, Error> {
        let token = Unverified::parse(token).ok_or(Error::Unauthenticated)?;
        let claims = match token.algorithm {
            Algorithm::Hs256 => {
                let auth = &self.auth;
                let mut secrets = auth.secret.iter().chain(&auth.previous_secret);
                secrets.find_map(|secret| token.clone().verified_by_secret(secret))
            }
            Algorithm::Public(algorithm) => self.verified_by_public_key(token, algorithm).await?,
        };
        let claims = claims.ok_or(Error::Unauthenticated)?; // (1)
        let auth = &self.auth;
        let holds = claims.hold(
            self.clock.now(),
            auth.issuer.as_deref(),
            auth.audience.as_deref(),
        ); // (2)
        let is_named = !claims.sub.is_empty() && claims.sub.chars().count() <= MAX_SUBJECT_CHARS;
        let is_outside = !claims.sub.starts_with(OWN_SUBJECTS); // (3)
        if !holds || !is_named || !is_outside {
            return Err(Error::Unauthenticated);
        }
        Ok(User {
            account: AccountId::of_subject(&claims.sub),
            session: None,
            _proved: (),
        })
    }

    /// The operator whose token it is: `ADMIN_TOKEN`, or the one before it.
    pub fn operator(&self, token: &str) -> Result<Operator, Error> {
        // Both are hashed first, so the time of the comparison tells nothing, not even a length.
        let digest = |text: &str| {
            Some(
                Hmac::<Sha256>::new_from_slice(b"operator")
                    .ok()?
                    .chain_update(text),
            )
        };
        let is = |expected: &String| {
            let expected = digest(expected).map(|mac| mac.finalize().into_bytes());
            digest(token)
                .zip(expected)
                .is_some_and(|(mac, expected)| mac.verify(&expected).is_ok())
        };
        if !self.operators.tokens.iter().any(is) {
            return Err(Error::Unauthenticated);
        }
        Ok(Operator {
            name: "token".into(),
            signed_in_at: None,
            _proved: (),
        })
    }

    /// A token that [`Access::user`] accepts until `expires_at`.
    pub(super) fn sign_session(
        &self,
        subject: &str,
        expires_at: Timestamp,
    ) -> Result<String, Error> {
        let claims = Claims {
            sub: subject.into(),
            exp: expires_at.seconds(),
            nbf: None,
            iss: self.auth.issuer.clone(),
            aud: self.auth.audience.clone().map(Into::into),
            client_id: None,
            azp: None,
        };
        let secret = self.auth.secret.as_ref().ok_or(Error::NotFound)?;
        claims
            .sign(secret)
            .ok_or_else(|| Error::Internal("a session cannot be signed".into()))
    }

    /// A token's claims, if one of the published keys has signed it.
    async fn verified_by_public_key(
        &self,
        token: Unverified<'_>,
        algorithm: PublicAlgorithm,
    ) -> Result<Option<Claims>, Error> {
        let Some(url) = self.auth.jwks_url.as_deref() else {
            return Ok(None);
        };
        let signed = Signed {
            algorithm,
            kid: token.kid.as_deref(),
            message: token.message,
            signature: &token.signature,
        };
        let is_good = self.verifier.is_signed(url, &signed).await?;
        Ok(token.verified_by_public_key(is_good))
    }
}
