//! GitHub: OAuth 2 without `OpenID`. The person is GitHub's `id`: a login can be renamed, and then be somebody else's.
//!
//! Source: <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps> and the REST
//! API's `GET /user` and `GET /user/emails`.

use bytes::Bytes;
use http::{Request, Response, header};
use serde::Deserialize;
use url::Url;

use super::oauth::{self, Challenge, Tokens};
use super::{Identity, NotProven, OAuthClient, SignInMethod};
use crate::domain::email::EmailAddress;
use crate::domain::time::Timestamp;

/// Where GitHub is.
pub const BASE_URL: &str = "https://github.com";

/// Where its API is.
pub const API_URL: &str = "https://api.github.com";

/// Reading who somebody is, and their addresses, also the private ones.
const SCOPES: &str = "read:user user:email";

/// GitHub's API answers 403 without a `User-Agent`, and the runtime sends none.
const USER_AGENT: &str = "atelier";

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    #[serde(rename = "email")]
    address: String,
    primary: bool,
    verified: bool,
}

/// Where the person is sent.
pub fn authorization_url(
    client: &OAuthClient,
    redirect_uri: &str,
    challenge: &Challenge,
) -> Result<Url, NotProven> {
    let endpoint = format!("{}/login/oauth/authorize", client.base_url);
    let more = [("scope", SCOPES), ("prompt", "select_account")];
    oauth::authorization_url(&endpoint, client, redirect_uri, challenge, &more)
}

/// The request of a token for a code.
pub fn token_request(
    client: &OAuthClient,
    code: (&str, &str),
    redirect_uri: &str,
) -> Result<Request<Bytes>, http::Error> {
    let endpoint = format!("{}/login/oauth/access_token", client.base_url);
    oauth::token_request(&endpoint, client, code, redirect_uri)
}

/// The requests of the user, and of their addresses.
pub fn who_requests(
    client: &OAuthClient,
    tokens: &Tokens,
) -> Result<[Request<Bytes>; 2], http::Error> {
    let request = |path: &str| {
        oauth::with_token(&format!("{}{path}", client.api_url), &tokens.access_token)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, USER_AGENT)
            .body(Bytes::new())
    };
    Ok([request("/user")?, request("/user/emails")?])
}

/// Who the answers say it is. GitHub's word on an address is not proof of who reads its mail now.
pub fn identity(user: &Response<Bytes>, emails: &Response<Bytes>) -> Result<Identity, NotProven> {
    let user: User = oauth::read(user)?;
    let emails: Vec<Email> = oauth::read(emails)?;
    let primary = emails.iter().find(|email| email.primary && email.verified);
    let created_at = user.created_at.as_deref().and_then(Timestamp::parse);
    Ok(Identity {
        method: SignInMethod::Github,
        subject: user.id.to_string(),
        email: primary.and_then(|email| EmailAddress::parse(&email.address)),
        proven_email: None,
        name: user
            .name
            .filter(|name| !name.is_empty())
            .or(Some(user.login)),
        created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &'static str) -> Response<Bytes> {
        Response::new(Bytes::from(body))
    }

    #[test]
    fn a_person_is_an_id_and_their_primary_verified_address() {
        let user = r#"{"id":583231,"login":"octocat","name":null,"email":"public@example.com","created_at":"2011-01-25T18:44:36Z"}"#;
        let emails = r#"[{"email":"old@example.com","primary":false,"verified":true,"visibility":null},
            {"email":"Octo@Example.com","primary":true,"verified":true,"visibility":"private"}]"#;
        let identity = identity(&answer(user), &answer(emails)).unwrap();
        assert_eq!(identity.subject, "583231");
        assert_eq!(identity.email, EmailAddress::parse("octo@example.com"));
        assert_eq!(
            (identity.proven_email, identity.name.as_deref()),
            (None, Some("octocat"))
        );
        assert_eq!(
            identity.created_at.map(Timestamp::seconds),
            Some(1_295_981_076)
        );
    }

    #[test]
    fn an_address_that_is_not_verified_is_none() {
        let emails = r#"[{"email":"victim@example.com","primary":true,"verified":false,"visibility":"public"}]"#;
        let identity = identity(&answer(r#"{"id":1,"login":"eve"}"#), &answer(emails)).unwrap();
        assert_eq!(identity.email, None);
    }
}
