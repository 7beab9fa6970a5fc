//! Hashtags in a picture's pixels, which survive lossless re-encoding, and the removal of metadata
//! and of data after the picture's end.
//!
//! They are in the bottom row, three bytes per pixel (red, green, blue), all opaque:
//!
//! | bytes | |
//! |---|---|
//! | 8 | `ATELIER#` |
//! | 1 | the text's length, in bytes |
//! | so many | the text, in UTF-8 |

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};

use crate::inputs::{self, InputError};

/// What a label begins with.
const MAGIC: &[u8; 8] = b"ATELIER#";

/// Why a picture cannot be labelled.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The file is no picture.
    #[error("{0}")]
    Picture(String),
    /// The text is longer than 255 bytes, or than the picture is wide.
    #[error("the picture is {width} pixels wide, which holds {most} bytes of text")]
    TooLong {
        /// The picture's width, in pixels.
        width: u32,
        /// The longest text that fits, in bytes.
        most: usize,
    },
}

/// Writes a text such as `#slow #fail` into the bottom row of a picture (PNG, JPEG or WebP). Returns
/// a PNG, otherwise of the same pixels, as the emulator reads them.
pub fn label(picture: &[u8], text: &str) -> Result<Vec<u8>, LabelError> {
    let unreadable = |error: InputError| LabelError::Picture(error.to_string());
    let mut picture = inputs::decode(picture).map_err(unreadable)?;
    write(&mut picture, text)?;
    let mut file = Cursor::new(Vec::new());
    picture
        .write_to(&mut file, ImageFormat::Png)
        .map_err(|error| LabelError::Picture(error.to_string()))?;
    Ok(file.into_inner())
}

fn write(picture: &mut RgbaImage, text: &str) -> Result<(), LabelError> {
    let width = picture.width();
    let room = usize::try_from(width)
        .unwrap_or(usize::MAX)
        .saturating_mul(3);
    let most = room.saturating_sub(MAGIC.len()).saturating_sub(1);
    let most = most.min(u8::MAX.into());
    let length = u8::try_from(text.len()).ok();
    let length = length.filter(|_| text.len() <= most);
    let length = length.ok_or(LabelError::TooLong { width, most })?;
    let mut bytes = MAGIC.iter().copied().chain([length]).chain(text.bytes());
    let bottom = picture.height().saturating_sub(1);
    for x in 0..width {
        let mut next = || bytes.next().unwrap_or_default();
        let pixel = [next(), next(), next(), u8::MAX];
        picture.put_pixel(x, bottom, pixel.into());
    }
    Ok(())
}

/// The text in a picture's bottom row, if it has one.
pub(crate) fn read(picture: &RgbaImage) -> Option<String> {
    let row = picture.rows().next_back()?;
    let mut bytes = row.flat_map(|pixel| pixel.0.into_iter().take(3));
    if !MAGIC.iter().all(|byte| bytes.next() == Some(*byte)) {
        return None;
    }
    let length = bytes.next()?;
    let text: Vec<u8> = bytes.take(length.into()).collect();
    String::from_utf8(text).ok()
}

/// Replaces a label by the row above, so that it does not show in results.
pub(crate) fn clear(picture: &mut RgbaImage) {
    if read(picture).is_none() {
        return;
    }
    let bottom = picture.height().saturating_sub(1);
    for x in 0..picture.width() {
        if let Some(above) = picture
            .get_pixel_checked(x, bottom.saturating_sub(1))
            .copied()
        {
            picture.put_pixel(x, bottom, above);
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    fn garment(width: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, 40, |x, y| {
            let inside = (5..25).contains(&x) && (5..35).contains(&y);
            Rgba([200, 20, 20, if inside { 255 } else { 0 }])
        });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    fn decoded(file: &[u8]) -> RgbaImage {
        inputs::decode(file).unwrap()
    }

    #[test]
    fn a_label_is_read_and_cleared_and_touches_nothing_but_the_bottom_row() {
        let plain = decoded(&garment(30));
        assert_eq!(read(&plain), None);
        let file = label(&garment(30), "#slow #fail for ada").unwrap();
        let mut labelled = decoded(&file);
        assert_eq!(read(&labelled).as_deref(), Some("#slow #fail for ada"));
        assert!(labelled.as_raw()[..39 * 30 * 4] == plain.as_raw()[..39 * 30 * 4]);
        clear(&mut labelled);
        assert_eq!(labelled, plain);
    }

    /// What a service that strips metadata may do: only the pixels are kept.
    #[test]
    fn a_label_outlives_a_new_encoding_without_loss() {
        let file = label(&garment(30), "#dup").unwrap();
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let mut again = Cursor::new(Vec::new());
            decoded(&file).write_to(&mut again, format).unwrap();
            assert_eq!(read(&decoded(&again.into_inner())).as_deref(), Some("#dup"));
        }
    }

    #[test]
    fn a_text_must_fit_and_the_picture_must_be_one() {
        let narrow = label(&garment(4), "#fail").unwrap_err();
        assert!(matches!(narrow, LabelError::TooLong { width: 4, most: 3 }));
        let long = label(&garment(300), &"#".repeat(256)).unwrap_err();
        assert!(matches!(long, LabelError::TooLong { most: 255, .. }));
        let none = label(b"no picture", "#fail").unwrap_err();
        assert!(matches!(none, LabelError::Picture(_)));
    }
}
