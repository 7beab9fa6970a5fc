//! Who the user is, and what they may ask for.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, Usage};
use crate::identity::SignInMethod;
use crate::service::{Atelier, Linked, User};

/// Who is asking, and the limits that apply.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Me {
    /// The account's id. It is derived from the token's `sub`, or from the user who signed in here, so the same person
    /// always has the same one.
    account: AccountId,
    /// The e-mail address of somebody who signed in here; null if they have none that is verified, or have a token.
    email: Option<String>,
    /// Their name, as one of their ways in tells it.
    name: Option<String>,
    /// Their ways in, in the order in which they were added; empty for a token.
    ways_in: Vec<WayIn>,
    /// Whether they are an operator, by the session that this request came with.
    is_operator: bool,
    /// The limits that are set on this deployment, with how much of each is used. Empty if there are
    /// none.
    limits: Vec<LimitView>,
}

/// A way in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WayIn {
    /// The way in, as it stands in the paths of its routes.
    method: SignInMethod,
    /// The e-mail address, where there is one that is verified.
    email: Option<String>,
    /// When it was added.
    linked_at: view::Time,
}

/// A limit on how much may be requested within a time.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Limit"))]
struct LimitView {
    /// The limit. A 429 problem with the code `rate_limited` names it as `limit_name`.
    name: LimitName,
    /// The most there may be within that time: a number of generations or uploads, or of MiB.
    limit: u32,
    /// How much of it is used.
    used: u32,
    /// When the oldest of what is used stops counting; null if nothing is used.
    resets_at: Option<view::Time>,
}

impl From<Usage> for LimitView {
    fn from(usage: Usage) -> Self {
        Self {
            name: usage.name,
            limit: usage.limit,
            used: usage.used,
            resets_at: usage.resets_at.map(view::Time),
        }
    }
}

impl From<Linked> for WayIn {
    fn from(way: Linked) -> Self {
        Self {
            method: way.method,
            email: way.email,
            linked_at: view::Time(way.linked_at),
        }
    }
}

pub(super) fn get_me() -> Route {
    route!(get, "/v1/me", show, |it| {
        it.is("account", "showMe", "Get who you are, and your limits")
            .user()
            .answers::<Me>(200, "The account, and how much of each limit is used.")
            .answer_example(200, include_str!("examples/me.json"))
    })
}

async fn show(atelier: Atelier, user: User) -> Result<Response, Problem> {
    let limits = atelier.limits().usage(&user).await?.into_iter();
    let linked = match atelier.ways_in() {
        Some(ways_in) => ways_in.list(&user).await?,
        None => Vec::new(),
    };
    let me = Me {
        account: user.account,
        email: linked.iter().find_map(|way| way.email.clone()),
        name: linked.iter().find_map(|way| way.name.clone()),
        is_operator: atelier.access().is_operator(&user),
        ways_in: linked.into_iter().map(WayIn::from).collect(),
        limits: limits.map(LimitView::from).collect(),
    };
    view::answer(StatusCode::OK, &me)
}
