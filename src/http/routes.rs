//! The whole of the API on one screen. Each name is a route's method and place; its path, handler and
//! document are where it is declared.

use axum::middleware::from_fn;
use axum::{Extension, Router};

use super::route::Route;
use super::{
    account, admin, around, blocks, credits, images, jobs, me, orders, overview, payments, problem,
    sales, session, sessions, sign_in, site, uploads, ways_in, webhooks,
};
use crate::service::Atelier;

/// All routes.
pub(super) fn all() -> Vec<Route> {
    vec![
        // Everybody
        session::get_healthz(),
        session::post_session(),
        site::get_site(),
        sign_in::post_email(),
        sign_in::post_email_verify(),
        sign_in::get_start(),
        sign_in::get_callback(),
        jobs::get_models(),
        images::get_image(),
        webhooks::post_callback(),
        payments::post_payment_event(),
        // Users
        me::get_me(),
        sessions::get_sessions(),
        sessions::delete_session(),
        sessions::delete_sessions(),
        sessions::post_sign_out(),
        ways_in::post_link(),
        ways_in::delete_email(),
        ways_in::delete_way_in(),
        uploads::post_uploads(),
        jobs::post_quotes(),
        jobs::post_generate(),
        jobs::get_jobs(),
        jobs::get_job(),
        jobs::delete_job(),
        jobs::post_job_cancel(),
        jobs::put_thumbnail(),
        blocks::post_report(),
        credits::get_credits(),
        credits::get_credits_history(),
        orders::post_checkout(),
        orders::get_orders(),
        orders::get_order(),
        account::delete_account(),
        // Operators
        admin::post_grants(),
        admin::post_clawbacks(),
        blocks::post_block(),
        blocks::delete_block(),
        sales::get_admin_orders(),
        sales::get_orders_csv(),
        sales::get_orders_audit(),
        sales::get_revenue(),
        sales::post_refund(),
        sales::delete_anomaly(),
        admin::get_audit(),
        admin::get_journal(),
        overview::get_jobs(),
        overview::get_overview(),
        overview::get_selftest(),
    ]
}

/// All routes. Each request brings the application as an extension.
pub fn routes() -> Router {
    let serve = |router: Router, route: Route| router.route(route.path, route.handler);
    let routes = all().into_iter().fold(Router::new(), serve);
    routes
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(from_fn(around::around))
}

/// All routes, over one application.
pub fn router(atelier: Atelier) -> Router {
    routes().layer(Extension(atelier))
}
