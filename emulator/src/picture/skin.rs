//! Skin: which colours are it, and what tone a person's has.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use image::RgbaImage;

use super::figure::Head;

/// A rule of thumb for skin of many tones in ordinary light: its two chromas in `YCbCr` lie in a
/// narrow box whatever its lightness is.
pub(super) fn is_skin([red, green, blue, _]: [u8; 4]) -> bool {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let blueness = 128 + (-43 * red - 85 * green + 128 * blue) / 256;
    let redness = 128 + (128 * red - 107 * green - 21 * blue) / 256;
    red > 45 && (88..=124).contains(&blueness) && (134..=168).contains(&redness)
}

/// The middle colour of the face.
pub(super) fn tone(small: &RgbaImage, head: Head, scale: f32) -> [f32; 3] {
    let (unit, middle) = (head.height() / scale, head.middle() / scale);
    let top = head.top / scale;
    let rows = (top + unit * 0.45).max(0.0) as u32..(top + unit * 0.8).max(0.0) as u32;
    let columns = (middle - unit * 0.18).max(0.0) as u32..(middle + unit * 0.18).max(0.0) as u32;
    let pixels: Vec<[u8; 4]> = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter_map(|(x, y)| small.get_pixel_checked(x, y))
        .map(|pixel| pixel.0)
        .filter(|pixel| is_skin(*pixel))
        .collect();
    if pixels.is_empty() {
        return [196.0, 150.0, 124.0];
    }
    let sum = |part: fn(&[u8; 4]) -> u8| {
        pixels
            .iter()
            .map(|pixel| f32::from(part(pixel)))
            .sum::<f32>()
    };
    let count = pixels.len() as f32;
    [
        sum(|p| p[0]) / count,
        sum(|p| p[1]) / count,
        sum(|p| p[2]) / count,
    ]
}
