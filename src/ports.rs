//! What the services need from outside, and nothing more. One method is one atomic effect; errors
//! say whether the effect may have happened.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::domain::account::{Command, Reply};
use crate::domain::id::{AccountId, JobId};
use crate::domain::picture::{ByteRange, PictureFormat, PictureHead};
use crate::domain::time::Timestamp;
use crate::jwk::PublicAlgorithm;
use crate::mail::{Mail, NotSent};

/// All of the outside, which the wiring of the services alone has. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub database: Arc<dyn Database>,
    /// Providers, over HTTP.
    pub http: Arc<dyn Http>,
    /// Where pictures are kept.
    pub pictures: Arc<dyn Pictures>,
    /// Where texts are kept that the database's writers must not reach.
    pub documents: Arc<dyn Documents>,
    /// Mail, by the platform's binding.
    pub mail: Arc<dyn MailBinding>,
    /// The first limit on sign-ins.
    pub rate_limiter: Arc<dyn RateLimiter>,
    /// The account objects.
    pub accounts: Arc<dyn Accounts>,
    /// Invocations beside this one.
    pub invocations: Arc<dyn Invocations>,
    /// Work that goes on after the answer.
    pub background: Arc<dyn Background>,
    /// Public-key signatures.
    pub signatures: Arc<dyn Signatures>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

// ---- Database

/// A SQLite database that runs lists of statements as one transaction each.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs all statements or none, and returns each one's rows.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError>;
}

/// One statement with its parameters, `?1` first.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// In SQLite's dialect.
    pub sql: &'static str,
    /// In order.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(sql: &'static str, params: impl IntoIterator<Item = Value>) -> Self {
        Self {
            sql,
            params: params.into_iter().collect(),
        }
    }
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Within plus or minus 2^53, as D1's numbers are doubles.
    Integer(i64),
    /// Also JSON.
    Text(String),
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.millis())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A statement's rows as JSON text: a list of objects by column name. It is decoded once, straight into
/// the type of the row. A statement whose only row has a column `json` has made this text itself, which
/// spares the runtime an object for each row.
pub type Rows = Box<RawValue>;

/// Why a batch did not go as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// A constraint or a trigger refused it: nothing of it happened.
    #[error("the database refused: {0}")]
    Refused(String),
    /// It was lost on the way, or its answer was: it may have happened.
    #[error("the database did not answer: {0}")]
    Lost(String),
}

// ---- HTTP

/// Requests to providers.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends a request, follows no redirect, and reads at most 1 MiB of answer.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, NoAnswer>;
}

/// No answer came, or not a whole one: the request may have had its effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct NoAnswer(pub String);

// ---- Mail

/// The platform's way to send mail.
#[async_trait]
pub trait MailBinding: Send + Sync {
    /// Sends a mail.
    async fn send(&self, mail: &Mail) -> Result<(), NotSent>;
}

/// A limit that costs nothing to ask, and is not exact: what has to hold is counted in the database.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Whether somebody may ask once more.
    async fn admits(&self, whom: &str) -> bool;
}

// ---- Pictures

/// Our own storage for pictures, by all of its effects. The wiring of the services has it, and hands on the
/// one effect that a use case needs.
pub trait Pictures: PictureReader + PictureWriter + PictureRemover {}

impl<T: PictureReader + PictureWriter + PictureRemover> Pictures for T {}

/// Reading stored pictures.
#[async_trait]
pub trait PictureReader: Send + Sync {
    /// The whole picture that is stored under a key, and its size in bytes. A broken one counts as
    /// nothing.
    async fn look(&self, key: &str) -> Result<Option<(PictureHead, u64)>, StorageError>;

    /// Opens a picture, or the part of it that was asked for.
    async fn open(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError>;
}

/// Storing pictures. A key is written once.
#[async_trait]
pub trait PictureWriter: Send + Sync {
    /// Stores a picture whose bytes are here. Storing it again changes nothing.
    async fn put(&self, key: &str, format: PictureFormat, bytes: Bytes)
    -> Result<(), StorageError>;

    /// Fetches a picture from outside, one hop, and stores it without holding it all in memory.
    /// What is not a picture by its first bytes, or is above `limit` bytes, is not stored. Bytes that
    /// turn out to be a broken picture may be stored, but never count as stored, and the next fetch
    /// replaces them. If the key is taken by a whole picture, it is kept.
    async fn fetch(&self, key: &str, from: &Url, limit: u64) -> Result<Fetched, FetchError>;
}

/// Removing stored pictures.
#[async_trait]
pub trait PictureRemover: Send + Sync {
    /// Removes up to 1,000 pictures for good. One that is not there is removed already.
    async fn delete(&self, keys: &[String]) -> Result<(), StorageError>;
}

/// Texts in our own storage. A key is written once, and what is under it never changes.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Stores a text, unless there is one under the key; whether it did.
    async fn write_once(&self, key: &str, text: String) -> Result<bool, StorageError>;

    /// The text under a key.
    async fn read(&self, key: &str) -> Result<Option<String>, StorageError>;

    /// The keys that begin with a prefix, in their order: the first 1,000 of them.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}

/// The storage did not do what was asked; it may be asked again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the storage failed: {0}")]
pub struct StorageError(pub String);

/// What one hop to a picture gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is stored.
    Stored {
        /// What its first bytes tell.
        head: PictureHead,
        /// How many there are.
        bytes: u64,
    },
    /// It is somewhere else; whether to go there is for the caller to say.
    Redirect {
        /// The `Location`, absolute.
        to: String,
    },
}

/// Why a picture from outside is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is dead: 401, 403, 404 or 410. A fresh one may do.
    #[error("the address answers {0}")]
    Gone(u16),
    /// What is there is not a picture, or too large. Another try gives the same.
    #[error("what is there cannot be used: {0}")]
    Unacceptable(String),
    /// A picture came whose head or tail is wrong. Another try may do.
    #[error("what came is not whole: {0}")]
    Incomplete(String),
    /// The download broke off, or the storage failed. Another try may do.
    #[error("the download failed: {0}")]
    Broken(String),
}

/// A picture on its way out.
pub struct OpenPicture {
    /// Its media type.
    pub content_type: String,
    /// Its entity tag, with quotes.
    pub etag: String,
    /// How many bytes it has in all.
    pub size: u64,
    /// The first and last byte of the range that was asked for, both included; `None` if there was
    /// no such range, or the picture ends before it.
    pub part: Option<(u64, u64)>,
    /// The bytes of that part, or else all.
    pub body: BoxStream<'static, Result<Bytes, StorageError>>,
    /// A handle with which the platform streams the same bytes itself, without WASM. If it is set, `body`
    /// is not read.
    pub extensions: http::Extensions,
}

// ---- Accounts

/// The account objects, one per account.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Has an account's object carry out a command. Every command may be sent again.
    async fn call(&self, account: AccountId, command: Command)
    -> Result<Reply, AccountUnavailable>;
}

/// An account object did not answer in time, or could not reach the database. The command may have
/// had its effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the account did not answer: {0}")]
pub struct AccountUnavailable(pub String);

// ---- Invocations

/// Further invocations of this Worker. Each has the platform's limits for itself.
#[async_trait]
pub trait Invocations: Send + Sync {
    /// Has another invocation reconcile a slice, waits until it has, and says how many of its jobs were
    /// reconciled.
    async fn reconcile(&self, slice: Slice) -> Result<usize, NotReconciled>;
}

/// Jobs for an invocation to reconcile, and to hand on what is too much for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// When the cron run that these jobs belong to began.
    pub began_at: Timestamp,
    /// They are due.
    pub jobs: Vec<(AccountId, JobId)>,
}

/// The other invocation failed, or did not answer in time. Some of its jobs may be reconciled; the others
/// are due as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the slice was not reconciled: {0}")]
pub struct NotReconciled(pub String);

// ---- The rest

/// Work that goes on after the answer has been given, and after its receiver has left.
pub trait Background: Send + Sync {
    /// Starts it.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// Public-key signatures, by whatever the platform has.
#[async_trait]
pub trait Signatures: Send + Sync {
    /// Whether a signature over a message is that of a JSON Web Key.
    async fn verify(
        &self,
        algorithm: PublicAlgorithm,
        jwk: &serde_json::Value,
        message: &[u8],
        signature: &[u8],
    ) -> bool;
}

/// The only source of the time.
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Ends after a while.
    fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()>;
}

/// A cryptographically secure source.
pub trait Random: Send + Sync {
    /// 128 random bits.
    fn bits(&self) -> u128;
}
