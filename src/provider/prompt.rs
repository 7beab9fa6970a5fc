//! Prompts for models that edit pictures by instruction and have no field for a garment.

use super::Submission;
use crate::domain::options::Category;

/// The parts of an outfit that a prompt can name.
pub(super) const CATEGORIES: &[Category] =
    &[Category::Tops, Category::Bottoms, Category::OnePieces];

/// The strictest model takes 2,000 tokens (Nano Banana 2 at `EvoLink`), and a character is at most
/// about one token. The longest instruction is below 500 characters, which a test checks.
pub(super) const MAX_WISHES_CHARS: usize = 1500;

const KEEP: &str = "Keep the person's face, hair, body shape and pose, and the background, exactly as they are. \
                    The result is one photorealistic photograph.";

/// The instruction for a submission: image 1 is the person; image 2 is the garment, if there is a
/// picture of it.
pub(super) fn dress(submission: &Submission<'_>) -> String {
    let part = match submission.options.category {
        None => "",
        Some(Category::Tops) => " It takes the place of the top alone; all else they wear stays.",
        Some(Category::Bottoms) => {
            " It takes the place of what they wear below the waist alone; all else they wear stays."
        }
        Some(Category::OnePieces) => " It takes the place of both top and bottom.",
    };
    match (submission.garment_url, submission.prompt) {
        (Some(_), None) => format!(
            "Dress the person in image 1 in the garment shown in image 2, with its colour, pattern and cut.{part} {KEEP}"
        ),
        (Some(_), Some(wishes)) => format!(
            "Dress the person in image 1 in the garment shown in image 2, with its colour, pattern and cut.{part} \
             {KEEP} Also: {wishes}"
        ),
        (None, wishes) => {
            let outfit = wishes.unwrap_or("a different outfit");
            format!(
                "Change the clothes of the person in image 1.{part} {KEEP} They now wear: {outfit}"
            )
        }
    }
}

/// The same, for a model that makes one picture unless the prompt says how many.
pub(super) fn dress_several(submission: &Submission<'_>) -> String {
    let dress = dress(submission);
    match submission.count {
        0 | 1 => dress,
        count => format!("Generate {count} images, each on its own and not a collage. {dress}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::model;
    use crate::provider::testing::submission;

    /// Seedream treats `n` as an upper limit: asked for three by `n` alone, it makes one.
    /// <https://evolink.ai/seedream-4>
    #[test]
    fn the_prompt_says_the_number_where_there_are_several() {
        let model = model("evolink/seedream-4").unwrap();
        let mut submission = submission(model, "https://x.test/c");
        assert_eq!(dress_several(&submission), dress(&submission));
        submission.count = 3;
        assert!(dress_several(&submission).starts_with("Generate 3 images,"));
    }

    #[test]
    fn the_longest_prompt_with_our_instruction_is_within_the_strictest_limit() {
        let wishes = "w".repeat(MAX_WISHES_CHARS);
        for garment_url in [None, Some("https://x.test/g")] {
            for category in [None]
                .into_iter()
                .chain(CATEGORIES.iter().copied().map(Some))
            {
                let model = model("evolink/nano-banana-2").unwrap();
                let mut submission = submission(model, "https://x.test/c");
                submission.garment_url = garment_url;
                submission.prompt = Some(&wishes);
                submission.options.category = category;
                submission.count = u8::MAX;
                assert!(dress_several(&submission).chars().count() <= 2000);
            }
        }
    }
}
