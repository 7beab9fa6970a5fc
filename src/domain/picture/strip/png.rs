//! PNG: pixels, and the chunks that decide how they look. Text, times, EXIF and unknown chunks go.

use super::Parts;
use crate::domain::picture::Unsupported;
use crate::domain::picture::known::{Known, Stop};
use crate::domain::picture::png::{chunk, head, made};

/// Critical chunks, and those of colour, transparency, density and animation (PNG specification, third
/// edition, 11.2 and 11.3).
const KEPT: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

/// The chunks to the last one, with the orientation before the pixels. A chunk that decoders must
/// know, and none does, makes a picture that nobody can open.
pub(super) fn parts(file: &Known) -> Result<Parts, Stop> {
    let orientation = head(file)?.orientation;
    let mut parts = Parts::default();
    let mut is_told = !orientation.matters();
    let mut at = 8;
    parts.keep(0, at);
    loop {
        let chunk = chunk(file, at)?;
        at = chunk.end;
        if chunk.kind == *b"IDAT" && !is_told {
            parts.make(made(*b"eXIf", &orientation.minimal_tiff()));
            is_told = true;
        }
        let is_critical = chunk.kind.first().is_some_and(u8::is_ascii_uppercase);
        if KEPT.contains(&&chunk.kind) {
            parts.keep(chunk.start, chunk.end);
        } else if is_critical {
            return Err(Unsupported::Broken.into());
        }
        if chunk.kind == *b"IEND" {
            return Ok(parts);
        }
    }
}
