//! The input pictures: fetched over HTTP and decoded, within bounds.

use std::{io::Cursor, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbaImage};
use url::Url;

use crate::label::{clear, read};

/// The longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;
/// The most memory that one decoding may take, in bytes: a 64-megapixel RGBA picture.
const MAX_ALLOCATION: u64 = 256 * 1024 * 1024;

/// Why an input picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("it cannot be fetched: {0}")]
    Fetch(#[from] reqwest::Error),
    #[error("its address answered {0}")]
    Status(u16),
    #[error("its data URI holds no base64")]
    DataUri,
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("it cannot be decoded: {0}")]
    Decode(#[from] image::ImageError),
    #[error("decoding it was interrupted")]
    Interrupted,
}

/// Fetches and decodes one picture of at most `limit` bytes, without the label in its pixels.
pub(crate) async fn picture(
    client: &reqwest::Client,
    url: &str,
    limit: u64,
    timeout: Duration,
) -> Result<RgbaImage, InputError> {
    let bytes = fetch(client, url, limit, timeout).await?;
    let decoding = move || {
        let mut picture = decode(&bytes)?;
        clear(&mut picture);
        Ok(picture)
    };
    tokio::task::spawn_blocking(decoding)
        .await
        .map_err(|_interrupted| InputError::Interrupted)?
}

/// The text in a picture's pixels; empty if there is none, or if it is no picture.
pub(crate) async fn label(file: Vec<u8>) -> String {
    labelled(file).await.unwrap_or_default()
}

/// The text in a picture's pixels; empty if there is none.
pub(crate) async fn labelled(file: Vec<u8>) -> Result<String, InputError> {
    let reading = move || Ok(read(&decode(&file)?).unwrap_or_default());
    tokio::task::spawn_blocking(reading)
        .await
        .map_err(|_interrupted| InputError::Interrupted)?
}

/// Whether an address can be fetched over HTTP.
pub(crate) fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether an address is a data URI in base64. [`fetch`] reads these too.
pub(crate) fn is_data(address: &str) -> bool {
    data(address).is_some()
}

/// The part after `data:TYPE;base64,`.
fn data(address: &str) -> Option<&str> {
    let (_type, encoded) = address.strip_prefix("data:")?.split_once(";base64,")?;
    Some(encoded)
}

/// A URL for a message; a data URI is not repeated.
pub(crate) fn shown(address: &str) -> &str {
    if address.starts_with("data:") {
        "in base64"
    } else {
        address
    }
}

/// Fetches one picture's file of at most `limit` bytes.
pub(crate) async fn fetch(
    client: &reqwest::Client,
    url: &str,
    limit: u64,
    timeout: Duration,
) -> Result<Vec<u8>, InputError> {
    let limit_reached = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(encoded) = data(url) {
        return match BASE64_STANDARD.decode(encoded) {
            Ok(bytes) if bytes.len() > limit_reached => Err(InputError::TooLarge(limit)),
            Ok(bytes) => Ok(bytes),
            Err(_not_base64) => Err(InputError::DataUri),
        };
    }
    let mut response = client.get(url).timeout(timeout).send().await?;
    if !response.status().is_success() {
        return Err(InputError::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len().saturating_add(chunk.len()) > limit_reached {
            return Err(InputError::TooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Decodes by the format of the bytes, and applies the orientation.
pub(crate) fn decode(bytes: &[u8]) -> Result<RgbaImage, InputError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(image::ImageError::IoError)?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}
