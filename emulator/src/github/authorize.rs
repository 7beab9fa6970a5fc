//! `GET /login/oauth/authorize`: the page where one chooses, and its form.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use tokio::time::Instant;

use super::{CLIENT_ID, NAME};
use crate::{
    html,
    parameters::{ParameterError, Parameters},
    sign_in::{
        ReturnAddress,
        chooser::{self, Choice, NoSuchPerson},
        grants::Grant,
        is_challenge,
        people::Person,
    },
    world::World,
};

const PARAMETERS: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "login",
    "allow_signup",
];
const DENIED: &str = "The user has denied your application access.";

/// What is refused with a page, since the browser cannot be sent back safely.
pub(crate) struct Refused(StatusCode, String);

/// A request that was checked.
struct Request {
    redirect_uri: String,
    back: ReturnAddress,
    state: Option<String>,
    scope: String,
    challenge: Option<String>,
}

pub(crate) async fn show(RawQuery(query): RawQuery) -> Result<Response, Refused> {
    let asked = Parameters::read(query.unwrap_or_default().as_bytes())?;
    Request::parse(&asked)?;
    let hint = asked.get("login").unwrap_or_default();
    Ok(chooser::page("GitHub", hint, &asked))
}

pub(crate) async fn choose(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let mut form = Parameters::of_page(query.as_deref(), &headers, &body)?;
    let choice = chooser::choice(&mut form)?;
    let request = Request::parse(&form)?;
    Ok(match choice {
        Choice::Person(person) => request.allow(&world, *person),
        Choice::Cancelled => request.deny(),
    })
}

impl Request {
    fn parse(asked: &Parameters) -> Result<Self, Refused> {
        asked.allow(&PARAMETERS)?;
        if asked.get("client_id") != Some(CLIENT_ID) {
            let problem = format!("There is no client of this client_id; there is {CLIENT_ID}.");
            return Err(Refused(StatusCode::NOT_FOUND, problem));
        }
        let bad = |problem: &str| Refused(StatusCode::BAD_REQUEST, problem.to_owned());
        let Some(redirect_uri) = asked.owned("redirect_uri") else {
            return Err(bad("redirect_uri is missing"));
        };
        let back = ReturnAddress::parse(&redirect_uri)
            .map_err(|problem| bad(&format!("redirect_uri {problem}")))?;
        let challenge = asked.owned("code_challenge");
        match (challenge.as_deref(), asked.get("code_challenge_method")) {
            (None, None) => {}
            (Some(challenge), Some("S256")) if is_challenge(challenge) => {}
            (Some(_), Some("S256")) => return Err(bad("code_challenge must have 43 characters")),
            _ => return Err(bad("code_challenge needs the code_challenge_method S256")),
        }
        if !matches!(asked.get("prompt"), None | Some("select_account")) {
            return Err(bad("prompt can only be select_account"));
        }
        if !matches!(asked.get("allow_signup"), None | Some("true" | "false")) {
            return Err(bad("allow_signup must be true or false"));
        }
        Ok(Self {
            redirect_uri,
            back,
            state: asked.owned("state"),
            // It separates them by spaces in requests, and by commas in answers.
            scope: asked.get("scope").unwrap_or_default().replace(',', " "),
            challenge,
        })
    }

    fn allow(self, world: &World, person: Person) -> Response {
        let grant = Grant {
            service: NAME,
            person,
            redirect_uri: self.redirect_uri,
            challenge: self.challenge,
            nonce: None,
            scope: self.scope,
            issued: Instant::now(),
        };
        let code = world.change(|memory| {
            let code = memory.draw("");
            memory.grants.issue(code.clone(), grant);
            code
        });
        self.back
            .send_back(&[("code", Some(&code)), ("state", self.state.as_deref())])
    }

    fn deny(self) -> Response {
        self.back.send_back(&[
            ("error", Some("access_denied")),
            ("error_description", Some(DENIED)),
            ("state", self.state.as_deref()),
        ])
    }
}

impl From<ParameterError> for Refused {
    fn from(error: ParameterError) -> Self {
        Self(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<NoSuchPerson> for Refused {
    fn from(_: NoSuchPerson) -> Self {
        let problem = "The field person must be a login or an e-mail address.";
        Self(StatusCode::BAD_REQUEST, problem.to_owned())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        html::refusal(self.0, &self.1)
    }
}
