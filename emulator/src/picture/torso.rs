//! Where the torso is: a proportion of the photo, moved sideways to where the head seems to be.

use image::{Rgba, RgbaImage};

use super::frame::part;

/// Where the collar sits, in thousandths of the photo's height: below the chin of a portrait.
const NECK: u32 = 350;
/// How wide a garment is spread, in thousandths of the height, but see `MOST_WIDTH`.
const WIDTH: u32 = 840;
/// How wide a garment is at most, in thousandths of the width; sleeves may leave the photo.
const MOST_WIDTH: u32 = 1100;
/// Down to where a head is looked for, in thousandths of the height.
const HEAD: u32 = 360;
/// How far from the edges a head's middle is, in thousandths of the width.
const MARGIN: u32 = 250;
/// The least and the most share of skin-coloured pixels that is believed, in thousandths.
const BELIEVED: std::ops::RangeInclusive<u32> = 15..=450;

/// Where a garment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Torso {
    /// The column of the neck.
    pub(super) centre: u32,
    /// The row of the collar.
    pub(super) neck: u32,
    /// How wide the garment is spread, sleeves included.
    pub(super) width: u32,
}

impl Torso {
    pub(super) fn of(photo: &RgbaImage) -> Self {
        let (width, height) = photo.dimensions();
        Self {
            centre: head_column(photo).unwrap_or(width / 2),
            neck: part(height, NECK, 1000),
            width: part(height, WIDTH, 1000)
                .min(part(width, MOST_WIDTH, 1000))
                .max(1),
        }
    }
}

/// The median column of the skin-coloured pixels in the photo's upper part.
fn head_column(photo: &RgbaImage) -> Option<u32> {
    let (width, height) = photo.dimensions();
    let rows = part(height, HEAD, 1000);
    let margin = part(width, MARGIN, 1000);
    let skin_in = |column: u32| {
        let skin = (0..rows).filter(|row| is_skin(*photo.get_pixel(column, *row)));
        u32::try_from(skin.count()).unwrap_or(u32::MAX)
    };
    let columns: Vec<(u32, u32)> = (margin..width.saturating_sub(margin))
        .map(|column| (column, skin_in(column)))
        .collect();
    let total: u32 = columns
        .iter()
        .fold(0, |sum, (_, skin)| sum.saturating_add(*skin));
    if !BELIEVED.contains(&part(1000, total, rows.saturating_mul(width))) {
        return None;
    }
    let mut left = total / 2;
    columns.into_iter().find_map(|(column, skin)| {
        let here = left < skin;
        left = left.saturating_sub(skin);
        here.then_some(column)
    })
}

/// A rule of thumb for skin of many tones in ordinary light.
fn is_skin(Rgba([red, green, blue, _]): Rgba<u8>) -> bool {
    red > 70
        && green > 40
        && blue > 20
        && red > green
        && green >= blue
        && red.saturating_sub(green) >= 16
        && red.saturating_sub(blue) <= 130
}
