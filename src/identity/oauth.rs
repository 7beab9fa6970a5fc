//! The authorization code flow with PKCE (RFC 6749, RFC 7636), which all providers have in common.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{NotProven, OAuthClient};

/// What an authorization request must be answered with, or go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Comes back with the code.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// The secret whose hash the provider is told.
    pub verifier: String,
}

/// What a provider hands out for a code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The ID token, of an `OpenID` provider.
    #[serde(default)]
    pub id_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// The `code_challenge` of a verifier: its SHA-256 (RFC 7636, 4.2).
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Where the person is sent: the provider's page, with the parameters that all have in common, and more.
pub fn authorization_url(
    endpoint: &str,
    client: &OAuthClient,
    redirect_uri: &str,
    challenge: &Challenge,
    more: &[(&str, &str)],
) -> Result<Url, NotProven> {
    let mut url = Url::parse(endpoint).map_err(|error| NotProven::Malformed(error.to_string()))?;
    url.query_pairs_mut()
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", &challenge.state)
        .append_pair("code_challenge", &challenge_of(&challenge.verifier))
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(more);
    Ok(url)
}

/// The request of tokens for a code. The client proves itself in the form (`client_secret_post`).
pub fn token_request(
    endpoint: &str,
    client: &OAuthClient,
    (code, verifier): (&str, &str),
    redirect_uri: &str,
) -> Result<Request<Bytes>, http::Error> {
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .append_pair("code_verifier", verifier)
        .finish();
    Request::builder()
        .method(Method::POST)
        .uri(endpoint)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.into())
}

/// The tokens of an answer. GitHub refuses with 200, so the body decides.
pub fn read_tokens(answer: &Response<Bytes>) -> Result<Tokens, NotProven> {
    if let Ok(Refusal {
        error,
        error_description,
    }) = serde_json::from_slice(answer.body())
    {
        return Err(NotProven::Refused(format!("{error}: {error_description}")));
    }
    read(answer)
}

/// A JSON answer.
pub fn read<T: for<'de> Deserialize<'de>>(answer: &Response<Bytes>) -> Result<T, NotProven> {
    if !answer.status().is_success() {
        return Err(NotProven::Malformed(format!(
            "it answers {}",
            answer.status()
        )));
    }
    serde_json::from_slice(answer.body()).map_err(|error| NotProven::Malformed(error.to_string()))
}

/// A request with an access token.
pub fn with_token(url: &str, token: &str) -> http::request::Builder {
    Request::builder()
        .method(Method::GET)
        .uri(url)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of RFC 7636, appendix B.
    #[test]
    fn a_challenge_is_the_hash_of_its_verifier() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge_of(verifier), challenge);
    }

    #[test]
    fn a_refusal_may_have_any_status() {
        let answer = |status, body: &'static str| {
            let answer = Response::builder()
                .status(status)
                .body(Bytes::from(body))
                .unwrap();
            read_tokens(&answer)
        };
        let refused = |text: &str| Err(NotProven::Refused(text.into()));
        assert_eq!(
            answer(
                200,
                r#"{"error":"bad_verification_code","error_description":"expired"}"#
            ),
            refused("bad_verification_code: expired")
        );
        assert_eq!(
            answer(400, r#"{"error":"invalid_grant"}"#),
            refused("invalid_grant: ")
        );
        assert!(matches!(
            answer(502, "<html>"),
            Err(NotProven::Malformed(_))
        ));
        let tokens = answer(
            200,
            r#"{"access_token":"gho_1","scope":"user:email","token_type":"bearer"}"#,
        );
        assert_eq!(tokens.unwrap().access_token, "gho_1");
    }
}
