//! Pictures made by hand, byte by byte.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that goes wrong stops there"
)]

use bytes::Bytes;

use super::known::size_of;
use super::*;

mod heads;
mod stripping;
mod tails;

/// A segment of a JPEG.
fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], payload].concat()
}

fn frame(width: u16, height: u16) -> Vec<u8> {
    let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
    segment(0xc0, &[&[8][..], &sides, b"\x01\x01\x11\0"].concat())
}

const SCAN: &[u8] = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x56";

/// A JPEG with some bytes before its frame.
fn jpeg_with(before: &[u8], width: u16, height: u16) -> Vec<u8> {
    [
        b"\xff\xd8",
        before,
        &frame(width, height),
        SCAN,
        b"\xff\xd9",
    ]
    .concat()
}

fn exif(orientation: u8) -> Vec<u8> {
    let tiff = [
        &b"II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0"[..],
        &[orientation, 0, 0, 0],
        // Where the GPS directory is.
        b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0",
        b"52 N 13 E",
    ]
    .concat();
    [b"Exif\0\0", &tiff[..]].concat()
}

fn png_with(before_pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [
        png::SIGNATURE,
        &png::made(*b"IHDR", &[&sides, &b"\x08\x06\0\0\0"[..]].concat()),
        before_pixels,
        &png::made(*b"IDAT", b"pixels"),
        &png::made(*b"IEND", b""),
    ]
    .concat()
}

fn webp_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let padding = vec![0; data.len() % 2];
    [&kind[..], &length, data, &padding].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let length = u32::try_from(chunks.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &length[..], b"WEBP", &chunks].concat()
}

fn lossy(width: u16, height: u16) -> Vec<u8> {
    let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
    webp_chunk(
        *b"VP8 ",
        &[b"\x10\0\0\x9d\x01\x2a", &sides[..], b"pixels!"].concat(),
    )
}

fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    webp_chunk(
        *b"VP8X",
        &[vec![flags, 0, 0, 0], side(width), side(height)].concat(),
    )
}

fn judged(bytes: &[u8]) -> Result<PictureHead, Unsupported> {
    let known = Known::whole(Bytes::copy_from_slice(bytes));
    judge(&known).map_err(|stop| match stop {
        Stop::Unsupported(why) => why,
        Stop::Missing { .. } => panic!("all of it is here"),
    })
}

fn sides(bytes: &[u8]) -> Result<(u32, u32), Unsupported> {
    judged(bytes).map(|head| (head.width, head.height))
}

/// Judges a picture in storage, of which each range is read when it is asked for, and says how many
/// were.
fn judged_by_ranges(bytes: &[u8], window: u64) -> (Result<PictureHead, Unsupported>, usize) {
    let size = size_of(bytes);
    let mut known = Known::of_size(size);
    for reads in 0..100_000 {
        match judge(&known) {
            Ok(head) => return (Ok(head), reads),
            Err(Stop::Unsupported(why)) => return (Err(why), reads),
            Err(Stop::Missing { from, length }) => {
                let to = size.min(from + length.max(window));
                assert!(length > 0 && from + length <= size);
                let range = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
                known.add(from, Bytes::copy_from_slice(&bytes[range]));
            }
        }
    }
    panic!("it is read on and on");
}

#[test]
fn a_format_is_its_media_type_in_json_too() {
    for (format, media_type, extension) in [
        (PictureFormat::Jpeg, "image/jpeg", "jpg"),
        (PictureFormat::Png, "image/png", "png"),
        (PictureFormat::Webp, "image/webp", "webp"),
    ] {
        assert_eq!(format.extension(), extension);
        assert_eq!(format.media_type(), media_type);
        assert_eq!(PictureFormat::of_media_type(media_type), Some(format));
        assert_eq!(serde_json::json!(format), media_type);
    }
}

#[test]
fn too_many_pixels_a_side_are_told_as_they_are_shown() {
    let turned = png_with(&png::made(*b"eXIf", &exif(6)[6..]), 16_385, 2);
    let why = judged(&turned).unwrap_err();
    let too_large = Unsupported::TooLarge {
        width: 2,
        height: 16_385,
    };
    assert_eq!(why, too_large);
    assert!(why.to_string().contains("16384 pixels a side"), "{why}");
    assert!(judged(&png_with(b"", 16_384, 16_384)).is_ok());
}

/// Sound and films are RIFF, too, and "WEBP" may stand in any file.
#[test]
fn a_webp_has_both_of_its_names() {
    let format = |bytes: &'static [u8]| {
        let known = Known::whole(Bytes::from_static(bytes));
        format_of(&known).ok()
    };
    assert_eq!(format(b"RIFF\0\0\0\0WEBPVP8 "), Some(PictureFormat::Webp));
    assert_eq!(format(b"RIFF\0\0\0\0WAVEfmt "), None);
    assert_eq!(format(b"RIFX\0\0\0\0WEBPVP8 "), None);
    assert_eq!(format(b"RIFF"), None);
}
