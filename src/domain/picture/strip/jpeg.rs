//! JPEG: tables, frames and scans stay; of the application segments those that decide about colours.

use super::{Part, Parts};
use crate::domain::picture::Unsupported;
use crate::domain::picture::exif::Orientation;
use crate::domain::picture::jpeg::{
    APP0, APP1, APP2, APP14, APP15, COM, EOI, SOS, Segment, exif, segment,
};
use crate::domain::picture::known::{Known, Stop};

/// What a JFIF segment has before the sides of its thumbnail: name, version, density.
const JFIF_BYTES: usize = 12;

/// The picture's own parts: (1) segments up to its end, each judged; (2) after a start of scan, the
/// entropy-coded bytes as they are; (3) the orientation, after JFIF's segment, which must come first.
pub(super) fn parts(file: &Known) -> Result<Parts, Stop> {
    let mut parts = Parts::default();
    let mut orientation = None;
    let mut first_place = 1;
    parts.keep(0, 2);
    let mut at = 2;
    loop {
        let segment = segment(file, at)?;
        at = segment.end;
        match segment.marker {
            EOI => break parts.keep(segment.start, segment.end),
            SOS => {
                at = scan_end(file, segment.end)?; // (2)
                parts.keep(segment.start, at);
            }
            APP0 if is_named(file, &segment, b"JFIF\0")? => {
                keep_jfif(&mut parts, file, &segment)?;
                first_place = parts.0.len();
            }
            APP1 if orientation.is_none() => {
                orientation = exif(segment.payload(file)?).map(Orientation::of_tiff);
            }
            APP2 if is_named(file, &segment, b"ICC_PROFILE\0")? => {
                parts.keep(segment.start, segment.end);
            }
            APP14 if is_named(file, &segment, b"Adobe")? => parts.keep(segment.start, segment.end),
            APP0..=APP15 | COM => {}
            _ => parts.keep(segment.start, segment.end), // (1)
        }
    }
    if let Some(orientation) = orientation.filter(|orientation| orientation.matters()) {
        let tiff = orientation.minimal_tiff();
        let segment = [b"\xff\xe1\0\x22Exif\0\0", &tiff[..]].concat();
        let place = first_place.min(parts.0.len());
        parts.0.insert(place, Part::Made(segment)); // (3)
    }
    Ok(parts)
}

fn is_named(file: &Known, segment: &Segment, name: &[u8]) -> Result<bool, Stop> {
    Ok(segment.payload(file)?.starts_with(name))
}

/// JFIF's segment without its thumbnail, and without anything else that is not described.
fn keep_jfif(parts: &mut Parts, file: &Known, segment: &Segment) -> Result<(), Stop> {
    let payload = segment.payload(file)?;
    match payload.split_at_checked(JFIF_BYTES) {
        Some((_, [0, 0])) => parts.keep(segment.start, segment.end),
        Some((described, _)) => parts.make([b"\xff\xe0\0\x10", described, &[0, 0]].concat()),
        None => return Err(Unsupported::Broken.into()),
    }
    Ok(())
}

/// Where the entropy-coded bytes end: at a marker that is no restart marker, or the fill bytes before it.
fn scan_end(file: &Known, from: u64) -> Result<u64, Stop> {
    let bytes = file.rest(from)?;
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..)
        && let Some(found) = memchr::memchr(0xff, rest)
    {
        at = at.saturating_add(found);
        match bytes.get(at.saturating_add(1)) {
            Some(0x00 | 0xd0..=0xd7) => at = at.saturating_add(2),
            Some(0xff) => at = at.saturating_add(1),
            Some(_) => {
                let coded = bytes.get(..at).unwrap_or_default();
                let is_coded = |byte: &u8| *byte != 0xff;
                let length = coded
                    .iter()
                    .rposition(is_coded)
                    .map_or(0, |last| last.saturating_add(1));
                return Ok(from.saturating_add(u64::try_from(length).unwrap_or(u64::MAX)));
            }
            None => break,
        }
    }
    Err(Unsupported::Broken.into())
}
