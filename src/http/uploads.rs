//! Taking a picture in.

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{StatusCode, header};

use super::problem::Problem;
use super::view;
use crate::config::LARGEST_UPLOAD_MIB;
use crate::domain::number::digits;
use crate::service::{Atelier, Error, User};

/// Photos of today's telephones are below it; so is what every provider takes.
const MAX_UPLOAD_BYTES: usize = 10 * 1024 * 1024;

const _: () = assert!(MAX_UPLOAD_BYTES as u64 == LARGEST_UPLOAD_MIB * 1024 * 1024);

/// `POST /v1/uploads`: the body is the picture. Its type is told from its bytes.
pub(super) async fn create(
    State(atelier): State<Atelier>,
    user: User,
    request: Request,
) -> Result<Response, Problem> {
    let too_large = || {
        Problem::from(Error::PayloadTooLarge {
            limit: MAX_UPLOAD_BYTES,
        })
    };
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| digits(length.to_str().ok()?));
    let most = u64::try_from(MAX_UPLOAD_BYTES).unwrap_or(u64::MAX);
    if declared.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let bytes = to_bytes(request.into_body(), MAX_UPLOAD_BYTES)
        .await
        .map_err(|_| too_large())?;
    let upload = atelier.upload(user.account, bytes).await?;
    view::answer(StatusCode::CREATED, &view::UploadView::from(&upload))
}
