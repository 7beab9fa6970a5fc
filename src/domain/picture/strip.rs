//! Strips an uploaded picture of its metadata, such as where it was taken. Its pixels are not touched.
//!
//! Kept: what decides how the pixels look, that is, their coding, colour profiles and the orientation (as a
//! minimal EXIF). Everything else is removed, including unknown segments and data after the picture:
//! previews and films, which have places and times as well.

mod jpeg;
mod png;
mod webp;

use bytes::Bytes;

use super::known::{Known, Stop, size_of};
use super::{PictureFormat, PictureHead, Unsupported, judge};

/// Judges a picture and strips it: what comes back is a picture of the same pixels. What has nothing
/// to be removed comes back as it is.
pub fn strip(bytes: &Bytes) -> Result<(PictureHead, Bytes), Unsupported> {
    let file = Known::whole(bytes.clone());
    let stripped = judge(&file).and_then(|head| {
        let parts = match head.format {
            PictureFormat::Jpeg => jpeg::parts(&file)?,
            PictureFormat::Png => png::parts(&file)?,
            PictureFormat::Webp => webp::parts(&file)?,
        };
        Ok((head, parts.join(bytes)?))
    });
    stripped.map_err(|stop| match stop {
        Stop::Unsupported(unsupported) => unsupported,
        // All of it is here.
        Stop::Missing { .. } => Unsupported::Broken,
    })
}

/// What a picture is put together of.
#[derive(Debug, Default)]
struct Parts(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// Bytes of the file, from an offset to another.
    Kept(u64, u64),
    /// Bytes of our own.
    Made(Vec<u8>),
}

impl Parts {
    /// Keeps bytes of the file. What follows what was kept last is kept together with it.
    fn keep(&mut self, from: u64, to: u64) {
        match self.0.last_mut() {
            Some(Part::Kept(_, end)) if *end == from => *end = to,
            _ => self.0.push(Part::Kept(from, to)),
        }
    }

    fn make(&mut self, bytes: impl Into<Vec<u8>>) {
        self.0.push(Part::Made(bytes.into()));
    }

    /// Puts them together. Where that is the file as it was, no byte is copied.
    fn join(&self, file: &Bytes) -> Result<Bytes, Stop> {
        if let [Part::Kept(0, end)] = self.0[..]
            && end == size_of(file)
        {
            return Ok(file.clone());
        }
        let mut joined = Vec::with_capacity(file.len());
        for part in &self.0 {
            match part {
                Part::Kept(from, to) => {
                    let kept = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
                    let kept = kept.and_then(|(from, to)| file.get(from..to));
                    joined.extend_from_slice(kept.ok_or(Unsupported::Broken)?);
                }
                Part::Made(bytes) => joined.extend_from_slice(bytes),
            }
        }
        Ok(joined.into())
    }
}
