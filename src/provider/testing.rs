//! Fixtures that the tests of all codecs share.

use bytes::Bytes;

use super::{Response, Submission};
use crate::domain::model::Model;
use crate::domain::options::Options;

/// An answer with this status and body.
pub(super) fn response(status: u16, body: &str) -> Response {
    http::Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

/// A submission with a photo and a garment, for one picture, without options.
pub(super) fn submission(model: &'static Model, callback_url: &'static str) -> Submission<'static> {
    Submission {
        model,
        vendor_id: model.vendor_id,
        reference: "job_1-1",
        photo_url: "https://app.test/p",
        garment_url: Some("https://app.test/g"),
        prompt: None,
        aspect_ratio: None,
        options: Options::default(),
        count: 1,
        callback_url,
    }
}
