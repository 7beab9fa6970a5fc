//! The garment: cut out of its picture, fitted, laid over the person.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "coordinates within a picture; checked forms would hide the geometry"
)]

use image::{
    GrayImage, Luma, RgbaImage,
    imageops::{self, FilterType},
};

use super::{colour, frame::part, torso::Torso};

/// A pixel at least this light in all its parts, and joined to the edge, is background.
const NEAR_WHITE: u8 = 236;
/// A pixel at least this opaque belongs to the garment.
const OPAQUE: u8 = 24;
/// Half the width and the depth of a collar's opening, in thousandths of the garment's.
const COLLAR: (u32, u32) = (78, 100);
/// How dark the garment's shadow is, out of 255.
const SHADOW: u32 = 110;

/// The garment without its background and margins; none where nothing is left.
pub(super) fn cut_out(picture: &RgbaImage) -> Option<RgbaImage> {
    let mut garment = picture.clone();
    if garment.pixels().all(|pixel| pixel[3] == 255) {
        clear_background(&mut garment);
    }
    let (left, top, right, bottom) = bounds(&garment)?;
    let (width, height) = (right - left + 1, bottom - top + 1);
    Some(imageops::crop_imm(&garment, left, top, width, height).to_image())
}

/// Makes transparent what is near white and joined to the edge, so that a white garment keeps its
/// own white.
fn clear_background(garment: &mut RgbaImage) {
    let (width, height) = garment.dimensions();
    let sides = (0..height).flat_map(|y| [(0, y), (width - 1, y)]);
    let mut open: Vec<(u32, u32)> = (0..width)
        .flat_map(|x| [(x, 0), (x, height - 1)])
        .chain(sides)
        .collect();
    while let Some((x, y)) = open.pop() {
        let Some(pixel) = garment.get_pixel_mut_checked(x, y) else {
            continue;
        };
        let [red, green, blue, opacity] = pixel.0;
        if opacity == 0 || red.min(green).min(blue) < NEAR_WHITE {
            continue;
        }
        pixel.0[3] = 0;
        open.extend([
            (x.wrapping_sub(1), y),
            (x + 1, y),
            (x, y.wrapping_sub(1)),
            (x, y + 1),
        ]);
    }
}

/// The first and last column and row with something of the garment: left, top, right, bottom.
fn bounds(garment: &RgbaImage) -> Option<(u32, u32, u32, u32)> {
    garment
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel[3] >= OPAQUE)
        .map(|(x, y, _)| (x, y, x, y))
        .reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
}

/// The garment at the width it is worn, open for the neck.
pub(super) fn fitted(garment: &RgbaImage, width: u32) -> RgbaImage {
    let height = part(width, garment.height(), garment.width()).max(1);
    let mut fitted = imageops::resize(garment, width, height, FilterType::CatmullRom);
    open_collar(&mut fitted);
    fitted
}

/// Opens the middle of the collar, where pictures of garments show the inside of the back and a
/// wearer shows a neck.
fn open_collar(garment: &mut RgbaImage) {
    let (width, height) = garment.dimensions();
    let (middle, across) = (i64::from(width / 2), i64::from(part(width, COLLAR.0, 1000)));
    let down = i64::from(part(height, COLLAR.1, 1000));
    if across == 0 || down == 0 {
        return;
    }
    let cover = GrayImage::from_fn(width, height, |x, y| {
        let aside = (i64::from(x) - middle) * 100 / across;
        let below = i64::from(y) * 100 / down;
        let open = aside * aside + below * below < 100 * 100;
        Luma([if open { 0 } else { 255 }])
    });
    let cover = imageops::fast_blur(&cover, softness(width) / 6.0);
    for (pixel, Luma([cover])) in garment.pixels_mut().zip(cover.pixels()) {
        pixel.0[3] = pixel.0[3].min(*cover);
    }
}

/// Lays the garment, with a soft shadow, over the person.
pub(super) fn lay(canvas: &mut RgbaImage, garment: &RgbaImage, torso: Torso) {
    let left = i64::from(torso.centre) - i64::from(garment.width() / 2);
    let top = i64::from(torso.neck);
    shade(canvas, garment, left, top);
    imageops::overlay(canvas, garment, left, top);
}

fn shade(canvas: &mut RgbaImage, garment: &RgbaImage, left: i64, top: i64) {
    let outline = GrayImage::from_fn(garment.width(), garment.height(), |x, y| {
        Luma([garment.get_pixel(x, y)[3]])
    });
    let drop = i64::from(garment.width() / 70);
    let mut shadow = GrayImage::new(canvas.width(), canvas.height());
    imageops::replace(&mut shadow, &outline, left, top + drop);
    let shadow = imageops::fast_blur(&shadow, softness(garment.width()));
    for (pixel, Luma([depth])) in canvas.pixels_mut().zip(shadow.pixels()) {
        let share = colour::byte(u32::from(*depth) * SHADOW / 255);
        colour::blend(pixel, [16, 14, 18], share);
    }
}

/// The blur of a shadow or a soft edge of a thing this wide, in pixels.
pub(super) fn softness(width: u32) -> f32 {
    let whole = u16::try_from(width).unwrap_or(u16::MAX);
    (f32::from(whole) / 60.0).max(0.5)
}
