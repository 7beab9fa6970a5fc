//! JPEG, by its markers (ITU-T T.81, annex B).

use super::exif::Orientation;
use super::known::{Known, Stop};
use super::numbers::be16;
use super::{Head, TAIL_BYTES, Unsupported};

pub(super) const SIGNATURE: &[u8] = b"\xff\xd8";

/// Start of image, with which every JPEG begins.
const SOI: u8 = 0xd8;
/// End of image.
pub(super) const EOI: u8 = 0xd9;
/// Start of scan, after which come entropy-coded bytes.
pub(super) const SOS: u8 = 0xda;
pub(super) const APP0: u8 = 0xe0;
pub(super) const APP1: u8 = 0xe1;
pub(super) const APP2: u8 = 0xe2;
pub(super) const APP14: u8 = 0xee;
pub(super) const APP15: u8 = 0xef;
/// A comment.
pub(super) const COM: u8 = 0xfe;

/// How many bytes that belong to no segment are passed over before a marker, as libjpeg does.
const MAX_STRAY_BYTES: u64 = 64 * 1024;

/// One marker and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) marker: u8,
    /// Where its first `FF` is, without fill bytes.
    pub(super) start: u64,
    /// Where what follows it begins. For a start of scan these are the entropy-coded bytes.
    pub(super) end: u64,
}

impl Segment {
    /// What is in it, without marker and length.
    pub(super) fn payload<'a>(&self, file: &'a Known) -> Result<&'a [u8], Stop> {
        let from = self.start.saturating_add(4).min(self.end);
        file.get(from, self.end.saturating_sub(from))
    }
}

/// The next segment from an offset on: (1) stray bytes and (2) fill bytes, of which any number may be
/// there (B.1.1.2), are passed over; (3) some markers stand alone; (4) all others tell their length.
pub(super) fn segment(file: &Known, from: u64) -> Result<Segment, Stop> {
    let mut at = from;
    let marker = loop {
        if at.saturating_sub(from) > MAX_STRAY_BYTES {
            return Err(Unsupported::Broken.into());
        }
        let rest = file.rest(at)?;
        let Some(stray) = rest.iter().position(|byte| *byte == 0xff) else {
            at = at.saturating_add(super::known::size_of(rest)); // (1)
            continue;
        };
        at = at.saturating_add(u64::try_from(stray).unwrap_or(u64::MAX));
        match file.get(at, 2)? {
            [_, 0xff] => at = at.saturating_add(1), // (2)
            [_, 0x00] => at = at.saturating_add(2), // (1)
            [_, marker] => break *marker,
            _ => return Err(Unsupported::Broken.into()),
        }
    };
    let payload = at.saturating_add(2);
    let end = match marker {
        0x01 | 0xd0..=EOI => payload, // (3)
        _ => {
            let length = be16(file.get(payload, 2)?, 0).filter(|length| *length >= 2);
            let length = length.ok_or(Unsupported::Broken)?;
            payload.saturating_add(u64::from(length)) // (4)
        }
    };
    Ok(Segment {
        marker,
        start: at,
        end,
    })
}

/// Sides and orientation, and where the first scan begins. The orientation is that of the first EXIF
/// segment; segments are passed over by their lengths, however many there are.
pub(super) fn head(file: &Known) -> Result<(Head, u64), Stop> {
    let mut orientation = None;
    let mut sides = None;
    let mut at = 2;
    loop {
        let segment = segment(file, at)?;
        match segment.marker {
            SOI | EOI => return Err(Unsupported::Broken.into()),
            SOS => {
                let (width, height) = sides.ok_or(Unsupported::Broken)?;
                let orientation = orientation.unwrap_or_default();
                let head = Head {
                    width,
                    height,
                    orientation,
                };
                return Ok((head, segment.end));
            }
            APP1 if orientation.is_none() => {
                orientation = exif(segment.payload(file)?).map(Orientation::of_tiff);
            }
            marker if is_frame(marker) => sides = Some(frame(marker, segment.payload(file)?)?),
            _ => {}
        }
        at = segment.end;
    }
}

/// Markers of a start of frame: all of C0 to CF but Huffman tables, arithmetic conditioning and what
/// is reserved.
const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Width and height of a frame (B.2.2). Browsers open baseline, extended and progressive frames of
/// eight bits.
fn frame(marker: u8, payload: &[u8]) -> Result<(u32, u32), Unsupported> {
    let &[precision, _, _, _, _, components, ..] = payload else {
        return Err(Unsupported::Broken);
    };
    if !matches!(marker, 0xc0..=0xc2) || precision != 8 {
        return Err(Unsupported::UncommonJpeg);
    }
    let side = |at| be16(payload, at).filter(|side| *side > 0).map(u32::from);
    match (components, side(3), side(1)) {
        (1 | 3 | 4, Some(width), Some(height)) => Ok((width, height)),
        _ => Err(Unsupported::Broken),
    }
}

/// The TIFF structure of an EXIF segment.
pub(super) fn exif(payload: &[u8]) -> Option<&[u8]> {
    payload.strip_prefix(b"Exif\0")?.get(1..)
}

/// Whether the end of the image is in the file's tail, and behind the start of the scan: a thumbnail
/// has an end of its own, before it. Other data may follow.
pub(super) fn has_end(file: &Known, scan: u64) -> Result<(), Stop> {
    let from = file.size().saturating_sub(TAIL_BYTES).max(scan);
    let tail = file.get(from, file.size().saturating_sub(from))?;
    let is_end = |pair: &[u8]| pair == [0xff, EOI];
    if tail.windows(2).any(is_end) {
        Ok(())
    } else {
        Err(Unsupported::Broken.into())
    }
}
