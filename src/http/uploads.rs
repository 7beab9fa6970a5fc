//! Uploading a picture.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;

use super::body;
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::config::LARGEST_UPLOAD_MIB;
use crate::service::{Atelier, Sender, User};

/// Photos of today's telephones are below it; so is what every provider takes.
const MAX_UPLOAD_BYTES: usize = 10 * 1024 * 1024;

const _: () = assert!(MAX_UPLOAD_BYTES as u64 == LARGEST_UPLOAD_MIB * 1024 * 1024);

pub(super) fn post_uploads() -> Route {
    route!(post, "/v1/uploads", create, |it| {
        it.is("uploads", "upload", "Upload a picture")
            .says("The body is the picture, of a person or a garment: JPEG, PNG or WebP, which is told from its bytes, \
                at most 10 MiB, and at most 16,384 pixels a side. Location data is removed.")
            .user()
            .picture_body()
            .refuses(&["account_blocked", "payload_too_large", "unsupported_image", "rate_limited", "overloaded", "storage_unavailable"])
            .answers::<view::UploadView>(201, "The picture is stored.")
            .answer_example(201, include_str!("examples/upload.json"))
    })
}

/// The body is the picture; its type is told from its bytes. Of an account that has used up its day, no
/// large body is read, and no capacity is taken for one.
async fn create(atelier: Atelier, user: User, request: Request) -> Result<Response, Problem> {
    let uploads = atelier.uploads();
    let declared = body::declared_within(request.headers(), MAX_UPLOAD_BYTES)?;
    if body::takes_capacity(declared, MAX_UPLOAD_BYTES) {
        uploads.check(&user).await?;
    }
    let sender = Some(Sender::Account(user.account));
    let body = body::read(&atelier, request, MAX_UPLOAD_BYTES, sender).await?;
    let upload = uploads.upload(&user, body.bytes).await?;
    view::answer(StatusCode::CREATED, &view::UploadView::from(&upload))
}
