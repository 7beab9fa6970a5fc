//! Colours: of a word, of a hue, and mixed.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "sums of a few bytes in u32; checked forms would hide them"
)]

use image::{Rgba, RgbaImage};

/// How strongly each further result differs from the first, out of 255.
const VARIATION: u8 = 56;
/// How far apart the hues of two results are, in degrees; it has no factor in common with 360.
const HUE_STEP: u32 = 67;

pub(super) type Rgb = [u8; 3];

const NAMED: [(&str, Rgb); 26] = [
    ("black", [36, 36, 40]),
    ("white", [240, 240, 236]),
    ("grey", [128, 130, 134]),
    ("gray", [128, 130, 134]),
    ("red", [196, 38, 44]),
    ("crimson", [164, 22, 52]),
    ("burgundy", [110, 24, 44]),
    ("orange", [226, 116, 36]),
    ("yellow", [236, 200, 60]),
    ("mustard", [204, 156, 40]),
    ("olive", [116, 118, 58]),
    ("khaki", [172, 158, 116]),
    ("green", [48, 132, 74]),
    ("emerald", [20, 128, 96]),
    ("teal", [24, 122, 126]),
    ("turquoise", [56, 178, 178]),
    ("blue", [48, 96, 190]),
    ("navy", [28, 42, 92]),
    ("denim", [74, 104, 150]),
    ("purple", [112, 62, 150]),
    ("lavender", [176, 160, 214]),
    ("pink", [228, 132, 164]),
    ("brown", [112, 76, 52]),
    ("camel", [190, 146, 98]),
    ("beige", [214, 198, 170]),
    ("cream", [238, 228, 204]),
];

/// The colour that a prompt names, or else one that is always the same for the same prompt.
pub(super) fn of_words(prompt: &str) -> Rgb {
    let lower = prompt.to_lowercase();
    let named = lower
        .split(|letter: char| !letter.is_alphabetic())
        .find_map(|word| NAMED.iter().find(|(name, _)| *name == word));
    match named {
        Some((_, colour)) => *colour,
        None => of_hue(lower.bytes().fold(2_166_136_261, |hash: u32, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
        })),
    }
}

/// A lively colour of a hue in degrees.
pub(super) fn of_hue(hue: u32) -> Rgb {
    const LOW: u32 = 62;
    const HIGH: u32 = 216;
    let hue = hue % 360;
    let within = (HIGH - LOW) * (hue % 60) / 60;
    let (low, high) = (byte(LOW), byte(HIGH));
    let (rising, falling) = (byte(LOW + within), byte(HIGH - within));
    match hue / 60 {
        0 => [high, rising, low],
        1 => [falling, high, low],
        2 => [low, high, rising],
        3 => [low, falling, high],
        4 => [rising, low, high],
        _ => [high, low, falling],
    }
}

/// The hue by which a further result differs.
pub(super) fn hue_of(index: u32) -> u32 {
    index.wrapping_mul(HUE_STEP)
}

/// Gives the garment of each result after the first another cast.
pub(super) fn vary(garment: &mut RgbaImage, index: u32) {
    if index == 0 {
        return;
    }
    let cast = of_hue(hue_of(index));
    for pixel in garment.pixels_mut() {
        let light = lightness(*pixel);
        blend(
            pixel,
            cast.map(|part| byte(u32::from(part) * u32::from(light) / 160)),
            VARIATION,
        );
    }
}

/// How light a pixel looks, out of 255.
pub(super) fn lightness(Rgba([red, green, blue, _]): Rgba<u8>) -> u8 {
    byte((u32::from(red) * 77 + u32::from(green) * 150 + u32::from(blue) * 29) / 256)
}

/// Mixes a colour into a pixel by `share` out of 255; the pixel's own opacity stays.
pub(super) fn blend(pixel: &mut Rgba<u8>, colour: Rgb, share: u8) {
    for (mine, other) in pixel.0.iter_mut().zip(colour) {
        *mine = mix(*mine, other, share);
    }
}

pub(super) fn mix(from: u8, to: u8, share: u8) -> u8 {
    let share = u32::from(share);
    byte((u32::from(from) * (255 - share) + u32::from(to) * share + 127) / 255)
}

/// The nearest byte.
pub(super) fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
