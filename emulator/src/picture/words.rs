//! Without a garment: the torso tinted in the colour of the words.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "coordinates within a picture; checked forms would hide the geometry"
)]

use image::{GrayImage, Luma, RgbaImage, imageops};

use super::{
    colour::{self, Rgb},
    garment::softness,
    torso::Torso,
};

/// How strongly the torso takes the colour, out of 255.
const STRENGTH: u32 = 225;
/// How strongly a further result's colour differs, out of 255.
const VARIATION: u8 = 90;

/// Tints the torso in the colour of the words; a further result's colour differs.
pub(super) fn tint(canvas: &mut RgbaImage, torso: Torso, prompt: &str, index: u32) {
    let colour = shade_of(prompt, index);
    let mask = mask(canvas.width(), canvas.height(), torso);
    for (pixel, Luma([depth])) in canvas.pixels_mut().zip(mask.pixels()) {
        // Folds and light stay visible: the colour follows the lightness beneath.
        let light = 90 + u32::from(colour::lightness(*pixel)) * 3 / 4;
        let lit = colour.map(|part| colour::byte(u32::from(part) * light / 200));
        colour::blend(pixel, lit, colour::byte(u32::from(*depth) * STRENGTH / 255));
    }
}

fn shade_of(prompt: &str, index: u32) -> Rgb {
    let colour = colour::of_words(prompt);
    if index == 0 {
        return colour;
    }
    let other = colour::of_hue(colour::hue_of(index));
    let [red, green, blue] = colour;
    let [to_red, to_green, to_blue] = other;
    [(red, to_red), (green, to_green), (blue, to_blue)]
        .map(|(from, to)| colour::mix(from, to, VARIATION))
}

/// A soft-edged dome from the collar down: shoulders above, chest below.
fn mask(width: u32, height: u32, torso: Torso) -> GrayImage {
    /// The dome's radius, in parts of its own measure.
    const UNIT: i64 = 1000;
    let across = i64::from(torso.width).max(2) * 2 / 5;
    let down = i64::from(height.saturating_sub(torso.neck)).max(1);
    let sharp = GrayImage::from_fn(width, height, |x, y| {
        let aside = (i64::from(x) - i64::from(torso.centre)).abs() * UNIT / across;
        let above = (i64::from(height) - i64::from(y)) * UNIT / down;
        let inside = aside.pow(2) + above.pow(2) <= UNIT.pow(2);
        Luma([if inside { 255 } else { 0 }])
    });
    imageops::fast_blur(&sharp, softness(torso.width))
}
