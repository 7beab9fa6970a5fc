//! Which way up a picture is, in EXIF: the one thing of it that is read, or kept.

use super::numbers::{be16, be32, le16, le32};

/// Tag 0x0112 of EXIF 2.32, 4.6.4: how what is stored has to be turned and mirrored to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation(u8);

const TAG: u16 = 0x0112;

/// The type of a 16-bit number.
const SHORT: u16 = 3;

/// Header, number of fields, one field, and no further directory.
pub(super) const MINIMAL_BYTES: usize = 26;

impl Orientation {
    /// What a TIFF structure says in its first directory. Anything that is not a number from 1 to 8
    /// there says nothing, as for browsers.
    pub(super) fn of_tiff(tiff: &[u8]) -> Self {
        Self::read(tiff).unwrap_or_default()
    }

    fn read(tiff: &[u8]) -> Option<Self> {
        let is_little = match tiff.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        let u16_at = if is_little { le16 } else { be16 };
        let u32_at = if is_little { le32 } else { be32 };
        let directory = tiff.get(usize::try_from(u32_at(tiff, 4)?).ok()?..)?;
        let count = usize::from(u16_at(directory, 0)?);
        let fields = directory.get(2..)?.chunks_exact(12).take(count);
        let is_orientation =
            |field: &&[u8]| u16_at(field, 0) == Some(TAG) && u16_at(field, 2) == Some(SHORT);
        let field = fields.into_iter().find(is_orientation)?;
        let value = u16_at(field, 8)?;
        let value = u8::try_from(value).ok().filter(|value| *value <= 8)?;
        Some(Self(value))
    }

    /// Whether it is shown otherwise than it is stored.
    pub(super) const fn matters(self) -> bool {
        self.0 > 1
    }

    /// Whether width and height change places.
    pub(super) const fn turns(self) -> bool {
        self.0 >= 5
    }

    /// A TIFF structure that says this and nothing else.
    pub(super) const fn minimal_tiff(self) -> [u8; MINIMAL_BYTES] {
        let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
        tiff[19] = self.0;
        tiff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for value in 2..=8 {
            let tiff = Orientation(value).minimal_tiff();
            assert_eq!(Orientation::of_tiff(&tiff), Orientation(value));
        }
    }

    #[test]
    fn both_byte_orders_are_read_and_fields_before_it_are_passed_over() {
        let little =
            b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0abc\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(Orientation::of_tiff(little), Orientation(6));
    }

    /// A width of 6 pixels, say, which is a short number too.
    #[test]
    fn a_number_under_another_tag_and_another_type_under_its_tag_are_passed_over() {
        let width = b"\0\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let long = b"\x12\x01\x04\0\x01\0\0\0\x06\0\0\0";
        let own = b"\x12\x01\x03\0\x01\0\0\0\x03\0\0\0";
        let tiff = [b"II*\0\x08\0\0\0\x03\0", &width[..], long, own].concat();
        assert_eq!(Orientation::of_tiff(&tiff), Orientation(3));
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        let mut of_nine = Orientation(1).minimal_tiff();
        of_nine[19] = 9;
        let mut far = Orientation(6).minimal_tiff();
        far[4] = 0xff;
        for tiff in [&of_nine[..], &far, b"", b"MM\0*", &far[..20]] {
            let orientation = Orientation::of_tiff(tiff);
            assert!(!orientation.matters() && !orientation.turns());
        }
    }
}
