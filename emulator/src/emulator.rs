//! The handle: start the emulator, read its records, force a state, forge a callback, stop it.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{Router, middleware};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    files,
    log::Log,
    manual,
    message::{Draft, Message},
    providers, receive,
    record::{Call, CallbackAttempt, CallbackKind, CreatedTask},
    resend::{self, Mail},
    run::{self, Verdict},
    services,
    settings::Settings,
    task::{Failure, Phase, Task},
    world::World,
};

/// How long open answers may take to end at a shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

/// A running emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    world: Arc<World>,
    server: JoinHandle<()>,
}

/// An error of the emulator.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// The port cannot be bound.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The requested port.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
    /// The HTTP client cannot be created.
    #[error("cannot make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The log cannot be opened.
    #[error("cannot write the log: {0}")]
    Log(io::Error),
    /// There is no such task.
    #[error("there is no task {0}")]
    NoTask(String),
    /// The task was created without a callback address.
    #[error("task {0} has no callback address")]
    NoCallback(String),
    /// The task has not ended.
    #[error("task {0} is still open")]
    Open(String),
    /// There was no callback about the end of the task.
    #[error("the end of task {0} was never called back")]
    NeverCalledBack(String),
    /// The callback was not answered.
    #[error("the callback was not answered: {0}")]
    Unanswered(String),
}

impl Emulator {
    /// Binds 127.0.0.1 and serves.
    pub async fn start(settings: Settings) -> Result<Self, EmulatorError> {
        let port = settings.port;
        let listen = |source| EmulatorError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        // Callbacks and input pictures are local: no proxy, and redirects of callbacks are not
        // followed.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let log = Log::open(&settings.log).map_err(EmulatorError::Log)?;
        let world = World::new(settings, format!("http://{address}"), client, log);
        let server = tokio::spawn(serve(listener, Arc::clone(&world)));
        Ok(Self { world, server })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.world.base_url
    }

    /// `http://127.0.0.1:PORT/NAME`: where the routes of a provider or another service begin.
    pub fn provider_url(&self, name: &str) -> String {
        self.world.provider_url(name)
    }

    /// The create calls that were accepted, in order.
    pub fn created(&self) -> Vec<CreatedTask> {
        self.world.memory().created.clone()
    }

    /// Every request received, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.world.memory().calls.clone()
    }

    /// Every callback attempt, in the order in which their outcomes were known.
    pub fn callbacks(&self) -> Vec<CallbackAttempt> {
        self.world.memory().callbacks.clone()
    }

    /// Lets the events of payments go elsewhere from now on: the processor's name is added to the path.
    pub fn set_payments_webhook(&self, base_url: &str) {
        let base_url = base_url.to_owned();
        self.world
            .change(|memory| memory.books.webhook = Some(base_url));
    }

    /// The mails that were sent, the newest 500 of them, the oldest one first.
    pub fn mails(&self) -> Vec<Mail> {
        self.world.memory().outbox.mails().cloned().collect()
    }

    /// A task's results, in order, without the faults of its hashtags in serving them.
    pub fn result_bytes(&self, task_id: &str) -> Vec<Vec<u8>> {
        let memory = self.world.memory();
        let mut files: Vec<_> = memory
            .files
            .values()
            .filter(|file| file.task_id == task_id)
            .collect();
        files.sort_by_key(|file| file.index);
        files.into_iter().map(|file| file.bytes.to_vec()).collect()
    }

    /// Makes a task's pictures now, so that its inputs are not fetched later.
    pub async fn make(&self, task_id: &str) -> Result<(), EmulatorError> {
        run::make_early(&self.world, &self.task(task_id)?).await;
        Ok(())
    }

    /// Completes a task now. When this returns, its pictures exist and its new state can be read. A
    /// task that was open then calls back as usual; one that had ended does not call back again.
    pub async fn complete(&self, task_id: &str) -> Result<(), EmulatorError> {
        self.force(task_id, Verdict::Completed).await
    }

    /// Fails a task now with one of the provider's codes; otherwise as [`Emulator::complete`].
    pub async fn fail(&self, task_id: &str, code: &str) -> Result<(), EmulatorError> {
        let failure = Failure {
            code: code.to_owned(),
            message: format!("Task failed: {code}"),
        };
        self.force(task_id, Verdict::Failed(failure)).await
    }

    async fn force(&self, task_id: &str, verdict: Verdict) -> Result<(), EmulatorError> {
        let task = self.task(task_id)?;
        manual::end(&self.world, &task, verdict).await;
        Ok(())
    }

    /// Waits until a task has ended and its last callback was answered or given up.
    pub async fn settled(&self, task_id: &str) -> Result<(), EmulatorError> {
        self.task(task_id)?;
        self.world
            .until(|memory| memory.tasks.get(task_id).is_none_or(|task| task.announced))
            .await;
        Ok(())
    }

    /// Sends a task's terminal callback once more now, signed anew under the same message id; of
    /// several, one for each picture, all of them. Returns the last HTTP status.
    pub async fn redeliver(&self, task_id: &str) -> Result<u16, EmulatorError> {
        let task = self.task(task_id)?;
        let snapshot = self
            .world
            .snapshot(task_id)
            .filter(|_| task.phase != Phase::Open)
            .ok_or_else(|| EmulatorError::Open(task_id.to_owned()))?;
        let url = task
            .generation
            .callback_url
            .as_deref()
            .ok_or_else(|| EmulatorError::NoCallback(task_id.to_owned()))?;
        let kind = CallbackKind::Terminal;
        let mut status = Err(EmulatorError::Unanswered("nothing was sent".to_owned()));
        for draft in Draft::all_of(&self.world, &task, kind, url, &snapshot) {
            status = self.sign_and_send(&draft).await;
        }
        status
    }

    /// Sends the first attempt at a task's terminal callback once more, byte for byte, with the same
    /// headers. Returns the HTTP status.
    pub async fn replay(&self, task_id: &str) -> Result<u16, EmulatorError> {
        let first = self
            .callbacks()
            .into_iter()
            .find(|attempt| {
                attempt.kind == CallbackKind::Terminal
                    && attempt.task_id.as_deref() == Some(task_id)
            })
            .ok_or_else(|| EmulatorError::NeverCalledBack(task_id.to_owned()))?;
        self.send(&Message {
            task_id: first.task_id,
            kind: first.kind,
            url: first.url,
            headers: first.headers,
            body: first.bytes.into(),
            timeout: None,
        })
        .await
    }

    /// Sends any body to any callback URL, once, signed as the task's provider signs. Returns the
    /// HTTP status.
    pub async fn send_signed(
        &self,
        task_id: &str,
        url: &str,
        body: Value,
    ) -> Result<u16, EmulatorError> {
        let task = self.task(task_id)?;
        let draft = Draft::saying(&task, CallbackKind::ByHand, url, &body);
        self.sign_and_send(&draft).await
    }

    /// Sends any body to any callback URL, once, without a signature. Returns the HTTP status.
    pub async fn send_callback(&self, url: &str, body: Value) -> Result<u16, EmulatorError> {
        self.send(&Message {
            task_id: None,
            kind: CallbackKind::ByHand,
            url: url.to_owned(),
            headers: Vec::new(),
            body: body.to_string().into(),
            timeout: None,
        })
        .await
    }

    async fn sign_and_send(&self, draft: &Draft<'_>) -> Result<u16, EmulatorError> {
        match draft.sign(&self.world, None) {
            Some(message) => self.send(&message).await,
            None => Err(EmulatorError::Unanswered("nothing was sent".to_owned())),
        }
    }

    async fn send(&self, message: &Message) -> Result<u16, EmulatorError> {
        message
            .send(&self.world)
            .await
            .outcome
            .map_err(EmulatorError::Unanswered)
    }

    /// Stops: running tasks end where they are, hanging answers and connections are closed.
    pub async fn shutdown(mut self) {
        self.world.stop();
        let _late = tokio::time::timeout(SHUTDOWN_GRACE, &mut self.server).await;
    }

    fn task(&self, id: &str) -> Result<Task, EmulatorError> {
        self.world
            .task(id)
            .ok_or_else(|| EmulatorError::NoTask(id.to_owned()))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.world.stop();
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, world: Arc<World>) {
    let routes = Router::new()
        .merge(providers::routes())
        .merge(services::routes())
        .merge(resend::mailbox())
        .merge(files::routes())
        .merge(manual::routes())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&world),
            receive::record,
        ))
        .with_state(Arc::clone(&world));
    let stop = async move { world.stopped().await };
    // It ends only through `stop`: axum retries failed accepts by itself.
    let _ended = axum::serve(listener, routes)
        .with_graceful_shutdown(stop)
        .await;
}
