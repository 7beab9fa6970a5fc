//! Results: the garment laid over the person, or a tinted torso if there is only a prompt.
//!
//! This is not a try-on model; it makes a picture that a person can recognise as the right one. The
//! same subject always gives the same bytes.

mod backdrop;
mod colour;
mod figure;
mod fit;
mod frame;
mod garment;
mod mask;
mod noise;
mod shape;
mod skin;
mod spline;
mod wear;
mod words;
mod worn;

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageError, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use figure::Figure;
use garment::Garment;
pub(crate) use noise::noise;
use wear::Place;

/// What a result is made of.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The person; a plain backdrop where there is none.
    pub person: Option<RgbaImage>,
    /// The garment. One without transparency has its near-white surroundings taken away.
    pub garment: Option<RgbaImage>,
    /// The prompt, which gives the colour where there is no garment.
    pub prompt: String,
    /// The shape of the result.
    pub ratio: Ratio,
    /// How many results to make.
    pub count: u32,
    /// The longer side of a result, in pixels.
    pub side: u32,
}

/// The shape of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ratio {
    /// The person's own.
    Auto,
    /// Width to height; neither is 0.
    Fixed {
        /// The width's part.
        width: u32,
        /// The height's part.
        height: u32,
    },
}

impl Ratio {
    /// Reads `W:H`; none where it is anything else, or has a 0.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (width, height) = text.split_once(':')?;
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        (width > 0 && height > 0).then_some(Self::Fixed { width, height })
    }
}

/// Makes the results, each a PNG, each visibly different from the others.
pub fn compose(subject: &Subject) -> Result<Vec<Vec<u8>>, ImageError> {
    let photo = frame::of(subject);
    let figure = Figure::of(&photo);
    let place = Place::of(&photo, &figure);
    let garment = subject.garment.as_ref().and_then(Garment::of);
    let drawn = garment.as_ref().and_then(|garment| {
        let drawn = wear::drawn(garment, &figure, photo.width(), photo.height())?;
        Some((drawn, garment.kind))
    });
    (0..subject.count)
        .map(|index| {
            let mut canvas = photo.clone();
            match &drawn {
                Some((drawn, kind)) => {
                    let mut drawn = drawn.clone();
                    colour::vary(&mut drawn, index);
                    wear::put_on(&mut canvas, &drawn, *kind, &figure, &place);
                }
                None => words::tint(&mut canvas, &figure, &place, &subject.prompt, index),
            }
            png(canvas)
        })
        .collect()
}

fn png(canvas: RgbaImage) -> Result<Vec<u8>, ImageError> {
    let canvas = DynamicImage::ImageRgba8(canvas).into_rgb8();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(
            canvas.as_raw(),
            canvas.width(),
            canvas.height(),
            ExtendedColorType::Rgb8,
        )?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
