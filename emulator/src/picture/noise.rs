//! A valid picture with just as many bytes as a result may have.

use image::{
    ExtendedColorType, ImageEncoder, ImageError,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

/// The picture's width and height: `2880 * 2880 * 3` is 24.88 MB, and it is stored uncompressed.
const SIDE: u32 = 2880;
/// Its bytes at three per pixel, in words of eight.
const WORDS: usize = (SIDE * SIDE * 3 / 8) as usize;

/// A square of noise, as a PNG of just under 25 MB; each index gives another.
pub(crate) fn noise(index: u32) -> Result<Vec<u8>, ImageError> {
    let mut state = (u64::from(index) << 32) ^ 0x9E37_79B9_7F4A_7C15;
    let pixels: Vec<u8> = (0..WORDS)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect();
    let mut bytes = Vec::with_capacity(pixels.len());
    PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    )
    .write_image(&pixels, SIDE, SIDE, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_picture_of_just_under_25_megabytes() {
        let bytes = noise(0).unwrap();
        assert!((24_500_000..25_000_000).contains(&bytes.len()));
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (SIDE, SIDE));
        assert!(bytes != noise(1).unwrap());
    }
}
