//! Any `OpenID` provider, by discovery (`OpenID` Connect Discovery 1.0; Core 1.0, sections 2 and 3.1).

use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::oauth::{self, Challenge, Tokens};
use super::{Identity, NotProven, OAuthClient, SignInMethod};
use crate::domain::email::EmailAddress;

/// Who somebody is, and their address.
const SCOPES: &str = "openid email profile";

/// Where a provider's endpoints are, as it publishes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Endpoints {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    /// Its keys.
    pub jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
}

/// What an ID token or the userinfo endpoint tells of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Profile {
    /// Who they are, for ever.
    pub sub: String,
    #[serde(default)]
    email: Option<String>,
    /// Some providers write it as text.
    #[serde(default)]
    email_verified: Option<Value>,
    #[serde(default)]
    name: Option<String>,
    /// The Google Workspace that manages the account.
    #[serde(default)]
    pub hd: Option<String>,
}

impl Profile {
    /// Their address, if the provider says that it is verified.
    pub fn verified_email(&self) -> Option<EmailAddress> {
        let is_verified = self
            .email_verified
            .as_ref()
            .is_some_and(|is| *is == true || is == "true");
        EmailAddress::parse(self.email.as_deref()?).filter(|_| is_verified)
    }
}

/// The request of a provider's endpoints.
pub fn discovery_request(client: &OAuthClient) -> Result<Request<Bytes>, http::Error> {
    let url = format!("{}/.well-known/openid-configuration", client.base_url);
    Request::get(url).body(Bytes::new())
}

/// The endpoints that a provider publishes, whose issuer must be exactly the one that was asked.
pub fn read_endpoints(
    client: &OAuthClient,
    answer: &Response<Bytes>,
) -> Result<Endpoints, NotProven> {
    let endpoints: Endpoints = oauth::read(answer)?;
    if endpoints.issuer.trim_end_matches('/') != client.base_url {
        let issuer = endpoints.issuer;
        return Err(NotProven::Malformed(format!("its issuer is {issuer}")));
    }
    // Of a provider on https everything is on https: else a key could be replaced on its way.
    let is_secure = |url: &&String| url.starts_with("https://");
    let must_be = client.base_url.starts_with("https://");
    let all = endpoints.all();
    if let Some(url) = all.into_iter().find(|url| must_be && !is_secure(url)) {
        return Err(NotProven::Malformed(format!("{url} is not https")));
    }
    Ok(endpoints)
}

impl Endpoints {
    fn all(&self) -> Vec<&String> {
        let own = [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.jwks_uri,
        ];
        own.into_iter().chain(&self.userinfo_endpoint).collect()
    }

    /// What its ID tokens say who issued them.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the person is sent.
    pub fn authorization_url(
        &self,
        client: &OAuthClient,
        redirect_uri: &str,
        challenge: &Challenge,
        more: &[(&str, &str)],
    ) -> Result<Url, NotProven> {
        let nonce = challenge.nonce.as_str();
        let own = [
            ("response_type", "code"),
            ("scope", SCOPES),
            ("nonce", nonce),
        ];
        let more: Vec<_> = own.iter().chain(more).copied().collect();
        oauth::authorization_url(
            &self.authorization_endpoint,
            client,
            redirect_uri,
            challenge,
            &more,
        )
    }

    /// The request of tokens for a code.
    pub fn token_request(
        &self,
        client: &OAuthClient,
        code: (&str, &str),
        redirect_uri: &str,
    ) -> Result<Request<Bytes>, http::Error> {
        oauth::token_request(&self.token_endpoint, client, code, redirect_uri)
    }

    /// The request of the rest of a profile, which some providers leave out of the ID token.
    pub fn userinfo_request(&self, tokens: &Tokens) -> Option<Result<Request<Bytes>, http::Error>> {
        let url = self.userinfo_endpoint.as_deref()?;
        Some(oauth::with_token(url, &tokens.access_token).body(Bytes::new()))
    }
}

/// A profile with what the userinfo endpoint adds, which must be about the same person.
pub fn completed(profile: Profile, answer: &Response<Bytes>) -> Result<Profile, NotProven> {
    let more: Profile = oauth::read(answer)?;
    if more.sub != profile.sub {
        return Err(NotProven::Malformed(
            "userinfo is about somebody else".into(),
        ));
    }
    Ok(Profile {
        hd: profile.hd,
        ..more
    })
}

/// Who a profile says it is.
pub fn identity(profile: &Profile) -> Identity {
    Identity {
        method: SignInMethod::Oidc,
        subject: profile.sub.clone(),
        email: profile.verified_email(),
        proven_email: None,
        name: profile.name.clone(),
        created_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base_url: &str) -> OAuthClient {
        OAuthClient {
            id: "client".into(),
            secret: "secret".into(),
            base_url: base_url.into(),
            api_url: String::new(),
        }
    }

    fn published(issuer: &str, keys: &str) -> Response<Bytes> {
        let body = serde_json::json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": keys,
        });
        Response::new(body.to_string().into())
    }

    #[test]
    fn an_issuer_is_the_one_that_was_asked() {
        let client = client("https://id.test/tenant");
        let keys = "https://id.test/keys";
        assert!(read_endpoints(&client, &published("https://id.test/tenant", keys)).is_ok());
        assert!(read_endpoints(&client, &published("https://id.test/other", keys)).is_err());
        let plain = published("https://id.test/tenant", "http://id.test/keys");
        assert!(read_endpoints(&client, &plain).is_err());
    }

    #[test]
    fn an_address_counts_once_it_is_verified() {
        let profile = |verified: Value| Profile {
            email: Some("Ada@example.com".into()),
            email_verified: Some(verified),
            ..Profile::default()
        };
        let address = EmailAddress::parse("ada@example.com");
        assert_eq!(profile(true.into()).verified_email(), address);
        assert_eq!(profile("true".into()).verified_email(), address);
        assert_eq!(profile(false.into()).verified_email(), None);
        assert_eq!(profile(Value::Null).verified_email(), None);
    }

    #[test]
    fn userinfo_is_about_the_same_person() {
        let profile = Profile {
            sub: "1".into(),
            ..Profile::default()
        };
        let answer = |sub: &str| {
            Response::new(
                format!(r#"{{"sub":"{sub}","email":"a@b.test","email_verified":true}}"#).into(),
            )
        };
        assert!(
            completed(profile.clone(), &answer("1"))
                .unwrap()
                .verified_email()
                .is_some()
        );
        assert!(completed(profile, &answer("2")).is_err());
    }
}
