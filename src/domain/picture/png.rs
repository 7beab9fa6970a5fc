//! PNG, by its chunks (PNG specification, third edition).

use super::exif::Orientation;
use super::known::{Known, Stop};
use super::numbers::be32;
use super::{Head, TAIL_BYTES, Unsupported};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Length, type and checksum.
const AROUND: u64 = 12;

/// The last chunk: it is empty, so its checksum is known.
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// One chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) kind: [u8; 4],
    /// Where its length is.
    pub(super) start: u64,
    /// Where the next chunk begins.
    pub(super) end: u64,
}

impl Chunk {
    /// The data of the chunk.
    fn data<'a>(&self, file: &'a Known) -> Result<&'a [u8], Stop> {
        let length = self.end.saturating_sub(self.start).saturating_sub(AROUND);
        file.get(self.start.saturating_add(8), length)
    }
}

/// The chunk at an offset, which must be within the file as a whole.
pub(super) fn chunk(file: &Known, start: u64) -> Result<Chunk, Stop> {
    let first = file.get(start, 8)?;
    let length = be32(first, 0).ok_or(Unsupported::Broken)?;
    let kind = first.get(4..).and_then(|kind| kind.try_into().ok());
    let end = start
        .saturating_add(u64::from(length))
        .saturating_add(AROUND);
    match kind.filter(|_| end <= file.size()) {
        Some(kind) => Ok(Chunk { kind, start, end }),
        None => Err(Unsupported::Broken.into()),
    }
}

/// Sides and orientation, from the chunks before the pixels: `eXIf` counts only there.
pub(super) fn head(file: &Known) -> Result<Head, Stop> {
    let header = chunk(file, 8)?;
    let (width, height) = sides(file, &header)?;
    let mut orientation = Orientation::default();
    let mut at = header.end;
    loop {
        let chunk = chunk(file, at)?;
        match &chunk.kind {
            b"IDAT" => {
                return Ok(Head {
                    width,
                    height,
                    orientation,
                });
            }
            b"eXIf" => orientation = Orientation::of_tiff(chunk.data(file)?),
            b"IHDR" | b"IEND" => return Err(Unsupported::Broken.into()),
            _ => {}
        }
        at = chunk.end;
    }
}

/// Width and height of the header, which comes first, says nothing impossible (11.2.1), and has the
/// right checksum.
fn sides(file: &Known, header: &Chunk) -> Result<(u32, u32), Stop> {
    let whole = file.get(
        header.start,
        header.end.saturating_sub(header.start).min(25),
    )?;
    let broken = Stop::Unsupported(Unsupported::Broken);
    let (Some(covered), Some(checksum)) = (whole.get(4..21), be32(whole, 21)) else {
        return Err(broken);
    };
    let (Some(width), Some(height)) = (be32(whole, 8), be32(whole, 12)) else {
        return Err(broken);
    };
    let is_side = |side: u32| (1..=0x7fff_ffff).contains(&side);
    let &[depth, colour, compression, filter, interlace] = covered.get(12..).unwrap_or_default()
    else {
        return Err(broken);
    };
    let is_colour = match colour {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    let is_right = header.kind == *b"IHDR"
        && whole.starts_with(b"\0\0\0\x0d")
        && is_side(width)
        && is_side(height)
        && is_colour
        && (compression, filter) == (0, 0)
        && interlace <= 1
        && crc32fast::hash(covered) == checksum;
    is_right.then_some((width, height)).ok_or(broken)
}

/// Whether the last chunk is in the file's tail. Other data may follow it, which decoders ignore.
pub(super) fn has_end(file: &Known) -> Result<(), Stop> {
    let from = file.size().saturating_sub(TAIL_BYTES);
    let tail = file.get(from, file.size().saturating_sub(from))?;
    if tail.windows(END.len()).any(|bytes| bytes == END) {
        Ok(())
    } else {
        Err(Unsupported::Broken.into())
    }
}

/// A chunk of one's own.
pub(super) fn made(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let covered = [&kind, data].concat();
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let checksum = crc32fast::hash(&covered);
    [&length.to_be_bytes(), &covered[..], &checksum.to_be_bytes()].concat()
}
