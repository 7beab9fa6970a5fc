//! The person's photo, cut to the asked shape and size.

use image::{
    Rgba, RgbaImage,
    imageops::{self, FilterType},
};

use super::{Ratio, Subject};

/// The top and bottom of the backdrop where there is no photo.
const BACKDROP: [u8; 2] = [226, 186];

/// The photo (or a backdrop), covering the asked shape, cut around its middle.
pub(super) fn of(subject: &Subject) -> RgbaImage {
    let (width, height) = size(subject);
    match &subject.person {
        Some(person) if !person.is_empty() => cover(person, width, height),
        _ => backdrop(width, height),
    }
}

/// The result's width and height: the longer side is the subject's `side`.
fn size(subject: &Subject) -> (u32, u32) {
    let (across, down) = match (subject.ratio, &subject.person) {
        (Ratio::Fixed { width, height }, _) => (width.max(1), height.max(1)),
        (Ratio::Auto, Some(person)) => person.dimensions(),
        (Ratio::Auto, None) => (1, 1),
    };
    let side = subject.side.max(1);
    if across >= down {
        (side, part(side, down, across).max(1))
    } else {
        (part(side, across, down).max(1), side)
    }
}

fn cover(photo: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    let (across, down) = photo.dimensions();
    let wide = part(down, width, height).clamp(1, across);
    let high = part(across, height, width).clamp(1, down);
    let left = across.saturating_sub(wide) / 2;
    let top = down.saturating_sub(high) / 2;
    let cut = imageops::crop_imm(photo, left, top, wide, high).to_image();
    imageops::resize(&cut, width, height, FilterType::CatmullRom)
}

fn backdrop(width: u32, height: u32) -> RgbaImage {
    let [light, dark] = BACKDROP;
    RgbaImage::from_fn(width, height, |_, y| {
        let fall = part(u32::from(light.saturating_sub(dark)), y, height);
        let grey = light.saturating_sub(u8::try_from(fall).unwrap_or(0));
        Rgba([grey, grey, grey, 255])
    })
}

/// `whole` times `numerator` over `denominator`, rounded; 0 where the denominator is 0.
pub(super) fn part(whole: u32, numerator: u32, denominator: u32) -> u32 {
    u64::from(whole)
        .saturating_mul(u64::from(numerator))
        .saturating_add(u64::from(denominator / 2))
        .checked_div(u64::from(denominator))
        .map_or(0, |result| u32::try_from(result).unwrap_or(u32::MAX))
}
