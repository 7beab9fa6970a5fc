//! Uploads: which pictures are accepted, why others are refused, and what vendors get to see.

use bytes::Bytes;
use serde_json::json;

use super::world::{World, png, png_of};

#[tokio::test]
async fn a_file_that_is_no_picture_is_refused() {
    let world = World::new();
    let ada = world.user("ada").await;
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'/>";
    assert_eq!(ada.try_upload(svg.into()).await.code(), "unsupported_image");
    let large = vec![0; 10 * 1024 * 1024 + 1];
    assert_eq!(
        ada.try_upload(large.into()).await.code(),
        "payload_too_large"
    );
    assert!(world.pictures.kept("").is_empty());
    world.check().await;
}

#[tokio::test]
async fn a_picture_too_large_to_decode_is_refused() {
    let world = World::new();
    let ada = world.user("ada").await;
    for (width, height, status) in [
        (16_384, 16_384, 201),
        (16_385, 1, 415),
        (1, 16_385, 415),
        (u32::MAX, u32::MAX, 415),
    ] {
        let large = png_of("large", width, height);
        let answer = ada.try_upload(large).await;
        assert_eq!(answer.status, status, "{width} by {height}");
    }
    world.check().await;
}

/// Each message says what is wrong with the picture, and what to do about it.
#[tokio::test]
async fn each_kind_of_refused_picture_has_a_message_of_its_own() {
    let world = World::new();
    let ada = world.user("ada").await;
    let mut sentences = std::collections::BTreeSet::new();
    let whole = png("x");
    for (bytes, says) in [
        (png_of("x", 20_000, 10), "at most 16384 pixels a side"),
        (whole.slice(..whole.len() / 2), "broken or cut off"),
        (
            Bytes::from_static(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            "HEIC",
        ),
        (
            Bytes::from_static(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
            "AVIF",
        ),
        (Bytes::from_static(b"GIF89a\x01\0\x01\0"), "GIF"),
        (
            Bytes::from_static(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "SVG",
        ),
        (Bytes::from_static(b"II*\0\x08\0\0\0"), "TIFF"),
        (Bytes::from_static(b"hello"), "not a picture"),
        (Bytes::new(), "not a picture"),
    ] {
        let answer = ada.try_upload(bytes).await;
        assert_eq!((answer.status, answer.code()), (415, "unsupported_image"));
        let detail = answer.body["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(says), "{says}: {detail}");
        sentences.insert(detail);
    }
    assert_eq!(sentences.len(), 8);
    world.check().await;
}

/// Only the picture itself is stored, and so only that reaches a vendor; its size is answered. Seen
/// in [pollinations/pollinations #13859](https://github.com/pollinations/pollinations/issues/13859).
#[tokio::test]
async fn data_behind_a_picture_does_not_reach_the_vendor() {
    let world = World::new();
    let ada = world.user("ada").await;
    let plain = png("me");
    let told = ada
        .try_upload([&plain[..], b"at home"].concat().into())
        .await;
    assert_eq!(
        (told.status, &told.body["bytes"]),
        (201, &json!(plain.len()))
    );
    let kept: Vec<_> = world.pictures.kept("uploads/").into_values().collect();
    assert_eq!(kept, [plain]);
    world.check().await;
}
