//! Why a file is not taken, each with a sentence that says what to do.

use super::MAX_SIDE;

/// Why a file is not a picture that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// No known format.
    #[error("this is not a picture: send a JPEG, PNG or WebP file")]
    NotAPicture,
    /// It begins as a picture does, but is not whole, or contradicts itself.
    #[error("the picture is broken or cut off: send it once more, or save it anew as JPEG or PNG")]
    Broken,
    /// More pixels a side than [`MAX_SIDE`].
    #[error(
        "the picture is {width} by {height} pixels: make it smaller, at most {MAX_SIDE} pixels a side"
    )]
    TooLarge {
        /// As shown.
        width: u32,
        /// As shown.
        height: u32,
    },
    /// More pixels a side than a thumbnail has.
    #[error(
        "the thumbnail is {width} by {height} pixels: make it smaller, at most 640 pixels a side"
    )]
    NoThumbnail {
        /// As shown.
        width: u32,
        /// As shown.
        height: u32,
    },
    /// What iPhones take by default.
    #[error(
        "this is a HEIC photo: save or share it as JPEG, or set the camera to \"Most Compatible\""
    )]
    Heic,
    /// AV1 in the container of HEIC.
    #[error("this is an AVIF picture: save it as JPEG, PNG or WebP")]
    Avif,
    /// Another format of pictures, by its name.
    #[error("{0} pictures are not taken: save it as JPEG, PNG or WebP")]
    OtherFormat(&'static str),
    /// Arithmetic-coded, lossless, hierarchical, or of more than eight bits a sample.
    #[error("this is a kind of JPEG that browsers cannot open: save it as an ordinary JPEG")]
    UncommonJpeg,
}

/// Signatures at the start of a file, and the names of their formats.
const SIGNATURES: [(&[u8], &str); 9] = [
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
];

/// Brands of HEIF files whose pictures are HEVC, or may be (ISO/IEC 23008-12, annex B).
const HEIC_BRANDS: [&[u8]; 10] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
];

const AVIF_BRANDS: [&[u8]; 2] = [b"avif", b"avis"];

impl Unsupported {
    /// What a file is by its first bytes, if it is none of the formats that are taken.
    pub(super) fn by_signature(first: &[u8]) -> Self {
        if first.get(4..8) == Some(b"ftyp") {
            return Self::by_brands(first.get(8..).unwrap_or_default());
        }
        let known = SIGNATURES
            .iter()
            .find(|(signature, _)| first.starts_with(signature));
        if let Some((_, name)) = known {
            return Self::OtherFormat(name);
        }
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        let text = text.trim_ascii_start().to_ascii_lowercase();
        if text.starts_with(b"<svg") || text.starts_with(b"<?xml") {
            return Self::OtherFormat("SVG");
        }
        Self::NotAPicture
    }

    /// The major brand, its version, and the compatible brands. `mif1` says only that there are
    /// pictures: AVIF files may have it as their major brand.
    fn by_brands(brands: &[u8]) -> Self {
        let mut brands = brands
            .chunks_exact(4)
            .enumerate()
            .filter(|(place, _)| *place != 1)
            .map(|(_, brand)| brand);
        if brands.clone().any(|brand| AVIF_BRANDS.contains(&brand)) {
            Self::Avif
        } else if brands.any(|brand| HEIC_BRANDS.contains(&brand)) {
            Self::Heic
        } else {
            Self::NotAPicture
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_format_is_called_by_its_name() {
        for (first, says) in [
            (&b"GIF89a\x01\0\x01\0"[..], "GIF pictures are not taken"),
            (b"BM\x46\0\0\0", "BMP pictures are not taken"),
            (b"II*\0\x08\0\0\0", "TIFF pictures are not taken"),
            (b"MM\0*\0\0\0\x08", "TIFF pictures are not taken"),
            (
                b"  <svg xmlns='http://www.w3.org/2000/svg'/>",
                "SVG pictures",
            ),
            (b"\xef\xbb\xbf<?xml version='1.0'?>", "SVG pictures"),
            (
                b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
                "this is a HEIC photo",
            ),
            (
                b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
                "this is a HEIC photo",
            ),
            (
                b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
                "this is an AVIF picture",
            ),
            (
                b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf",
                "this is an AVIF picture",
            ),
            (
                b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
                "this is not a picture",
            ),
            (b"<html>", "this is not a picture"),
            (b"", "this is not a picture"),
        ] {
            let unsupported = Unsupported::by_signature(first).to_string();
            assert!(
                unsupported.starts_with(says),
                "{}: {unsupported}",
                first.escape_ascii()
            );
        }
    }
}
