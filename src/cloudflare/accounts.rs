//! Calling an account's object.

use std::time::Duration;

use async_trait::async_trait;
use wasm_bindgen::JsValue;
use worker::js_sys::Reflect;
use worker::send::{SendFuture, SendWrapper};
use worker::{Method, ObjectNamespace, Request, RequestInit};

use super::{text_of, within};
use crate::domain::account::{Command, Reply};
use crate::domain::id::AccountId;
use crate::ports::{AccountUnavailable, Accounts};

/// An object can hang for ever, and with it whoever asks. Three batches of the database take far
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
            let body = serde_json::to_string(&command).map_err(|error| unavailable(&error))?;
            match self.attempt(account, &body).await {
                // The object was replaced under way. Each try takes a fresh stub.
                Err(Failure::Retryable(error)) => {
                    log::warn!("event=account_call_retried account={account} error=\"{error}\"");
                    self.attempt(account, &body)
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
    async fn attempt(&self, account: AccountId, body: &str) -> Result<Reply, Failure> {
        let call = async {
            let stub = self.0.get_by_name(&account.to_string())?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post)
                .with_body(Some(JsValue::from_str(body)));
            let request = Request::new_with_init("https://account/", &init)?;
            let mut response = stub.fetch_with_request(request).await?;
            let text = response.text().await?;
            Ok((response.status_code(), text))
        };
        match within(TIMEOUT, call).await {
            Some(Ok((200, text))) => serde_json::from_slice(text.as_bytes())
                .map_err(|error| Failure::Final(error.to_string())),
            Some(Ok((status, text))) => Err(Failure::Final(format!("{status} {text}"))),
            Some(Err(error)) => Err(failure(error)),
            None => Err(Failure::Final(format!(
                "nothing within {} s",
                TIMEOUT.as_secs()
            ))),
        }
    }
}

/// Cloudflare marks errors after which the same call may be made again.
fn failure(error: worker::Error) -> Failure {
    let text = text_of(&error);
    let error = JsValue::from(error);
    let marked =
        |name| Reflect::get(&error, &JsValue::from_str(name)).is_ok_and(|mark| mark.is_truthy());
    if marked("retryable") && !marked("overloaded") {
        Failure::Retryable(text)
    } else {
        Failure::Final(text)
    }
}

fn unavailable(error: &serde_json::Error) -> AccountUnavailable {
    AccountUnavailable(error.to_string())
}
