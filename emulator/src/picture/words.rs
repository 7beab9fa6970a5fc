//! Without a garment: what is worn, in the colour of the words.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates and colours of a picture; checked forms would hide the geometry"
)]

use image::{GrayImage, Luma, RgbaImage, imageops};

use super::{
    colour::{self, Rgb},
    figure::Figure,
    wear::Place,
};

/// How strongly what is worn takes the colour, out of 255.
const STRENGTH: u32 = 238;
/// How strongly a further result's colour differs, out of 255.
const VARIATION: u8 = 90;
/// The words for what is worn below the waist.
const LOWER: [&str; 10] = [
    "trousers", "pants", "jeans", "chinos", "shorts", "skirt", "leggings", "slacks", "bottoms",
    "joggers",
];
/// The words for what is worn above and below it.
const WHOLE: [&str; 7] = [
    "dress", "gown", "suit", "jumpsuit", "overall", "overalls", "robe",
];

/// Colours what the words are about; a further result's colour differs.
pub(super) fn tint(
    canvas: &mut RgbaImage,
    figure: &Figure,
    place: &Place,
    prompt: &str,
    index: u32,
) {
    let colour = shade_of(prompt, index);
    let lower = prompt.to_lowercase();
    // As the first word it is what to do, not what to wear.
    let asked = lower.strip_prefix("dress ").unwrap_or(&lower);
    let says = |words: &[&str]| {
        asked
            .split(|letter: char| !letter.is_alphabetic())
            .any(|word| words.contains(&word))
    };
    let wanted: &[bool] = match (says(&WHOLE), says(&LOWER)) {
        (true, _) => &[false, true],
        (false, true) => &[true],
        (false, false) => &[false],
    };
    let mut any = false;
    for lower in wanted {
        if let Some((cover, light)) = place.worn(*lower) {
            any = true;
            paint(canvas, cover, colour, light);
        }
    }
    if !any {
        let cover = dome(canvas.width(), canvas.height(), figure);
        paint(canvas, &cover, colour, 150.0);
    }
}

/// Folds and light stay visible: the colour follows the lightness beneath.
fn paint(canvas: &mut RgbaImage, cover: &GrayImage, colour: Rgb, light: f32) {
    for (pixel, Luma([depth])) in canvas.pixels_mut().zip(cover.pixels()) {
        let here = f32::from(colour::lightness(*pixel)) / light.max(1.0);
        let lit = colour.map(|part| (f32::from(part) * here.clamp(0.25, 1.5)).min(255.0) as u8);
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

/// Where nobody can be told from the background: shoulders above, chest below, soft at the edges.
fn dome(width: u32, height: u32, figure: &Figure) -> GrayImage {
    let across = (figure.shape.span() / 2.0).max(1.0);
    let top = figure.head.neck;
    let round = (figure.head.height() * 0.55).max(1.0);
    let sharp = GrayImage::from_fn(width, height, |x, y| {
        let aside = (x as f32 - figure.shape.axis).abs() / across;
        let above = ((top + round - y as f32) / round).max(0.0);
        let inside = y as f32 >= top && aside.powi(3) + above.powi(3) <= 1.0;
        Luma([if inside { 255 } else { 0 }])
    });
    imageops::fast_blur(&sharp, (across / 30.0).max(0.5))
}
