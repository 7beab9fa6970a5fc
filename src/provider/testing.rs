//! What the tests of all codecs begin with.

use bytes::Bytes;

use super::{Response, Submission};
use crate::domain::model::Model;
use crate::domain::options::Options;

/// An answer, its body as it is.
pub(super) fn response(status: u16, body: &str) -> Response {
    http::Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

/// A photo and a garment for one picture, and nothing else said.
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
