//! How a garment is worn: which of its points go to which of the person's.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "floating-point geometry, which does not panic"
)]

use super::{
    figure::Figure,
    garment::{Garment, Kind},
    shape::{Shape, Side, Slice, slice_at},
    spline::Point,
};

/// How much room a garment leaves around the body, in parts of the shoulders' width.
const EASE: f32 = 0.022;
/// How far down an arm a sleeve may reach: above the hand, in parts of the arm with it.
const WRIST: f32 = 0.80;
/// How far below its shoulders a body's armpits are at most, in parts of the shoulders' width: a gap
/// between arm and trunk may begin lower.
const ARMHOLE: f32 = 0.30;
/// How high a hem's ends may be above its middle, in parts of the garment's height.
const HEM: f32 = 0.05;
/// How many rows of a trunk, a sleeve or a leg are tied to the body's.
const TIES: u8 = 5;

/// Pairs of a point of the result and the garment's point that is seen there.
pub(super) type Pairs = Vec<(Point, Point)>;

pub(super) fn pairs(garment: &Garment, figure: &Figure) -> Pairs {
    match garment.kind {
        Kind::Bottom => bottom(garment, figure),
        Kind::Top | Kind::OnePiece => top(garment, figure),
    }
}

/// A garment's point at the body's size, before it is drawn to the body.
struct Placing {
    from: Point,
    to: Point,
    scale: f32,
}

impl Placing {
    fn at(&self, point: Point) -> Point {
        Point::new(
            self.to.x + (point.x - self.from.x) * self.scale,
            self.to.y + (point.y - self.from.y) * self.scale,
        )
    }
}

fn steps() -> impl Iterator<Item = f32> {
    (0..=TIES).map(|step| f32::from(step) / f32::from(TIES))
}

fn top(garment: &Garment, figure: &Figure) -> Pairs {
    let (worn, body) = (&garment.shape, &figure.shape);
    let ease = body.span() * EASE;
    let mut pairs = Vec::new();
    let placing = if garment.has_sleeves() {
        by_shoulders(worn, body, ease)
    } else {
        by_chest(garment, figure, ease)
    };
    let [left, right] = worn.shoulders;
    if garment.has_sleeves() {
        for (side, (mine, theirs)) in Side::BOTH
            .into_iter()
            .zip(worn.shoulders.into_iter().zip(body.shoulders))
        {
            pairs.push((
                Point::new(theirs.x + ease * side.sign(), theirs.y - ease * 0.7),
                mine,
            ));
        }
    } else {
        pairs.extend([left, right].map(|corner| (placing.at(corner), corner)));
    }
    // The collar keeps its own form.
    for aside in [-0.16, 0.0, 0.16] {
        let point = Point::new(worn.axis + worn.span() * aside, garment.top);
        pairs.push((placing.at(point), point));
    }
    let under_arms = armpits(worn).unwrap_or_else(|| garment.chest());
    pairs.extend(trunk(garment, figure, &placing, under_arms, ease));
    if garment.has_sleeves() {
        for side in Side::BOTH {
            pairs.extend(sleeve(worn, body, &placing, side, ease));
        }
    }
    pairs
}

/// The row of the lower armpit.
fn armpits(shape: &Shape) -> Option<f32> {
    let [left, right] = shape.armpits;
    Some(left?.y.max(right?.y))
}

fn middle([left, right]: [Point; 2]) -> Point {
    left.towards(right, 0.5)
}

fn by_shoulders(worn: &Shape, body: &Shape, ease: f32) -> Placing {
    Placing {
        from: middle(worn.shoulders),
        to: middle(body.shoulders),
        scale: (body.span() + ease * 2.0) / worn.span().max(1.0),
    }
}

/// Without sleeves the shoulders are cut narrower than the body's: the chest gives the size.
fn by_chest(garment: &Garment, figure: &Figure, ease: f32) -> Placing {
    let (worn, body) = (&garment.shape, &figure.shape);
    let chest = garment.chest();
    let own = worn
        .trunk_at(chest)
        .map_or(1.0, |row| (row.right - row.left).max(1.0));
    let deepest = middle(body.shoulders).y + body.span() * ARMHOLE;
    let level = armpits(body).unwrap_or(deepest).min(deepest);
    let (left, right) = sides(figure, level);
    // What is as wide at its top as anywhere has no armholes: its top is its shoulders.
    let has_armholes = chest - garment.top > (garment.bottom - garment.top) * 0.05;
    let level = if has_armholes {
        level
    } else {
        middle(body.shoulders).y
    };
    Placing {
        from: Point::new(worn.axis, chest),
        to: Point::new(f32::midpoint(left, right), level),
        scale: (right - left + ease * 2.0) / own,
    }
}

/// The trunk's edges at a row; above the armpits, what they are at the armpits.
fn sides(figure: &Figure, y: f32) -> (f32, f32) {
    let body = &figure.shape;
    let from = armpits(body).map_or(y, |row| row + body.span() * 0.02);
    match body.trunk_at(y.max(from)) {
        Some(row) if armpits(body).is_some() || figure.outline.is_none() => (row.left, row.right),
        // Arms that cannot be told from the trunk are not dressed as if they were it.
        _ => {
            let half = body.span() * 0.36;
            (body.axis - half, body.axis + half)
        }
    }
}

fn trunk(
    garment: &Garment,
    figure: &Figure,
    placing: &Placing,
    under_arms: f32,
    ease: f32,
) -> Pairs {
    let worn = &garment.shape;
    // The very hem is often rounded: its ends are higher than its middle.
    let end = worn.trunk.last().map_or(garment.bottom, |row| row.y);
    let last = end - (end - garment.top) * HEM;
    let first = under_arms.min(last);
    let mut pairs = Vec::new();
    let mut tied: Option<(f32, f32)> = None;
    for step in steps() {
        let y = first + (last - first) * step;
        let Some(row) = worn.trunk_at(y) else {
            continue;
        };
        let (left, right) = (
            placing.at(Point::new(row.left, y)),
            placing.at(Point::new(row.right, y)),
        );
        // Below the crotch a hem hangs free; above it, cloth covers the body and no less.
        let (to_left, to_right) = if left.y <= figure.crotch().y {
            let (body_left, body_right) = sides(figure, left.y);
            let room = if garment.kind == Kind::OnePiece {
                ease
            } else {
                ease * 1.4
            };
            let edges = (left.x.min(body_left - room), right.x.max(body_right + room));
            tied = Some((edges.0 - left.x, edges.1 - right.x));
            edges
        } else {
            let (more_left, more_right) = tied.unwrap_or_default();
            (left.x + more_left, right.x + more_right)
        };
        pairs.push((Point::new(to_left, left.y), Point::new(row.left, y)));
        pairs.push((Point::new(to_right, right.y), Point::new(row.right, y)));
    }
    pairs
}

/// The two edges of a sleeve, each slice of it centred on the arm.
fn sleeve(worn: &Shape, body: &Shape, placing: &Placing, side: Side, ease: f32) -> Pairs {
    let pick = |limbs: &[Vec<Slice>; 2]| match side {
        Side::Left => limbs[0].clone(),
        Side::Right => limbs[1].clone(),
    };
    let (sleeve, arm) = (pick(&worn.arms), pick(&body.arms));
    let (Some(first), Some(last)) = (sleeve.first(), sleeve.last()) else {
        return Vec::new();
    };
    let shoulder = middle(body.shoulders).y;
    let end = placing.at(Point::new(0.0, last.y)).y - shoulder;
    let most = arm.last().map_or(end, |hand| (hand.y - shoulder) * WRIST);
    let shorter = (most / end.max(1.0)).min(1.0);
    let level = |y: f32| shoulder + (placing.at(Point::new(0.0, y)).y - shoulder) * shorter;
    let mut pairs = outer(worn, body, &level, side, ease);
    for step in steps() {
        let y = first.y + (last.y - first.y) * step;
        let Some(own) = slice_at(&sleeve, y) else {
            continue;
        };
        let to = level(y);
        let half = own.half() * placing.scale;
        let (centre, half) = match slice_at(&arm, to) {
            Some(limb) => (limb.middle(), half.max(limb.half() + ease)),
            None => (placing.at(Point::new(own.middle(), y)).x, half),
        };
        let sign = side.sign();
        pairs.push((
            Point::new(centre + half * sign, to),
            Point::new(own.outer, y),
        ));
        pairs.push((
            Point::new(centre - half * sign, to),
            Point::new(own.inner, y),
        ));
    }
    pairs
}

/// The outer edge of a sleeve from the shoulder down to where a gap parts it from the trunk.
fn outer(worn: &Shape, body: &Shape, level: &impl Fn(f32) -> f32, side: Side, ease: f32) -> Pairs {
    let edge = |shape: &Shape, y: f32| {
        let limb = match side {
            Side::Left => &shape.arms[0],
            Side::Right => &shape.arms[1],
        };
        match limb.first() {
            Some(first) if y < first.y => shape.trunk_at(y).map(|row| match side {
                Side::Left => row.left,
                Side::Right => row.right,
            }),
            Some(_) => slice_at(limb, y).map(|slice| slice.outer),
            None => None,
        }
    };
    let (top, first) = match side {
        Side::Left => (worn.shoulders[0].y, worn.arms[0].first()),
        Side::Right => (worn.shoulders[1].y, worn.arms[1].first()),
    };
    let Some(first) = first else {
        return Vec::new();
    };
    steps()
        .skip(1)
        .filter(|step| *step < 0.95)
        .filter_map(|step| {
            let y = top + (first.y - top) * step;
            let to = level(y);
            let x = edge(body, to)? + ease * side.sign();
            Some((Point::new(x, to), Point::new(edge(worn, y)?, y)))
        })
        .collect()
}

fn bottom(garment: &Garment, figure: &Figure) -> Pairs {
    let (worn, body) = (&garment.shape, &figure.shape);
    let ease = body.span() * EASE;
    let crotch = figure.crotch();
    let own_crotch = worn.crotch.map_or(
        garment.top + (garment.bottom - garment.top) * 0.3,
        |point| point.y,
    );
    let above = |y: f32, part: f32, top: f32| y - (y - top) * part;
    let own_hips = worn.trunk_at(above(own_crotch, 0.12, garment.top));
    let (left, right) = sides(figure, crotch.y - body.span() * 0.04);
    let scale = own_hips.map_or(1.0, |row| {
        (right - left + ease * 2.0) / (row.right - row.left).max(1.0)
    });
    let axis = worn.crotch.map_or(worn.axis, |point| point.x);
    let placing = Placing {
        from: Point::new(axis, own_crotch),
        to: crotch,
        scale,
    };
    let mut pairs = Vec::new();
    for step in steps() {
        let y = garment.top + (own_crotch - 1.0 - garment.top) * step;
        let Some(row) = worn.trunk_at(y) else {
            continue;
        };
        let (left, right) = (
            placing.at(Point::new(row.left, y)),
            placing.at(Point::new(row.right, y)),
        );
        let (body_left, body_right) = sides(figure, left.y);
        pairs.push((
            Point::new(body_left - ease, left.y),
            Point::new(row.left, y),
        ));
        pairs.push((
            Point::new(body_right + ease, right.y),
            Point::new(row.right, y),
        ));
    }
    let ankles = ankles(figure);
    for side in Side::BOTH {
        let pick = |limbs: &[Vec<Slice>; 2]| match side {
            Side::Left => limbs[0].clone(),
            Side::Right => limbs[1].clone(),
        };
        pairs.extend(leg(
            (&pick(&worn.legs), &pick(&body.legs)),
            &placing,
            (own_crotch, ankles),
            side,
            ease,
        ));
    }
    pairs
}

/// Down to where trousers reach; none where the photo ends above it.
fn ankles(figure: &Figure) -> Option<f32> {
    let outline = figure.outline.as_ref()?;
    let (_, last) = outline.rows()?;
    let ends = last < outline.height() - 3;
    let bottom = figure.shape.legs[0].last()?.y;
    let crotch = figure.crotch().y;
    ends.then_some(crotch + (bottom - crotch) * 0.94)
}

fn leg(
    (worn, body): (&[Slice], &[Slice]),
    placing: &Placing,
    (own_crotch, ankles): (f32, Option<f32>),
    side: Side,
    ease: f32,
) -> Pairs {
    let Some(last) = worn.last() else {
        return Vec::new();
    };
    let crotch = placing.to.y;
    let length = ankles.map_or((last.y - own_crotch) * placing.scale, |ankles| {
        ((last.y - own_crotch) * placing.scale).max(ankles - crotch)
    });
    let mut pairs = Vec::new();
    for step in steps().skip(1) {
        let y = own_crotch + (last.y - own_crotch) * step;
        let Some(own) = slice_at(worn, y) else {
            continue;
        };
        let to = crotch + length * step;
        let half = own.half() * placing.scale;
        let within = body.last().is_some_and(|last| to <= last.y);
        let (centre, half) = match slice_at(body, to).filter(|_| within) {
            Some(limb) => (limb.middle(), half.max(limb.half() + ease * 0.8)),
            None => (placing.at(Point::new(own.middle(), y)).x, half),
        };
        let sign = side.sign();
        pairs.push((
            Point::new(centre + half * sign, to),
            Point::new(own.outer, y),
        ));
        pairs.push((
            Point::new(centre - half * sign, to),
            Point::new(own.inner, y),
        ));
    }
    pairs
}
