//! Asking a provider of identities who somebody is.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::identity::oauth::{self, Challenge, Tokens};
use crate::identity::oidc::{self, Endpoints, Profile};
use crate::identity::{Identity, NotProven, OAuthClient, SignInMethod, github, google};
use crate::jwt::{Expected, UnverifiedIdToken};
use crate::ports::{Clock, Http};
use crate::service::Error;
use crate::service::verifier::{Signed, Verifier};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Why somebody is not identified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failed {
    /// The provider said no.
    #[error(transparent)]
    NotProven(#[from] NotProven),
    /// The provider, or its keys, cannot be reached.
    #[error("not reached: {0}")]
    Unreachable(String),
}

impl From<http::Error> for Failed {
    fn from(error: http::Error) -> Self {
        Self::NotProven(NotProven::Malformed(error.to_string()))
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Unreachable(format!("{error:?}"))
    }
}

/// Asks providers of identities.
#[derive(Clone)]
pub(in crate::service) struct IdentityProviders {
    http: Arc<dyn Http>,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

impl IdentityProviders {
    pub(in crate::service) fn new(
        http: Arc<dyn Http>,
        verifier: Verifier,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            http,
            verifier,
            clock,
        }
    }

    /// Where somebody is sent to say who they are.
    pub(super) async fn authorization_url(
        &self,
        method: SignInMethod,
        client: &OAuthClient,
        redirect_uri: &str,
        challenge: &Challenge,
    ) -> Result<String, Failed> {
        let url = match method {
            SignInMethod::Github => github::authorization_url(client, redirect_uri, challenge)?,
            SignInMethod::Google | SignInMethod::Oidc | SignInMethod::Email => {
                let asks = if method == SignInMethod::Google {
                    google::ASKS
                } else {
                    &[]
                };
                let endpoints = self.endpoints(client).await?;
                endpoints.authorization_url(client, redirect_uri, challenge, asks)?
            }
        };
        Ok(url.into())
    }

    /// Who somebody is that comes back with a code. `issuer` is what the redirect says who sent it (RFC 9207): an
    /// answer of another provider is refused before its code is shown to anybody.
    pub(super) async fn identify(
        &self,
        method: SignInMethod,
        client: &OAuthClient,
        redirect_uri: &str,
        (code, issuer): (&str, Option<&str>),
        challenge: &Challenge,
    ) -> Result<Identity, Failed> {
        let code = (code, challenge.verifier.as_str());
        if method == SignInMethod::Github {
            return self.identify_by_github(client, redirect_uri, code).await;
        }
        let endpoints = self.endpoints(client).await?;
        if issuer.is_some_and(|issuer| issuer != endpoints.issuer()) {
            return Err(NotProven::Malformed("another issuer sent the code".into()).into());
        }
        let tokens = self
            .tokens(endpoints.token_request(client, code, redirect_uri)?)
            .await?;
        let profile = self
            .profile(method, client, &endpoints, &tokens, &challenge.nonce)
            .await?;
        Ok(match method {
            SignInMethod::Google => google::identity(&profile),
            _ => oidc::identity(&profile),
        })
    }

    async fn identify_by_github(
        &self,
        client: &OAuthClient,
        redirect_uri: &str,
        code: (&str, &str),
    ) -> Result<Identity, Failed> {
        let tokens = self
            .tokens(github::token_request(client, code, redirect_uri)?)
            .await?;
        let [user, emails] = github::who_requests(client, &tokens)?;
        let (user, emails) = futures::try_join!(self.send(user), self.send(emails))?;
        Ok(github::identity(&user, &emails)?)
    }

    /// What the ID token says, and if it leaves the address out, the userinfo endpoint.
    async fn profile(
        &self,
        method: SignInMethod,
        client: &OAuthClient,
        endpoints: &Endpoints,
        tokens: &Tokens,
        nonce: &str,
    ) -> Result<Profile, Failed> {
        let not_good = || NotProven::Malformed("its ID token is not good".into());
        let token = tokens
            .id_token
            .as_deref()
            .and_then(UnverifiedIdToken::parse)
            .ok_or_else(not_good)?;
        let signed = Signed {
            algorithm: token.algorithm,
            kid: token.kid.as_deref(),
            message: token.message,
            signature: &token.signature,
        };
        let is_good = self
            .verifier
            .is_signed(&endpoints.jwks_uri, &signed)
            .await?;
        let old = if method == SignInMethod::Google {
            google::OLD_ISSUER
        } else {
            endpoints.issuer()
        };
        let issuers = [endpoints.issuer(), old];
        let expected = Expected {
            issuers: &issuers,
            client_id: &client.id,
            nonce,
        };
        let profile = token
            .verified(is_good, &expected, self.clock.now())
            .ok_or_else(not_good)?;
        if profile.verified_email().is_some() {
            return Ok(profile);
        }
        match endpoints.userinfo_request(tokens) {
            Some(request) => Ok(oidc::completed(profile, &self.send(request?).await?)?),
            None => Ok(profile),
        }
    }

    async fn endpoints(&self, client: &OAuthClient) -> Result<Endpoints, Failed> {
        let answer = self.send(oidc::discovery_request(client)?).await?;
        Ok(oidc::read_endpoints(client, &answer)?)
    }

    async fn tokens(&self, request: Request<Bytes>) -> Result<Tokens, Failed> {
        Ok(oauth::read_tokens(&self.send(request).await?)?)
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failed> {
        let answer = self.http.send(request, TIMEOUT).await;
        answer.map_err(|error| Failed::Unreachable(error.to_string()))
    }
}
