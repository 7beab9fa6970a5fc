//! One invocation of the Worker, which has what the platform gives to each: so many statements of D1 in all,
//! and so many connections at once. What an account's object asks of the database is its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use atelier::config::slices::CONNECTIONS;
use atelier::domain::account::{Command, Reply};
use atelier::domain::id::AccountId;
use atelier::domain::picture::{ByteRange, PictureFormat, PictureHead};
use atelier::ports::{
    AccountUnavailable, Accounts, Database, DatabaseError, Documents, FetchError, Fetched, Http,
    Invocations, NoAnswer, NotReconciled, OpenPicture, PictureReader, PictureRemover,
    PictureWriter, Ports, Rows, Slice, Statement, StorageError,
};
use bytes::Bytes;
use url::Url;

/// What breaks if a limit is passed, which is told what was.
pub(crate) type Breaks = Box<dyn Fn(String) + Send + Sync>;

struct Invocation {
    ports: Ports,
    most_statements: usize,
    breaks: Breaks,
    statements: AtomicUsize,
    open: AtomicUsize,
}

/// The ports as an invocation of its own has them, which may run so many statements.
pub(crate) fn invocation(ports: &Ports, most_statements: usize, breaks: Breaks) -> Ports {
    let this = Arc::new(Invocation {
        ports: ports.clone(),
        most_statements,
        breaks,
        statements: AtomicUsize::new(0),
        open: AtomicUsize::new(0),
    });
    Ports {
        database: this.clone(),
        http: this.clone(),
        pictures: this.clone(),
        documents: this.clone(),
        accounts: this.clone(),
        invocations: this,
        ..ports.clone()
    }
}

/// A connection that is open until this is dropped.
struct Connection<'a>(&'a AtomicUsize);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Invocation {
    fn connect(&self) -> Connection<'_> {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        if open > CONNECTIONS {
            (self.breaks)(format!("an invocation has {open} connections at once"));
        }
        Connection(&self.open)
    }
}

#[async_trait]
impl Database for Invocation {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let count = statements.len();
        let all = self.statements.fetch_add(count, Ordering::SeqCst) + count;
        if all > self.most_statements {
            (self.breaks)(format!("an invocation runs {all} statements"));
        }
        let _open = self.connect();
        self.ports.database.batch(statements).await
    }
}

#[async_trait]
impl Http for Invocation {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        let _open = self.connect();
        self.ports.http.send(request, timeout).await
    }
}

#[async_trait]
impl PictureReader for Invocation {
    async fn look(&self, key: &str) -> Result<Option<(PictureHead, u64)>, StorageError> {
        let _open = self.connect();
        self.ports.pictures.look(key).await
    }

    async fn open(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError> {
        let _open = self.connect();
        self.ports.pictures.open(key, range).await
    }
}

#[async_trait]
impl PictureWriter for Invocation {
    async fn put(
        &self,
        key: &str,
        format: PictureFormat,
        bytes: Bytes,
    ) -> Result<(), StorageError> {
        let _open = self.connect();
        self.ports.pictures.put(key, format, bytes).await
    }

    async fn fetch(&self, key: &str, from: &Url, limit: u64) -> Result<Fetched, FetchError> {
        let _open = self.connect();
        self.ports.pictures.fetch(key, from, limit).await
    }
}

#[async_trait]
impl PictureRemover for Invocation {
    async fn delete(&self, keys: &[String]) -> Result<(), StorageError> {
        let _open = self.connect();
        self.ports.pictures.delete(keys).await
    }
}

#[async_trait]
impl Documents for Invocation {
    async fn write_once(&self, key: &str, text: String) -> Result<bool, StorageError> {
        let _open = self.connect();
        self.ports.documents.write_once(key, text).await
    }

    async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let _open = self.connect();
        self.ports.documents.read(key).await
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let _open = self.connect();
        self.ports.documents.keys(prefix).await
    }
}

#[async_trait]
impl Accounts for Invocation {
    async fn call(
        &self,
        account: AccountId,
        command: Command,
    ) -> Result<Reply, AccountUnavailable> {
        let _open = self.connect();
        self.ports.accounts.call(account, command).await
    }
}

#[async_trait]
impl Invocations for Invocation {
    async fn reconcile(&self, slice: Slice) -> Result<usize, NotReconciled> {
        let _open = self.connect();
        self.ports.invocations.reconcile(slice).await
    }
}
