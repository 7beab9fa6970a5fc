//! What the person wears already: which pixels, so that they can be replaced.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use image::{GrayImage, RgbaImage};

use super::{figure::Figure, mask::Mask, skin};

/// How far apart two colours of one cloth may be, in chroma and in lightness.
const CHROMA: f32 = 15.0;
const LIGHT: f32 = 80.0;

/// A piece of clothing that is worn, in the figure's small copy.
#[derive(Debug, Clone)]
pub(super) struct Worn {
    pub(super) mask: Mask,
    /// Its middle lightness, out of 255.
    pub(super) light: f32,
}

/// Lightness, and two chromas.
fn tones([red, green, blue, _]: [u8; 4]) -> [f32; 3] {
    let [red, green, blue] = [red, green, blue].map(f32::from);
    let light = 0.30 * red + 0.59 * green + 0.11 * blue;
    [light, red - light, blue - light]
}

/// What is on the chest.
pub(super) fn upper(figure: &Figure) -> Option<Worn> {
    let unit = figure.head.height();
    cloth_at(figure, figure.head.neck + unit * 0.95, unit * 0.28)
}

/// What is on the hips, if it is another thing than what is on the chest.
pub(super) fn lower(figure: &Figure) -> Option<Worn> {
    let unit = figure.head.height();
    let crotch = figure.crotch().y;
    cloth_at(figure, crotch - unit * 0.12, unit * 0.1)
}

/// The cloth of the colour that is found around a place on the axis, and hangs together with it.
fn cloth_at(figure: &Figure, y: f32, radius: f32) -> Option<Worn> {
    let outline = figure.outline.as_ref()?;
    let scale = figure.scale;
    let (x, y) = (figure.shape.axis / scale, y / scale);
    let radius = radius / scale;
    let patch: Vec<[f32; 3]> = figure
        .small
        .enumerate_pixels()
        .filter(|(px, py, _)| {
            (*px as f32 - x).abs() <= radius
                && (*py as f32 - y).abs() <= radius
                && outline.has(*px as i32, *py as i32)
        })
        .map(|(_, _, pixel)| tones(pixel.0))
        .collect();
    let middle = |part: usize| {
        let mut values: Vec<f32> = patch
            .iter()
            .filter_map(|tones| tones.get(part))
            .copied()
            .collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let (light, red, blue) = (middle(0)?, middle(1)?, middle(2)?);
    let neck = figure.head.neck / scale;
    let skin = tones_of(skin::tone(&figure.small, figure.head, scale));
    let own = [light, red, blue];
    let matches = |px: i32, py: i32| {
        if (py as f32) < neck || !outline.has(px, py) {
            return false;
        }
        let Some(pixel) = figure.small.get_pixel_checked(px as u32, py as u32) else {
            return false;
        };
        let tones = tones(pixel.0);
        let near = apart(tones, own);
        near <= 1.0 && near <= apart(tones, skin)
    };
    let mask = outline.and(matches);
    let mask = mask.largest();
    (mask.count() > 30).then_some(Worn { mask, light })
}

fn tones_of([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let light = 0.30 * red + 0.59 * green + 0.11 * blue;
    [light, red - light, blue - light]
}

/// How far apart two colours are: above 1, they are not of one cloth.
fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [light, red, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (red / CHROMA).hypot(blue / CHROMA).max(light.abs() / LIGHT)
}

impl Worn {
    /// Where it is, at the photo's size.
    pub(super) fn cover(&self, photo: &RgbaImage) -> GrayImage {
        self.mask.soft(photo.width(), photo.height())
    }
}
