//! Signing in: a code by e-mail, or a provider of identities.
//!
//! Each way begins with a row that a cookie binds to its browser, and ends in `arrival`, where an identity that was
//! proven becomes a session, or one more way in of whoever has one.

mod arrival;
mod provider;
mod return_to;

use std::sync::Arc;
use std::time::Duration;

use super::counting::Counting;
use super::ids::Ids;
use super::mailing::Mailing;
use super::sessions::{Secret, hash_of, session_of};
use super::turnstile::Challenges;
use super::{Error, User};
use crate::config::SignInConfig;
use crate::domain::client::Client;
use crate::domain::email::EmailAddress;
use crate::domain::field_error::FieldError;
use crate::identity::oauth::Challenge;
use crate::identity::{OAuthClient, SignInMethod, email};
use crate::mail::{Language, replaced_address_message, sign_in_message};
use crate::ports::Background;
use crate::signer::Signer;
use crate::store::{MAX_TRIES, NewSignIn, SignInRow, SignIns};

use return_to::return_to;

pub(super) use arrival::Arrival;
pub use arrival::{Arrived, NotArrived};
pub(super) use provider::IdentityProviders;

/// How long somebody may take at a provider.
const PROVIDER_TTL: Duration = Duration::from_mins(10);

/// A sign-in that has begun.
pub struct Begun {
    /// The token that binds it to its browser, for a cookie.
    pub token: String,
    /// Where the browser goes now; `None` where a code was sent.
    pub url: Option<String>,
}

/// What somebody comes back from a provider with.
#[derive(Debug, Clone, Copy)]
pub struct Returned<'a> {
    /// The code, if the provider gives one.
    pub code: Option<&'a str>,
    /// What was sent along.
    pub state: Option<&'a str>,
    /// Who the provider says it is (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// What asks for a code.
pub struct CodeRequest<'a> {
    /// Where it goes.
    pub email: &'a str,
    /// Where its user goes on.
    pub return_to: Option<&'a str>,
    /// The answer to a challenge, where one is set.
    pub challenge: Option<&'a str>,
    /// What its mail is written in.
    pub language: Language,
}

/// Signs people in.
pub struct SignIn {
    config: SignInConfig,
    site: (String, String),
    rows: SignIns,
    providers: IdentityProviders,
    mailing: Option<Mailing>,
    challenges: Challenges,
    arrival: Arrival,
    counting: Counting,
    background: Arc<dyn Background>,
    signer: Signer,
    ids: Ids,
}

/// What signing in reaches outside of itself.
pub(super) struct Reach {
    pub(super) rows: SignIns,
    pub(super) providers: IdentityProviders,
    pub(super) mailing: Option<Mailing>,
    pub(super) challenges: Challenges,
    pub(super) arrival: Arrival,
    pub(super) counting: Counting,
    pub(super) background: Arc<dyn Background>,
}

impl SignIn {
    /// `site` is its name, and its public URL.
    pub(super) fn new(
        config: SignInConfig,
        site: (String, String),
        reach: Reach,
        signer: Signer,
        ids: Ids,
    ) -> Self {
        let Reach {
            rows,
            providers,
            mailing,
            challenges,
            arrival,
            counting,
            background,
        } = reach;
        Self {
            config,
            site,
            rows,
            providers,
            mailing,
            challenges,
            arrival,
            counting,
            background,
            signer,
            ids,
        }
    }

    /// Sends a code: (1) to an address; (2) within the limits; (3) with the sign-in that it belongs to written
    /// first. Nothing depends on who the address belongs to, and nobody waits for the mail, so the answer tells
    /// nothing. `linking` is a user who adds this way in.
    pub async fn send_code(
        &self,
        request: &CodeRequest<'_>,
        client: &Client,
        linking: Option<&User>,
    ) -> Result<Begun, Error> {
        let mailing = self.mailing.clone().ok_or(Error::NotFound)?;
        self.counting.step(&client.prefix).await?;
        let linking = self.linking(linking)?;
        let to = EmailAddress::parse(request.email);
        let to = to.ok_or_else(|| invalid("email", "isn't an e-mail address"))?; // (1)
        let return_to = return_to(request.return_to)?;
        if linking.is_none() {
            self.challenges.check(request.challenge).await?;
        }
        self.counting
            .mail(&to, &client.prefix, self.config.mail_limits)
            .await?; // (2)
        let secret = Secret::new(&self.ids)?;
        let code = email::code(self.ids.secret_bits()?);
        let now = self.ids.now();
        let begun = NewSignIn {
            method: SignInMethod::Email,
            email: Some(to.to_string()),
            code: Some(self.signer.sign_in_code(&secret.hash, &code)),
            hash: secret.hash,
            state: None,
            nonce: None,
            verifier: None,
            return_to,
            linking,
            now,
            expires_at: now.plus(email::CODE_TTL),
        };
        self.rows.begin(&begun).await?; // (3)
        let (name, public_url) = &self.site;
        let message = sign_in_message(request.language, name, &code, public_url);
        self.background
            .spawn(Box::pin(async move { mailing.send(to, message).await }));
        Ok(Begun {
            token: secret.token,
            url: None,
        })
    }

    /// Takes a code that was typed in the browser that asked for it: (1) a try is counted before it is compared; (2)
    /// of two with the right code one is in.
    pub async fn enter_code(
        &self,
        token: Option<&str>,
        code: &str,
        client: &Client,
        linking: Option<&User>,
    ) -> Result<Arrived, Error> {
        let code = email::typed(code)
            .ok_or_else(|| invalid("code", "must be the 8 digits of the e-mail"))?;
        self.counting.step(&client.prefix).await?;
        let hash = hash_of(token.ok_or(NOT_ASKED_HERE)?);
        let now = self.ids.now();
        let tried = self
            .rows
            .try_code(&hash, now)
            .await?
            .ok_or(NOT_ASKED_HERE)?; // (1)
        let stored = tried.code.as_deref().unwrap_or_default();
        if !self.signer.verifies_sign_in_code(&hash, &code, stored) {
            return Err(match MAX_TRIES.saturating_sub(tried.tries) {
                0 => Error::NotSignedIn {
                    reason: "spent",
                    says: "that wasn't the code either: please ask for a new one",
                },
                left => invalid(
                    "code",
                    &format!("isn't the code that we sent: {left} more tries"),
                ),
            });
        }
        let row = self
            .rows
            .take(&hash, SignInMethod::Email, now)
            .await?
            .ok_or(NOT_ASKED_HERE)?; // (2)
        let address = row.email.as_deref().and_then(EmailAddress::parse);
        let address = address.ok_or_else(|| Error::Internal("a sign-in has no address".into()))?;
        let arrived = self
            .arrive(&row, &email::identity(address), client, linking)
            .await;
        arrived.map_err(NotArrived::into_error)
    }

    /// Sends somebody to a provider. `linking` is a user who adds this way in.
    pub async fn begin(
        &self,
        method: SignInMethod,
        to: Option<&str>,
        from: &Client,
        linking: Option<&User>,
    ) -> Result<Begun, Error> {
        let client = self.config.client(method).ok_or(Error::NotFound)?;
        self.counting.step(&from.prefix).await?;
        let linking = self.linking(linking)?;
        let return_to = return_to(to)?;
        let (secret, ids) = (Secret::new(&self.ids)?, &self.ids);
        let challenge = Challenge {
            state: Secret::new(ids)?.token,
            nonce: Secret::new(ids)?.token,
            verifier: Secret::new(ids)?.token,
        };
        let redirect_uri = self.redirect_uri(method);
        let url = self
            .providers
            .authorization_url(method, client, &redirect_uri, &challenge)
            .await;
        let url = url.map_err(|failed| {
            Error::ProviderUnavailable(format!("{}: {failed}", method.as_str()))
        })?;
        let now = self.ids.now();
        let begun = NewSignIn {
            hash: secret.hash,
            method,
            email: None,
            code: None,
            state: Some(challenge.state),
            nonce: Some(challenge.nonce),
            verifier: Some(challenge.verifier),
            return_to,
            linking,
            now,
            expires_at: now.plus(PROVIDER_TTL),
        };
        self.rows.begin(&begun).await?;
        Ok(Begun {
            token: secret.token,
            url: Some(url),
        })
    }

    /// Takes what a provider sends somebody back with: (1) the sign-in is used up, whatever comes of it; (2) it is
    /// that of this browser; (3) the code is for whoever the provider says.
    pub async fn come_back(
        &self,
        method: SignInMethod,
        token: Option<&str>,
        returned: Returned<'_>,
        client: &Client,
        user: Option<&User>,
    ) -> Result<Arrived, NotArrived> {
        let oauth_client = self.config.client(method).ok_or(NotArrived::Lost)?;
        self.counting.step(&client.prefix).await?;
        let hash = hash_of(token.ok_or(NotArrived::Lost)?);
        let row = self
            .rows
            .take(&hash, method, self.ids.now())
            .await
            .map_err(Error::from)?; // (1)
        let row = row.ok_or(NotArrived::Lost)?;
        let state = row.state.as_deref().unwrap_or_default();
        // Both are hashed, so the time of the comparison tells nothing.
        if state.is_empty()
            || returned
                .state
                .is_none_or(|sent| hash_of(sent) != hash_of(state))
        {
            return Err(NotArrived::Lost); // (2)
        }
        let code = returned
            .code
            .filter(|code| !code.is_empty())
            .ok_or(NotArrived::Refused)?;
        let identity = self
            .identify(method, oauth_client, &row, (code, returned.issuer))
            .await?; // (3)
        self.arrive(&row, &identity, client, user).await
    }

    async fn identify(
        &self,
        method: SignInMethod,
        client: &OAuthClient,
        row: &SignInRow,
        code: (&str, Option<&str>),
    ) -> Result<crate::identity::Identity, NotArrived> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let challenge = Challenge {
            state: text(&row.state),
            nonce: text(&row.nonce),
            verifier: text(&row.verifier),
        };
        let redirect_uri = self.redirect_uri(method);
        let identified = self
            .providers
            .identify(method, client, &redirect_uri, code, &challenge)
            .await;
        identified.map_err(|failed| {
            let method = method.as_str();
            log::warn!("event=identity_not_proven method={method} error=\"{failed}\"");
            NotArrived::Failed
        })
    }

    async fn arrive(
        &self,
        row: &SignInRow,
        identity: &crate::identity::Identity,
        client: &Client,
        user: Option<&User>,
    ) -> Result<Arrived, NotArrived> {
        let secret = Secret::new(&self.ids)?;
        let return_to = row.return_to.clone();
        match row.linking {
            // Whoever began it must be here still: a way in is added to nobody else's account.
            Some(linking) => {
                let session = user
                    .and_then(User::session)
                    .filter(|session| session.user == linking);
                let session = session.ok_or(NotArrived::SignedOut)?;
                let link = self.arrival.link(session, identity, client, &secret);
                if let Some(replaced) = link.await? {
                    self.tell_of_new_address(replaced);
                }
            }
            None => self.arrival.enter(identity, client, &secret).await?,
        }
        Ok(Arrived {
            token: secret.token,
            return_to,
        })
    }

    /// Tells an address that another one has taken its place: whoever did that may not be its owner.
    fn tell_of_new_address(&self, replaced: EmailAddress) {
        let Some(mailing) = self.mailing.clone() else {
            return;
        };
        let (name, public_url) = &self.site;
        let message = replaced_address_message(name, public_url);
        self.background.spawn(Box::pin(
            async move { mailing.send(replaced, message).await },
        ));
    }

    /// The user who adds a way in, who must have signed in just now.
    fn linking(&self, user: Option<&User>) -> Result<Option<crate::domain::id::UserId>, Error> {
        let Some(user) = user else {
            return Ok(None);
        };
        let session = session_of(user)?;
        session.check_is_fresh(self.ids.now())?;
        Ok(Some(session.user))
    }

    fn redirect_uri(&self, method: SignInMethod) -> String {
        let (_, public_url) = &self.site;
        format!("{public_url}/v1/auth/{}/callback", method.as_str())
    }
}

const NOT_ASKED_HERE: Error = Error::NotSignedIn {
    reason: "lost",
    says: "we aren't waiting for a code in this browser: it was used, has expired, or was asked for elsewhere",
};

fn invalid(field: &str, message: &str) -> Error {
    Error::Invalid(vec![FieldError::new(field, message)])
}
