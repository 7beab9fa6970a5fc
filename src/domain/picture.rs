//! What a picture is, by its bytes alone: names and declared types are not believed.

use imagesize::ImageType;
use serde::{Deserialize, Serialize};

/// The formats that go in and out.
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
}

/// What the first bytes of a picture tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHead {
    /// Its format.
    pub format: PictureFormat,
    /// In pixels, above zero.
    pub width: u32,
    /// In pixels, above zero.
    pub height: u32,
}

/// How many of a file's first bytes are enough to tell: a JPEG may have several segments of 64 KiB
/// of metadata before the one with its size.
pub const HEAD_BYTES: usize = 256 * 1024;

/// The longest side of a picture that is taken in, in pixels. No WebP is larger, and a square of it
/// takes a gigabyte to unpack, at four bytes a pixel.
pub const MAX_SIDE: u32 = 16_384;

/// Why bytes are not a picture that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a JPEG, PNG or WebP picture")]
pub struct NotAPicture;

impl PictureHead {
    /// Reads a picture's head from the first bytes of a file.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAPicture> {
        let format = match imagesize::image_type(bytes) {
            Ok(ImageType::Jpeg) => PictureFormat::Jpeg,
            Ok(ImageType::Png) => PictureFormat::Png,
            Ok(ImageType::Webp) => PictureFormat::Webp,
            Ok(_) | Err(_) => return Err(NotAPicture),
        };
        let size = imagesize::blob_size(bytes).map_err(|_| NotAPicture)?;
        let pixels = |side: usize| {
            u32::try_from(side)
                .ok()
                .filter(|side| *side > 0)
                .ok_or(NotAPicture)
        };
        Ok(Self {
            format,
            width: pixels(size.width)?,
            height: pixels(size.height)?,
        })
    }
}

/// A part of a picture, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From `first` to `last`, both included, or to the end.
    From {
        /// The first byte.
        first: u64,
        /// The last byte, if not the end.
        last: Option<u64>,
    },
    /// The last so many.
    Last(u64),
}

impl ByteRange {
    /// The first and last byte of it in a picture of `size` bytes; `None` if there is no such part.
    pub fn of(self, size: u64) -> Option<(u64, u64)> {
        let end = size.checked_sub(1)?;
        match self {
            Self::From { first, last } => {
                (first <= end).then(|| (first, last.map_or(end, |last| last.min(end))))
            }
            Self::Last(count) => (count > 0).then(|| (size.saturating_sub(count), end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signature and header of a PNG of 3 by 2 pixels.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";

    #[test]
    fn a_head_tells_format_and_size() {
        let head = PictureHead {
            format: PictureFormat::Png,
            width: 3,
            height: 2,
        };
        assert_eq!(PictureHead::read(PNG), Ok(head));
    }

    #[test]
    fn what_poses_as_a_picture_is_refused() {
        let no_width = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x02\x08\x06\0\0\0";
        for bytes in [
            &b""[..],
            b"<html>",
            b"<svg xmlns=''/>",
            b"GIF89a\x01\0\x01\0",
            &PNG[..12],
            no_width,
        ] {
            assert_eq!(PictureHead::read(bytes), Err(NotAPicture));
        }
    }

    #[test]
    fn a_format_is_its_media_type_in_json_too() {
        for (format, media_type) in [
            (PictureFormat::Jpeg, "image/jpeg"),
            (PictureFormat::Png, "image/png"),
            (PictureFormat::Webp, "image/webp"),
        ] {
            assert_eq!(format.media_type(), media_type);
            assert_eq!(serde_json::json!(format), media_type);
        }
    }

    #[test]
    fn a_jpegs_size_is_found_behind_three_segments_of_metadata() {
        let segment = [b"\xff\xe1\xff\xff".to_vec(), vec![0; 0xffff - 2]].concat();
        let size = b"\xff\xc0\0\x11\x08\0\x02\0\x03\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
        let mut bytes = [b"\xff\xd8", &segment.repeat(3)[..], size].concat();
        bytes.resize(1 << 20, 0);
        let head = PictureHead {
            format: PictureFormat::Jpeg,
            width: 3,
            height: 2,
        };
        assert_eq!(PictureHead::read(&bytes[..HEAD_BYTES]), Ok(head));
    }

    #[test]
    fn a_part_of_a_picture_ends_where_the_picture_ends() {
        let from = |first, last| ByteRange::From { first, last };
        for (range, part) in [
            (from(0, None), Some((0, 9))),
            (from(2, Some(4)), Some((2, 4))),
            (from(9, Some(99)), Some((9, 9))),
            (from(10, None), None),
            (ByteRange::Last(3), Some((7, 9))),
            (ByteRange::Last(99), Some((0, 9))),
            (ByteRange::Last(0), None),
        ] {
            assert_eq!(range.of(10), part, "{range:?}");
        }
        assert_eq!(from(0, None).of(0), None);
    }
}
