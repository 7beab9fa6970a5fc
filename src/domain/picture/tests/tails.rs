//! Whether a picture is whole.

use super::*;

fn all() -> [Vec<u8>; 4] {
    [
        jpeg_with(&segment(0xe0, &[7; 200]), 640, 480),
        png_with(&png::made(*b"pHYs", &[7; 9]), 640, 480),
        webp(&[lossy(640, 480)]),
        webp(&[canvas(0x10, 640, 480), lossy(640, 480)]),
    ]
}

/// LaMP57/BilibiliMangaDownload #6, Nandaka/PixivUtil2 #977, libvips/libvips #2309: half a picture
/// whose head is fine.
#[test]
fn a_picture_that_is_cut_off_anywhere_is_broken() {
    for bytes in all() {
        assert!(judged(&bytes).is_ok());
        for length in 12..bytes.len() {
            let cut = judged(&bytes[..length]);
            assert_eq!(cut, Err(Unsupported::Broken), "{length} of {}", bytes.len());
        }
    }
    let first_bytes = &png_with(b"", 640, 480)[..24];
    assert_eq!(judged(first_bytes), Err(Unsupported::Broken));
}

/// Phones and editors put films, previews and their own data behind a picture.
#[test]
fn bytes_behind_a_picture_do_not_make_it_broken() {
    for bytes in all() {
        let longer = [&bytes[..], &vec![0x55; 40_000]].concat();
        assert_eq!(judged(&longer), judged(&bytes));
        assert_eq!(judged_by_ranges(&longer, 1024).0, judged(&bytes));
    }
    let far = [&all()[0][..], &vec![0x55; 70_000]].concat();
    assert_eq!(judged(&far), Err(Unsupported::Broken));
}

/// A thumbnail in a JPEG's metadata has an end of its own, which says nothing of the picture.
#[test]
fn the_end_of_a_thumbnail_is_not_the_end_of_the_picture() {
    let thumbnail = jpeg_with(b"", 16, 12);
    let metadata = segment(0xe1, &[&exif(1), &thumbnail[..]].concat());
    let whole = jpeg_with(&metadata, 640, 480);
    assert!(judged(&whole).is_ok());
    let cut = &whole[..whole.len() - 2];
    assert_eq!(judged(cut), Err(Unsupported::Broken));
}

#[test]
fn a_webp_of_no_length_is_broken() {
    let mut bytes = webp(&[lossy(640, 480)]);
    bytes[4..8].copy_from_slice(&[0; 4]);
    assert_eq!(judged(&bytes), Err(Unsupported::Broken));
}

/// What a stored picture costs to look at: its head and its tail, not what is between.
#[test]
fn a_large_picture_is_judged_by_two_ranges() {
    let pixels = png::made(*b"IDAT", &vec![7; 20_000_000]);
    let (head, reads) = judged_by_ranges(&png_with(&pixels, 640, 480), 256 * 1024);
    assert_eq!((head.is_ok(), reads), (true, 2));
}
