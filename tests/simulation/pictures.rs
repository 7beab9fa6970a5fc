//! The object storage, and the hosts of results. Of the bytes, only the task that they come from
//! matters.

use std::collections::BTreeMap;

use async_trait::async_trait;
use atelier::domain::picture::{ByteRange, Known, PictureFormat, PictureHead, judge};
use atelier::ports::{
    FetchError, Fetched, OpenPicture, PictureReader, PictureRemover, PictureWriter, StorageError,
};
use bytes::Bytes;
use url::Url;

use super::provider::NEW_HOST;
use super::weather::Fault;
use super::world::World;

/// A PNG of one transparent pixel.
pub(crate) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDAT\
x\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// The storage's error.
pub(crate) const OUT_OF_ORDER: &str = "out of order";

/// By then an ingest that was under way when its job was deleted has ended, since each download is cut off
/// after 25 s. Cleanup relies on that.
const INGEST_ENDS: i64 = 5 * 60 * 1000;

const DELETED_AT: &str = "select deleted_at from jobs where id = ?1 and deleted_at is not null";

/// An object: the task that it comes from, if it is a result, and when it was stored.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) task: Option<String>,
    pub(crate) step: u64,
    /// Whether it is complete; otherwise it was cut off, and is no picture.
    pub(crate) is_whole: bool,
}

pub(crate) type Kept = BTreeMap<String, Picture>;

impl World {
    /// Stores a picture unless there is a complete one, and returns whether there is one now.
    fn keep(&self, key: &str, task: Option<String>, is_whole: bool) -> bool {
        let step = self.step();
        let mut kept = self.kept.lock().unwrap();
        if kept.get(key).is_none_or(|there| !there.is_whole) {
            let picture = Picture {
                task,
                step,
                is_whole,
            };
            kept.insert(key.into(), picture);
        }
        kept[key].is_whole
    }

    /// Whether no ingest that began before its job was deleted can still be running.
    fn is_long_gone(&self, key: &str) -> bool {
        let parts: Vec<_> = key.split('/').collect();
        let connection = self.connection.lock().unwrap();
        let mut deleted = connection.prepare_cached(DELETED_AT).unwrap();
        let deleted = deleted.query_row([parts[1]], |row| row.get::<_, i64>(0));
        deleted.is_ok_and(|at| self.time().millis() >= at + INGEST_ENDS)
    }

    /// The operation succeeds, or fails here.
    fn serves(&self, fault: Fault) -> Result<(), StorageError> {
        if self.strikes(fault) {
            return Err(StorageError(OUT_OF_ORDER.into()));
        }
        Ok(())
    }
}

fn head() -> PictureHead {
    judge(&Known::whole(Bytes::from_static(PNG))).unwrap()
}

#[async_trait]
impl PictureReader for World {
    async fn look(&self, key: &str) -> Result<Option<(PictureHead, u64)>, StorageError> {
        self.pause().await;
        self.serves(Fault::FetchBroken)?;
        let kept = self.kept.lock().unwrap();
        let is_there = kept.get(key).is_some_and(|picture| picture.is_whole);
        Ok(is_there.then(|| (head(), 67)))
    }

    async fn open(
        &self,
        _: &str,
        _: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError> {
        unreachable!("nobody looks at pictures here")
    }
}

#[async_trait]
impl PictureWriter for World {
    async fn put(&self, key: &str, _: PictureFormat, _: Bytes) -> Result<(), StorageError> {
        self.pause().await;
        self.serves(Fault::FetchBroken)?;
        self.keep(key, None, true);
        self.pause().await;
        self.serves(Fault::FetchUnheard)
    }

    async fn fetch(&self, key: &str, from: &Url, _: u64) -> Result<Fetched, FetchError> {
        self.pause().await;
        if self.strikes(Fault::FetchBroken) {
            return Err(FetchError::Broken("reset".into()));
        }
        if self.strikes(Fault::FetchGone) {
            return Err(FetchError::Gone(404));
        }
        if self.strikes(Fault::FetchRefused) {
            return Err(FetchError::Unacceptable("no picture".into()));
        }
        if self.strikes(Fault::FetchRedirect) {
            let to = format!("https://cdn.evolink.ai{}", from.path());
            return Ok(Fetched::Redirect { to });
        }
        if self.strikes(Fault::FetchUnlisted) {
            let to = format!("https://{NEW_HOST}{}", from.path());
            return Ok(Fetched::Redirect { to });
        }
        if from.host_str() == Some(NEW_HOST) && !self.is_listed() {
            self.broke(format!("{from} is fetched, and nobody has listed its host"));
        }
        if self.is_long_gone(key) {
            return Err(FetchError::Broken("it took too long".into()));
        }
        let task = from.path().split('/').nth(1).unwrap().to_owned();
        self.note(|| format!("  {key} is fetched from {from}"));
        let is_whole = self.keep(key, Some(task), !self.strikes(Fault::FetchHalf));
        self.pause().await;
        if self.strikes(Fault::FetchUnheard) {
            return Err(FetchError::Broken("stored, but nobody heard".into()));
        }
        if !is_whole {
            return Err(FetchError::Incomplete("half a picture".into()));
        }
        Ok(Fetched::Stored {
            head: head(),
            bytes: 67,
        })
    }
}

#[async_trait]
impl PictureRemover for World {
    async fn delete(&self, keys: &[String]) -> Result<(), StorageError> {
        self.pause().await;
        self.serves(Fault::RemoveBroken)?;
        for key in keys {
            self.note(|| format!("  {key} is removed"));
            self.kept.lock().unwrap().remove(key);
        }
        self.pause().await;
        self.serves(Fault::RemoveUnheard)
    }
}
