//! Who the user is, and what they may ask for.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, Usage};
use crate::service::{Atelier, User};

/// Who is asking, and the limits that apply.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Me {
    /// The account's id. It is derived from the token's `sub`, so the same user always has the same
    /// one.
    account: AccountId,
    /// The limits that are set on this deployment, with how much of each is used. Empty if there are
    /// none.
    limits: Vec<LimitView>,
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

pub(super) fn get_me() -> Route {
    route!(get, "/v1/me", show, |it| {
        it.is("account", "showMe", "Get the account and its limits")
            .user()
            .answers::<Me>(200, "The account, and how much of each limit is used.")
            .answer_example(200, include_str!("examples/me.json"))
    })
}

async fn show(atelier: Atelier, user: User) -> Result<Response, Problem> {
    let limits = atelier.limits().usage(&user).await?.into_iter();
    let me = Me {
        account: user.account,
        limits: limits.map(LimitView::from).collect(),
    };
    view::answer(StatusCode::OK, &me)
}
