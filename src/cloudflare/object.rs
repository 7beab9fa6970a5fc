//! The account object's shell: it has a keeper, and hands commands to it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::d1::D1;
use super::environment::lookup;
use super::runtime::SystemClock;
use super::{log, panics, text_of};
use crate::account::Keeper;
use crate::config::{limits, rules};
use crate::domain::account::Command;
use crate::store::AccountStore;

/// One per account, named by its id.
#[durable_object(fetch)]
pub struct AccountObject {
    /// Or what is wrong with the configuration.
    keeper: AssertUnwindSafe<std::result::Result<Keeper, String>>,
    env: Env,
}

impl DurableObject for AccountObject {
    fn new(state: State, env: Env) -> Self {
        log::install();
        panics::install();
        Self {
            keeper: AssertUnwindSafe(keeper(&state, &env)),
            env,
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        panics::rehearse(&self.env, "account");
        let keeper = match self.keeper.as_ref() {
            Ok(keeper) => keeper,
            Err(error) => return Response::error(error.clone(), 503),
        };
        let command: Command = match serde_json::from_slice(&request.bytes().await?) {
            Ok(command) => command,
            Err(error) => return Response::error(error.to_string(), 400),
        };
        match keeper.handle(&command).await {
            Ok(reply) => Response::ok(serde_json::to_string(&reply)?),
            Err(error) => Response::error(error.0, 503),
        }
    }
}

fn keeper(state: &State, env: &Env) -> std::result::Result<Keeper, String> {
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
        AccountStore::new(Arc::new(D1(database))),
        Arc::new(SystemClock),
        (rules, limits),
    ))
}
