//! Calling an account's object.

use std::time::Duration;

use async_trait::async_trait;
use wasm_bindgen::JsValue;
use worker::ObjectNamespace;
use worker::js_sys::Reflect;
use worker::send::{SendFuture, SendWrapper};

use super::{glue, millis, thrown};
use crate::account::message;
use crate::domain::account::{Command, Reply};
use crate::domain::id::AccountId;
use crate::ports::{AccountUnavailable, Accounts};

/// An object can hang for ever, and its callers with it. Three batches of the database take far
/// less than this.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The objects' namespace.
pub(super) struct AccountObjects(pub(super) SendWrapper<ObjectNamespace>);

#[async_trait]
impl Accounts for AccountObjects {
    async fn call(
        &self,
        account: AccountId,
        command: Command,
    ) -> Result<Reply, AccountUnavailable> {
        SendFuture::new(async move {
            let call = message::call(&command);
            let call = call.map_err(|error| AccountUnavailable(error.to_string()))?;
            match self.attempt(account, &call).await {
                // The object was replaced under way. Each try takes a fresh stub.
                Err(Failure::Retryable(error)) => {
                    log::warn!("event=account_call_retried account={account} error=\"{error}\"");
                    self.attempt(account, &call)
                        .await
                        .map_err(Failure::into_error)
                }
                other => other.map_err(Failure::into_error),
            }
        })
        .await
    }
}

enum Failure {
    Retryable(String),
    Final(String),
}

impl Failure {
    fn into_error(self) -> AccountUnavailable {
        match self {
            Self::Retryable(text) | Self::Final(text) => AccountUnavailable(text),
        }
    }
}

impl AccountObjects {
    async fn attempt(&self, account: AccountId, call: &str) -> Result<Reply, Failure> {
        let (name, time) = (account.to_string(), millis(TIMEOUT));
        let answer = glue::call(self.0.as_ref(), &name, call, time).await;
        let answer = answer.map_err(|error| failure(&error))?;
        let answer = answer.as_string().unwrap_or_default();
        message::read_answer(&answer).map_err(|AccountUnavailable(error)| Failure::Final(error))
    }
}

/// Cloudflare marks errors after which the same call may be made again.
fn failure(error: &JsValue) -> Failure {
    let text = thrown(error);
    let marked =
        |name| Reflect::get(error, &JsValue::from_str(name)).is_ok_and(|mark| mark.is_truthy());
    if marked("retryable") && !marked("overloaded") {
        Failure::Retryable(text)
    } else {
        Failure::Final(text)
    }
}
