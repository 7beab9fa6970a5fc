//! The shortest sequence that still fails.

use super::command::{Limits, Step};
use super::play::{Disagreement, listed};

/// Drops commands while what is left still fails, whatever way: first halves of the sequence, then ever smaller parts,
/// then single ones until none can be dropped.
pub(crate) fn shrink(limits: Limits, found: Disagreement) -> Disagreement {
    let mut shortest = found;
    let mut part = shortest.steps.len().div_ceil(2);
    while part > 0 {
        let before = shortest.steps.len();
        let mut place = 0;
        while place < shortest.steps.len() {
            let end = shortest.steps.len().min(place + part);
            let without: Vec<Step> = [&shortest.steps[..place], &shortest.steps[end..]].concat();
            match listed(limits, &without) {
                Err(shorter) => shortest = shorter,
                Ok(()) => place = end,
            }
        }
        if part > 1 || shortest.steps.len() == before {
            part /= 2;
        }
    }
    shortest
}
