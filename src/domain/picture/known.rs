//! A file of which some bytes are here, and the others can be asked for.

use bytes::Bytes;

use super::Unsupported;

/// A file's size, and those of its bytes that are here.
#[derive(Debug, Clone)]
pub struct Known {
    size: u64,
    pieces: Vec<(u64, Bytes)>,
}

/// Why a judgement stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Bytes are needed that are not here: at least so many, from this offset on. They are within the
    /// file.
    Missing {
        /// The first of them.
        from: u64,
        /// How many, above zero.
        length: u64,
    },
    /// Whatever else is in the file, it is not taken.
    Unsupported(Unsupported),
}

impl From<Unsupported> for Stop {
    fn from(unsupported: Unsupported) -> Self {
        Self::Unsupported(unsupported)
    }
}

impl Known {
    /// A file of `size` bytes, of which nothing is here yet.
    pub fn of_size(size: u64) -> Self {
        Self {
            size,
            pieces: Vec::new(),
        }
    }

    /// A file that is here as a whole.
    pub fn whole(bytes: Bytes) -> Self {
        let mut known = Self::of_size(size_of(&bytes));
        known.add(0, bytes);
        known
    }

    /// How many bytes the file has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes that begin at an offset.
    pub fn add(&mut self, from: u64, bytes: Bytes) {
        self.pieces.push((from, bytes));
    }

    /// So many bytes from an offset on. A file that ends before them is cut off.
    pub(super) fn get(&self, from: u64, length: u64) -> Result<&[u8], Stop> {
        let end = from.checked_add(length).filter(|end| *end <= self.size);
        if end.is_none() {
            return Err(Unsupported::Broken.into());
        }
        if length == 0 {
            return Ok(&[]);
        }
        let missing = Stop::Missing { from, length };
        let length = usize::try_from(length).map_err(|_| missing)?;
        let found = self.rests(from).find_map(|rest| rest.get(..length));
        found.ok_or(missing)
    }

    /// All bytes that are here from an offset on, one at least.
    pub(super) fn rest(&self, from: u64) -> Result<&[u8], Stop> {
        if from >= self.size {
            return Err(Unsupported::Broken.into());
        }
        let longest = self.rests(from).max_by_key(|rest| rest.len());
        longest
            .filter(|rest| !rest.is_empty())
            .ok_or(Stop::Missing { from, length: 1 })
    }

    /// What each piece has from an offset on.
    fn rests(&self, from: u64) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().filter_map(move |(start, bytes)| {
            let skipped = usize::try_from(from.checked_sub(*start)?).ok()?;
            bytes.get(skipped..)
        })
    }
}

pub(super) fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
