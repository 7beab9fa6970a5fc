//! What operators see and do of what was sold.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::extract::{Body, Named, Params, id};
use super::orders::idempotency_key;
use super::page::{cursor, page_size};
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, AdminOrderView, AdminOrdersView, MoneyView, OrderView, Revenue};
use crate::domain::field_error::FieldError;
use crate::domain::money::Money;
use crate::domain::order::Status;
use crate::domain::words::is_blank;
use crate::service::{AdminOrders, Atelier, Error, Operator, WantedRefund};

const MAX_REASON_CHARS: usize = 1000;

/// As many as one export has at most.
const MAX_EXPORTED: u16 = 5000;

/// Which orders.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WhichOrders {
    /// Only those with this status.
    status: Option<Status>,
    /// Only those of this account, by its id.
    account: Option<String>,
    /// Only those that have an anomaly.
    anomaly: Option<bool>,
    /// How many there are on a page: 1 to 100, by default 20.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

impl WhichOrders {
    fn read(&self) -> Result<AdminOrders, Problem> {
        let account = self.account.as_deref().map(str::parse).transpose();
        let account = account.map_err(|_| invalid("account", "isn't the id of an account"))?;
        Ok(AdminOrders {
            before: cursor(self.cursor.as_deref())?,
            account,
            status: self.status,
            with_anomaly: self.anomaly.unwrap_or_default(),
            limit: page_size(self.limit)?.into(),
        })
    }
}

pub(super) fn get_admin_orders() -> Route {
    route!(get, "/v1/admin/orders", list, |it| {
        it.is("operators", "listAllOrders", "List orders of all accounts")
            .operator()
            .query::<WhichOrders>()
            .answers::<AdminOrdersView>(200, "A page of orders, newest first.")
            .answer_example(200, include_str!("examples/admin-orders.json"))
    })
}

async fn list(
    atelier: Atelier,
    operator: Operator,
    Params(which): Params<WhichOrders>,
) -> Result<Response, Problem> {
    let which = which.read()?;
    let orders = atelier.sold_books().orders(&operator, &which).await?;
    let is_full = orders.len() == usize::from(which.limit);
    let last = orders.last().filter(|_| is_full);
    let page = AdminOrdersView {
        next_cursor: last.map(|(order, _)| order.row.id),
        orders: orders.iter().map(AdminOrderView::new).collect(),
    };
    view::answer(StatusCode::OK, &page)
}

/// Which months.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Months {
    /// How many, 1 to 36, by default 12.
    #[cfg_attr(test, schemars(range(min = 1, max = 36)))]
    months: Option<u8>,
}

pub(super) fn get_revenue() -> Route {
    route!(get, "/v1/admin/revenue", revenue, |it| {
        it.is("operators", "showRevenue", "Get what was sold by month")
            .says("Each payment counts in the month in which it arrived; what became of it counts there, too.")
            .operator()
            .query::<Months>()
            .answers::<Revenue>(200, "The months in which anything was sold, newest first.")
            .answer_example(200, include_str!("examples/revenue.json"))
    })
}

async fn revenue(
    atelier: Atelier,
    operator: Operator,
    Params(Months { months }): Params<Months>,
) -> Result<Response, Problem> {
    let months = months.unwrap_or(12);
    if !(1..=36).contains(&months) {
        return Err(invalid("months", "must be 1 to 36"));
    }
    let lines = atelier.sold_books().revenue(&operator, months).await?;
    view::answer(StatusCode::OK, &Revenue::new(lines))
}

/// Where an export begins.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Exported {
    /// The `x-next-cursor` of the export before; absent for the first.
    cursor: Option<String>,
}

pub(super) fn get_orders_csv() -> Route {
    route!(get, "/v1/admin/orders.csv", export, |it| {
        it.is("operators", "exportOrders", "Export orders as CSV")
            .says("Newest first, 5,000 at most; amounts are in the currency's major unit.")
            .operator()
            .query::<Exported>()
            .answers_text(
                200,
                "text/csv",
                "The orders, with a header line, as RFC 4180 defines it.",
            )
            .with_header(
                200,
                "x-next-cursor",
                "The `cursor` of the next export; absent on the last one.",
            )
    })
}

async fn export(
    atelier: Atelier,
    operator: Operator,
    Params(Exported { cursor: text }): Params<Exported>,
) -> Result<Response, Problem> {
    let which = AdminOrders {
        before: cursor(text.as_deref())?,
        limit: MAX_EXPORTED,
        ..AdminOrders::default()
    };
    let orders = atelier.sold_books().orders(&operator, &which).await?;
    let mut response = view::orders_csv(&orders).into_response();
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    headers.insert(header::CONTENT_TYPE, csv);
    let is_full = orders.len() == usize::from(MAX_EXPORTED);
    if let Some((last, _)) = orders.last().filter(|_| is_full)
        && let Ok(cursor) = HeaderValue::from_str(&last.row.id.to_string())
    {
        headers.insert("x-next-cursor", cursor);
    }
    Ok(response)
}

/// What of the orders does not fit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SoldAudit {
    /// Whether nothing is wrong.
    ok: bool,
    /// Payments of the last seven days that were compared with what their processors say.
    payments: u64,
    /// What is wrong, in sentences.
    problems: Vec<String>,
}

pub(super) fn get_orders_audit() -> Route {
    route!(get, "/v1/admin/orders/audit", audit, |it| {
        it.is("operators", "auditOrders", "Compare orders with grants and payments")
            .says("Grants that name a payment against orders; and orders of the last seven days against what the processors list.")
            .operator()
            .answers::<SoldAudit>(200, "What was compared, and what is wrong.")
            .answer_example(200, include_str!("examples/orders-audit.json"))
    })
}

async fn audit(atelier: Atelier, operator: Operator) -> Result<Response, Problem> {
    let report = atelier.sold_books().audit(&operator).await?;
    let audit = SoldAudit {
        ok: report.problems.is_empty(),
        payments: report.payments,
        problems: report.problems,
    };
    view::answer(StatusCode::OK, &audit)
}

/// Money to give back.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct NewRefund {
    /// How much, in minor units of the order's currency, at least 1; by default what its unspent credits cost.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minimum" = 1)))]
    amount: Option<u64>,
    /// The reason, which is kept with the operator's name.
    #[cfg_attr(test, schemars(length(min = 1, max = 1000)))]
    reason: String,
    /// Whether more may go back than the unspent credits cost. Without it that is answered with 409, and what they cost.
    #[serde(default)]
    accept_loss: bool,
}

/// A refund that was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Refund {
    /// The processor's id of it.
    id: String,
    /// `succeeded`, `pending` or `failed`.
    status: &'static str,
    #[serde(flatten)]
    amount: MoneyView,
}

/// An order, and the refund that was made of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Refunded"))]
struct RefundedView {
    /// The order.
    order: OrderView,
    /// The refund.
    refund: Refund,
}

pub(super) fn delete_anomaly() -> Route {
    route!(delete, "/v1/admin/orders/{id}/anomaly", clear, |it| {
        it.is("operators", "clearAnomaly", "Clear an order's anomaly")
            .says("Once it has been looked at, and put right at the processor or by a grant.")
            .names("id", "The order's id.")
            .operator()
            .refuses(&["not_found"])
            .answers_nothing(204, "It is cleared.")
    })
}

async fn clear(
    atelier: Atelier,
    operator: Operator,
    Named(order): Named<String>,
) -> Result<Response, Problem> {
    let refunds = atelier.refunds().ok_or(Error::NotFound)?;
    refunds.clear_anomaly(&operator, id(&order)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) fn post_refund() -> Route {
    route!(post, "/v1/admin/orders/{id}/refund", refund, |it| {
        it.is("operators", "refundOrder", "Give money of an order back")
            .says("Takes back the credits that go with it. If the processor's answer was lost, the same request finishes the refund \
                that was begun.")
            .names("id", "The order's id.")
            .operator()
            .header("Idempotency-Key", "A key of the client's choice, 1 to 255 ASCII characters. The same amount under the same key is answered \
                with the same refund; another amount under it, with 422.")
            .of_length(1, 255)
            .body::<NewRefund>()
            .request_example(include_str!("examples/refund.request.json"))
            .refuses(&["not_found", "conflict", "idempotency_mismatch", "payments_unavailable"])
            .answers::<RefundedView>(200, "The refund is made, or under way.")
            .answer_example(200, include_str!("examples/refund.json"))
    })
}

async fn refund(
    atelier: Atelier,
    operator: Operator,
    Named(order): Named<String>,
    headers: HeaderMap,
    Body(new): Body<NewRefund>,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let refunds = atelier.refunds().ok_or(Error::NotFound)?;
    if is_blank(&new.reason) || new.reason.chars().count() > MAX_REASON_CHARS {
        return Err(invalid("reason", "must be 1 to 1000 characters"));
    }
    let wanted = WantedRefund {
        minor: new.amount,
        reason: &new.reason,
        accepts_loss: new.accept_loss,
        idempotency_key: key.as_deref(),
    };
    let made = refunds.refund(&operator, id(&order)?, wanted).await?;
    let currency = made.order.row.terms.price.currency;
    let amount = Money {
        minor: made.reversal.minor,
        currency,
    };
    let refunded = RefundedView {
        order: OrderView::from(&made.order),
        refund: Refund {
            id: made.reversal.id.clone(),
            status: made.status(),
            amount: amount.into(),
        },
    };
    view::answer(StatusCode::OK, &refunded)
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::invalid(&[FieldError::new(field, message)])
}
