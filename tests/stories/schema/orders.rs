//! What the database itself refuses of orders.

use super::World;

/// The named guards of the tables of orders.
pub(super) const GUARDS: &[&str] = &[
    "package_takes_what_it_can",
    "order_is_granted_with_its_payment",
    "order_session_is_whole",
    "order_payment_is_unique",
    "order_key_is_used_once",
    "order_is_open_once",
    "orders_begin",
    "orders_are_paid_with_their_state",
    "orders_keep_their_terms",
    "orders_stay",
    "blocked_accounts_buy_nothing",
    "reversals_keep_their_kind",
    "reversals_stay",
    "refund_key_is_used_once",
    "refunds_are_asked_for_one_by_one",
];

/// An order that is not paid, one that is, and its refund.
const ORDERS: &str = "
    insert into orders (account_id, id, state, processor, is_live, offer, name, credits, currency, minor, idempotency_key,
      created_at, updated_at)
    select account_id, 'ord_1', 'created', 'stripe', 0, 'small', 'Small', 20, 'usd', 500, 'k', 1, 1 from packages;
    insert into orders (account_id, id, state, processor, is_live, offer, name, credits, currency, minor, created_at,
      updated_at)
    select account_id, 'ord_2', 'created', 'stripe', 0, 'large', 'Large', 20, 'usd', 500, 1, 1 from packages;
    update orders set state = 'paid', payment = 'pi_2', paid_at = 2, package_id = (select id from packages)
      where id = 'ord_2';
    insert into reversals select account_id, 'ord_2', 're_1', 'refund', 'succeeded', 500, 1, 1 from packages;
    insert into refunds select account_id, 'ord_2', 'k', 500, 'why', 'ada@example.com', 'r', 1, null, null, 1 from packages;";

/// A further order of the first one's account, with some columns of its own.
macro_rules! another {
    ($state:literal, $offer:literal, $key:literal, $payment:literal) => {
        concat!(
            "insert into orders (account_id, id, state, processor, is_live, offer, name, credits, currency, minor,
               idempotency_key, payment, created_at, updated_at)
             select account_id, 'ord_3', '",
            $state,
            "', 'stripe', 0, '",
            $offer,
            "', 'X', 20, 'usd', 500, ",
            $key,
            ", ",
            $payment,
            ", 1, 1 from packages"
        )
    };
}

const TRIES: &[(&str, &str)] = &[
    (another!("created", "small", "null", "null"), "UNIQUE constraint failed: orders.account_id, orders.offer, orders.currency"),
    (another!("created", "other", "'k'", "null"), "UNIQUE constraint failed: orders.account_id, orders.idempotency_key"),
    (another!("paid", "other", "null", "null"), "order_does_not_begin"),
    (another!("created", "other", "null", "'pi_3'"), "order_does_not_begin"),
    ("insert into account_blocks select account_id, 'fraud', 'ada@example.com', 1 from packages;
      insert into orders (account_id, id, state, processor, is_live, offer, name, credits, currency, minor, created_at,
        updated_at) select account_id, 'ord_3', 'created', 'stripe', 0, 'other', 'X', 20, 'usd', 500, 1, 1 from packages",
        "account_is_blocked"),
    ("update orders set state = 'paid' where id = 'ord_1'", "order_payment_does_not_fit_its_state"),
    ("update orders set state = 'failed' where id = 'ord_2'", "order_payment_does_not_fit_its_state"),
    ("update orders set state = 'paid', payment = 'pi_1', paid_at = 2 where id = 'ord_1'", "order_is_granted_with_its_payment"),
    ("update orders set state = 'paid', payment = 'pi_2', paid_at = 2, package_id = (select id from packages)
      where id = 'ord_1'", "UNIQUE constraint failed: orders.processor, orders.payment"),
    ("update orders set state = 'paid', payment = 'pi_1', paid_at = 2, package_id = 'pkg' where id = 'ord_1'", "FOREIGN KEY"),
    ("update orders set payment = 'pi_3' where id = 'ord_2'", "order_terms_are_final"),
    ("update orders set credits = 21", "order_terms_are_final"),
    ("update orders set minor = 1", "order_terms_are_final"),
    ("update orders set currency = 'eur'", "order_terms_are_final"),
    ("update orders set is_live = 1", "order_terms_are_final"),
    ("update orders set state = 'stale'", "FOREIGN KEY constraint failed"),
    ("update orders set session_id = 'cs_1'", "order_session_is_whole"),
    ("update orders set reversed_minor = 501", "CHECK constraint failed: reversed_minor between 0 and minor"),
    ("delete from orders", "orders_are_never_deleted"),
    ("update reversals set kind = 'dispute'", "reversal_kind_is_final"),
    ("delete from reversals", "reversals_are_never_deleted"),
    ("insert into reversals select account_id, 'ord_9', 're_2', 'refund', 'succeeded', 1, 1, 1 from packages", "FOREIGN KEY"),
    ("insert into reversals select account_id, 'ord_2', 're_2', 'gift', 'succeeded', 1, 1, 1 from packages", "FOREIGN KEY"),
    ("insert into refunds select account_id, 'ord_2', 'k2', 1, 'why', 'x', null, 1, null, null, 1 from packages",
        "UNIQUE constraint failed: refunds.account_id, refunds.order_id"),
    ("insert into refunds select account_id, 'ord_2', 'k2', 1, 'why', 'x', 'r', 1, 'made', null, 1 from packages",
        "UNIQUE constraint failed: refunds.account_id, refunds.order_id, refunds.request"),
    // Nothing remains of a package with a shortage, and no more is taken than goes back.
    ("update packages set reversal_target = 5", "package_takes_what_it_can"),
    ("update packages set remaining = remaining - 5, clawed_back = clawed_back + 5, reversal_taken = 5",
        "package_takes_what_it_can"),
    ("update packages set reversal_target = 5, reversal_taken = 5", "package_takes_what_it_can"),
    ("update packages set reversal_target = 21", "CHECK constraint failed: reversal_target between 0 and granted"),
];

#[tokio::test]
async fn the_database_refuses_what_no_order_may_be() {
    let world = World::new();
    world.user("ada").await;
    world.grant("ada", 20).await;
    for (sql, says) in TRIES {
        let refused = world.database.try_out(&format!("{ORDERS}\n{sql}"));
        let refused = refused.expect_err(sql);
        assert!(refused.contains(says), "{sql}: {refused}");
    }
    // The orders themselves are none of that.
    world.database.try_out(ORDERS).unwrap();
    world.check().await;
}
