//! Whether a model can work with the pictures of a request.

use super::CheckedRequest;
use crate::domain::field_error::FieldError;
use crate::domain::picture::PictureHead;

/// The format and size of a request's pictures, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pictures {
    /// The person's photo.
    pub photo: Option<PictureHead>,
    /// The garment's picture.
    pub garment: Option<PictureHead>,
}

impl CheckedRequest {
    /// Whether its model works with every picture that can be uploaded, so that nobody has to know
    /// what these are.
    pub fn takes_any_pictures(&self) -> bool {
        self.model().pictures.are_any()
    }

    /// What is wrong with its pictures, as far as they are known, for its model.
    pub fn picture_problems(&self, pictures: Pictures) -> Vec<FieldError> {
        let limits = self.model().pictures;
        [("photo", pictures.photo), ("garment", pictures.garment)]
            .into_iter()
            .filter_map(|(field, picture)| {
                let problem = limits.problem(picture?)?;
                Some(FieldError::new(field, problem))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::credits::Credits;
    use crate::domain::job::RequestBody;
    use crate::domain::model::{Listing, Model, Need, PictureLimits, Takes};
    use crate::domain::options::SupportedOptions;
    use crate::domain::picture::PictureFormat;

    const UPLOAD: &str = "upl_01M7V98KR00000000000000007";

    /// Supports every photo and garment that can be uploaded.
    const ANY: Model = Model {
        id: "studio/any",
        provider: "studio",
        vendor_id: "any",
        takes: Takes {
            photo: Need::Required,
            garment: Need::Required,
            prompt: Need::Unsupported,
        },
        pictures: PictureLimits::ANY,
        aspect_ratios: &[],
        supported: SupportedOptions::NONE,
        max_count: 1,
        max_prompt_chars: 0,
        credits_per_image: Credits::of(4),
        vendor_price: None,
        typical: Duration::from_secs(20),
        non_commercial: false,
    };

    const LIMITED: Model = Model {
        pictures: PictureLimits {
            formats: &[PictureFormat::Jpeg, PictureFormat::Png],
            min_side: 300,
            ..PictureLimits::ANY
        },
        ..ANY
    };

    fn checked(model: &'static Model) -> CheckedRequest {
        let listing = Listing::from(model);
        let json = format!(r#"{{"photo":"{UPLOAD}","garment":"{UPLOAD}"}}"#);
        let request: RequestBody = serde_json::from_str(&json).unwrap();
        CheckedRequest::check(&request, &[listing]).unwrap()
    }

    const fn head(format: PictureFormat, width: u32, height: u32) -> PictureHead {
        PictureHead {
            format,
            width,
            height,
        }
    }

    #[test]
    fn each_picture_is_measured_and_told_by_its_field() {
        let pictures = Pictures {
            photo: Some(head(PictureFormat::Jpeg, 200, 900)),
            garment: Some(head(PictureFormat::Webp, 900, 900)),
        };
        let request = checked(&LIMITED);
        assert!(!request.takes_any_pictures());
        assert_eq!(
            request.picture_problems(pictures),
            [
                FieldError::new(
                    "photo",
                    "is 200 by 900 pixels; this model needs at least 300 a side"
                ),
                FieldError::new("garment", "is WebP; this model takes JPEG or PNG"),
            ]
        );
        assert_eq!(request.picture_problems(Pictures::default()), []);
    }

    #[test]
    fn a_model_without_limits_takes_whatever_could_be_uploaded() {
        let request = checked(&ANY);
        let pictures = Pictures {
            photo: Some(head(PictureFormat::Webp, 1, 1)),
            garment: Some(head(PictureFormat::Png, 16_384, 1)),
        };
        assert!(request.takes_any_pictures());
        assert_eq!(request.picture_problems(pictures), []);
    }
}
