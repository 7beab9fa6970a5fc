//! The account objects: several may live for one account, and each may die in the middle of a command that its caller
//! still waits for, or go on with one that nobody waits for any more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier::account::Keeper;
use atelier::domain::account::{Command, Reply};
use atelier::domain::id::AccountId;
use atelier::domain::time::Timestamp;
use atelier::ports::{AccountUnavailable, Accounts, Clock};
use atelier::store::AccountStore;
use futures::channel::oneshot;
use futures::future::BoxFuture;

use super::executor::Place;
use super::weather::Fault;
use super::world::World;

/// How far an object's clock may be ahead or behind.
pub(crate) const MOST_SKEW: Duration = Duration::from_secs(3);

/// As many objects of an account live at once.
const MOST: usize = 3;

/// The objects of each account, the newest last.
#[derive(Default)]
pub(crate) struct Objects {
    living: BTreeMap<AccountId, Vec<(u64, Arc<Keeper>)>>,
    born: u64,
}

struct OwnClock {
    world: Arc<World>,
    ahead: i64,
}

impl Clock for OwnClock {
    fn now(&self) -> Timestamp {
        let ahead = if self.world.is_calm() { 0 } else { self.ahead };
        Timestamp::from_millis(self.world.time().millis() + ahead)
    }

    fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()> {
        self.world.sleep(while_)
    }
}

impl World {
    fn newborn(&self, account: AccountId) -> Arc<Keeper> {
        let most = u64::try_from(MOST_SKEW.as_millis()).unwrap();
        let ahead = if self.strikes(Fault::ClockOff) {
            self.below(2 * most).cast_signed() - most.cast_signed()
        } else {
            0
        };
        let clock = Arc::new(OwnClock {
            world: self.this(),
            ahead,
        });
        Arc::new(Keeper::new(
            account,
            AccountStore::new(self.this()),
            clock,
            (self.rules, self.limits),
        ))
    }

    /// The object that a call reaches: the newest, unless it is a former one that still lives.
    fn object(&self, account: AccountId) -> (u64, Arc<Keeper>) {
        let living = {
            let objects = self.objects.lock().unwrap();
            objects.living.get(&account).map_or(0, Vec::len)
        };
        if living == 0 {
            self.another(account);
        }
        let former = (living > 1 && self.strikes(Fault::ObjectFormer)).then(|| self.place(living));
        let objects = self.objects.lock().unwrap();
        let living = &objects.living[&account];
        living[former.unwrap_or(living.len() - 1)].clone()
    }

    /// A successor is born; its predecessors live on.
    pub(crate) fn another(&self, account: AccountId) {
        let keeper = self.newborn(account);
        let mut objects = self.objects.lock().unwrap();
        objects.born += 1;
        let number = objects.born;
        let living = objects.living.entry(account).or_default();
        living.push((number, keeper));
        if living.len() > MOST {
            living.remove(0);
        }
    }

    /// Calls reach none of these any more; what they are doing goes on.
    pub(crate) fn evict(&self, account: AccountId) {
        self.objects.lock().unwrap().living.remove(&account);
    }

    /// All objects are gone.
    pub(crate) fn evict_all(&self) {
        let living = std::mem::take(&mut self.objects.lock().unwrap().living);
        drop(living);
    }

    /// The newest object of an account, no longer reached: what dies with it.
    pub(crate) fn object_dies(&self, account: AccountId) -> Option<u64> {
        let mut objects = self.objects.lock().unwrap();
        let (number, _) = objects.living.get_mut(&account)?.pop()?;
        objects.living.retain(|_, living| !living.is_empty());
        drop(objects);
        Some(number)
    }
}

#[async_trait]
impl Accounts for World {
    async fn call(
        &self,
        account: AccountId,
        command: Command,
    ) -> Result<Reply, AccountUnavailable> {
        let lost = |why: &str| Err(AccountUnavailable(why.into()));
        self.pause().await;
        if self.strikes(Fault::CallBefore) {
            return lost("before the command");
        }
        // Both ways through JSON, as between a Worker and its object; a sample is enough.
        let command = if self.percent(6) {
            through_json(&command)
        } else {
            command
        };
        let (number, keeper) = self.object(account);
        self.note(|| format!("  object {number} of {account} is told {}", json(&command)));
        let (tell, told) = oneshot::channel();
        self.start(Place::Object(number), "object", async move {
            let _nobody_may_wait = tell.send(keeper.handle(&command).await);
        });
        if self.strikes(Fault::CallLeft) {
            return lost("no answer in time");
        }
        let Ok(reply) = told.await else {
            return lost("the object died");
        };
        self.pause().await;
        if self.strikes(Fault::CallAfter) {
            return lost("after the command");
        }
        self.note(|| {
            format!(
                "  object {number} answers {}",
                reply.as_ref().map_or_else(ToString::to_string, json)
            )
        });
        let reply = reply?;
        Ok(if self.percent(6) {
            through_json(&reply)
        } else {
            reply
        })
    }
}

/// With the names of things as rows have them.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&json(value)).unwrap()
}
