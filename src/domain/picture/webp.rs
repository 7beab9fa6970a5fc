//! WebP, by its chunks (RFC 9649; the frame of lossy pictures by RFC 6386).

use super::exif::Orientation;
use super::known::{Known, Stop};
use super::numbers::{le16, le24, le32};
use super::{Head, Unsupported};

/// `RIFF`, a length, `WEBP`.
pub(super) const AROUND: u64 = 12;

/// In the first byte of `VP8X`: there is an `EXIF` chunk.
pub(super) const HAS_EXIF: u8 = 0x08;
/// There is an `XMP ` chunk.
pub(super) const HAS_XMP: u8 = 0x04;
/// There are several frames, which are shown as they are.
const IS_ANIMATED: u8 = 0x02;

/// The sides of lossy and lossless pictures have 14 bits; in a lossy one the two above are a scale,
/// which decoders pass by.
const SIDE: u32 = 0x3fff;

/// One chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) kind: [u8; 4],
    /// Where its data begins.
    pub(super) data: u64,
    /// How many bytes of data it has, without padding.
    pub(super) length: u64,
}

impl Chunk {
    /// Where the next chunk begins: at an even offset.
    pub(super) const fn end(&self) -> u64 {
        let end = self.data.saturating_add(self.length);
        end.saturating_add(self.length & 1)
    }
}

/// The chunk at an offset.
pub(super) fn chunk(file: &Known, at: u64) -> Result<Chunk, Stop> {
    let first = file.get(at, 8)?;
    let kind = first.get(..4).and_then(|kind| kind.try_into().ok());
    match (kind, le32(first, 4)) {
        (Some(kind), Some(length)) => Ok(Chunk {
            kind,
            data: at.saturating_add(8),
            length: u64::from(length),
        }),
        _ => Err(Unsupported::Broken.into()),
    }
}

/// Where the last chunk ends, as the file says at its start. A file that ends before that is cut off.
pub(super) fn declared_end(file: &Known) -> Result<u64, Stop> {
    let length = le32(file.get(4, 4)?, 0).ok_or(Unsupported::Broken)?;
    let end = u64::from(length).saturating_add(8);
    let is_there = end <= file.size();
    is_there
        .then_some(end)
        .ok_or_else(|| Unsupported::Broken.into())
}

/// Sides and orientation, and that all bytes are there.
pub(super) fn head(file: &Known) -> Result<Head, Stop> {
    let end = declared_end(file)?;
    let first = chunk(file, AROUND)?;
    if first.data.saturating_add(first.length) > end {
        return Err(Unsupported::Broken.into());
    }
    let data = file.get(first.data, first.length.min(10))?;
    let broken = Unsupported::Broken;
    let plain = |(width, height)| Head {
        width,
        height,
        orientation: Orientation::default(),
    };
    match &first.kind {
        b"VP8 " => Ok(plain(lossy(data).ok_or(broken)?)),
        b"VP8L" => Ok(plain(lossless(data).ok_or(broken)?)),
        b"VP8X" => {
            let flags = *data.first().ok_or(broken)?;
            let side = |at| Some(le24(data, at)?.saturating_add(1));
            Ok(Head {
                width: side(4).ok_or(broken)?,
                height: side(7).ok_or(broken)?,
                orientation: orientation(file, flags, first.end(), end)?,
            })
        }
        _ => Err(broken.into()),
    }
}

/// The sides in a key frame's header (RFC 6386, 9.1).
fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let is_key_frame = data.first()? & 1 == 0;
    let side = |at| Some(u32::from(le16(data, at)?) & SIDE).filter(|side| *side > 0);
    let starts = is_key_frame && data.get(3..6)? == b"\x9d\x01\x2a";
    starts.then_some((side(6)?, side(8)?))
}

/// The sides of a lossless picture (RFC 9649, 3.4), each less one, and three bits of version, which
/// is 0.
fn lossless(data: &[u8]) -> Option<(u32, u32)> {
    let bits = le32(data, 1)?;
    let starts = *data.first()? == 0x2f && bits >> 29 == 0;
    let side = |bits: u32| (bits & SIDE).saturating_add(1);
    starts.then_some((side(bits), side(bits >> 14)))
}

/// The orientation in the `EXIF` chunk, which comes after the pixels and counts only if the flags announce it.
fn orientation(file: &Known, flags: u8, from: u64, end: u64) -> Result<Orientation, Stop> {
    if flags & HAS_EXIF == 0 || flags & IS_ANIMATED != 0 {
        return Ok(Orientation::default());
    }
    let mut at = from;
    while at.saturating_add(8) <= end {
        let chunk = chunk(file, at)?;
        if chunk.kind == *b"EXIF" {
            return Ok(exif(file.get(chunk.data, chunk.length)?));
        }
        at = chunk.end();
    }
    Ok(Orientation::default())
}

/// Some writers put the prefix of JPEG's segment before it.
fn exif(data: &[u8]) -> Orientation {
    Orientation::of_tiff(data.strip_prefix(b"Exif\0\0").unwrap_or(data))
}
