//! `GET /authorize`: the page where one chooses, and its form.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use tokio::time::Instant;

use super::{
    Provider,
    error::{AuthorizeError, Returned},
};
use crate::{
    parameters::Parameters,
    sign_in::{
        ReturnAddress,
        chooser::{self, Choice},
        grants::Grant,
        is_challenge,
        people::Person,
    },
    world::World,
};

const PARAMETERS: [&str; 10] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "login_hint",
];
const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];
/// What Google alone takes.
const DOMAIN: &str = "hd";

/// A request that was checked.
struct Request {
    provider: Provider,
    back: Back,
    redirect_uri: String,
    nonce: Option<String>,
    scope: String,
    challenge: String,
}

/// The way back to the client.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    address: ReturnAddress,
    state: Option<String>,
    issuer: Option<String>,
}

pub(crate) async fn show(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizeError> {
    let asked = Parameters::read(query.unwrap_or_default().as_bytes())?;
    let request = Request::parse(&world, provider, &asked)?;
    if asked.get("prompt") == Some("none") {
        let nobody = "nobody is signed in at the emulator";
        return Ok(request.back.refuse(Returned::LoginRequired, nobody));
    }
    let hint = asked.get("login_hint").unwrap_or_default();
    Ok(chooser::page(provider.title, hint, &asked))
}

pub(crate) async fn choose(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AuthorizeError> {
    let mut form = Parameters::of_page(query.as_deref(), &headers, &body)?;
    let choice = chooser::choice(&mut form)?;
    let request = Request::parse(&world, provider, &form)?;
    Ok(match choice {
        Choice::Person(person) => request.allow(&world, *person),
        Choice::Cancelled => {
            let cancelled = "the person has cancelled";
            request.back.refuse(Returned::AccessDenied, cancelled)
        }
    })
}

impl Request {
    /// Checks the client and where the browser is to be sent back to, and then the rest, whose
    /// errors are sent there.
    fn parse(
        world: &World,
        provider: Provider,
        asked: &Parameters,
    ) -> Result<Self, AuthorizeError> {
        if asked.get("client_id") != Some(provider.client_id) {
            return Err(AuthorizeError::Client(provider.client_id));
        }
        let redirect_uri = asked
            .owned("redirect_uri")
            .ok_or(AuthorizeError::ReturnAddress("is missing"))?;
        let address = ReturnAddress::parse(&redirect_uri).map_err(AuthorizeError::ReturnAddress)?;
        let issuer = provider
            .sends_issuer
            .then(|| world.provider_url(provider.name));
        let back = Back {
            address,
            state: asked.owned("state"),
            issuer,
        };
        if let Err((error, problem)) = check(provider, asked) {
            return Err(AuthorizeError::Returned(Box::new(back), error, problem));
        }
        Ok(Self {
            provider,
            back,
            redirect_uri,
            nonce: asked.owned("nonce"),
            scope: asked.owned("scope").unwrap_or_default(),
            challenge: asked.owned("code_challenge").unwrap_or_default(),
        })
    }

    fn allow(self, world: &World, person: Person) -> Response {
        let grant = Grant {
            service: self.provider.name,
            person,
            redirect_uri: self.redirect_uri,
            challenge: Some(self.challenge),
            nonce: self.nonce,
            scope: self.scope,
            issued: Instant::now(),
        };
        let code = world.change(|memory| {
            let code = memory.draw("code-");
            memory.grants.issue(code.clone(), grant);
            code
        });
        self.back.send(&[("code", Some(&code))])
    }
}

fn check(provider: Provider, asked: &Parameters) -> Result<(), (Returned, String)> {
    let bad = |problem: &str| (Returned::InvalidRequest, problem.to_owned());
    let mut known = PARAMETERS.to_vec();
    if provider.has_domains {
        known.push(DOMAIN);
    }
    asked
        .allow(&known)
        .map_err(|error| bad(&error.to_string()))?;
    match asked.get("response_type") {
        Some("code") => {}
        None => return Err(bad("response_type is missing")),
        Some(_) => {
            let problem = "response_type must be code".to_owned();
            return Err((Returned::UnsupportedResponseType, problem));
        }
    }
    let mut scopes = asked.get("scope").unwrap_or_default().split(' ');
    if !scopes.clone().any(|scope| scope == "openid") {
        return Err(bad("scope must have openid"));
    }
    if let Some(unknown) = scopes.find(|scope| !["openid", "email", "profile"].contains(scope)) {
        let problem = format!("there is no scope {unknown}");
        return Err((Returned::InvalidScope, problem));
    }
    if asked.get("code_challenge_method") != Some("S256") {
        return Err(bad("code_challenge_method must be S256"));
    }
    if !asked.get("code_challenge").is_some_and(is_challenge) {
        return Err(bad("code_challenge must have 43 characters of base64url"));
    }
    let mut prompts = asked
        .get("prompt")
        .into_iter()
        .flat_map(|all| all.split(' '));
    if prompts.any(|prompt| !PROMPTS.contains(&prompt)) {
        return Err(bad("prompt must be none, login, consent or select_account"));
    }
    Ok(())
}

impl Back {
    /// Sends the browser back with an error.
    pub(crate) fn refuse(self, error: Returned, problem: &str) -> Response {
        self.send(&[
            ("error", Some(error.code())),
            ("error_description", Some(problem)),
        ])
    }

    fn send(self, parameters: &[(&str, Option<&str>)]) -> Response {
        let usual = [
            ("state", self.state.as_deref()),
            ("iss", self.issuer.as_deref()),
        ];
        self.address.send_back(&[parameters, &usual].concat())
    }
}
