//! The object storage, and the internet that results are fetched from.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atelier::domain::picture::{ByteRange, Known, PictureFormat, PictureHead, Stop, Unsupported};
use atelier::domain::picture::{format_of, judge};
use atelier::ports::{
    Documents, FetchError, Fetched, OpenPicture, PictureReader, PictureRemover, PictureWriter,
    StorageError,
};
use bytes::Bytes;
use futures::StreamExt;
use url::Url;

use super::small::turns;
use super::{Pauses, Transcript};

/// A PNG that differs for each name, by its pixel density.
pub(crate) fn png(name: &str) -> Bytes {
    png_of(name, 1, 1)
}

/// The same, with a header that claims this size.
pub(crate) fn png_of(name: &str, width: u32, height: u32) -> Bytes {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        b"\x08\x06\0\0\0",
    ]
    .concat();
    let density = crc32fast::hash(name.as_bytes()).to_be_bytes();
    let transparent = b"x\x9cc\0\x01\0\0\x05\0\x01";
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(*b"IHDR", &header),
        &chunk(*b"pHYs", &[&density[..], &density, b"\0"].concat()),
        &chunk(*b"IDAT", transparent),
        &chunk(*b"IEND", b""),
    ]
    .concat()
    .into()
}

/// A chunk of a PNG.
pub(crate) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let covered = [&kind[..], data].concat();
    let checksum = crc32fast::hash(&covered).to_be_bytes();
    [&length[..], &covered, &checksum].concat()
}

fn why(stop: Stop) -> String {
    match stop {
        Stop::Unsupported(why) => why.to_string(),
        Stop::Missing { .. } => unreachable!("all of it is here"),
    }
}

/// A WebP of one pixel.
pub(crate) const WEBP: &[u8] =
    b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

/// What a URL returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    Bytes(Bytes),
    Redirect(&'static str),
    Gone(u16),
    Broken,
}

#[derive(Default)]
struct State {
    kept: BTreeMap<String, (PictureFormat, Bytes)>,
    pages: BTreeMap<String, VecDeque<Page>>,
    documents: BTreeMap<String, String>,
    failing: usize,
    /// How many turns of the executor a download takes.
    turns: u64,
}

/// A store of pictures in front of an internet in which every URL returns a picture of its own,
/// unless a story says otherwise.
pub(crate) struct PictureStore {
    state: Mutex<State>,
    transcript: Transcript,
    pauses: Arc<Pauses>,
}

impl PictureStore {
    pub(crate) fn new(transcript: Transcript, pauses: Arc<Pauses>) -> Self {
        Self {
            state: Mutex::default(),
            transcript,
            pauses,
        }
    }

    /// What the next requests for a URL return; later ones return its picture.
    pub(crate) fn next_at(&self, address: &str, pages: impl IntoIterator<Item = Page>) {
        let mut state = self.state.lock().unwrap();
        state.pages.entry(address.into()).or_default().extend(pages);
    }

    /// Fails so many of the next writes and removals.
    pub(crate) fn fail_next(&self, times: usize) {
        self.state.lock().unwrap().failing = times;
    }

    /// From now on a download takes longer than a callback waits for it.
    pub(crate) fn downloads_are_slow(&self) {
        self.downloads_take(100);
    }

    /// From now on a download takes so many turns of the executor; a callback waits for 16.
    pub(crate) fn downloads_take(&self, turns: u64) {
        self.state.lock().unwrap().turns = turns;
    }

    /// The keys and bytes of all objects with this prefix.
    pub(crate) fn kept(&self, prefix: &str) -> BTreeMap<String, Bytes> {
        let state = self.state.lock().unwrap();
        let of_prefix = state.kept.iter().filter(|(key, _)| key.starts_with(prefix));
        of_prefix
            .map(|(key, (_, bytes))| (key.clone(), bytes.clone()))
            .collect()
    }

    /// Stores a picture, like an ingest whose event was lost.
    pub(crate) fn store(&self, key: &str, name: &str) {
        self.keep(key, PictureFormat::Png, png(name)).unwrap();
    }

    /// Leaves unchecked bytes, like a Worker that dies right after storing them.
    pub(crate) fn leave(&self, key: &str, bytes: Bytes) {
        self.keep(key, PictureFormat::Png, bytes).unwrap();
    }

    /// All texts, by their keys.
    pub(crate) fn documents(&self) -> BTreeMap<String, String> {
        self.state.lock().unwrap().documents.clone()
    }

    /// Replaces a text, or removes it.
    pub(crate) fn change_document(&self, key: &str, text: Option<&str>) {
        let mut state = self.state.lock().unwrap();
        state.documents.remove(key);
        if let Some(text) = text {
            state.documents.insert(key.into(), text.into());
        }
        drop(state);
    }

    pub(crate) fn forget_documents(&self) {
        self.state.lock().unwrap().documents.clear();
    }

    fn page(&self, address: &str) -> Page {
        let mut state = self.state.lock().unwrap();
        let script = state.pages.get_mut(address);
        script
            .and_then(VecDeque::pop_front)
            .unwrap_or_else(|| Page::Bytes(png(address)))
    }

    fn keep(&self, key: &str, format: PictureFormat, bytes: Bytes) -> Result<(), StorageError> {
        let mut state = self.state.lock().unwrap();
        if state.failing > 0 {
            state.failing -= 1;
            return Err(StorageError("out of order".into()));
        }
        let there = state.kept.get(key);
        let is_whole = there.is_some_and(|(_, there)| judge(&Known::whole(there.clone())).is_ok());
        if !is_whole {
            state.kept.insert(key.into(), (format, bytes));
        }
        drop(state);
        Ok(())
    }
}

#[async_trait]
impl Documents for PictureStore {
    async fn write_once(&self, key: &str, text: String) -> Result<bool, StorageError> {
        self.pauses.pause().await;
        let mut state = self.state.lock().unwrap();
        if state.documents.contains_key(key) {
            return Ok(false);
        }
        state.documents.insert(key.into(), text);
        drop(state);
        Ok(true)
    }

    async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.pauses.pause().await;
        Ok(self.state.lock().unwrap().documents.get(key).cloned())
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.pauses.pause().await;
        let state = self.state.lock().unwrap();
        let keys = state.documents.keys();
        Ok(keys
            .filter(|key| key.starts_with(prefix))
            .cloned()
            .collect())
    }
}

#[async_trait]
impl PictureReader for PictureStore {
    async fn look(&self, key: &str) -> Result<Option<(PictureHead, u64)>, StorageError> {
        self.pauses.pause().await;
        let kept = self.state.lock().unwrap().kept.get(key).cloned();
        Ok(kept.and_then(|(_, bytes)| {
            let size = u64::try_from(bytes.len()).unwrap();
            Some((judge(&Known::whole(bytes)).ok()?, size))
        }))
    }

    async fn open(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError> {
        self.pauses.pause().await;
        let kept = self.state.lock().unwrap().kept.get(key).cloned();
        Ok(kept.map(|(format, bytes)| {
            let size = u64::try_from(bytes.len()).unwrap();
            let part = range.and_then(|range| range.of(size));
            let bytes = part.map_or(bytes.clone(), |(first, last)| {
                let at = |place| usize::try_from(place).unwrap();
                bytes.slice(at(first)..=at(last))
            });
            OpenPicture {
                extensions: http::Extensions::default(),
                content_type: format.media_type().into(),
                etag: format!("\"{size}\""),
                size,
                part,
                body: futures::stream::once(async { Ok(bytes) }).boxed(),
            }
        }))
    }
}

#[async_trait]
impl PictureWriter for PictureStore {
    async fn put(
        &self,
        key: &str,
        format: PictureFormat,
        bytes: Bytes,
    ) -> Result<(), StorageError> {
        self.pauses.pause().await;
        self.keep(key, format, bytes)
    }

    async fn fetch(&self, key: &str, from: &Url, limit: u64) -> Result<Fetched, FetchError> {
        self.pauses.pause().await;
        let takes = self.state.lock().unwrap().turns;
        turns(takes).await;
        self.transcript.note(format!("fetch {from}"));
        let bytes = match self.page(from.as_str()) {
            Page::Bytes(bytes) => bytes,
            Page::Redirect(to) => return Ok(Fetched::Redirect { to: to.into() }),
            Page::Gone(status) => return Err(FetchError::Gone(status)),
            Page::Broken => return Err(FetchError::Broken("reset".into())),
        };
        let known = Known::whole(bytes.clone());
        let format = format_of(&known).map_err(|stop| FetchError::Unacceptable(why(stop)))?;
        let length = u64::try_from(bytes.len()).unwrap();
        if length > limit {
            return Err(FetchError::Unacceptable("too large".into()));
        }
        let broken = |error: StorageError| FetchError::Broken(error.to_string());
        self.keep(key, format, bytes).map_err(broken)?;
        // A Worker that dies here leaves unchecked bytes.
        self.pauses.pause().await;
        let stored = self.kept(key).remove(key);
        let stored = stored.ok_or_else(|| FetchError::Broken("it is gone".into()))?;
        match judge(&Known::whole(stored.clone())) {
            Ok(head) => Ok(Fetched::Stored {
                head,
                bytes: u64::try_from(stored.len()).unwrap(),
            }),
            Err(Stop::Unsupported(Unsupported::Broken)) => {
                Err(FetchError::Incomplete("broken".into()))
            }
            Err(stop) => Err(FetchError::Unacceptable(why(stop))),
        }
    }
}

#[async_trait]
impl PictureRemover for PictureStore {
    async fn delete(&self, keys: &[String]) -> Result<(), StorageError> {
        assert!((1..=1000).contains(&keys.len()), "{} keys", keys.len());
        self.pauses.pause().await;
        let mut state = self.state.lock().unwrap();
        if state.failing > 0 {
            state.failing -= 1;
            return Err(StorageError("out of order".into()));
        }
        for key in keys {
            state.kept.remove(key);
            self.transcript.note(format!("remove {key}"));
        }
        drop(state);
        Ok(())
    }
}
