//! The garment: cut out of its picture, and what kind it is.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "coordinates within a picture; checked forms would hide the geometry"
)]

use image::{GrayImage, Luma, RgbaImage, imageops};

use super::{
    frame::part,
    mask::{self, Mask},
    shape::Shape,
};

/// A pixel at least this light in all its parts, and joined to the edge, is background.
const NEAR_WHITE: u8 = 236;
/// A pixel at least this opaque belongs to the garment.
const OPAQUE: u8 = 24;
/// The lowest rows of a picture are no part of the garment: they may carry a message to us.
const IGNORED_ROWS: u32 = 2;
/// Half the width and the depth of a collar's opening, in thousandths of the garment's.
const COLLAR: (u32, u32) = (78, 100);
/// A garment whose top edge dips at least this far at its middle is open there already, in
/// thousandths of its height.
const OPEN: f32 = 0.035;
/// A dress is at least this high for its width; a shirt with its sleeves down is not.
const LONG: f32 = 1.35;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Shirts, sweaters, jackets.
    Top,
    /// Trousers, shorts, skirts.
    Bottom,
    /// Dresses.
    OnePiece,
}

#[derive(Debug, Clone)]
pub(super) struct Garment {
    /// Without its background and margins.
    pub(super) picture: RgbaImage,
    pub(super) kind: Kind,
    /// In the picture's pixels.
    pub(super) shape: Shape,
    /// The first and last row of it.
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Garment {
    /// None where nothing of a garment is to be seen.
    pub(super) fn of(picture: &RgbaImage) -> Option<Self> {
        let mut picture = cut_out(picture)?;
        let (small, scale) = mask::small(&picture);
        let outline = Mask::of(&small, |_, _, pixel| pixel[3] > 127).largest();
        let (top, bottom) = outline.rows()?;
        let axis = axis(&outline)?;
        let reach = ((bottom - top) / 3).max(2);
        let shape = Shape::of(&outline, axis, top, reach)?;
        let kind = kind(&outline, &shape, top, bottom);
        if kind != Kind::Bottom && !is_open(&outline, axis, top, bottom) {
            open_collar(&mut picture, axis * scale);
        }
        Some(Self {
            picture,
            kind,
            shape: shape.scaled(scale),
            top: top as f32 * scale,
            bottom: bottom as f32 * scale,
        })
    }

    /// The row where a garment without sleeves is as wide as the trunk under the arms.
    pub(super) fn chest(&self) -> f32 {
        let limit = self.top + (self.bottom - self.top) * 0.3;
        let rows = || self.shape.trunk.iter().filter(|row| row.y <= limit);
        let most = rows().map(|row| row.right - row.left).fold(0.0, f32::max);
        rows()
            .find(|row| row.right - row.left >= most * 0.94)
            .map_or(limit, |row| row.y)
    }

    /// Whether it has sleeves that hang beside the trunk.
    pub(super) fn has_sleeves(&self) -> bool {
        self.shape.armpits.iter().all(Option::is_some)
    }
}

/// The column about which the garment is symmetrical: the middle of its rows, each counted once.
fn axis(outline: &Mask) -> Option<f32> {
    let (top, bottom) = outline.rows()?;
    let middles: Vec<f32> = (top..=bottom)
        .filter_map(|y| {
            let runs = outline.runs(y);
            let (first, last) = (runs.first()?, runs.last()?);
            Some((first.first + last.last) as f32 / 2.0)
        })
        .collect();
    let sum: f32 = middles.iter().sum();
    (!middles.is_empty()).then(|| sum / middles.len() as f32)
}

/// Trousers part into legs; a skirt has a wide straight top and flares; a dress is long.
fn kind(outline: &Mask, shape: &Shape, top: i32, bottom: i32) -> Kind {
    let height = (bottom - top).max(1) as f32;
    let extent = |part: f32| {
        let runs = outline.runs(top + (height * part) as i32);
        match (runs.first(), runs.last()) {
            (Some(first), Some(last)) => (last.last - first.first + 1) as f32,
            _ => 0.0,
        }
    };
    let sleeves = shape.armpits.iter().any(Option::is_some);
    let legs = shape
        .crotch
        .is_some_and(|crotch| bottom as f32 - crotch.y > height * 0.12);
    if legs && !sleeves {
        return Kind::Bottom;
    }
    let width = (0..=20)
        .map(|step| extent(step as f32 / 20.0))
        .fold(0.0, f32::max);
    let waist = extent(0.05);
    let flares = extent(0.9) > waist * 1.1 && extent(0.015) > waist * 0.86;
    if !sleeves && flares && waist > width * 0.4 {
        return Kind::Bottom;
    }
    let trunk = shape
        .trunk_at(top as f32 + height * 0.5)
        .map_or(width, |row| row.right - row.left);
    let long = if sleeves {
        height / trunk > LONG * 1.6
    } else {
        height / width > LONG
    };
    if long { Kind::OnePiece } else { Kind::Top }
}

/// Whether the top edge dips at the middle, between two sides of a collar.
fn is_open(outline: &Mask, axis: f32, top: i32, bottom: i32) -> bool {
    let column = axis.round() as i32;
    let dip = (top..=bottom)
        .find(|y| outline.has(column, *y))
        .unwrap_or(bottom);
    (dip - top) as f32 > (bottom - top) as f32 * OPEN
}

/// The garment without its background and margins; none where nothing is left.
pub(super) fn cut_out(picture: &RgbaImage) -> Option<RgbaImage> {
    let height = picture.height().saturating_sub(IGNORED_ROWS).max(1);
    let mut garment = imageops::crop_imm(picture, 0, 0, picture.width(), height).to_image();
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

/// Opens the middle of the collar, where pictures of garments show the inside of the back and a
/// wearer shows a neck.
fn open_collar(garment: &mut RgbaImage, middle: f32) {
    let (width, height) = garment.dimensions();
    let (middle, across) = (middle as i64, i64::from(part(width, COLLAR.0, 1000)));
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
    let cover = imageops::fast_blur(&cover, (width as f32 / 360.0).max(0.5));
    for (pixel, Luma([cover])) in garment.pixels_mut().zip(cover.pixels()) {
        pixel.0[3] = pixel.0[3].min(*cover);
    }
}
