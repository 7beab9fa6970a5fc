//! Where pictures are kept, and where they come from. Of the bytes nothing matters but whose they are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use atelier::domain::picture::{ByteRange, PictureFormat, PictureHead};
use atelier::ports::{FetchError, Fetched, Listing, OpenPicture, Pictures, StorageError};
use bytes::Bytes;
use url::Url;

use super::weather::Fault;
use super::world::World;

/// A PNG of one transparent pixel.
pub(crate) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDAT\
x\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// Each key, and the task its bytes come from, if they come from one.
pub(crate) type Kept = BTreeMap<String, Option<String>>;

#[async_trait]
impl Pictures for World {
    async fn put(&self, key: &str, _: PictureFormat, _: Bytes) -> Result<(), StorageError> {
        self.pause().await;
        if self.strikes(Fault::FetchBroken) {
            return Err(StorageError("out of order".into()));
        }
        self.kept.lock().unwrap().entry(key.into()).or_insert(None);
        Ok(())
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
        let task = from.path().split('/').nth(1).unwrap().to_owned();
        self.note(|| format!("  {key} is fetched from {from}"));
        self.kept
            .lock()
            .unwrap()
            .entry(key.into())
            .or_insert(Some(task));
        self.pause().await;
        if self.strikes(Fault::FetchUnheard) {
            return Err(FetchError::Broken("stored, but nobody heard".into()));
        }
        let head = PictureHead::read(PNG).unwrap();
        Ok(Fetched::Stored { head, bytes: 67 })
    }

    async fn open(
        &self,
        _: &str,
        _: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError> {
        unreachable!("nobody looks at pictures here")
    }

    async fn list(&self, prefix: &str) -> Result<Listing, StorageError> {
        self.pause().await;
        let kept = self.kept.lock().unwrap();
        let keys = kept.keys().filter(|key| key.starts_with(prefix));
        Ok(Listing {
            keys: keys.cloned().collect(),
            more: false,
        })
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StorageError> {
        self.pause().await;
        if self.strikes(Fault::FetchBroken) {
            return Err(StorageError("out of order".into()));
        }
        for key in keys {
            self.note(|| format!("  {key} is removed"));
            self.kept.lock().unwrap().remove(key);
        }
        Ok(())
    }
}
