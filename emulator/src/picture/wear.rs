//! The garment drawn on the person, in place of what is worn there.
//!
//! 1. The spline of [`fit`] says which point of the garment is seen at each pixel.
//! 2. What was worn there and is not covered by the garment becomes skin.
//! 3. The garment throws a soft shadow; then it is laid on.
//! 4. The head comes over it; and a worn shirt comes over trousers.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates and colours of a picture; checked forms would hide the geometry"
)]

use image::{GrayImage, Luma, Rgba, RgbaImage, imageops};

use super::{
    colour,
    figure::Figure,
    fit,
    garment::{Garment, Kind},
    skin,
    spline::{Point, Spline},
    worn::{self, Worn},
};

/// The map is computed at every so many pixels, and between them by straight lines.
const MESH: u32 = 8;
/// How dark the garment's shadow is, out of 255.
const SHADOW: u32 = 95;

/// The garment as the person wears it, alone, on a picture of the photo's size.
pub(super) fn drawn(
    garment: &Garment,
    figure: &Figure,
    width: u32,
    height: u32,
) -> Option<RgbaImage> {
    let spline = Spline::through(&fit::pairs(garment, figure))?;
    let columns = width / MESH + 2;
    let nodes: Vec<Point> = (0..=height / MESH + 1)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(|(column, row)| spline.at(Point::new((column * MESH) as f32, (row * MESH) as f32)))
        .collect();
    let node = |column: u32, row: u32| {
        nodes
            .get((row * columns + column) as usize)
            .copied()
            .unwrap_or(Point::new(-1.0, -1.0))
    };
    Some(RgbaImage::from_fn(width, height, |x, y| {
        let (column, row) = (x / MESH, y / MESH);
        let (across, down) = (
            (x % MESH) as f32 / MESH as f32,
            (y % MESH) as f32 / MESH as f32,
        );
        let upper = node(column, row).towards(node(column + 1, row), across);
        let lower = node(column, row + 1).towards(node(column + 1, row + 1), across);
        sample(&garment.picture, upper.towards(lower, down))
    }))
}

/// The picture's colour between its pixels; transparent outside.
fn sample(picture: &RgbaImage, at: Point) -> Rgba<u8> {
    if at.x < -1.0 || at.y < -1.0 {
        return Rgba([0; 4]);
    }
    let (x, y) = (at.x.floor(), at.y.floor());
    let (across, down) = (at.x - x, at.y - y);
    let mut sums = [0.0_f32; 4];
    for (dx, dy, share) in [
        (0.0, 0.0, (1.0 - across) * (1.0 - down)),
        (1.0, 0.0, across * (1.0 - down)),
        (0.0, 1.0, (1.0 - across) * down),
        (1.0, 1.0, across * down),
    ] {
        let (px, py) = (x + dx, y + dy);
        if px < 0.0 || py < 0.0 {
            continue;
        }
        let Some(pixel) = picture.get_pixel_checked(px as u32, py as u32) else {
            continue;
        };
        let [red, green, blue, opacity] = pixel.0.map(f32::from);
        let weight = share * opacity;
        sums[0] += red * weight;
        sums[1] += green * weight;
        sums[2] += blue * weight;
        sums[3] += weight;
    }
    let [red, green, blue, opacity] = sums;
    if opacity < 0.5 {
        return Rgba([0; 4]);
    }
    let part = |sum: f32| (sum / opacity).round() as u8;
    Rgba([part(red), part(green), part(blue), opacity.round() as u8])
}

/// What a garment needs to know of the photo, found once for all results.
pub(super) struct Place {
    upper: Option<(Worn, GrayImage)>,
    lower: Option<(Worn, GrayImage)>,
    head: GrayImage,
    skin: [f32; 3],
}

impl Place {
    pub(super) fn of(photo: &RgbaImage, figure: &Figure) -> Self {
        let covered = |worn: Option<Worn>| {
            worn.map(|worn| {
                let cover = worn.cover(photo);
                (worn, cover)
            })
        };
        let skin = skin::tone(&figure.small, figure.head, figure.scale);
        Self {
            upper: covered(worn::upper(figure)),
            lower: covered(worn::lower(figure)),
            head: head(photo, figure),
            skin,
        }
    }

    /// The parts of a worn thing, with the middle lightness of each.
    pub(super) fn worn(&self, lower: bool) -> Option<(&GrayImage, f32)> {
        let worn = if lower { &self.lower } else { &self.upper };
        worn.as_ref().map(|(worn, cover)| (cover, worn.light))
    }
}

/// Lays the drawn garment on the photo.
pub(super) fn put_on(
    canvas: &mut RgbaImage,
    drawn: &RgbaImage,
    kind: Kind,
    figure: &Figure,
    place: &Place,
) {
    let photo = canvas.clone();
    let mut drawn = drawn.clone();
    match kind {
        Kind::Bottom => keep_upper(&mut drawn, figure, place),
        Kind::Top | Kind::OnePiece => bare(canvas, &drawn, figure, place),
    }
    shade(canvas, &drawn);
    imageops::overlay(canvas, &drawn, 0, 0);
    for ((pixel, own), Luma([head])) in canvas
        .pixels_mut()
        .zip(photo.pixels())
        .zip(place.head.pixels())
    {
        let [red, green, blue, _] = own.0;
        colour::blend(pixel, [red, green, blue], *head);
    }
}

/// A worn shirt hangs over the waist of trousers.
fn keep_upper(drawn: &mut RgbaImage, figure: &Figure, place: &Place) {
    let Some((_, cover)) = &place.upper else {
        return;
    };
    let column = figure.shape.axis as u32;
    let hem = (0..cover.height())
        .rev()
        .find(|y| {
            cover
                .get_pixel_checked(column, *y)
                .is_some_and(|pixel| pixel.0[0] > 128)
        })
        .unwrap_or(0);
    let band = drawn.height() / 50;
    for ((_, y, pixel), Luma([worn])) in drawn.enumerate_pixels_mut().zip(cover.pixels()) {
        if y + band < hem {
            pixel.0[3] = 0;
        } else if y < hem + band {
            pixel.0[3] = pixel.0[3].min(255 - *worn);
        }
    }
}

/// Makes skin of what was worn and is neither covered now nor below the new hem.
fn bare(canvas: &mut RgbaImage, drawn: &RgbaImage, figure: &Figure, place: &Place) {
    let (Some((worn, cover)), Some(outline)) = (&place.upper, &figure.outline) else {
        return;
    };
    let hem = lowest(drawn, figure.shape.axis as u32).unwrap_or(0);
    // A little more than the cloth, for its soft edge, but nothing of the background.
    let body = outline.soft(canvas.width(), canvas.height());
    let wide = imageops::fast_blur(cover, figure.scale);
    for (((x, y, pixel), Luma([cloth])), Luma([body])) in canvas
        .enumerate_pixels_mut()
        .zip(wide.pixels())
        .zip(body.pixels())
    {
        let is_covered = drawn
            .get_pixel_checked(x, y)
            .is_some_and(|pixel| pixel[3] == 255);
        if y > hem || *cloth == 0 || is_covered {
            continue;
        }
        let share = (u32::from(*cloth) * 3).min(255) * u32::from(*body) / 255;
        let light = f32::from(colour::lightness(*pixel)) / worn.light.max(1.0);
        // Cloth is rougher than skin: its shades are told more softly.
        let light = 1.0 + (light.clamp(0.5, 1.2) - 1.0) * 0.6;
        let tone = place
            .skin
            .map(|part| (part * light).clamp(0.0, 255.0) as u8);
        colour::blend(pixel, tone, colour::byte(share));
    }
}

/// The garment's lowest row at a column.
fn lowest(drawn: &RgbaImage, column: u32) -> Option<u32> {
    (0..drawn.height()).rev().find(|y| {
        drawn
            .get_pixel_checked(column, *y)
            .is_some_and(|pixel| pixel[3] > 128)
    })
}

fn shade(canvas: &mut RgbaImage, drawn: &RgbaImage) {
    let soft = (canvas.width().max(canvas.height()) as f32 / 170.0).max(0.5);
    let drop = i64::from(canvas.height() / 180);
    let outline = GrayImage::from_fn(canvas.width(), canvas.height(), |x, y| {
        Luma([drawn.get_pixel_checked(x, y).map_or(0, |pixel| pixel[3])])
    });
    let mut shadow = GrayImage::new(canvas.width(), canvas.height());
    imageops::replace(&mut shadow, &outline, drop / 2, drop);
    let shadow = imageops::fast_blur(&shadow, soft);
    for (pixel, Luma([depth])) in canvas.pixels_mut().zip(shadow.pixels()) {
        let share = colour::byte(u32::from(*depth) * SHADOW / 255);
        colour::blend(pixel, [16, 14, 18], share);
    }
}

/// What stays in front of any collar: the head down to the chin.
fn head(photo: &RgbaImage, figure: &Figure) -> GrayImage {
    let head = figure.head;
    let chin = head.neck - head.height() * 0.10;
    let fade = (head.height() * 0.05).max(1.0);
    let middle = head.middle();
    let half = (head.right - head.left) / 2.0;
    let soft = figure
        .outline
        .as_ref()
        .map(|outline| outline.soft(photo.width(), photo.height()));
    GrayImage::from_fn(photo.width(), photo.height(), |x, y| {
        let below = ((chin - y as f32) / fade).clamp(0.0, 1.0);
        let share = if let Some(soft) = &soft {
            below * f32::from(soft.get_pixel(x, y).0[0])
        } else {
            let aside = (x as f32 - middle).abs() - half * 1.25;
            below * 255.0 * (1.0 - aside / (half * 0.2).max(1.0)).clamp(0.0, 1.0)
        };
        Luma([share as u8])
    })
}
