//! What the input pictures must be: JPEG or PNG, of 300 pixels a side at least (the vendor's page of
//! the try-on, on `human_image` and `cloth_image`). They are checked before create is answered.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};

use super::{error::ApiError, generation::IMAGE_BYTES};
use crate::{inputs, task::Generation, world::World};

/// The least side, in pixels.
const LEAST_SIDE: u32 = 300;

/// Refuses a picture that the model does not support. One that cannot be fetched or read fails the
/// task later.
pub(crate) async fn check(world: &World, generation: &Generation) -> Result<(), ApiError> {
    let timeout = world.settings.fetch_timeout;
    for address in &generation.images {
        let file = inputs::fetch(&world.client, address, IMAGE_BYTES, timeout).await;
        if let Some(problem) = file.ok().and_then(|file| problem(&file)) {
            return Err(ApiError::InvalidParameter(problem.to_owned()));
        }
    }
    Ok(())
}

fn problem(file: &[u8]) -> Option<&'static str> {
    let format = image::guess_format(file).ok()?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        return Some("Image format is invalid, only jpg, jpeg and png are supported");
    }
    let sides = ImageReader::with_format(Cursor::new(file), format).into_dimensions();
    let (width, height) = sides.ok()?;
    (width.min(height) < LEAST_SIDE).then_some("Image pixel is invalid")
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([90, 110, 130]))
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn jpeg_and_png_from_300_pixels_on() {
        for (file, is_good) in [
            (file(300, 300, ImageFormat::Png), true),
            (file(400, 300, ImageFormat::Jpeg), true),
            (file(299, 900, ImageFormat::Png), false),
            (file(900, 299, ImageFormat::Jpeg), false),
            (file(300, 300, ImageFormat::WebP), false),
            // The task fails on this later.
            (b"no picture".to_vec(), true),
        ] {
            assert_eq!(problem(&file).is_none(), is_good);
        }
    }
}
