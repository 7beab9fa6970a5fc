//! A plain background: the even or gently shaded colour that a photo has along its edges.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use image::RgbaImage;

use super::mask::Mask;

/// How far a pixel of the edge may be from the background's colour, per part, out of 255.
const EDGE_SPREAD: f32 = 14.0;
/// The least share of the edge that must be that near, for the background to be plain.
const PLAIN: f32 = 0.86;
/// How far a pixel must be from the background's colour to be something else, over three parts.
const APART: f32 = 20.0;
/// The largest step from pixel to pixel within a shadow, over three parts.
const STEP: u32 = 5;
/// How far a shadow may be from the background's colour, over three parts.
const SHADOW: f32 = 110.0;

/// The background's colour at each place: a constant and what each column and row adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backdrop {
    parts: [[f32; 3]; 3],
}

impl Backdrop {
    /// Read from the top edge and the upper two thirds of the sides, where a person seldom is; none
    /// if those are not of one colour.
    pub(super) fn of(small: &RgbaImage) -> Option<Self> {
        let (width, height) = small.dimensions();
        let rows = (height * 2 / 3).max(1);
        let places: Vec<(u32, u32)> = (0..width)
            .map(|x| (x, 0))
            .chain((1..rows).flat_map(|y| [(0, y), (width.saturating_sub(1), y)]))
            .collect();
        let mut parts = [[0.0; 3]; 3];
        let mut kept = places.clone();
        // What stands out of the first fit (a hand at the edge) has no part in the second.
        for _ in 0..3 {
            for (channel, part) in parts.iter_mut().enumerate() {
                *part = fit(small, &kept, channel)?;
            }
            let model = Self { parts };
            kept.retain(|(x, y)| model.distance(small, *x, *y) <= EDGE_SPREAD * 2.0);
            if (kept.len() as f32) < places.len() as f32 * PLAIN {
                return None;
            }
        }
        Some(Self { parts })
    }

    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 3] {
        self.parts
            .map(|[constant, across, down]| constant + across * x + down * y)
    }

    fn distance(&self, small: &RgbaImage, x: u32, y: u32) -> f32 {
        let pixel = small.get_pixel(x, y).0;
        self.at(x as f32, y as f32)
            .iter()
            .zip(pixel)
            .map(|(part, own)| (part - f32::from(own)).abs())
            .sum()
    }

    /// What is not background: it is far from the background's colour, and not reached from the
    /// edge in small steps either, as a shadow on the wall is.
    pub(super) fn others(&self, small: &RgbaImage) -> Mask {
        let reached = self.reached(small);
        Mask::of(small, |x, y, _| {
            self.distance(small, x, y) > APART && !reached.has(x as i32, y as i32)
        })
    }

    fn reached(&self, small: &RgbaImage) -> Mask {
        let (width, height) = small.dimensions();
        let mut seen = vec![false; (width * height) as usize];
        let mut open: Vec<(u32, u32)> = (0..width)
            .map(|x| (x, 0))
            .chain((0..height).flat_map(|y| [(0, y), (width - 1, y)]))
            .filter(|(x, y)| self.distance(small, *x, *y) <= APART)
            .collect();
        while let Some((x, y)) = open.pop() {
            match seen.get_mut((y * width + x) as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let around = [
                (x.wrapping_sub(1), y),
                (x + 1, y),
                (x, y.wrapping_sub(1)),
                (x, y + 1),
            ];
            open.extend(around.into_iter().filter(|(to_x, to_y)| {
                *to_x < width
                    && *to_y < height
                    && step(small, (x, y), (*to_x, *to_y)) <= STEP
                    && self.distance(small, *to_x, *to_y) <= SHADOW
            }));
        }
        Mask::of(small, |x, y, _| {
            seen.get((y * width + x) as usize).copied().unwrap_or(false)
        })
    }
}

/// How far two pixels are from each other, over three parts.
fn step(small: &RgbaImage, from: (u32, u32), to: (u32, u32)) -> u32 {
    let (from, to) = (small.get_pixel(from.0, from.1), small.get_pixel(to.0, to.1));
    let parts = from.0.iter().zip(to.0).take(3);
    parts.map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

/// The plane of least squares through one channel at the given places.
fn fit(small: &RgbaImage, places: &[(u32, u32)], channel: usize) -> Option<[f32; 3]> {
    let count = places.len() as f32;
    if count < 3.0 {
        return None;
    }
    let value =
        |x: u32, y: u32| f32::from(small.get_pixel(x, y).0.get(channel).copied().unwrap_or(0));
    let mean =
        |of: &dyn Fn(u32, u32) -> f32| places.iter().map(|(x, y)| of(*x, *y)).sum::<f32>() / count;
    let (middle, centre, level) = (mean(&|x, _| x as f32), mean(&|_, y| y as f32), mean(&value));
    let sum = |of: &dyn Fn(f32, f32, f32) -> f32| {
        places
            .iter()
            .map(|(x, y)| {
                of(
                    *x as f32 - middle,
                    *y as f32 - centre,
                    value(*x, *y) - level,
                )
            })
            .sum::<f32>()
    };
    let (xx, xy, yy) = (
        sum(&|x, _, _| x * x),
        sum(&|x, y, _| x * y),
        sum(&|_, y, _| y * y),
    );
    let (xv, yv) = (sum(&|x, _, v| x * v), sum(&|_, y, v| y * v));
    let determinant = xx * yy - xy * xy;
    let (across, down) = if determinant.abs() < 1.0 {
        (0.0, 0.0)
    } else {
        (
            (xv * yy - yv * xy) / determinant,
            (yv * xx - xv * xy) / determinant,
        )
    };
    Some([level - across * middle - down * centre, across, down])
}
