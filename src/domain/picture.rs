//! The format and size of a picture, by its bytes alone: names and declared types are ignored.
//!
//! Nothing is ever decoded. [`judge`] reads a file's head and tail, and asks only for the bytes that
//! it needs, so that a stored picture can be checked with a few ranges. [`strip`] removes metadata.
//!
//! The walks over segments and chunks are our own: they go on by ranges of what is stored, and serve
//! the stripping as well. The reader of heads that was used before refused files that browsers open.

mod exif;
mod jpeg;
mod known;
mod numbers;
mod png;
mod range;
mod strip;
mod unsupported;
mod webp;

use serde::{Deserialize, Serialize};

pub use known::{Known, Stop};
pub use range::ByteRange;
pub use strip::strip;
pub use unsupported::Unsupported;

use exif::Orientation;

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum PictureFormat {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
}

impl PictureFormat {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
        }
    }

    /// What the names of its files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The format with a media type, as [`PictureFormat::media_type`] writes it.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let all = [Self::Jpeg, Self::Png, Self::Webp];
        all.into_iter()
            .find(|format| format.media_type() == media_type)
    }
}

/// The format and size in a picture's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHead {
    /// Its format.
    pub format: PictureFormat,
    /// In pixels, above zero, as a viewer shows it: the orientation is applied.
    pub width: u32,
    /// In pixels, above zero, as a viewer shows it.
    pub height: u32,
}

/// The longest side of an accepted picture, in pixels. No WebP is larger, and a square of that size
/// decodes to a gigabyte, at four bytes per pixel.
pub const MAX_SIDE: u32 = 16_384;

/// How far from its end a JPEG's or PNG's last marker is looked for, in bytes: other data may follow
/// it.
pub const TAIL_BYTES: u64 = 64 * 1024;

/// What a walk over a picture's head finds, before the orientation is applied.
struct Head {
    width: u32,
    height: u32,
    orientation: Orientation,
}

impl Head {
    fn shown(self, format: PictureFormat) -> Result<PictureHead, Unsupported> {
        let (width, height) = if self.orientation.turns() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        if width.max(height) > MAX_SIDE {
            return Err(Unsupported::TooLarge { width, height });
        }
        Ok(PictureHead {
            format,
            width,
            height,
        })
    }
}

/// Checks a file by its head and its tail, as far as its bytes are known: only a whole picture
/// passes. [`Stop::Missing`] tells which bytes to add before checking again.
pub fn judge(file: &Known) -> Result<PictureHead, Stop> {
    let format = format_of(file)?;
    let head = match format {
        PictureFormat::Jpeg => {
            let (head, scan) = jpeg::head(file)?;
            let head = head.shown(format)?;
            jpeg::has_end(file, scan)?;
            head
        }
        PictureFormat::Png => {
            let head = png::head(file)?.shown(format)?;
            png::has_end(file)?;
            head
        }
        PictureFormat::Webp => webp::head(file)?.shown(format)?,
    };
    Ok(head)
}

/// The longest signature that is looked at, in bytes.
const SIGNATURE_BYTES: u64 = 32;

/// The format by its signature alone: the file may be anything else for the rest.
pub fn format_of(file: &Known) -> Result<PictureFormat, Stop> {
    let first = file.get(0, file.size().min(SIGNATURE_BYTES))?;
    if first.starts_with(jpeg::SIGNATURE) {
        Ok(PictureFormat::Jpeg)
    } else if first.starts_with(png::SIGNATURE) {
        Ok(PictureFormat::Png)
    } else if first.starts_with(b"RIFF") && first.get(8..12) == Some(b"WEBP") {
        Ok(PictureFormat::Webp)
    } else {
        Err(Unsupported::by_signature(first).into())
    }
}

#[cfg(test)]
mod tests;
