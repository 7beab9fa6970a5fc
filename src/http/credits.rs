//! What a user has.

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::extract::Params;
use super::page::{cursor_number, page_size};
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{
    self, CreditsView, EntryView, ExpiringSoonView, History, LowBalanceView, PackageView,
};
use crate::service::{Atelier, User};

pub(super) fn get_credits() -> Route {
    route!(get, "/v1/credits", show, |it| {
        it.is("credits", "showCredits", "Get the balance")
            .user()
            .answers::<CreditsView>(200, "The balance, and the packages it consists of.")
            .answer_example(200, include_str!("examples/credits.json"))
    })
}

async fn show(atelier: Atelier, user: User) -> Result<Response, Problem> {
    let statement = atelier.credits().show(&user).await?;
    let (soon, low) = (statement.expiring_soon, statement.low_balance);
    let balance = CreditsView {
        available: statement.available,
        held: statement.held,
        packages: statement.packages.iter().map(PackageView::from).collect(),
        expiring_soon: ExpiringSoonView {
            credits: soon.credits,
            next_expiry: soon.next_expiry.map(view::Time),
            within_days: soon.within.as_secs() / 86_400,
        },
        low_balance: LowBalanceView {
            is_low: low.is_low,
            below: low.below,
        },
        shortage: statement.shortage,
    };
    view::answer(StatusCode::OK, &balance)
}

/// Which part of a list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Page {
    /// How many there are on a page: 1 to 100, by default 20.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

pub(super) fn get_credits_history() -> Route {
    route!(get, "/v1/credits/history", history, |it| {
        it.is("credits", "listEntries", "List the journal of credits")
            .says("Every movement of the account's credits, newest first.")
            .user()
            .query::<Page>()
            .answers::<History>(200, "A page of the journal.")
            .answer_example(200, include_str!("examples/history.json"))
    })
}

async fn history(
    atelier: Atelier,
    user: User,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let limit = page_size(page.limit)?;
    let before = cursor_number(page.cursor.as_deref())?;
    let credits = atelier.credits();
    let statement = credits.history(&user, before, limit).await?;
    let history = History {
        entries: statement.entries.iter().map(EntryView::from).collect(),
        next_cursor: statement.next_cursor.map(|cursor| cursor.to_string()),
    };
    view::answer(StatusCode::OK, &history)
}
