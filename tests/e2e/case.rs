//! One test: its system, its accounts, and the audit of their ledger afterwards.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier_emulator::{CallbackAttempt, CreatedTask};
use futures::FutureExt;
use libtest_mimic::Failed;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use super::books;
use super::settings::{ALONE, ATTACKED, CRON, Kind, MAIN, PROVIDERS, RESTARTED, is_whole_attack};
use super::system::{System, TICK};
use super::user::User;

/// The time limit for anything that tests wait for. No test depends on its length: what they wait for happens
/// once, and stays.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(90);

/// The time limit of a whole test, without starting its system and waiting for its turn.
const TEST_TIMEOUT: Duration = Duration::from_mins(5);

/// The same for a whole attack.
const ATTACK_TIMEOUT: Duration = Duration::from_mins(20);

/// The systems, each started by the first test that needs it.
pub(crate) struct Stage {
    pub(crate) main: Slot,
    pub(crate) providers: Slot,
    pub(crate) cron: Slot,
    pub(crate) restarted: Slot,
    pub(crate) alone: Slot,
    pub(crate) attacked: Slot,
    runtime: Handle,
}

/// A system, or why it did not start.
pub(crate) struct Slot {
    kind: Kind,
    system: OnceCell<Result<Arc<System>, String>>,
}

impl Slot {
    fn new(kind: Kind) -> Self {
        let system = OnceCell::new();
        Self { kind, system }
    }

    async fn system(&self) -> Result<Arc<System>, String> {
        let start = async || System::start(self.kind).await.map(Arc::new);
        self.system.get_or_init(start).await.clone()
    }
}

impl Stage {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            main: Slot::new(MAIN),
            providers: Slot::new(PROVIDERS),
            cron: Slot::new(CRON),
            restarted: Slot::new(RESTARTED),
            alone: Slot::new(ALONE),
            attacked: Slot::new(ATTACKED),
            runtime,
        }
    }

    /// Runs a test, and then audits its accounts. A failure shows the end of the Worker's log.
    pub(crate) fn run<F: Future<Output = ()>>(
        &self,
        slot: &Slot,
        name: &'static str,
        test: impl FnOnce(Case) -> F,
    ) -> Result<(), Failed> {
        self.runtime.block_on(async {
            let system = slot.system().await?;
            let _turn = if system.kind.takes_turns {
                Some(system.turn.lock().await)
            } else {
                None
            };
            let case = Case {
                system: Arc::clone(&system),
                name,
                users: Arc::default(),
            };
            let all = async {
                test(case.clone()).await;
                audit(&case.system, &case.users).await;
            };
            let limit = if is_whole_attack() {
                ATTACK_TIMEOUT
            } else {
                TEST_TIMEOUT
            };
            let told = match timeout(limit, AssertUnwindSafe(all).catch_unwind()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(panic)) => message(panic.as_ref()),
                Err(_) => format!("it takes longer than {limit:?}"),
            };
            let (of, tail) = (case.system.kind.name, case.system.workshop.log_tail());
            Err(Failed::from(format!(
                "{told}\n\nThe log of `{of}`:\n{tail}"
            )))
        })
    }

    /// Stops everything, and returns whether all accounts are still in order: late events after their tests
    /// must not have moved anything.
    pub(crate) async fn end(&self) -> bool {
        let slots = [
            &self.main,
            &self.providers,
            &self.cron,
            &self.restarted,
            &self.alone,
            &self.attacked,
        ];
        let ends = slots.map(async |slot| {
            let Some(Ok(system)) = slot.system.get() else {
                return true;
            };
            let audit = AssertUnwindSafe(audit(system, &system.users));
            let is_ok = audit.catch_unwind().await.is_ok();
            system.end().await;
            is_ok
        });
        futures::future::join_all(ends)
            .await
            .into_iter()
            .all(|is_ok| is_ok)
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default()
}

/// A running test.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) system: Arc<System>,
    name: &'static str,
    users: Arc<Mutex<Vec<String>>>,
}

impl Case {
    /// A new user with welcome credits. Their name is in the prompts of all their jobs.
    pub(crate) async fn user(&self) -> User {
        let name = self.new_name();
        User::welcomed(&self.system, &name).await
    }

    /// A new user without credits.
    pub(crate) fn pauper(&self) -> User {
        let name = self.new_name();
        User::with_token_of_our_own(&self.system, &name)
    }

    /// A name for an account that is audited at the end. No name is a prefix of another.
    pub(crate) fn new_name(&self) -> String {
        let mut users = self.users.lock().unwrap();
        let mut all = self.system.users.lock().unwrap();
        let test = self.name.rsplit("::").next().unwrap_or_default();
        let name = format!("user {} of {test:.40}", all.len());
        users.push(name.clone());
        all.push(name.clone());
        name
    }

    /// The tasks that the provider has of a user.
    pub(crate) fn tasks(&self, user: &User) -> Vec<CreatedTask> {
        let mut tasks = self.system.emulator.created();
        tasks.retain(|task| task.prompt.contains(&user.name));
        tasks
    }

    /// The only task that the provider has of a user.
    pub(crate) fn task(&self, user: &User) -> CreatedTask {
        let mut tasks = self.tasks(user);
        assert_eq!(tasks.len(), 1, "tasks of {}: {tasks:?}", user.name);
        tasks.remove(0)
    }

    /// Waits until the provider has this many tasks of a user, and gives their ids.
    pub(crate) async fn tasks_of(&self, user: &User, count: usize) -> Vec<String> {
        let what = format!("the provider has {count} tasks");
        let tasks = until(&what, async || {
            Some(self.tasks(user)).filter(|tasks| tasks.len() >= count)
        });
        tasks.await.into_iter().map(|task| task.id).collect()
    }

    /// Waits until the provider has a task of a user, and there is no other.
    pub(crate) async fn accepted(&self, user: &User) -> CreatedTask {
        self.tasks_of(user, 1).await;
        self.task(user)
    }

    /// Has the provider complete a user's only task, which it held until now.
    pub(crate) async fn complete(&self, user: &User) {
        let id = self.task(user).id;
        self.system.emulator.complete(&id).await.unwrap();
    }

    /// Waits until the provider has no more callbacks for a user's only task, and returns all of them.
    pub(crate) async fn said(&self, user: &User) -> Vec<CallbackAttempt> {
        let task = self.task(user);
        let settled = self.system.emulator.settled(&task.id);
        timeout(TIMEOUT, settled)
            .await
            .expect("an end of the callbacks")
            .unwrap();
        self.callbacks(&task.id)
    }

    pub(crate) fn callbacks(&self, task_id: &str) -> Vec<CallbackAttempt> {
        let mut callbacks = self.system.emulator.callbacks();
        callbacks.retain(|callback| callback.task_id.as_deref() == Some(task_id));
        callbacks
    }
}

/// Checks these accounts by the Worker's own audit, and by their rows.
pub(crate) async fn audit(system: &System, names: &Mutex<Vec<String>>) {
    let names = names.lock().unwrap().clone();
    for name in names {
        let account: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let path = format!("/v1/admin/audit?account={account}");
        let audit = system.operator("GET", &path, |request| request);
        let report = audit.await.ok(200);
        assert_eq!(report["ok"], true, "the audit of {name}: {report}");
        books::check(&system.workshop.state(), &name);
    }
}

/// Polls until `look` returns something.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let found = timeout(TIMEOUT, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(TICK).await;
        }
    });
    found
        .await
        .unwrap_or_else(|_| panic!("{TIMEOUT:?} were not enough until {what}"))
}
