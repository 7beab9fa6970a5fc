//! The shared memory: tasks, result files, and the records of everything received and sent.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, time::Instant};

use crate::{
    behaviour::Behaviour,
    clock,
    files::ResultFile,
    ids,
    log::Log,
    payments::Books,
    protocol::Protocol,
    record::{Call, CallbackAttempt, CreatedTask},
    resend::Outbox,
    settings::Settings,
    sign_in::grants::Grants,
    task::{Generation, Phase, Snapshot, Task},
    turnstile::Challenges,
};

/// Everything that handlers and running tasks share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) base_url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) log: Log,
    memory: Mutex<Memory>,
    changed: watch::Sender<()>,
    stopped: watch::Sender<bool>,
}

/// The shared memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) tasks: HashMap<String, Task>,
    pub(crate) files: HashMap<String, ResultFile>,
    pub(crate) created: Vec<CreatedTask>,
    pub(crate) calls: Vec<Call>,
    pub(crate) callbacks: Vec<CallbackAttempt>,
    /// The callers' own ids of tasks that are being made, each behind its provider's name.
    pub(crate) claimed: HashSet<String>,
    /// Credits reserved by open tasks or spent by completed ones.
    pub(crate) used_credits: f64,
    /// The mails that were sent.
    pub(crate) outbox: Outbox,
    /// The codes and access tokens of those who signed in.
    pub(crate) grants: Grants,
    /// The checkout sessions and events of the processors of payments.
    pub(crate) books: Books,
    /// The Turnstile tokens that were verified.
    pub(crate) challenges: Challenges,
    /// How many ids were given out; the first one's is drawn from the clock.
    serial: u64,
}

/// The operator's balance does not cover a generation.
#[derive(Debug)]
pub(crate) struct OutOfCredit;

impl Memory {
    /// A number that was not given out before.
    fn next_serial(&mut self) -> u64 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }

    /// A text that was not given out before, and does not look like the one before it.
    pub(crate) fn draw(&mut self, prefix: &str) -> String {
        let serial = self.next_serial();
        format!("{prefix}{}", ids::base32(&format!("{prefix}{serial}")))
    }
}

impl World {
    pub(crate) fn new(
        settings: Settings,
        base_url: String,
        client: reqwest::Client,
        log: Log,
    ) -> Arc<Self> {
        let memory = Memory {
            serial: clock::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| u64::from(since.subsec_nanos())),
            ..Memory::default()
        };
        Arc::new(Self {
            settings,
            base_url,
            client,
            log,
            memory: Mutex::new(memory),
            changed: watch::Sender::new(()),
            stopped: watch::Sender::new(false),
        })
    }

    /// The memory, for reading.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the memory and wakes those who wait for it.
    pub(crate) fn change<T>(&self, effect: impl FnOnce(&mut Memory) -> T) -> T {
        let outcome = effect(&mut self.memory());
        self.changed.send_replace(());
        outcome
    }

    /// Waits until the memory meets a condition.
    pub(crate) async fn until(&self, wanted: impl Fn(&Memory) -> bool) {
        let mut changes = self.changed.subscribe();
        while !wanted(&self.memory()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records an accepted generation as a task, and reserves its price.
    pub(crate) fn accept(
        &self,
        protocol: &'static dyn Protocol,
        generation: Generation,
        behaviour: Behaviour,
    ) -> Result<Task, OutOfCredit> {
        let at = clock::now();
        self.change(|memory| {
            if memory.used_credits + generation.price > self.settings.credits {
                return Err(OutOfCredit);
            }
            memory.used_credits += generation.price;
            let serial = memory.next_serial();
            let own = generation
                .external_id
                .clone()
                .filter(|_| protocol.is_named_by_caller());
            let id = own.unwrap_or_else(|| protocol.task_id(clock::unix_seconds(at), serial));
            memory.created.push(CreatedTask {
                provider: protocol.name(),
                id: id.clone(),
                prompt: generation.prompt.clone(),
                model: generation.model.clone(),
                body: generation.body.clone(),
                callback_url: generation.callback_url.clone(),
                external_id: generation.external_id.clone(),
                at,
            });
            let task = Task {
                id: id.clone(),
                protocol,
                generation: Arc::new(generation),
                behaviour,
                created: at,
                ended: None,
                accepted: Instant::now(),
                phase: Phase::Open,
                pictures: Arc::default(),
                announced: false,
            };
            memory.tasks.insert(id, task.clone());
            Ok(task)
        })
    }

    pub(crate) fn task(&self, id: &str) -> Option<Task> {
        self.memory().tasks.get(id).cloned()
    }

    pub(crate) fn snapshot(&self, id: &str) -> Option<Snapshot> {
        let task = self.task(id)?;
        Some(task.snapshot(&self.settings, Instant::now()))
    }

    /// As [`World::snapshot`], for a task of this provider alone.
    pub(crate) fn snapshot_at(&self, protocol: &dyn Protocol, id: &str) -> Option<Snapshot> {
        let task = self.task_at(protocol, id)?;
        Some(task.snapshot(&self.settings, Instant::now()))
    }

    /// As [`World::task`], for a task of this provider alone.
    pub(crate) fn task_at(&self, protocol: &dyn Protocol, id: &str) -> Option<Task> {
        self.task(id)
            .filter(|task| task.protocol.name() == protocol.name())
    }

    /// The prefix of a provider's routes.
    pub(crate) fn provider_url(&self, name: &str) -> String {
        format!("{}/{name}", self.base_url)
    }

    pub(crate) fn is_open(&self, id: &str) -> bool {
        self.task(id).is_some_and(|task| task.phase == Phase::Open)
    }

    /// Ends a task that is open. Returns whether it was.
    pub(crate) fn end(&self, id: &str, end: Phase) -> bool {
        self.close(id, end, |phase| *phase == Phase::Open)
    }

    /// Ends a task, or changes how it ended. Returns whether it was open until now.
    pub(crate) fn force(&self, id: &str, end: Phase) -> bool {
        self.close(id, end, |_| true)
    }

    /// Ends a task if its phase may still be changed. Returns whether it was open until now.
    fn close(&self, id: &str, end: Phase, may_change: fn(&Phase) -> bool) -> bool {
        let at = clock::now();
        self.change(|memory| {
            let Some(task) = memory.tasks.get_mut(id) else {
                return false;
            };
            if !may_change(&task.phase) {
                return false;
            }
            let was_open = task.phase == Phase::Open;
            if was_open && !matches!(end, Phase::Completed(_)) {
                memory.used_credits -= task.generation.price;
            }
            task.phase = end;
            task.ended = Some(at);
            was_open
        })
    }

    /// Runs something until it ends or the emulator stops.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let world = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = world.stopped() => {}
            }
        });
    }

    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Waits for the emulator to stop.
    pub(crate) async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // An error means that the sender, which is `self`'s, is gone: stopped as well.
        let _gone = stopped.wait_for(|stopped| *stopped).await;
    }
}
