//! Signing in.

use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::client::{self, language};
use super::extract::{Body, Named, Params};
use super::problem::Problem;
use super::route::{Route, route};
use super::{cookies, origin, view};
use crate::identity::SignInMethod;
use crate::service::{
    Arrived, Atelier, CodeRequest, Error, NotArrived, Returned, SignIn, Site, User,
};

/// Where to send a code.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct EmailSignIn {
    /// The address.
    #[cfg_attr(test, schemars(length(min = 3, max = 254)))]
    email: String,
    /// The path on this site where the person goes on.
    #[serde(default)]
    return_to: Option<String>,
    /// The token of the challenge's widget, where `GET /v1/site` has a challenge.
    #[serde(default)]
    challenge: Option<String>,
}

/// The code of the e-mail.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Code {
    /// Eight digits. White space and hyphens between them are ignored.
    code: String,
}

/// Where somebody who signed in goes on.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Arrived"))]
struct ArrivedView {
    /// A path on this site.
    return_to: String,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StartQuery {
    /// The path on this site where the person goes on.
    #[serde(default)]
    return_to: Option<String>,
}

/// Whatever else providers add is ignored.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CallbackQuery {
    /// The provider's code.
    #[serde(default)]
    code: Option<String>,
    /// What was sent along.
    #[serde(default)]
    state: Option<String>,
    /// Who the provider is (RFC 9207).
    #[serde(default)]
    iss: Option<String>,
}

pub(super) fn post_email() -> Route {
    route!(post, "/v1/auth/email", send_code, |it| {
        it.is("sign-in", "sendCode", "Send a sign-in code")
            .says("The answer is the same whether or not the address has an account. A cookie binds the code to the browser; \
                at most 5 codes an hour are sent to one mailbox from one network, and 20 from all.")
            .body::<EmailSignIn>()
            .request_example(include_str!("examples/email.request.json"))
            .refuses(&["forbidden", "not_found", "rate_limited", "ledger_unavailable"])
            .answers_nothing(202, "A code is on its way.")
    })
}

async fn send_code(
    atelier: Atelier,
    headers: HeaderMap,
    Body(body): Body<EmailSignIn>,
) -> Result<Response, Problem> {
    let (site, sign_in) = ours(&atelier, &headers)?;
    let request = CodeRequest {
        email: &body.email,
        return_to: body.return_to.as_deref(),
        challenge: body.challenge.as_deref(),
        language: language(&headers),
    };
    let begun = sign_in
        .send_code(&request, &client::of(&headers), None)
        .await?;
    Ok((
        StatusCode::ACCEPTED,
        [(
            header::SET_COOKIE,
            cookies::begin_sign_in(&site, &begun.token)?,
        )],
    )
        .into_response())
}

pub(super) fn post_email_verify() -> Route {
    route!(post, "/v1/auth/email/verify", enter_code, |it| {
        it.is("sign-in", "enterCode", "Sign in with a code")
            .says("In the browser that asked for it. A code can be tried five times, and used once within 10 minutes.")
            .body::<Code>()
            .request_example(include_str!("examples/code.request.json"))
            .refuses(&["unauthenticated", "forbidden", "not_found", "conflict", "rate_limited", "ledger_unavailable"])
            .answers::<ArrivedView>(200, "The person is signed in: the cookie is their session.")
            .answer_example(200, include_str!("examples/arrived.json"))
    })
}

async fn enter_code(
    atelier: Atelier,
    headers: HeaderMap,
    user: Option<User>,
    Body(Code { code }): Body<Code>,
) -> Result<Response, Problem> {
    let (site, sign_in) = ours(&atelier, &headers)?;
    let token = cookies::sign_in(&site, &headers);
    let arrived = sign_in
        .enter_code(token, &code, &client::of(&headers), user.as_ref())
        .await?;
    let cookies = arrived_cookies(&atelier, &headers, &arrived).await?;
    let body = view::answer(
        StatusCode::OK,
        &ArrivedView {
            return_to: arrived.return_to,
        },
    )?;
    Ok((AppendHeaders(cookies), body).into_response())
}

pub(super) fn get_start() -> Route {
    route!(get, "/v1/auth/{method}/start", start, |it| {
        it.is("sign-in", "startSignIn", "Sign in with a provider")
            .says("For a browser to open. It goes on to the provider's page.")
            .names("method", "`google`, `github` or `oidc`.")
            .query::<StartQuery>()
            .refuses(&[
                "not_found",
                "rate_limited",
                "ledger_unavailable",
                "provider_unavailable",
            ])
            .answers_nothing(303, "To the provider's page.")
    })
}

async fn start(
    atelier: Atelier,
    headers: HeaderMap,
    Named(method): Named<String>,
    Params(StartQuery { return_to }): Params<StartQuery>,
) -> Result<Response, Problem> {
    let site = atelier.site();
    // Another site that opens this would have its visitors begin, and with some providers end, a sign-in.
    if origin::is_led_here(&headers) {
        return redirect("/#/sign-in", &[]);
    }
    let sign_in = atelier.sign_in().ok_or(Error::NotFound)?;
    let (method, from) = (named(&method)?, client::of(&headers));
    match sign_in
        .begin(method, return_to.as_deref(), &from, None)
        .await
    {
        Ok(begun) => {
            let cookie = cookies::begin_sign_in(&site, &begun.token)?;
            redirect(begun.url.as_deref().unwrap_or("/"), &[cookie])
        }
        // What a program did wrong is told to it; a person sees the page.
        Err(error @ (Error::NotFound | Error::Invalid(_))) => Err(error.into()),
        Err(error) => {
            log::warn!(
                "event=sign_in_not_begun method={} error=\"{error:?}\"",
                method.as_str()
            );
            redirect(&failed(method, &NotArrived::Other(error)), &[])
        }
    }
}

pub(super) fn get_callback() -> Route {
    route!(get, "/v1/auth/{method}/callback", come_back, |it| {
        it.is("sign-in", "finishSignIn", "Come back from a provider")
            .says("For a browser that the provider sends back. It goes on to where the sign-in began, or to the page that \
                says why nobody is signed in.")
            .names("method", "`google`, `github` or `oidc`.")
            .query::<CallbackQuery>()
            .refuses(&["not_found"])
            .answers_nothing(303, "To our own page.")
    })
}

async fn come_back(
    atelier: Atelier,
    headers: HeaderMap,
    user: Option<User>,
    Named(method): Named<String>,
    Params(query): Params<CallbackQuery>,
) -> Result<Response, Problem> {
    let sign_in = atelier.sign_in().ok_or(Error::NotFound)?;
    let (site, method) = (atelier.site(), named(&method)?);
    let returned = Returned {
        code: query.code.as_deref(),
        state: query.state.as_deref(),
        issuer: query.iss.as_deref(),
    };
    let token = cookies::sign_in(&site, &headers);
    match sign_in
        .come_back(
            method,
            token,
            returned,
            &client::of(&headers),
            user.as_ref(),
        )
        .await
    {
        Ok(arrived) => {
            let cookies = arrived_cookies(&atelier, &headers, &arrived).await?;
            redirect(&arrived.return_to, &cookies.map(|(_, cookie)| cookie))
        }
        Err(why) => {
            let place = failed(method, &why);
            // What was not used up, or is another one's, goes on.
            let is_over = !matches!(why, NotArrived::Lost | NotArrived::Other(_));
            let ended = is_over.then(|| cookies::end_sign_in(&site)).transpose()?;
            redirect(&place, ended.as_slice())
        }
    }
}

/// Signing in, for what no other site's page sends: it would sign its visitors in as somebody else.
pub(super) fn ours(atelier: &Atelier, headers: &HeaderMap) -> Result<(Site, SignIn), Problem> {
    let site = atelier.site();
    if origin::is_foreign(&site, headers) {
        return Err(origin::FORBIDDEN.into());
    }
    Ok((site, atelier.sign_in().ok_or(Error::NotFound)?))
}

pub(super) fn named(method: &str) -> Result<SignInMethod, Problem> {
    SignInMethod::named(method).ok_or_else(|| Error::NotFound.into())
}

/// The cookies of somebody who is signed in. The session that the browser had before has ended.
async fn arrived_cookies(
    atelier: &Atelier,
    headers: &HeaderMap,
    arrived: &Arrived,
) -> Result<[(header::HeaderName, HeaderValue); 2], Problem> {
    let site = atelier.site();
    if let Some(before) = cookies::session(&site, headers)
        && let Err(error) = atelier.own_sessions().end_by_token(before).await
    {
        log::warn!("event=session_not_ended error=\"{error:?}\"");
    }
    let session = cookies::begin_session(&site, &arrived.token)?;
    let ended = cookies::end_sign_in(&site)?;
    Ok([(header::SET_COOKIE, session), (header::SET_COOKIE, ended)])
}

fn redirect(to: &str, cookies: &[HeaderValue]) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(to).map_err(|error| Error::Internal(error.to_string()))?;
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    for cookie in cookies {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// The page that says why nobody is signed in.
fn failed(method: SignInMethod, why: &NotArrived) -> String {
    format!(
        "/#/sign-in?error={}&method={}",
        why.reason(),
        method.as_str()
    )
}
