//! The shape of a result: `aspect_ratio`, or `image_size` by name or in pixels.

use serde_json::Value;

use crate::picture::Ratio;

/// Reads it from an input; the person's own where the input names none.
pub(crate) fn of(input: &Value) -> Ratio {
    let ratio = input.get("aspect_ratio").and_then(Value::as_str);
    let size = input.get("image_size");
    ratio
        .and_then(Ratio::of)
        .or_else(|| named(size?.as_str()?))
        .or_else(|| pixels(size?))
        .unwrap_or(Ratio::Auto)
}

/// The named shapes say their longer side first.
fn named(name: &str) -> Option<Ratio> {
    let (width, height) = match name {
        "square" | "square_hd" => (1, 1),
        "portrait_4_3" => (3, 4),
        "portrait_16_9" => (9, 16),
        "landscape_4_3" => (4, 3),
        "landscape_16_9" => (16, 9),
        _ => return None,
    };
    Some(Ratio::Fixed { width, height })
}

fn pixels(size: &Value) -> Option<Ratio> {
    let side = |name| {
        let side = u32::try_from(size.get(name)?.as_u64()?).ok()?;
        (side > 0).then_some(side)
    };
    Some(Ratio::Fixed {
        width: side("width")?,
        height: side("height")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_to_say_it() {
        let fixed = |width, height| Ratio::Fixed { width, height };
        assert_eq!(of(&json!({ "aspect_ratio": "3:4" })), fixed(3, 4));
        assert_eq!(of(&json!({ "image_size": "portrait_16_9" })), fixed(9, 16));
        let pixels = json!({ "image_size": { "width": 600, "height": 800 } });
        assert_eq!(of(&pixels), fixed(600, 800));
        let nothing = json!({ "image_size": { "width": 0, "height": 800 } });
        for auto in [json!({}), json!({ "aspect_ratio": "auto" }), nothing] {
            assert_eq!(of(&auto), Ratio::Auto, "{auto}");
        }
    }
}
