//! Who one is, and what one may ask for.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, Usage};
use crate::service::{Atelier, User};

/// Who one is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Me {
    account: AccountId,
    /// How much is used of each limit that there is.
    limits: Vec<LimitView>,
}

/// How much may be asked for within a time, and how much was.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Limit"))]
struct LimitView {
    name: LimitName,
    limit: u32,
    used: u32,
    /// When the first of them does not count any more; null where nothing is used.
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
        it.is(
            "account",
            "showMe",
            "Who one is, and how much of each limit is used",
        )
        .user()
        .answers::<Me>(200, "The account and its limits.")
    })
}

async fn show(State(atelier): State<Atelier>, user: User) -> Result<Response, Problem> {
    let limits = atelier.limits(user.account).await?.into_iter();
    let me = Me {
        account: user.account,
        limits: limits.map(LimitView::from).collect(),
    };
    view::answer(StatusCode::OK, &me)
}
