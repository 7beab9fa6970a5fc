//! A smooth map between two pictures that takes given points to given points: a thin-plate spline.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "sums of floating-point numbers, which do not overflow into panics"
)]

/// A place in a picture, in pixels from its top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

impl Point {
    pub(super) fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(super) fn scaled(self, by: f32) -> Self {
        Self::new(self.x * by, self.y * by)
    }

    /// The point that far on the way to another.
    pub(super) fn towards(self, other: Self, part: f32) -> Self {
        Self::new(
            self.x + (other.x - self.x) * part,
            self.y + (other.y - self.y) * part,
        )
    }
}

/// How far the map may miss a point, for points that are too near to each other to agree.
const SLACK: f64 = 0.02;

pub(super) struct Spline {
    knots: Vec<Point>,
    /// Each knot's weight, then the constant, the part of x and the part of y; for both axes.
    weights: Vec<[f64; 2]>,
    /// The knots' spread, by which distances are measured.
    unit: f32,
}

impl Spline {
    /// The map that takes the first of each pair to the second; none for fewer than three, or for
    /// pairs that lie on one line.
    pub(super) fn through(pairs: &[(Point, Point)]) -> Option<Self> {
        let [first, _, _, ..] = pairs else {
            return None;
        };
        let knots: Vec<Point> = pairs.iter().map(|(from, _)| *from).collect();
        let unit = knots
            .iter()
            .map(|knot| (knot.x - first.0.x).hypot(knot.y - first.0.y))
            .fold(1.0, f32::max);
        let mut rows: Vec<(Vec<f64>, [f64; 2])> = pairs
            .iter()
            .enumerate()
            .map(|(index, (from, to))| {
                let mut row = basis(&knots, *from, unit);
                if let Some(own) = row.get_mut(index) {
                    *own += SLACK;
                }
                (row, [f64::from(to.x), f64::from(to.y)])
            })
            .collect();
        for axis in 0..3 {
            let mut row: Vec<f64> = knots
                .iter()
                .filter_map(|knot| plane(*knot, unit).get(axis).copied())
                .collect();
            row.extend([0.0; 3]);
            rows.push((row, [0.0; 2]));
        }
        let weights = solved(rows)?;
        Some(Self {
            knots,
            weights,
            unit,
        })
    }

    pub(super) fn at(&self, point: Point) -> Point {
        let basis = basis(&self.knots, point, self.unit);
        let [x, y] = basis
            .iter()
            .zip(&self.weights)
            .fold([0.0; 2], |[x, y], (part, [to_x, to_y])| {
                [x + part * to_x, y + part * to_y]
            });
        #[allow(clippy::cast_possible_truncation, reason = "pixels")]
        Point::new(x as f32, y as f32)
    }
}

fn plane(point: Point, unit: f32) -> [f64; 3] {
    [1.0, f64::from(point.x / unit), f64::from(point.y / unit)]
}

/// What each weight is multiplied with at a point.
fn basis(knots: &[Point], point: Point, unit: f32) -> Vec<f64> {
    knots
        .iter()
        .map(|knot| {
            let (x, y) = ((knot.x - point.x) / unit, (knot.y - point.y) / unit);
            let square = f64::from(x * x + y * y);
            if square > 0.0 {
                square * square.ln() / 2.0
            } else {
                0.0
            }
        })
        .chain(plane(point, unit))
        .collect()
}

/// Solves the rows by elimination with pivots; none where they have no single solution.
fn solved(mut rows: Vec<(Vec<f64>, [f64; 2])>) -> Option<Vec<[f64; 2]>> {
    let count = rows.len();
    for column in 0..count {
        let size = |row: &(Vec<f64>, [f64; 2])| row.0.get(column).map_or(0.0, |cell| cell.abs());
        let best = (column..count).max_by(|a, b| match (rows.get(*a), rows.get(*b)) {
            (Some(a), Some(b)) => size(a).total_cmp(&size(b)),
            _ => std::cmp::Ordering::Equal,
        })?;
        rows.swap(column, best);
        let pivot = rows.get(column)?.clone();
        let head = *pivot.0.get(column)?;
        if head.abs() < 1e-9 {
            return None;
        }
        for (index, (cells, sums)) in rows.iter_mut().enumerate() {
            let factor = cells.get(column).map_or(0.0, |cell| cell / head);
            if index == column || factor == 0.0 {
                continue;
            }
            for (cell, other) in cells.iter_mut().zip(&pivot.0) {
                *cell -= factor * other;
            }
            for (sum, other) in sums.iter_mut().zip(pivot.1) {
                *sum -= factor * other;
            }
        }
    }
    rows.iter()
        .enumerate()
        .map(|(index, (cells, [x, y]))| {
            let head = cells.get(index)?;
            Some([x / head, y / head])
        })
        .collect()
}
