//! What a commit writes of orders.

use serde_json::{Value as Json, json};

use super::{id, list, of};
use crate::domain::account::{Changes, Checkout, OrderChange, Write};
use crate::domain::id::OrderId;
use crate::domain::ledger::Reversed;
use crate::domain::order::Lifecycle;
use crate::ports::{Statement, Value};
use crate::store::order_row;

const NEW: &str = "
    insert into orders
      (account_id, id, state, processor, is_live, offer, name, credits, currency, minor, days, idempotency_key, due_at,
       created_at, updated_at)
    values (?1, ?2, 'created', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)";

/// An order that has changed since the decision read it gets the state 'stale', which does not exist: the whole batch is
/// rolled back. So it does where its package, after this batch, does not have the target of its reversals: a decision on a
/// package that had changed since, and by which nothing of it moves, breaks no key of the journal. The key of an order that ended unpaid is free again: nothing was charged, and whoever sends it once more
/// wants to buy.
const MOVE: &str = "
    update orders set
      state = iif(version = (?3->>'version') - 1 and ?3->>'target' = coalesce(
          (select p.reversal_target from packages p
           where p.account_id = ?1 and p.id = coalesce(?3->>'package', orders.package_id)), 0),
        ?3->>'state', 'stale'),
      version = ?3->>'version',
      tries = ?3->>'tries', errors = ?3->>'errors', session_id = coalesce(?3->>'session_id', session_id),
      session_url = coalesce(?3->>'session_url', session_url),
      session_expires_at = coalesce(?3->>'session_expires_at', session_expires_at), looks = ?3->>'looks',
      pending_since = ?3->>'pending_since', payment = ?3->>'payment', paid_at = ?3->>'paid_at',
      receipt_url = iif(forgotten_at is null, coalesce(?3->>'receipt_url', receipt_url), null), package_id = coalesce(?3->>'package', package_id),
      idempotency_key = iif(?3->>'state' in ('failed', 'expired'), null, idempotency_key),
      is_disputed = ?3->>'is_disputed', is_in_dispute = ?3->>'is_in_dispute', reversed_minor = ?3->>'reversed_minor', due_at = ?3->>'due_at',
      mail = iif(state <> ?3->>'state' and forgotten_at is null, case ?3->>'state' when 'paid' then 'receipt' when 'failed' then 'failed' else mail end, mail),
      updated_at = ?4
    where account_id = ?1 and id = ?2";

const REVERSALS: &str = "
    insert into reversals (account_id, order_id, id, kind, stage, minor, noted_at, updated_at)
    select ?1, ?2, value->>'id', value->>'kind', value->>'stage', value->>'minor', ?4, ?4 from json_each(?3) where true
    on conflict (account_id, order_id, id) do update set
      kind = excluded.kind, stage = excluded.stage, minor = excluded.minor, updated_at = excluded.updated_at";

/// What its buyer has to be told is an operator's to say.
const ANOMALY: &str = "
    update orders set state = iif(version = ?5, state, 'stale'), anomaly = ?3, mail = null, updated_at = ?4
    where account_id = ?1 and id = ?2 and anomaly is not ?3";

pub(super) fn statements(changes: &Changes) -> Vec<Statement> {
    let statements = of(changes, |write| match write {
        Write::Checkout(checkout, lifecycle) => Some(vec![new(changes, checkout, lifecycle)]),
        Write::Order(change) => Some(moved(changes, change)),
        Write::OrderAnomaly(order, version, what) => {
            Some(vec![anomaly(changes, (*order, *version), what)])
        }
        _ => None,
    });
    statements.flatten().collect()
}

fn new(changes: &Changes, checkout: &Checkout, lifecycle: &Lifecycle) -> Statement {
    let terms = &checkout.terms;
    let params = [
        id(changes),
        checkout.order.to_string().into(),
        terms.processor.as_str().into(),
        i64::from(terms.is_live).into(),
        terms.offer.as_str().into(),
        terms.name.as_str().into(),
        super::integer(terms.credits.get()),
        terms.price.currency.as_str().into(),
        super::integer(terms.price.minor),
        terms
            .days
            .map_or(Value::Null, |days| i64::from(days).into()),
        checkout.idempotency_key.clone().into(),
        lifecycle.due_at.into(),
        changes.now.into(),
    ];
    Statement::new(NEW, params)
}

fn moved(changes: &Changes, change: &OrderChange) -> Vec<Statement> {
    let mut columns = order_row::columns(&change.lifecycle);
    columns.insert("package".into(), json!(change.granted));
    let order = || Value::from(change.order.to_string());
    let columns = Value::Text(Json::Object(columns).to_string());
    let moved = [id(changes), order(), columns, changes.now.into()];
    let mut statements = vec![Statement::new(MOVE, moved)];
    if let Some(reversal) = &change.reversal {
        let rows = list(std::iter::once(order_row::reversal(reversal)));
        let params = [id(changes), order(), rows, changes.now.into()];
        statements.push(Statement::new(REVERSALS, params));
    }
    statements
}

fn anomaly(changes: &Changes, (order, version): (OrderId, u32), what: &str) -> Statement {
    let params = [
        id(changes),
        order.to_string().into(),
        what.into(),
        changes.now.into(),
        i64::from(version).into(),
    ];
    Statement::new(ANOMALY, params)
}

/// What reversals take back of a package, as it is now.
pub(super) fn reversed(reversed: Reversed) -> Json {
    // A life is at most a package's, some centuries.
    let life = reversed
        .life
        .map(|life| u64::try_from(life.as_millis()).unwrap_or(u64::MAX));
    json!({"target": reversed.target, "life": life, "reinstated_until": reversed.reinstated_until})
}
