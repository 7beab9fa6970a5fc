//! Somebody who proved an identity: a user that is known, one who returns, or a new one.

use crate::claims::Claims;
use crate::domain::client::Client;
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
use crate::identity::{Identity, SignInMethod};
use crate::service::Error;
use crate::service::counting::Counting;
use crate::service::ids::Ids;
use crate::service::sessions::{Secret, SignedIn, new_session};
use crate::service::welcome::Welcome;
use crate::store::{NewIdentity, People, Person, StoreError, Written};

/// How often a sign-in is tried: of two at the same time by one new person, the slower one finds the user of the
/// quicker one.
const TRIES: usize = 2;

/// Somebody who is signed in, or has one more way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The token of their session, for a cookie.
    pub token: String,
    /// Where they go on.
    pub return_to: String,
}

/// Why somebody is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotArrived {
    /// It did not begin in this browser, was used up, or has expired.
    #[error("the sign-in has expired, or began in another browser")]
    Lost,
    /// They, or the provider, said no.
    #[error("the provider refused")]
    Refused,
    /// The provider's answer proves nothing, or there is none.
    #[error("the provider could not tell who it is")]
    Failed,
    /// The address has a user who signs in by this way.
    #[error("there's an account with this e-mail address: sign in as before, then add this way in")]
    UseOther(SignInMethod),
    /// It was a way in of somebody who was forgotten, and is here again by another one.
    #[error(
        "this was a way in to an account that has another one now: sign in by that, then add this one"
    )]
    Former,
    /// The way in is somebody else's.
    #[error("this is the way in to another account")]
    Taken,
    /// The session that would get one more way in has ended.
    #[error("the session has ended")]
    SignedOut,
    /// A limit, or something of ours.
    #[error(transparent)]
    Other(#[from] Error),
}

impl NotArrived {
    /// Why, for a program.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::UseOther(SignInMethod::Google) => "use_google",
            Self::UseOther(SignInMethod::Github) => "use_github",
            Self::UseOther(SignInMethod::Email | SignInMethod::Oidc) => "use_email",
            Self::Former => "former",
            Self::Taken => "taken",
            Self::SignedOut => "signed_out",
            Self::Other(Error::RateLimited(_)) => "rate_limited",
            Self::Other(_) => "unavailable",
        }
    }

    /// In an answer that is no redirect.
    pub(super) fn into_error(self) -> Error {
        let reason = self.reason();
        let says = match self {
            Self::Other(error) => return error,
            Self::SignedOut => return Error::Unauthenticated,
            Self::Taken => "this is the way in to another account",
            Self::Former => {
                "this was a way in to an account that has another one now: sign in by that, then add this one"
            }
            Self::UseOther(_) => {
                "there's an account with this address: sign in as before, then add e-mail in your account"
            }
            Self::Lost | Self::Refused | Self::Failed => {
                "the sign-in has expired, or began in another browser"
            }
        };
        Error::NotSignedIn { reason, says }
    }
}

impl From<StoreError> for NotArrived {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// Lets people in.
pub(in crate::service) struct Arrival {
    people: People,
    claims: Claims,
    counting: Counting,
    welcome: Welcome,
    sign_ups_per_day: u32,
    ids: Ids,
}

impl Arrival {
    pub(in crate::service) fn new(
        people: People,
        claims: Claims,
        (counting, sign_ups_per_day): (Counting, u32),
        welcome: Welcome,
        ids: Ids,
    ) -> Self {
        Self {
            people,
            claims,
            counting,
            welcome,
            sign_ups_per_day,
            ids,
        }
    }

    /// Begins a session: (1) of the user whose identity it is, or was before they were forgotten; but while that user
    /// is here, only what they added lets them in, since nobody could remove what is listed nowhere; (2) of a new
    /// one, unless the address has a user by another way: two accounts of one person would each have half of their
    /// credits; (3) with all rows in one batch; (4) then the welcome, if they have not had it.
    pub(super) async fn enter(
        &self,
        identity: &Identity,
        client: &Client,
        secret: &Secret,
    ) -> Result<(), NotArrived> {
        let row = self.row(identity);
        for _ in 0..TRIES {
            let person = self.people.by_identity(&row).await?;
            let user = match person {
                Some(Person::Former(_)) => return Err(NotArrived::Former),
                Some(Person::Known(user) | Person::Returning(user)) => user, // (1)
                None => self.new_user(identity, client).await?,              // (2)
            };
            let session = new_session(&self.ids, secret, identity, client);
            let is_known = matches!(person, Some(Person::Known(_)));
            match self.people.sign_in(user, &row, is_known, &session).await? {
                Written::Taken | Written::Gone => continue,
                Written::Yes => {}
            }
            let (account, method) = (user.account(), identity.method.as_str());
            let is_new = person.is_none();
            log::info!("event=signed_in account={account} method={method} new={is_new}"); // (3)
            let now = session.now;
            self.welcome
                .welcome(user, identity, &client.prefix, now)
                .await; // (4)
            self.counting
                .known(identity.email.as_ref(), &client.prefix)
                .await;
            return Ok(());
        }
        Err(Error::LedgerUnavailable("an identity changed hands twice".into()).into())
    }

    /// Adds a way in to the user of a session, which is renewed, and returns the address that it took the place of:
    /// (1) one that is theirs already changes nothing else; (2) one that is, or was, somebody else's is refused; (3)
    /// it takes the place of theirs of the same kind, with its claim and its sessions, and nobody is welcomed by it.
    pub(super) async fn link(
        &self,
        session: &SignedIn,
        identity: &Identity,
        client: &Client,
        secret: &Secret,
    ) -> Result<Option<EmailAddress>, NotArrived> {
        let (user, row) = (session.user, self.row(identity));
        let renewed = new_session(&self.ids, secret, identity, client);
        let is_known = self.people.by_identity(&row).await? == Some(Person::Known(user));
        let ways_in = self.people.ways_in(user).await?;
        let written = if is_known {
            self.people.sign_in(user, &row, true, &renewed).await? // (1)
        } else {
            let welcome = self.claims.welcome(identity);
            let link = self.people.link(user, &row, &welcome, session.id, &renewed);
            link.await? // (3)
        };
        match written {
            Written::Yes => {}
            Written::Taken => return Err(NotArrived::Taken), // (2)
            Written::Gone => return Err(NotArrived::SignedOut),
        }
        let (account, method) = (user.account(), identity.method.as_str());
        log::info!("event=way_in_linked account={account} method={method}");
        let replaced = ways_in.iter().find(|way| way.method == identity.method);
        let replaced = replaced.filter(|way| way.method == SignInMethod::Email && !is_known);
        Ok(replaced.and_then(|way| EmailAddress::parse(&way.subject)))
    }

    /// A code proves an address better than a provider's word on it, but who uses both has one account all the same.
    /// What a provider that is only configured here says of addresses keeps nobody out.
    async fn new_user(&self, identity: &Identity, client: &Client) -> Result<UserId, NotArrived> {
        let others: &[SignInMethod] = match identity.method {
            SignInMethod::Email => &[SignInMethod::Google, SignInMethod::Github],
            _ => &[SignInMethod::Email],
        };
        if let Some(email) = &identity.email
            && let Some(method) = self.people.by_email(email.as_str(), others).await?
        {
            return Err(NotArrived::UseOther(method));
        }
        self.counting
            .sign_up(&client.prefix, self.sign_ups_per_day)
            .await?;
        Ok(UserId::new(self.ids.now(), self.ids.bits()))
    }

    fn row(&self, identity: &Identity) -> NewIdentity {
        NewIdentity {
            method: identity.method,
            subject: identity.subject.clone(),
            email: identity.email.as_ref().map(ToString::to_string),
            name: identity.name.clone(),
            claim: self.claims.identity(identity.method, &identity.subject),
        }
    }
}
