//! `size`: a ratio, `auto`, or for some models pixels.

use super::{
    error::ApiError,
    models::{Model, Pixels},
};
use crate::picture::Ratio;

/// The longest side may be at most this many times the shorter one, where pixels are given.
const MAX_RATIO: u32 = 3;

/// Reads `size` by the model's rules.
pub(crate) fn parse(size: &str, model: &Model) -> Result<Ratio, ApiError> {
    let refuse = || {
        ApiError::parameter(
            "size",
            format!("size '{size}' is not supported by {}", model.id),
        )
    };
    if model.ratios.contains(&size) {
        return Ok(Ratio::of(size).unwrap_or(Ratio::Auto));
    }
    let (width, height) = pair(size, 'x')
        .or_else(|| pair(size, '×'))
        .ok_or_else(refuse)?;
    match model.pixels {
        Some(bounds) if within(bounds, width, height) => Ok(Ratio::Fixed { width, height }),
        _ => Err(refuse()),
    }
}

fn within(bounds: Pixels, width: u32, height: u32) -> bool {
    let sides = bounds.least_side..=bounds.most_side;
    let area = u64::from(width).saturating_mul(u64::from(height));
    [width, height]
        .iter()
        .all(|side| sides.contains(side) && side.is_multiple_of(bounds.step))
        && (bounds.least_area..=bounds.most_area).contains(&area)
        && width.max(height) <= width.min(height).saturating_mul(MAX_RATIO)
}

fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let (left, right) = text.split_once(between)?;
    let both = (left.parse().ok()?, right.parse().ok()?);
    (both.0 > 0 && both.1 > 0).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolink::models;

    fn size(model: &str, size: &str) -> Option<Ratio> {
        parse(size, models::find(model).unwrap()).ok()
    }

    #[test]
    fn each_model_has_its_own_sizes() {
        let fixed = |width, height| Some(Ratio::Fixed { width, height });
        assert_eq!(size("gemini-3.1-flash-image-preview", "3:4"), fixed(3, 4));
        assert_eq!(
            size("gemini-3.1-flash-image-preview", "auto"),
            Some(Ratio::Auto)
        );
        assert_eq!(size("gemini-3.1-flash-image-preview", "1:8"), fixed(1, 8));
        assert_eq!(size("gemini-3-pro-image-preview", "1:8"), None);
        assert_eq!(size("nano-banana-beta", "4:5"), None);
        assert_eq!(size("gemini-3-pro-image-preview", "1024x1024"), None);
        assert_eq!(size("gpt-image-2", "1024x1536"), fixed(1024, 1536));
        assert_eq!(size("gpt-image-2", "1000x1536"), None);
        assert_eq!(size("gpt-image-2", "64x64"), None);
        assert_eq!(size("gpt-image-2", "3840x1040"), None);
        assert_eq!(size("qwen-image-edit", "512x640"), fixed(512, 640));
        assert_eq!(size("qwen-image-edit", "3:4"), None);
        assert_eq!(size("gpt-image-2", "0x0"), None);
    }
}
