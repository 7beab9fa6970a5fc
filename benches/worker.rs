//! The cost of freeze, settle and release through the whole Worker, as `scripts/build.sh` builds it, in workerd
//! under `wrangler dev`, with its database on disk. Accounts have 1 to 1,000 open packages, and a freeze takes
//! from one of them or from eight, which is as many as the price of one picture can be spread over. At the end
//! the ledger must add up.
//!
//! - *freeze*: from `POST /v1/generate` until its 202. One batch opens the job and its hold.
//! - *settle*: from sending the callback of a success until the database has the job as completed, and so as
//!   charged. That includes polling the provider, a batch, fetching the picture into R2, and the batch that
//!   settles.
//! - *release*: from sending the callback of a failure until its 200. The provider is polled, and one batch
//!   releases.
//!
//! The provider's own work is not included: a task has ended before its callback is sent. The accounts' objects
//! are warm. The first figure is an answer without any work, which is part of each of the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a benchmark may end where it stands"
)]

use std::sync::Arc;
use std::time::Duration;

use atelier::domain::id::AccountId;
use atelier::domain::time::Timestamp;
use futures::future::join_all;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::Instant;

#[path = "../tests/e2e"]
#[allow(dead_code, reason = "the end-to-end tests do more with a system")]
mod e2e {
    pub(crate) mod answer;
    pub(crate) mod books;
    pub(crate) mod case;
    pub(crate) mod identity;
    pub(crate) mod keys;
    pub(crate) mod pictures;
    pub(crate) mod settings;
    pub(crate) mod system;
    pub(crate) mod user;
    pub(crate) mod wrangler;
}

use e2e::settings::{Kind, MAIN};
use e2e::system::System;
use e2e::user::{User, id_of};
use e2e::{books, case};

/// The number of an account's packages, and of those that a freeze takes from.
const ACCOUNTS: [(u64, u64); 7] = [
    (1, 1),
    (10, 1),
    (10, 8),
    (100, 1),
    (100, 8),
    (1000, 1),
    (1000, 8),
];

/// A model of which a picture costs eight credits here.
const MODEL: &str = "evolink/nano-banana-pro";

/// A round is a job that is released and one that is settled. An account's first rounds are not counted.
const ROUNDS: usize = 100;
const WARM_UP: usize = 5;

/// The time limit per account, so that all are measured within five minutes.
const TIMEOUT: Duration = Duration::from_secs(25);

/// The pause between two reads of the database, and the most reads.
const POLL: Duration = Duration::from_micros(200);
const POLLS: usize = 50_000;

/// Tasks end at once, and the benchmark sends their callbacks.
const KIND: Kind = Kind {
    name: "bench",
    slow: Duration::ZERO,
    overrides: r#"{"evolink/nano-banana-pro":{"credits_per_image":8}}"#,
    ..MAIN
};
const SUCCESS: &str = "#slow #lost";
const FAILURE: &str = "#slow #lost #fail";

/// How long one operation took, each time.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    /// The median and the 99th percentile, in milliseconds.
    fn shown(&mut self) -> String {
        self.0.sort_unstable();
        let at = |percent: usize| self.0[(self.0.len() * percent).div_ceil(100) - 1];
        let [p50, p99] = [at(50), at(99)].map(|time| time.as_secs_f64() * 1000.0);
        format!("{p50:.1} / {p99:.1}")
    }
}

/// A user with packages, and the two generation requests that are repeated.
struct Account {
    user: User,
    system: Arc<System>,
    database: Connection,
    packages: u64,
    taken: u64,
    granted: u64,
    success: Value,
    failure: Value,
}

impl Account {
    async fn new(system: &Arc<System>, packages: u64, taken: u64) -> Self {
        let name = format!("{packages} packages, {taken} taken");
        let user = User::with_token_of_our_own(system, &name);
        system.users.lock().unwrap().push(name);
        let generation = user.generation("").await;
        let with = |hashtags: &str| {
            let mut generation = generation.clone();
            generation["prompt"] = json!(format!("{hashtags} for {}", user.name));
            generation["model"] = json!(MODEL);
            generation
        };
        let (success, failure) = (with(SUCCESS), with(FAILURE));
        let mut account = Self {
            user,
            system: Arc::clone(system),
            database: books::open(&system.workshop.state()),
            packages,
            taken,
            granted: 0,
            success,
            failure,
        };
        account.grant(packages).await;
        account
    }

    /// Grants so many packages, each expiring after the one before: of one credit, if a freeze has to take from
    /// several.
    async fn grant(&mut self, packages: u64) {
        let credits = if self.taken == 1 { 1_000_000 } else { 1 };
        let begin = Timestamp::parse("2099-01-01T00:00:00Z").expect("a time");
        for number in self.granted..self.granted + packages {
            let expires_at = begin.plus(Duration::from_hours(number)).to_string();
            let reference = format!("{number} of {}", self.user.name);
            let name = &self.user.name;
            let grant = json!({"account": name, "credits": credits, "kind": "paid", "reference": reference, "expires_at": expires_at});
            self.system.grant(&grant).await.ok(201);
        }
        self.granted += packages;
    }

    /// One round: the durations of the freezes, the settle and the release.
    async fn round(&mut self) -> ([Duration; 2], Duration, Duration) {
        let (first, job, callback) = self.freeze(&self.failure).await;
        let begin = Instant::now();
        self.call_back(&callback).await;
        let release = begin.elapsed();
        assert_eq!(self.state(&job), "failed");

        let (second, job, callback) = self.freeze(&self.success).await;
        let begin = Instant::now();
        self.call_back(&callback).await;
        self.wait_for(&job, "completed");
        let settle = begin.elapsed();
        if self.taken > 1 {
            self.grant(self.taken).await;
        }
        ([first, second], settle, release)
    }

    /// Requests a picture, and waits until the provider is done: returns the duration of the freeze, the job,
    /// and the callback to send.
    async fn freeze(&self, generation: &Value) -> (Duration, String, (String, Value)) {
        let begin = Instant::now();
        let answer = self.user.generate(generation).await;
        let freeze = begin.elapsed();
        let job = answer.ok(202);
        let taken = job["receipt"].as_array();
        let taken = taken.map_or(0, Vec::len);
        assert_eq!(u64::try_from(taken).unwrap(), self.taken, "{job}");
        let job = id_of(&job);
        self.wait_for(&job, "running");
        let created = self.system.emulator.created();
        let task = created.last().expect("a task");
        self.system
            .emulator
            .settled(&task.id)
            .await
            .expect("a task");
        let url = task.callback_url.clone().expect("a callback");
        (freeze, job, (url, json!({"id": task.id})))
    }

    async fn call_back(&self, (url, body): &(String, Value)) {
        let answer = self.system.ask("POST", url, |request| request.json(body));
        answer.await.ok(200);
    }

    fn wait_for(&self, job: &str, state: &str) {
        for _ in 0..POLLS {
            if self.state(job) == state {
                return;
            }
            std::thread::sleep(POLL);
        }
        panic!("{job} is {} and not {state}", self.state(job));
    }

    /// Reads the file itself, without the Worker.
    fn state(&self, job: &str) -> String {
        let account = AccountId::of_subject(&self.user.name).to_string();
        let query = "select state from jobs where account_id = ?1 and id = ?2";
        let mut statement = self.database.prepare_cached(query).unwrap();
        statement
            .query_row([&account, job], |row| row.get(0))
            .unwrap()
    }

    /// All rounds, as a row of the table.
    async fn measured(&mut self) -> String {
        for _ in 0..WARM_UP {
            self.round().await;
        }
        let [mut freezes, mut settles, mut releases] = <[Times; 3]>::default();
        let begin = Instant::now();
        while settles.0.len() < ROUNDS && begin.elapsed() < TIMEOUT {
            let (freeze, settle, release) = self.round().await;
            freezes.0.extend(freeze);
            settles.0.push(settle);
            releases.0.push(release);
        }
        let (packages, taken) = (self.packages, self.taken);
        let rounds = settles.0.len();
        let [freeze, settle, release] = [freezes, settles, releases].map(|mut times| times.shown());
        format!(
            "{packages:>8} | {taken:>5} | {freeze:>13} | {settle:>13} | {release:>13} | {rounds:>6}"
        )
    }
}

async fn answers(system: &System) -> String {
    let mut times = Times::default();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        system
            .ask("GET", "/healthz", |request| request)
            .await
            .ok(200);
        times.0.push(begin.elapsed());
    }
    times.shown()
}

#[tokio::main]
async fn main() {
    let system = System::start(KIND)
        .await
        .unwrap_or_else(|why| panic!("{why}"));
    let system = Arc::new(system);
    let accounts = ACCOUNTS.map(|(packages, taken)| Account::new(&system, packages, taken));
    let accounts = join_all(accounts).await;
    println!(
        "Through workerd, p50 / p99 in ms; an answer without any work takes {}.\n",
        answers(&system).await
    );
    println!("packages | taken |        freeze |        settle |       release | rounds");
    for mut account in accounts {
        println!("{}", account.measured().await);
    }
    case::audit(&system, &system.users).await;
    println!("\nThe books of all accounts are right.");
    system.end().await;
}
