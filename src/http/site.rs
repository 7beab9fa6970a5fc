//! What the page needs to know before anybody signs in.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, SoldOffer};
use crate::config::SignInConfig;
use crate::identity::SignInMethod;
use crate::service::{Atelier, CHALLENGE_ACTION};

/// The site, and how people sign in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Site"))]
struct SiteView {
    /// The site's name.
    name: String,
    /// Whether this is somebody's own machine.
    local: bool,
    /// Whether everybody gets a demo account by `POST /v1/session`, since there is no way to sign in.
    demo: bool,
    /// How people sign in. Empty where an outside issuer's tokens are the only way.
    ways_in: Vec<OfferedWayIn>,
    /// Where to read more, and to ask.
    links: Links,
    /// How long pictures are kept.
    retention: Retention,
    /// Credits that can be bought, in the order in which to show them. Empty where nothing is sold.
    offers: Vec<SoldOffer>,
    /// Who takes the money; null where nothing is sold.
    processor: Option<&'static str>,
    /// The challenge that has to be passed before a code is sent; null if there is none.
    challenge: Option<ChallengeView>,
}

/// A way to sign in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfferedWayIn {
    /// The way in, as it stands in the paths of its routes.
    method: SignInMethod,
    /// What it is called: `Google`.
    name: String,
}

/// Addresses of the operator's own pages; null where there is none.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "SiteLinks"))]
struct Links {
    /// The privacy policy.
    privacy: Option<String>,
    /// The terms of use.
    terms: Option<String>,
    /// Where to ask, and to report: a page, or `mailto:` and an address.
    contact: Option<String>,
}

/// How long pictures are kept, in days.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Retention {
    /// What was uploaded.
    upload_days: u64,
    /// Results; null: until their user deletes them.
    result_days: Option<u64>,
}

/// A challenge of Cloudflare Turnstile.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Challenge"))]
struct ChallengeView {
    /// The key of its widget.
    site_key: String,
    /// The widget's action.
    action: &'static str,
}

pub(super) fn get_site() -> Route {
    route!(get, "/v1/site", show, |it| {
        it.is(
            "system",
            "showSite",
            "Get the site's name, links and ways in",
        )
        .answers::<SiteView>(200, "The site.")
        .answer_example(200, include_str!("examples/site.json"))
    })
}

async fn show(atelier: Atelier) -> Result<Response, Problem> {
    let site = atelier.site();
    let (links, sign_in, retention) = (site.links().clone(), site.sign_in(), site.retention());
    let selling = site.selling();
    let days = |hours: u64| hours.div_euclid(24 * 3600);
    let challenge = sign_in.and_then(|sign_in| sign_in.turnstile.as_ref());
    let view = SiteView {
        name: links.name,
        local: site.is_local(),
        demo: site.is_local() && sign_in.is_none(),
        ways_in: sign_in.map(offered).unwrap_or_default(),
        links: Links {
            privacy: links.privacy,
            terms: links.terms,
            contact: links.contact,
        },
        retention: Retention {
            upload_days: days(retention.uploads.as_secs()),
            result_days: retention.results.map(|age| days(age.as_secs())),
        },
        offers: selling
            .map(|selling| selling.offers.iter().map(SoldOffer::from).collect())
            .unwrap_or_default(),
        processor: selling
            .filter(|selling| !selling.offers.is_empty())
            .map(|selling| selling.processor.codec.name()),
        challenge: challenge.map(|turnstile| ChallengeView {
            site_key: turnstile.site_key.clone(),
            action: CHALLENGE_ACTION,
        }),
    };
    view::answer(StatusCode::OK, &view)
}

fn offered(sign_in: &SignInConfig) -> Vec<OfferedWayIn> {
    let open = SignInMethod::ALL
        .into_iter()
        .filter(|method| sign_in.offers(*method));
    let named = open.map(|method| OfferedWayIn {
        method,
        name: match method {
            SignInMethod::Email => "E-mail".into(),
            SignInMethod::Google => "Google".into(),
            SignInMethod::Github => "GitHub".into(),
            SignInMethod::Oidc => sign_in.oidc_name.clone(),
        },
    });
    named.collect()
}
