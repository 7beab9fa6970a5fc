//! Buying credits.

use axum::response::Response;
use http::{HeaderMap, HeaderName, StatusCode};
use serde::{Deserialize, Serialize};

use super::client;
use super::extract::{Body, Named, Params, id};
use super::page::{cursor, page_size};
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, OrderView, Orders};
use crate::domain::field_error::FieldError;
use crate::domain::id::OrderId;
use crate::service::{Atelier, Error, NewOrder, User};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const MAX_KEY_CHARS: usize = 255;

/// What to buy.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewCheckout {
    /// The id of an offer of `GET /v1/site`.
    #[cfg_attr(test, schemars(length(min = 1, max = 40)))]
    offer: String,
    /// The ISO 4217 code of the currency to pay in; by default that of the offer's first price.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 3, max = 3)))]
    currency: Option<String>,
}

/// A purchase that was begun.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Checkout {
    /// The order's id.
    order: OrderId,
    /// Where to pay: the processor's own page.
    url: String,
}

pub(super) fn post_checkout() -> Route {
    route!(post, "/v1/checkout", begin, |it| {
        it.is("purchases", "beginCheckout", "Begin to buy credits")
            .says("Makes an order, and the page of the payment processor on which it is paid. While an order of the same offer, in \
                the same currency, can still be paid, the answer is that one again.")
            .user()
            .header("Idempotency-Key", "A key of the client's choice, 1 to 255 ASCII characters. The same body under the same key is answered \
                with the same order; another body under it, with 422.")
            .of_length(1, 255)
            .body::<NewCheckout>()
            .request_example(include_str!("examples/checkout.request.json"))
            .refuses(&["not_found", "account_blocked", "conflict", "idempotency_mismatch", "rate_limited", "payments_unavailable"])
            .answers::<Checkout>(201, "Where to pay.")
            .answer_example(201, include_str!("examples/checkout.json"))
    })
}

async fn begin(
    atelier: Atelier,
    user: User,
    headers: HeaderMap,
    Body(new): Body<NewCheckout>,
) -> Result<Response, Problem> {
    let checkouts = atelier.checkouts().ok_or(Error::NotFound)?;
    let key = idempotency_key(&headers)?;
    let order = NewOrder {
        offer: &new.offer,
        currency: new.currency.as_deref(),
        idempotency_key: key.as_deref(),
    };
    let from = client::of(&headers).prefix;
    let begun = checkouts.begin(&user, order, &from).await?;
    let checkout = Checkout {
        order: begun.order,
        url: begun.url,
    };
    view::answer(StatusCode::CREATED, &checkout)
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let invalid = |message| Problem::invalid(&[FieldError::new("Idempotency-Key", message)]);
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = key.to_str().map_err(|_| invalid("must be ASCII"))?;
    if key.is_empty() || key.len() > MAX_KEY_CHARS {
        return Err(invalid("must have 1 to 255 characters"));
    }
    Ok(Some(key.to_owned()))
}

/// Which of the user's orders.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OrdersPage {
    /// How many there are on a page: 1 to 100, by default 20.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

pub(super) fn get_orders() -> Route {
    route!(get, "/v1/orders", list, |it| {
        it.is("purchases", "listOrders", "List the user's orders")
            .user()
            .query::<OrdersPage>()
            .answers::<Orders>(200, "A page of orders, newest first.")
            .answer_example(200, include_str!("examples/orders.json"))
    })
}

async fn list(
    atelier: Atelier,
    user: User,
    Params(page): Params<OrdersPage>,
) -> Result<Response, Problem> {
    let limit = page_size(page.limit)?;
    let before = cursor(page.cursor.as_deref())?;
    let orders = atelier.own_orders().list(&user, before, limit).await?;
    let is_full = orders.len() == usize::from(limit);
    let orders = Orders {
        next_cursor: orders.last().filter(|_| is_full).map(|order| order.row.id),
        orders: orders.iter().map(OrderView::from).collect(),
    };
    view::answer(StatusCode::OK, &orders)
}

pub(super) fn get_order() -> Route {
    route!(get, "/v1/orders/{id}", show, |it| {
        it.is("purchases", "showOrder", "Get an order")
            .says("While it is not paid, this asks the processor what became of it, at most some times a minute.")
            .names("id", "The order's id.")
            .user()
            .refuses(&["not_found"])
            .answers::<OrderView>(200, "The order.")
            .answer_example(200, include_str!("examples/order.json"))
    })
}

async fn show(
    atelier: Atelier,
    user: User,
    Named(order): Named<String>,
) -> Result<Response, Problem> {
    let order = atelier.own_orders().show(&user, id(&order)?).await?;
    view::answer(StatusCode::OK, &OrderView::from(&order))
}
