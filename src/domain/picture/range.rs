//! Parts of a picture, as HTTP asks for them.

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
