//! Masks: which pixels of a small copy of a picture belong to something.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use image::{
    GrayImage, Luma, RgbaImage,
    imageops::{self, FilterType},
};

/// The longer side of the small copy, in pixels: enough for shoulders and sleeves.
const SIDE: u32 = 320;
/// A hole of at most this share of the mask, in thousandths, is no gap between arm and trunk.
const HOLE: usize = 6;

/// The small copy, and how many of the picture's pixels one of its pixels stands for.
pub(super) fn small(picture: &RgbaImage) -> (RgbaImage, f32) {
    let longer = picture.width().max(picture.height()).max(1);
    if longer <= SIDE {
        return (picture.clone(), 1.0);
    }
    let scale = longer as f32 / SIDE as f32;
    let part = |side: u32| ((side as f32 / scale).round() as u32).max(1);
    let (width, height) = (part(picture.width()), part(picture.height()));
    (
        imageops::resize(picture, width, height, FilterType::Triangle),
        scale,
    )
}

/// A run of pixels in a row, from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Run {
    pub(super) fn width(self) -> i32 {
        self.last - self.first + 1
    }

    pub(super) fn middle(self) -> f32 {
        (self.first + self.last) as f32 / 2.0
    }

    fn distance(self, column: f32) -> f32 {
        let column = column.round() as i32;
        (self.first - column).max(column - self.last).max(0) as f32
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask {
    width: i32,
    height: i32,
    on: Vec<bool>,
}

impl Mask {
    pub(super) fn of(picture: &RgbaImage, is_on: impl Fn(u32, u32, [u8; 4]) -> bool) -> Self {
        Self {
            width: picture.width() as i32,
            height: picture.height() as i32,
            on: picture
                .enumerate_pixels()
                .map(|(x, y, pixel)| is_on(x, y, pixel.0))
                .collect(),
        }
    }

    pub(super) fn height(&self) -> i32 {
        self.height
    }

    pub(super) fn width(&self) -> i32 {
        self.width
    }

    pub(super) fn has(&self, x: i32, y: i32) -> bool {
        self.place(x, y)
            .and_then(|place| self.on.get(place))
            .is_some_and(|on| *on)
    }

    pub(super) fn count(&self) -> usize {
        self.on.iter().filter(|on| **on).count()
    }

    fn place(&self, x: i32, y: i32) -> Option<usize> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then(|| (y * self.width + x) as usize)
    }

    /// The runs of a row that are wider than a speck, from left to right.
    pub(super) fn runs(&self, y: i32) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut first = None;
        for x in 0..=self.width {
            match (self.has(x, y), first) {
                (true, None) => first = Some(x),
                (false, Some(start)) => {
                    runs.push(Run {
                        first: start,
                        last: x - 1,
                    });
                    first = None;
                }
                _ => {}
            }
        }
        runs.retain(|run| run.width() > 1);
        runs
    }

    /// The run of a row that holds a column, or is nearest to it.
    pub(super) fn run_at(&self, y: i32, column: f32) -> Option<Run> {
        self.runs(y)
            .into_iter()
            .min_by(|a, b| a.distance(column).total_cmp(&b.distance(column)))
    }

    /// The first and last row with anything in them.
    pub(super) fn rows(&self) -> Option<(i32, i32)> {
        let mut rows = (0..self.height).filter(|y| !self.runs(*y).is_empty());
        let first = rows.next()?;
        Some((first, rows.next_back().unwrap_or(first)))
    }

    /// Only the largest part that hangs together, its small holes filled.
    pub(super) fn largest(&self) -> Self {
        let kept = self.parts(true).into_iter().max_by_key(Vec::len);
        let mut largest = Self {
            on: vec![false; self.on.len()],
            ..*self
        };
        largest.set(kept.as_deref().unwrap_or_default(), true);
        let limit = largest.count() * HOLE / 1000;
        for hole in largest.parts(false) {
            if hole.len() <= limit {
                largest.set(&hole, true);
            }
        }
        largest
    }

    fn set(&mut self, places: &[usize], value: bool) {
        for place in places {
            if let Some(on) = self.on.get_mut(*place) {
                *on = value;
            }
        }
    }

    /// The parts that hang together, of what is on or of what is off.
    fn parts(&self, on: bool) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.on.len()];
        let mut parts = Vec::new();
        for start in 0..self.on.len() {
            let part = self.flood(start, on, &mut seen);
            if !part.is_empty() {
                parts.push(part);
            }
        }
        parts
    }

    fn flood(&self, start: usize, value: bool, seen: &mut [bool]) -> Vec<usize> {
        let mut part = Vec::new();
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            let fits = self.on.get(place).is_some_and(|on| *on == value);
            match seen.get_mut(place) {
                Some(seen) if fits && !*seen => *seen = true,
                _ => continue,
            }
            part.push(place);
            let (x, y) = (place as i32 % self.width, place as i32 / self.width);
            let around = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
            open.extend(around.iter().filter_map(|(x, y)| self.place(*x, *y)));
        }
        part
    }

    /// The mask without its gaps that hold a column or lie wholly within `reach` of it, in the rows
    /// before one: an open collar or front is no space between two limbs.
    pub(super) fn closed_at(&self, column: f32, reach: f32, before: i32) -> Self {
        let mut closed = self.clone();
        for y in 0..before.min(self.height) {
            let runs = self.runs(y);
            for (left, right) in runs.iter().zip(runs.iter().skip(1)) {
                let gap = left.last + 1..right.first;
                let near = |x: i32| (x as f32 - column).abs() <= reach;
                let holds = gap.contains(&(column.round() as i32));
                if holds || near(gap.start) && near(gap.end) {
                    let places: Vec<usize> = gap.filter_map(|x| self.place(x, y)).collect();
                    closed.set(&places, true);
                }
            }
        }
        closed
    }

    /// What is in both.
    pub(super) fn and(&self, other: impl Fn(i32, i32) -> bool) -> Self {
        let on = (0..self.height)
            .flat_map(|y| (0..self.width).map(move |x| (x, y)))
            .map(|(x, y)| self.has(x, y) && other(x, y))
            .collect();
        Self { on, ..*self }
    }

    /// The mask at a picture's size, with soft edges.
    pub(super) fn soft(&self, width: u32, height: u32) -> GrayImage {
        let sharp = GrayImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            Luma([if self.has(x as i32, y as i32) { 255 } else { 0 }])
        });
        imageops::resize(&sharp, width, height, FilterType::Triangle)
    }
}
