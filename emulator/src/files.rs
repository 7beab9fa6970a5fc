//! Result files, served correctly or with faults.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;

use crate::{behaviour::ResultFault, world::World};

/// What `#huge` announces and sends, in bytes.
const HUGE: usize = 64 * 1024 * 1024;
/// The pieces in which streams are sent, in bytes.
const PIECE: usize = 64 * 1024;
/// How long `#truncated` waits after sending before it closes the connection.
const FLUSH: Duration = Duration::from_millis(50);
/// What `#html` serves.
const PAGE: &str = "<!doctype html><title>Gateway</title><h1>502 Bad Gateway</h1>";
/// What `#svg` serves.
const DRAWING: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="96" height="128"><rect width="96" height="128" fill="red"/></svg>"#;

/// One result.
#[derive(Debug, Clone)]
pub(crate) struct ResultFile {
    pub(crate) task_id: String,
    /// Its index among the task's results.
    pub(crate) index: usize,
    pub(crate) bytes: Bytes,
    pub(crate) fault: Option<ResultFault>,
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/files/{name}", get(serve))
        .route("/files/moved/{name}", get(serve_moved))
}

async fn serve(State(world): State<Arc<World>>, Path(name): Path<String>) -> Response {
    let Some(file) = find(&world, &name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match file.fault {
        None | Some(ResultFault::Internal | ResultFault::Unlisted) => whole(file.bytes),
        Some(ResultFault::Half) => whole(half_of(&file.bytes)),
        Some(ResultFault::Gone) if file.index == 0 => StatusCode::NOT_FOUND.into_response(),
        Some(ResultFault::Gone) => StatusCode::GONE.into_response(),
        Some(ResultFault::Chunked) => chunked(file.bytes),
        Some(ResultFault::Truncated) => truncated(&file.bytes),
        Some(ResultFault::Huge) => huge(&file.bytes),
        Some(ResultFault::Html) => png(Body::from(PAGE)),
        Some(ResultFault::Svg) => png(Body::from(DRAWING)),
        Some(ResultFault::Gzip) => gzipped(&file.bytes),
        Some(ResultFault::Redirect) => {
            Redirect::temporary(&format!("/files/moved/{name}")).into_response()
        }
    }
}

async fn serve_moved(State(world): State<Arc<World>>, Path(name): Path<String>) -> Response {
    match find(&world, &name) {
        Some(file) => whole(file.bytes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn find(world: &World, name: &str) -> Option<ResultFile> {
    world.memory().files.get(name).cloned()
}

fn png(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], body).into_response()
}

/// The body has a known size, so it is served with `Content-Length`.
fn whole(bytes: Bytes) -> Response {
    png(Body::from(bytes))
}

fn gzipped(bytes: &Bytes) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(packed) = encoder.write_all(bytes).and_then(|()| encoder.finish()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = png(Body::from(packed));
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn chunked(bytes: Bytes) -> Response {
    png(Body::from_stream(stream::iter(
        pieces(bytes).map(Ok::<_, io::Error>),
    )))
}

fn half_of(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len() / 2)
}

fn truncated(bytes: &Bytes) -> Response {
    let broken = stream::unfold(Some(half_of(bytes)), async |left| {
        if let Some(half) = left {
            return Some((Ok(half), None));
        }
        tokio::time::sleep(FLUSH).await;
        Some((Err(io::Error::other("cut off on purpose")), None))
    });
    announcing(bytes.len(), png(Body::from_stream(broken)))
}

/// The picture, then zeros up to the announced length.
fn huge(bytes: &Bytes) -> Response {
    let zeros = Bytes::from(vec![0; PIECE]);
    let start = bytes.slice(..bytes.len().min(PIECE));
    let first = PIECE.saturating_sub(start.len());
    let padding = zeros.slice(..first);
    let rest = std::iter::repeat_n(zeros, (HUGE / PIECE).saturating_sub(1));
    let all = [start, padding].into_iter().chain(rest);
    announcing(
        HUGE,
        png(Body::from_stream(stream::iter(all.map(Ok::<_, io::Error>)))),
    )
}

fn announcing(length: usize, mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn pieces(bytes: Bytes) -> impl Iterator<Item = Bytes> {
    let starts = (0..bytes.len()).step_by(PIECE);
    starts.map(move |start| bytes.slice(start..start.saturating_add(PIECE).min(bytes.len())))
}
