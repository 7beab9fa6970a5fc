//! The person's photo, at the asked shape and size.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates and colours of a picture; checked forms would hide the geometry"
)]

use image::{
    Rgba, RgbaImage,
    imageops::{self, FilterType},
};

use super::{Ratio, Subject, figure::Figure};

/// The top and bottom of the backdrop where there is no photo.
const BACKDROP: [u8; 2] = [226, 186];
/// The room above a head that a cut leaves, in parts of the head's height.
const ABOVE: f32 = 0.35;
/// The largest share of a photo's height that is cut off before its background is widened instead.
const MOST_CUT: f32 = 0.72;

/// The photo (or a backdrop), covering the asked shape, cut so that the head stays in it.
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
    if (wide, high) == (across, down) {
        return imageops::resize(photo, width, height, FilterType::CatmullRom);
    }
    let figure = Figure::of(photo);
    if (high as f32) < down as f32 * MOST_CUT
        && let Some(widened) = widened(photo, &figure, part(down, width, height))
    {
        return imageops::resize(&widened, width, height, FilterType::CatmullRom);
    }
    let centred = |middle: f32, part: u32, whole: u32| {
        ((middle - part as f32 / 2.0).max(0.0) as u32).min(whole - part)
    };
    let left = centred(figure.head.middle(), wide, across);
    let above = figure.head.top - figure.head.height() * ABOVE;
    let top = (above.max(0.0) as u32).min((down - high) / 2);
    let cut = imageops::crop_imm(photo, left, top, wide, high).to_image();
    imageops::resize(&cut, width, height, FilterType::CatmullRom)
}

/// The photo with its plain background carried on to both sides; none where it is not plain, or the
/// person touches a side.
fn widened(photo: &RgbaImage, figure: &Figure, wide: u32) -> Option<RgbaImage> {
    let backdrop = figure.backdrop?;
    let outline = figure.outline.as_ref()?;
    let (across, down) = photo.dimensions();
    let touches =
        (0..outline.height()).any(|y| outline.has(0, y) || outline.has(outline.width() - 1, y));
    if touches || wide <= across {
        return None;
    }
    let left = (wide - across) / 2;
    let soft = (across / 12).max(1);
    Some(RgbaImage::from_fn(wide, down, |x, y| {
        let own = (x.max(left) - left).min(across - 1);
        let outside = left.saturating_sub(x) + x.saturating_sub(left + across - 1);
        let pixel = *photo.get_pixel(own, y);
        if outside == 0 {
            return pixel;
        }
        // From the edge's own colour over to the background's.
        let at = |x: f32| backdrop.at(x / figure.scale, y as f32 / figure.scale);
        let edge = at(own as f32);
        let share = 1.0 - (outside as f32 / soft as f32).min(1.0);
        let [red, green, blue, _] = pixel.0.map(f32::from);
        let tone = |part: f32, own: f32| (part + (own - part) * share).clamp(0.0, 255.0) as u8;
        Rgba([
            tone(edge[0], red),
            tone(edge[1], green),
            tone(edge[2], blue),
            255,
        ])
    }))
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
