//! What each model's input adds to the fields that all models share.

use serde_json::{Value, json};

use super::models::{FLUX, P_IMAGE, SIZES};
use crate::domain::options::Category;
use crate::provider::{Submission, prompt};

/// Runware takes seeds below 2^31.
const SEEDS: u32 = 1 << 31;

/// The fields for a submission's model; options that were not set are left out.
pub(super) fn of(submission: &Submission<'_>) -> Value {
    let seed = submission.options.seed;
    let mut input = match submission.model.vendor_id {
        P_IMAGE => json!({
            "positivePrompt": submission.prompt,
            "inputs": {"referenceImages": roles(submission)},
        }),
        FLUX => json!({
            "positivePrompt": wearing(submission),
            "inputs": {"referenceImages": roles(submission)},
        }),
        _ => edit(submission),
    };
    if let Some(fields) = input.as_object_mut() {
        fields.insert(
            "seed".into(),
            seed.and_then(|seed| seed.checked_rem(SEEDS)).into(),
        );
        fields.retain(|_, said| !said.is_null());
    }
    input
}

/// The pictures, each with its role.
fn roles(submission: &Submission<'_>) -> Value {
    let person = json!({"image": submission.photo_url, "role": "person"});
    let garment = submission.garment_url;
    let garment = garment.map(|image| json!({"image": image, "role": "garment"}));
    std::iter::once(person).chain(garment).collect()
}

/// The sentence that FLUX virtual try-on expects, with the part of the outfit.
fn wearing(submission: &Submission<'_>) -> String {
    let garment = match submission.options.category {
        None => "garment",
        Some(Category::Tops) => "top",
        Some(Category::Bottoms) => "bottoms",
        Some(Category::OnePieces) => "one-piece outfit",
    };
    let also = submission.prompt.map(|wishes| format!(" Also: {wishes}"));
    format!(
        "The person of image 1, maintaining exactly their face and pose, wearing the {garment} of image 2.{}",
        also.unwrap_or_default()
    )
}

/// A model that edits by instruction is given either a size in pixels or a resolution that keeps
/// the photo's ratio, never both.
fn edit(submission: &Submission<'_>) -> Value {
    let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
        .into_iter()
        .flatten()
        .collect();
    let ratio = submission.aspect_ratio;
    let size = ratio.and_then(|ratio| SIZES.iter().find(|(known, _)| *known == ratio));
    let size = size.map(|(_, size)| *size);
    json!({
        "positivePrompt": prompt::dress(submission),
        "inputs": {"referenceImages": pictures},
        "resolution": size.is_none().then_some("1K"),
        "width": size.map(|(width, _)| width),
        "height": size.map(|(_, height)| height),
    })
}
