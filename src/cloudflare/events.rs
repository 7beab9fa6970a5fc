//! The events: a request, and the minute.

use std::sync::{Arc, LazyLock};

use axum::Router;
use http::StatusCode;
use tower_service::Service;
use worker::send::SendWrapper;
use worker::{Context, Env, Result, ScheduleContext, ScheduledEvent, event};

use super::environment::atelier;
use super::runtime::{AfterCron, AfterFetch, SystemRandom};
use super::{body, log, panics};
use crate::http::{misconfigured, routes, unreadable};
use crate::service::request_id;

/// Made once per isolate.
static ROUTES: LazyLock<Router> = LazyLock::new(routes);

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response> {
    log::install();
    panics::install();
    let Ok((mut request, rest)) = body::shared(request) else {
        return body::answer(unreadable(&request_id(&SystemRandom)));
    };
    panics::rehearse(&env, request.uri().path());
    let response = match atelier(&env, Arc::new(AfterFetch(Arc::new(context)))) {
        Ok(atelier) => {
            request.extensions_mut().insert(atelier);
            match ROUTES.clone().call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        Err(error) => misconfigured(&error, &request_id(&SystemRandom)),
    };
    if response.status() != StatusCode::REQUEST_TIMEOUT {
        rest.discard().await;
    }
    body::answer(response)
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, context: ScheduleContext) {
    log::install();
    panics::install();
    match atelier(&env, Arc::new(AfterCron(SendWrapper::new(context)))) {
        Ok(atelier) => {
            match atelier.cron().run().await {
                Ok(report) => ::log::info!(
                    "event=cron_finished jobs={} orders={} accounts={} removed={}",
                    report.jobs,
                    report.orders,
                    report.accounts,
                    report.removed
                ),
                Err(error) => ::log::error!("event=cron_failed error=\"{error:?}\""),
            }
            if let Err(error) = atelier.anchors().write_next().await {
                ::log::error!("event=anchor_failed error=\"{error:?}\"");
            }
        }
        Err(error) => ::log::error!("event=misconfigured source=cron error=\"{error}\""),
    }
}
