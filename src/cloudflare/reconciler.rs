//! Invocations of our own for the reconciler: an object for each slice, which has its limits for itself,
//! is reached by nobody outside, keeps nothing, and is not called again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use wasm_bindgen::JsValue;
use worker::send::{SendFuture, SendWrapper};
use worker::{
    DurableObject, Env, Method, ObjectNamespace, Request, RequestInit, Response, Result, State,
    durable_object,
};

use super::environment::atelier;
use super::{log, panics, text_of, within};
use crate::ports::{Background, Invocations, NotReconciled, Slice};

/// A run begins nothing new after 50 seconds, and what a job does then takes less than a minute. An object
/// can hang for ever, and its callers with it.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The objects' namespace.
pub(super) struct ReconcilerObjects(pub(super) SendWrapper<ObjectNamespace>);

#[async_trait]
impl Invocations for ReconcilerObjects {
    async fn reconcile(&self, slice: Slice) -> std::result::Result<usize, NotReconciled> {
        SendFuture::new(async move {
            match within(TIMEOUT, self.call(&slice)).await {
                Some(Ok((200, text))) => text.parse().map_err(|_| NotReconciled(text)),
                Some(Ok((status, text))) => Err(NotReconciled(format!("{status} {text}"))),
                Some(Err(error)) => Err(NotReconciled(text_of(&error))),
                None => Err(NotReconciled("no answer in time".into())),
            }
        })
        .await
    }
}

impl ReconcilerObjects {
    async fn call(&self, slice: &Slice) -> Result<(u16, String)> {
        let body = serde_json::to_string(slice)?;
        let stub = self.0.unique_id()?.get_stub()?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init("https://reconciler/", &init)?;
        let mut response = stub.fetch_with_request(request).await?;
        let text = response.text().await?;
        Ok((response.status_code(), text))
    }
}

/// One per slice.
#[durable_object(fetch)]
pub struct ReconcilerObject {
    state: Arc<SendWrapper<State>>,
    env: Env,
}

impl DurableObject for ReconcilerObject {
    fn new(state: State, env: Env) -> Self {
        log::install();
        panics::install();
        let state = Arc::new(SendWrapper::new(state));
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        panics::rehearse(&self.env, "reconciler");
        let slice: Slice = match serde_json::from_slice(&request.bytes().await?) {
            Ok(slice) => slice,
            Err(error) => return Response::error(error.to_string(), 400),
        };
        let background = Arc::new(AfterSlice(Arc::clone(&self.state)));
        match atelier(&self.env, background) {
            Ok(atelier) => Response::ok(atelier.reconciler().reconcile(slice).await.to_string()),
            Err(error) => Response::error(error.to_string(), 503),
        }
    }
}

/// The `waitUntil` of the object.
struct AfterSlice(Arc<SendWrapper<State>>);

impl Background for AfterSlice {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}
