//! What a silhouette has below its neck: shoulders, armpits, arms, trunk and legs.
//!
//! A garment has them like a body, so both are read by the same code, and one is then mapped onto
//! the other point by point.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "coordinates of a copy of at most a few hundred pixels a side"
)]

use super::{
    mask::{Mask, Run},
    spline::Point,
};

/// The left or the right of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// -1 to the left, 1 to the right.
    pub(super) fn sign(self) -> f32 {
        match self {
            Self::Left => -1.0,
            Self::Right => 1.0,
        }
    }

    /// The run's end on this side.
    pub(super) fn of(self, run: Run) -> i32 {
        match self {
            Self::Left => run.first,
            Self::Right => run.last,
        }
    }
}

/// A limb's two edges in one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slice {
    pub(super) y: f32,
    /// The edge towards the trunk, or of a leg towards the other.
    pub(super) inner: f32,
    pub(super) outer: f32,
}

impl Slice {
    pub(super) fn middle(self) -> f32 {
        f32::midpoint(self.inner, self.outer)
    }

    pub(super) fn half(self) -> f32 {
        (self.outer - self.inner).abs() / 2.0
    }
}

/// The slices of an arm below its armpit, or of a leg below the crotch, from the top down.
pub(super) type Limb = Vec<Slice>;

/// A limb's slice at a row, or the nearest it has.
pub(super) fn slice_at(limb: &[Slice], y: f32) -> Option<Slice> {
    limb.iter()
        .copied()
        .min_by(|a, b| (a.y - y).abs().total_cmp(&(b.y - y).abs()))
}

/// A trunk's two edges in one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trunk {
    pub(super) y: f32,
    pub(super) left: f32,
    pub(super) right: f32,
}

/// How far from the axis an open collar or front reaches, in parts of the shoulders' width.
const OPENING: f32 = 0.28;
/// The fewest rows that make a limb; fewer are a fold or a loose thread.
const LEAST: usize = 6;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// The column of symmetry.
    pub(super) axis: f32,
    /// The corner where the shoulder turns into the arm; left, right.
    pub(super) shoulders: [Point; 2],
    /// Where a gap between arm and trunk begins; none where there is none.
    pub(super) armpits: [Option<Point>; 2],
    /// Below the armpits; empty where an arm cannot be told from the trunk.
    pub(super) arms: [Limb; 2],
    /// From the shoulders to the crotch or the end, without the arms where they can be told.
    pub(super) trunk: Vec<Trunk>,
    /// Where the legs part.
    pub(super) crotch: Option<Point>,
    pub(super) legs: [Limb; 2],
}

impl Shape {
    /// Reads a mask from a row on, whose column of symmetry is known. Shoulders are looked for
    /// within `reach` rows.
    pub(super) fn of(mask: &Mask, axis: f32, from: i32, reach: i32) -> Option<Self> {
        let (_, bottom) = mask.rows()?;
        let shoulders = [
            corner(mask, axis, from, reach, Side::Left)?,
            corner(mask, axis, from, reach, Side::Right)?,
        ];
        let top = shoulders[0].y.min(shoulders[1].y) as i32;
        let span = shoulders[1].x - shoulders[0].x;
        let crotch = crotch(mask, axis, span, (top, bottom));
        let end = crotch.map_or(bottom, |point| point.y as i32 - 1);
        let closed = mask.closed_at(axis, span * OPENING, end + 1);
        let trunk = trunk(&closed, axis, top, end);
        let arms = Side::BOTH.map(|side| arm(&closed, &trunk, side));
        let armpits = [armpit(&arms[0], &trunk), armpit(&arms[1], &trunk)];
        let legs = match crotch {
            Some(crotch) => Side::BOTH.map(|side| leg(mask, crotch, span, bottom, side)),
            None => [Vec::new(), Vec::new()],
        };
        Some(Self {
            axis,
            shoulders,
            armpits,
            arms,
            trunk,
            crotch,
            legs,
        })
    }

    pub(super) fn span(&self) -> f32 {
        self.shoulders[1].x - self.shoulders[0].x
    }

    /// The trunk at a row, or at the nearest row that it has.
    pub(super) fn trunk_at(&self, y: f32) -> Option<Trunk> {
        self.trunk
            .iter()
            .copied()
            .min_by(|a, b| (a.y - y).abs().total_cmp(&(b.y - y).abs()))
    }

    /// All of it in the pixels of the picture that the mask is a small copy of.
    pub(super) fn scaled(mut self, by: f32) -> Self {
        let limb = |limb: &mut Limb| {
            for slice in limb {
                slice.y *= by;
                slice.inner *= by;
                slice.outer *= by;
            }
        };
        self.axis *= by;
        self.shoulders = self.shoulders.map(|point| point.scaled(by));
        self.armpits = self
            .armpits
            .map(|point| point.map(|point| point.scaled(by)));
        self.crotch = self.crotch.map(|point| point.scaled(by));
        self.arms.iter_mut().chain(&mut self.legs).for_each(limb);
        for trunk in &mut self.trunk {
            trunk.y *= by;
            trunk.left *= by;
            trunk.right *= by;
        }
        self
    }
}

/// The pixel that lies farthest out and up, somewhat more out than up: where the shoulder turns into the arm.
fn corner(mask: &Mask, axis: f32, from: i32, reach: i32, side: Side) -> Option<Point> {
    (from..from + reach)
        .filter_map(|y| {
            let run = mask
                .runs(y)
                .into_iter()
                .find(|run| (run.first as f32..=run.last as f32).contains(&axis))
                .or_else(|| mask.run_at(y, axis))?;
            let x = side.of(run);
            let aside = (x as f32 - axis) * side.sign();
            (aside > 0.0).then_some((
                Point::new(x as f32, y as f32),
                aside - (y - from) as f32 * 0.75,
            ))
        })
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(point, _)| point)
}

/// The trunk row by row: the run at the axis, and where it takes in an arm, what the rows below say.
fn trunk(mask: &Mask, axis: f32, top: i32, end: i32) -> Vec<Trunk> {
    (top..=end)
        .filter_map(|y| {
            let run = mask.run_at(y, axis)?;
            Some(Trunk {
                y: y as f32,
                left: run.first as f32,
                right: run.last as f32,
            })
        })
        .collect()
}

/// The runs beside the trunk's, from the first row that has one down to where they end.
fn arm(mask: &Mask, trunk: &[Trunk], side: Side) -> Limb {
    let mut limb: Limb = Vec::new();
    let last = mask.rows().map_or(0, |(_, last)| last);
    for y in trunk.first().map_or(0, |row| row.y as i32)..=last {
        let runs = mask.runs(y);
        let body = trunk
            .iter()
            .rfind(|row| row.y as i32 <= y)
            .map_or(0.0, |row| f32::midpoint(row.left, row.right));
        let beside = match side {
            Side::Left => runs
                .iter()
                .find(|run| (run.last as f32) < body - run.width() as f32 / 2.0),
            Side::Right => runs
                .iter()
                .rfind(|run| (run.first as f32) > body + run.width() as f32 / 2.0),
        };
        let Some(run) = beside.filter(|_| runs.len() > 1) else {
            if limb.len() < LEAST {
                limb.clear();
                continue;
            }
            break;
        };
        let (inner, outer) = match side {
            Side::Left => (run.last, run.first),
            Side::Right => (run.first, run.last),
        };
        let slice = Slice {
            y: y as f32,
            inner: inner as f32,
            outer: outer as f32,
        };
        // A leg is no arm: it does not begin beside the trunk, but where the trunk ends.
        let jumps = limb
            .last()
            .is_some_and(|last| (last.middle() - slice.middle()).abs() > last.half() + 3.0);
        if jumps && limb.len() >= LEAST {
            break;
        }
        if jumps {
            limb.clear();
        }
        limb.push(slice);
    }
    let legs = trunk
        .last()
        .is_some_and(|row| limb.first().is_some_and(|first| first.y >= row.y - 1.0));
    if legs || limb.len() < LEAST {
        limb.clear();
    }
    limb
}

/// Between an arm's first slice and the trunk beside it.
fn armpit(arm: &[Slice], trunk: &[Trunk]) -> Option<Point> {
    let first = arm.first()?;
    let row = trunk.iter().find(|row| row.y >= first.y)?;
    let edge = if first.middle() < f32::midpoint(row.left, row.right) {
        row.left
    } else {
        row.right
    };
    Some(Point::new(f32::midpoint(first.inner, edge), first.y))
}

/// The top of the gap between two legs: it lies at the axis, and goes on for a while, between two
/// runs of about the same width.
fn crotch(mask: &Mask, axis: f32, span: f32, (top, bottom): (i32, i32)) -> Option<Point> {
    let is_gap = |y: i32| {
        let runs = mask.runs(y);
        let pairs = runs.iter().zip(runs.iter().skip(1));
        let mut at_axis = pairs.filter(|(left, right)| {
            (left.last as f32) < axis + span * 0.12 && (right.first as f32) > axis - span * 0.12
        });
        let (left, right) = at_axis.next()?;
        let (a, b) = (left.width() as f32, right.width() as f32);
        let near = (right.first - left.last) as f32 <= span * 0.8;
        (a.min(b) / a.max(b) > 0.5 && near)
            .then(|| f32::midpoint(left.last as f32, right.first as f32))
    };
    let least = 4.max((bottom - top) / 40);
    // What is open at its very top is a collar: legs part below something that is whole.
    let column = axis.round() as i32;
    let whole = (top..bottom).find(|y| (*y..*y + least).all(|y| mask.has(column, y)))?;
    (whole + 1..=bottom - least)
        .find(|y| (*y..=*y + least).all(|y| is_gap(y).is_some()))
        .and_then(|y| Some(Point::new(is_gap(y)?, y as f32)))
}

fn leg(mask: &Mask, crotch: Point, span: f32, bottom: i32, side: Side) -> Limb {
    let mut limb: Limb = Vec::new();
    for y in crotch.y as i32..=bottom {
        let runs = mask.runs(y);
        let run = match side {
            Side::Left => runs
                .iter()
                .rfind(|run| (run.first as f32) < crotch.x - span * 0.05),
            Side::Right => runs
                .iter()
                .find(|run| (run.last as f32) > crotch.x + span * 0.05),
        };
        let Some(run) = run else { break };
        let (inner, outer) = match side {
            Side::Left => (run.last, run.first),
            Side::Right => (run.first, run.last),
        };
        limb.push(Slice {
            y: y as f32,
            inner: inner as f32,
            outer: outer as f32,
        });
    }
    limb
}
