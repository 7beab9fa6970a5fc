//! The person in a photo: where the head, the shoulders and the limbs are.
//!
//! 1. Before a plain background the person is all that is not background, and the outline tells.
//! 2. Otherwise the largest patch of skin high in the photo is taken for the face, and the body is
//!    hung below it in the proportions of a grown person.
//! 3. Where there is no such patch either, a portrait is assumed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use image::RgbaImage;

use super::{
    backdrop::Backdrop,
    mask::{self, Mask},
    shape::{Shape, Trunk},
    skin,
    spline::Point,
};

/// A grown person's measures, in heads from the crown to the narrowest part of the neck.
mod heads {
    /// From the middle to the corner of a shoulder.
    pub(super) const SHOULDER: f32 = 0.86;
    /// From the neck down to that corner.
    pub(super) const SHOULDER_DROP: f32 = 0.30;
    /// From the middle to the side of the trunk.
    pub(super) const TRUNK: f32 = 0.62;
    /// From the neck to where the legs part.
    pub(super) const CROTCH: f32 = 2.45;
    /// A face's height over its width, from the hair to the chin.
    pub(super) const FACE: f32 = 1.3;
}

/// A head, down to the narrowest part of the neck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Head {
    pub(super) top: f32,
    pub(super) neck: f32,
    pub(super) left: f32,
    pub(super) right: f32,
    /// Half the width of the neck.
    pub(super) neck_half: f32,
}

impl Head {
    pub(super) fn height(self) -> f32 {
        self.neck - self.top
    }

    pub(super) fn middle(self) -> f32 {
        f32::midpoint(self.left, self.right)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) head: Head,
    pub(super) shape: Shape,
    /// The person's pixels in a small copy; none where the background is not plain.
    pub(super) outline: Option<Mask>,
    /// The background, in the small copy's pixels.
    pub(super) backdrop: Option<Backdrop>,
    /// The small copy, and how many of the photo's pixels one of its own stands for.
    pub(super) small: RgbaImage,
    pub(super) scale: f32,
}

impl Figure {
    pub(super) fn of(photo: &RgbaImage) -> Self {
        let (small, scale) = mask::small(photo);
        let backdrop = Backdrop::of(&small);
        let outline = backdrop.map(|backdrop| backdrop.others(&small).largest());
        let read = outline.as_ref().and_then(by_outline);
        let (outline, (head, shape)) = match read {
            Some(read) => (outline, read),
            None => (None, guess(&small)),
        };
        let head = Head {
            top: head.top * scale,
            neck: head.neck * scale,
            left: head.left * scale,
            right: head.right * scale,
            neck_half: head.neck_half * scale,
        };
        Self {
            head,
            shape: shape.scaled(scale),
            outline,
            backdrop,
            small,
            scale,
        }
    }

    /// Where the legs part, or would if the photo went on.
    pub(super) fn crotch(&self) -> Point {
        self.shape.crotch.unwrap_or_else(|| {
            Point::new(
                self.shape.axis,
                self.head.neck + heads::CROTCH * self.head.height(),
            )
        })
    }
}

fn by_outline(outline: &Mask) -> Option<(Head, Shape)> {
    let (top, bottom) = outline.rows()?;
    let head = head(outline, top, bottom)?;
    let reach = (head.height() * 1.1) as i32;
    let shape = Shape::of(outline, head.middle(), head.neck as i32 + 1, reach)?;
    // A person's shoulders are about two heads wide; what is not has been misread.
    let heads = shape.span() / head.height();
    (1.0..=3.2).contains(&heads).then_some((head, shape))
}

/// The head ends where the outline is narrowest before it widens to the shoulders.
fn head(outline: &Mask, top: i32, bottom: i32) -> Option<Head> {
    let first = outline.runs(top + 2).first().copied()?;
    let mut axis = first.middle();
    let mut widths = Vec::new();
    for y in top..=bottom {
        let run = outline.run_at(y, axis)?;
        widths.push(run);
        if y - top < (bottom - top) / 8 {
            axis = run.middle();
        }
    }
    let width = |index: usize| widths.get(index).map_or(0, |run| run.width());
    let most = |from: usize, to: usize| (from..to).map(width).max().unwrap_or(0);
    let limit = widths.len() / 2;
    let neck = (4..limit)
        .filter(|n| {
            let here = width(*n) as f32;
            most(0, *n) as f32 >= here * 1.06 && most(*n, *n + *n) as f32 >= here * 1.7
        })
        .min_by_key(|n| width(*n))?;
    let widest = (0..neck).max_by_key(|n| width(*n))?;
    let (run, neck_run) = (widths.get(widest)?, widths.get(neck)?);
    Some(Head {
        top: top as f32,
        neck: top as f32 + neck as f32,
        left: run.first as f32,
        right: run.last as f32,
        neck_half: neck_run.width() as f32 / 2.0,
    })
}

/// A head from the face's skin, or a portrait's; and the body that belongs to it.
fn guess(small: &RgbaImage) -> (Head, Shape) {
    let (width, height) = (small.width() as f32, small.height() as f32);
    let head = face(small).unwrap_or(Head {
        top: height * 0.06,
        neck: height * 0.36,
        left: width / 2.0 - height * 0.1,
        right: width / 2.0 + height * 0.1,
        neck_half: height * 0.06,
    });
    let (unit, axis) = (head.height(), head.middle());
    let level = head.neck + heads::SHOULDER_DROP * unit;
    let aside = heads::SHOULDER * unit;
    let crotch = Point::new(axis, head.neck + heads::CROTCH * unit);
    let rows = (level as i32..=crotch.y.min(height * 2.0) as i32).map(|y| Trunk {
        y: y as f32,
        left: axis - heads::TRUNK * unit,
        right: axis + heads::TRUNK * unit,
    });
    let shape = Shape {
        axis,
        shoulders: [
            Point::new(axis - aside, level),
            Point::new(axis + aside, level),
        ],
        armpits: [None, None],
        arms: [Vec::new(), Vec::new()],
        trunk: rows.collect(),
        crotch: (crotch.y < height).then_some(crotch),
        legs: [Vec::new(), Vec::new()],
    };
    (head, shape)
}

/// The largest patch of skin in the upper part that is shaped like a face.
fn face(small: &RgbaImage) -> Option<Head> {
    let limit = (small.height() * 3 / 5) as i32;
    let skin = Mask::of(small, |_, y, pixel| {
        (y as i32) < limit && skin::is_skin(pixel)
    });
    let patch = skin.largest();
    let whole = small.width() as usize * small.height() as usize;
    let share = patch.count() as f32 / whole.max(1) as f32;
    if !(0.004..0.3).contains(&share) {
        return None;
    }
    let (top, bottom) = patch.rows()?;
    // The widest row of the upper part is the face's; below it the neck may follow.
    let upper = top + ((bottom - top) * 3 / 5).max(1);
    let widest = (top..=upper)
        .flat_map(|y| patch.runs(y))
        .max_by_key(|run| run.width())?;
    let wide = widest.width() as f32;
    let tall = wide * heads::FACE;
    if wide > small.width() as f32 * 0.6 {
        return None;
    }
    let crown = top as f32 - tall * 0.22;
    Some(Head {
        top: crown,
        neck: top as f32 + tall * 1.12,
        left: widest.first as f32,
        right: widest.last as f32,
        neck_half: wide * 0.4,
    })
}
