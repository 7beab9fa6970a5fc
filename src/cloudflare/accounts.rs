//! Calling an account's object.

use std::time::Duration;

use async_trait::async_trait;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::ObjectNamespace;
use worker::js_sys::Reflect;
use worker::send::{SendFuture, SendWrapper};

use super::{text_of, thrown, within};
use crate::account::message;
use crate::domain::account::{Command, Reply};
use crate::domain::id::AccountId;
use crate::ports::{AccountUnavailable, Accounts};

/// An object can hang for ever, and its callers with it. Three batches of the database take far
/// less than this.
const TIMEOUT: Duration = Duration::from_secs(10);

#[wasm_bindgen]
extern "C" {
    /// A stub of an account's object.
    type AccountStub;

    /// Calls the object by RPC: the text of a message, answered by another.
    #[wasm_bindgen(method, catch)]
    async fn call(this: &AccountStub, message: &str) -> Result<JsValue, JsValue>;
}

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
        let stub = self.0.get_by_name(&account.to_string());
        let stub = stub.map_err(|error| Failure::Final(text_of(&error)))?;
        let stub: AccountStub = stub.into_rpc();
        match within(TIMEOUT, stub.call(call)).await {
            Some(Ok(answer)) => {
                let answer = answer.as_string().unwrap_or_default();
                message::read_answer(&answer)
                    .map_err(|AccountUnavailable(error)| Failure::Final(error))
            }
            Some(Err(error)) => Err(failure(&error)),
            None => Err(Failure::Final(format!(
                "nothing within {} s",
                TIMEOUT.as_secs()
            ))),
        }
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
