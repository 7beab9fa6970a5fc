//! Our own storage for pictures, over R2.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::once;
use url::Url;
use worker::send::{SendFuture, SendWrapper};
use worker::{Body, Bucket, HttpMetadata, Object, Range, ResponseBody};

use super::body::NativeBody;
use super::stored::{There, absent, judged};
use super::{download, text_of};
use crate::domain::picture::{ByteRange, PictureFormat, PictureHead};
use crate::ports::{
    Documents, FetchError, Fetched, OpenPicture, PictureReader, PictureRemover, PictureWriter,
    StorageError,
};

/// As many as R2 lists, or deletes, in one call.
const MAX_KEYS: u32 = 1000;

/// R2's binding.
pub(super) struct R2(pub(super) Bucket);

#[async_trait]
impl PictureReader for R2 {
    async fn look(&self, key: &str) -> Result<Option<(PictureHead, u64)>, StorageError> {
        let found = SendFuture::new(judged(&self.0, key)).await;
        match found.map_err(|error| storage(&error))? {
            There::Whole { head, bytes } => Ok(Some((head, bytes))),
            There::Nothing => Ok(None),
            There::Broken { why, .. } => {
                log::warn!("event=stored_picture_broken key={key} reason=\"{why}\"");
                Ok(None)
            }
        }
    }

    async fn open(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<OpenPicture>, StorageError> {
        SendFuture::new(self.part(key, range))
            .await
            .map_err(|error| storage(&error))
    }
}

#[async_trait]
impl PictureWriter for R2 {
    async fn put(
        &self,
        key: &str,
        format: PictureFormat,
        bytes: Bytes,
    ) -> Result<(), StorageError> {
        let put = self
            .0
            .put(key, Vec::from(bytes))
            .http_metadata(metadata(format))
            .only_if(absent());
        SendFuture::new(put.execute())
            .await
            .map(drop)
            .map_err(|error| storage(&error))
    }

    async fn fetch(&self, key: &str, from: &Url, limit: u64) -> Result<Fetched, FetchError> {
        SendFuture::new(download::download(&self.0, key, from, limit)).await
    }
}

#[async_trait]
impl PictureRemover for R2 {
    async fn delete(&self, keys: &[String]) -> Result<(), StorageError> {
        let keys = keys.iter().map(String::as_str).collect();
        SendFuture::new(self.0.delete_multiple(keys))
            .await
            .map_err(|error| storage(&error))
    }
}

#[async_trait]
impl Documents for R2 {
    async fn write_once(&self, key: &str, text: String) -> Result<bool, StorageError> {
        let metadata = HttpMetadata {
            content_type: Some("text/plain; charset=utf-8".into()),
            ..HttpMetadata::default()
        };
        let put = self.0.put(key, text).http_metadata(metadata);
        let put = SendFuture::new(put.only_if(absent()).execute()).await;
        Ok(put.map_err(|error| storage(&error))?.is_some())
    }

    async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let read = SendFuture::new(async {
            let object = self.0.get(key).execute().await?;
            match object.as_ref().and_then(Object::body) {
                Some(body) => Ok(Some(body.text().await?)),
                None => Ok(None),
            }
        });
        read.await.map_err(|error: worker::Error| storage(&error))
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let list = self.0.list().prefix(prefix).limit(MAX_KEYS);
        let objects = SendFuture::new(list.execute()).await;
        let objects = objects.map_err(|error| storage(&error))?;
        Ok(objects.objects().iter().map(Object::key).collect())
    }
}

impl R2 {
    async fn part(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> worker::Result<Option<OpenPicture>> {
        // Only a range has to be judged by the size, which costs a look before.
        let part = match range {
            None => None,
            Some(range) => match self.0.head(key).await? {
                None => return Ok(None),
                Some(object) => range.of(object.size()),
            },
        };
        let mut get = self.0.get(key);
        if let Some((first, last)) = part {
            let length = last.saturating_sub(first).saturating_add(1);
            get = get.range(Range::OffsetWithLength {
                offset: first,
                length,
            });
        }
        let Some(object) = get.execute().await? else {
            return Ok(None);
        };
        opened(&object, part)
    }
}

fn opened(object: &Object, part: Option<(u64, u64)>) -> worker::Result<Option<OpenPicture>> {
    let Some(body) = object.body() else {
        return Ok(None);
    };
    let ResponseBody::Stream(stream) = body.response_body()? else {
        return Ok(None);
    };
    let native = NativeBody(SendWrapper::new(stream));
    let mut extensions = http::Extensions::new();
    extensions.insert(native.clone());
    // Nothing of it is read before somebody does.
    let body = once(async move {
        let NativeBody(stream) = native;
        Body::new(stream.0)
    });
    let body = body.flatten();
    let body = body.map(|chunk| chunk.map_err(|error| storage(&error)));
    Ok(Some(OpenPicture {
        extensions,
        content_type: object.http_metadata().content_type.unwrap_or_default(),
        etag: object.http_etag(),
        size: object.size(),
        part,
        body: body.boxed(),
    }))
}

pub(super) fn metadata(format: PictureFormat) -> HttpMetadata {
    HttpMetadata {
        content_type: Some(format.media_type().into()),
        ..HttpMetadata::default()
    }
}

fn storage(error: &worker::Error) -> StorageError {
    StorageError(text_of(error))
}
