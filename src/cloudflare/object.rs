//! The account object's shell: it has a keeper, and hands commands to it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::d1::{D1, Deadline};
use super::environment::lookup;
use super::runtime::SystemClock;
use super::{log, panics, text_of};
use crate::account::{Keeper, message};
use crate::config::{limits, rules};
use crate::domain::account::Reply;
use crate::ports::AccountUnavailable;
use crate::store::AccountStore;

/// One per account, named by its id.
#[durable_object(fetch)]
pub struct AccountObject {
    /// Or what is wrong with the configuration.
    keeper: AssertUnwindSafe<std::result::Result<Keeper, String>>,
    /// Of the command that has the turn. One that never ends must not hold its account for ever, and has to end
    /// before its caller gives up; if it is done after all, the journal's key tells.
    deadline: Deadline,
    env: Env,
}

impl DurableObject for AccountObject {
    fn new(state: State, env: Env) -> Self {
        log::install();
        panics::install();
        let deadline = Deadline::default();
        Self {
            keeper: AssertUnwindSafe(keeper(&state, &env, &deadline)),
            deadline,
            env,
        }
    }

    /// It is called by RPC alone.
    async fn fetch(&self, _: Request) -> Result<Response> {
        Response::error("an account's object has no addresses", 404)
    }
}

#[wasm_bindgen]
impl AccountObject {
    /// Carries out the command of a message, and answers with a message.
    pub async fn call(&self, message: String) -> std::result::Result<String, JsValue> {
        let outcome = AssertUnwindSafe(self.carry_out(&message)).await;
        message::answer(outcome).map_err(|error| JsValue::from_str(&error.to_string()))
    }
}

impl AccountObject {
    async fn carry_out(&self, message: &str) -> std::result::Result<Reply, AccountUnavailable> {
        panics::rehearse(&self.env, "account");
        let keeper = self.keeper.as_ref();
        let keeper = keeper.map_err(|error| AccountUnavailable(error.clone()))?;
        let command = message::read_call(message);
        let command = command.map_err(|error| AccountUnavailable(error.to_string()))?;
        // Those before it have their own time, and its caller waits no longer than for both.
        let turn = keeper.turn().await;
        self.deadline.start();
        keeper.take(turn, &command).await
    }
}

fn keeper(state: &State, env: &Env, deadline: &Deadline) -> std::result::Result<Keeper, String> {
    let name = state
        .id()
        .name()
        .ok_or("an account object without a name")?;
    let account = name
        .parse()
        .map_err(|_| format!("{name} is not an account"))?;
    let database = env.d1("DB").map_err(|error| text_of(&error))?;
    let rules = rules(&lookup(env)).map_err(|error| error.to_string())?;
    let limits = limits(&lookup(env)).map_err(|error| error.to_string())?;
    Ok(Keeper::new(
        account,
        AccountStore::new(Arc::new(D1::with_deadline(database, deadline.clone()))),
        Arc::new(SystemClock),
        (rules, limits),
    ))
}
