//! WebP: pixels, frames and the colour profile stay. EXIF, XMP and unknown chunks go, and the flags
//! and the length at the start of the file say so.

use super::Parts;
use crate::domain::picture::Unsupported;
use crate::domain::picture::exif::MINIMAL_BYTES;
use crate::domain::picture::known::{Known, Stop};
use crate::domain::picture::webp::{AROUND, Chunk, HAS_EXIF, HAS_XMP, chunk, declared_end, head};

/// All chunks that are not metadata (RFC 9649, 2.7).
const KEPT: [&[u8; 4]; 6] = [b"ICCP", b"ANIM", b"ALPH", b"VP8 ", b"VP8L", b"ANMF"];

const PIXELS: [&[u8; 4]; 3] = [b"VP8 ", b"VP8L", b"ANMF"];

/// Up to the end that the file declares: (1) the canvas with its flags, (2) the chunks that are kept,
/// some pixels among them, (3) the orientation; and before them their length.
pub(super) fn parts(file: &Known) -> Result<Parts, Stop> {
    let orientation = head(file)?.orientation;
    let end = declared_end(file)?;
    let mut chunks = Parts::default();
    let mut length = 4_u64;
    let mut has_pixels = false;
    let mut is_extended = false;
    let mut at = AROUND;
    while at.saturating_add(8) <= end {
        let chunk = chunk(file, at)?;
        if chunk.data.saturating_add(chunk.length) > end {
            return Err(Unsupported::Broken.into());
        }
        let padded = chunk.end().saturating_sub(at);
        at = chunk.end();
        if chunk.kind == *b"VP8X" {
            is_extended = true;
            chunks.make(canvas(file, &chunk, orientation.matters())?); // (1)
        } else if KEPT.contains(&&chunk.kind) && (is_extended || !has_pixels) {
            has_pixels |= PIXELS.contains(&&chunk.kind);
            keep(&mut chunks, file, &chunk); // (2)
        } else {
            continue;
        }
        length = length.saturating_add(padded);
    }
    if !has_pixels {
        return Err(Unsupported::Broken.into());
    }
    if orientation.matters() {
        let length_of_tiff = u32::try_from(MINIMAL_BYTES)
            .unwrap_or_default()
            .to_le_bytes();
        let tiff = orientation.minimal_tiff();
        let made = [b"EXIF", &length_of_tiff, &tiff[..]].concat();
        length = length.saturating_add(u64::try_from(made.len()).unwrap_or_default());
        chunks.make(made); // (3)
    }
    let length = u32::try_from(length).map_err(|_| Unsupported::Broken)?;
    let mut parts = Parts::default();
    parts.make([b"RIFF", &length.to_le_bytes()[..], b"WEBP"].concat());
    parts.0.append(&mut chunks.0);
    Ok(parts)
}

/// A chunk as it is, with its padding, which may be missing at the very end of a file.
fn keep(parts: &mut Parts, file: &Known, chunk: &Chunk) {
    let start = chunk.data.saturating_sub(8);
    let end = chunk.end();
    parts.keep(start, end.min(file.size()));
    if end > file.size() {
        parts.make([0]);
    }
}

/// The canvas, whose first byte says which chunks there are.
fn canvas(file: &Known, chunk: &Chunk, is_turned: bool) -> Result<Vec<u8>, Stop> {
    let start = chunk.data.saturating_sub(8);
    let mut bytes = file.get(start, chunk.end().saturating_sub(start))?.to_vec();
    let flags = bytes.get_mut(8).ok_or(Unsupported::Broken)?;
    *flags &= !HAS_EXIF & !HAS_XMP;
    if is_turned {
        *flags |= HAS_EXIF;
    }
    Ok(bytes)
}
