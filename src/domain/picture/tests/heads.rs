//! What a head tells.

use super::*;

/// Fill bytes before any marker (T.81 B.1.1.2), and markers that stand alone before the frame:
/// nothings/stb #421, rjray/image-size #3, LibrePDF/OpenPDF #1247.
#[test]
fn a_jpeg_with_fill_bytes_and_standalone_markers_is_a_picture() {
    let app = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    for before in [
        [b"\xff", &app[..]].concat(),
        [&[0xff; 36], &app[..], &[0xff; 3]].concat(),
        [b"\xff\x01\xff\xd0", &app[..], b"\xff\xd7"].concat(),
        // Bytes that belong to nothing, which libjpeg passes over too.
        [&app[..], b"\0\0stray\xff\0"].concat(),
    ] {
        assert_eq!(sides(&jpeg_with(&before, 640, 480)), Ok((640, 480)));
    }
}

/// 64 KiB, and not a byte more.
#[test]
fn bytes_that_belong_to_no_segment_are_passed_over_for_a_while() {
    let strays = |pairs| sides(&jpeg_with(&b"\xff\0".repeat(pairs), 640, 480));
    assert_eq!(strays(32 * 1024), Ok((640, 480)));
    assert_eq!(strays(32 * 1024 + 1), Err(Unsupported::Broken));
}

/// More metadata than is read at once, known and stored: image-size/image-size #96, #93,
/// bpatrik/pigallery2 #398.
#[test]
fn a_jpegs_sides_are_found_behind_four_megabytes_of_metadata() {
    let metadata = segment(0xe2, &vec![0xff; 65_533]).repeat(64);
    let bytes = jpeg_with(&metadata, 640, 480);
    assert_eq!(sides(&bytes), Ok((640, 480)));
    let (head, reads) = judged_by_ranges(&bytes, 256 * 1024);
    assert_eq!(head.map(|head| (head.width, head.height)), Ok((640, 480)));
    assert!(reads <= 24, "{reads} reads");
}

/// An orientation of 5 to 8 lays a picture on its side: statamic/cms #14685, image-size/image-size
/// #345, ente-io/ente #9573.
#[test]
fn a_turned_picture_has_the_sides_that_a_viewer_shows() {
    for (orientation, shown) in [
        (0, (640, 480)),
        (1, (640, 480)),
        (3, (640, 480)),
        (4, (640, 480)),
        (5, (480, 640)),
        (6, (480, 640)),
        (8, (480, 640)),
        (9, (640, 480)),
    ] {
        let exif = exif(orientation);
        let jpeg = jpeg_with(&segment(0xe1, &exif), 640, 480);
        let png = png_with(&png::made(*b"eXIf", &exif[6..]), 640, 480);
        let pixels = lossy(640, 480);
        let webp = |data: &[u8]| {
            webp(&[
                canvas(0x08, 640, 480),
                pixels.clone(),
                webp_chunk(*b"EXIF", data),
            ])
        };
        for bytes in [jpeg, png, webp(&exif), webp(&exif[6..])] {
            assert_eq!(sides(&bytes), Ok(shown), "orientation {orientation}");
            let (head, _) = judged_by_ranges(&bytes, 16);
            assert_eq!(head, judged(&bytes));
        }
    }
}

#[test]
fn only_the_first_exif_of_a_jpeg_counts_and_in_webp_only_what_the_flags_tell_of() {
    let two = [segment(0xe1, &exif(1)), segment(0xe1, &exif(6))].concat();
    assert_eq!(sides(&jpeg_with(&two, 640, 480)), Ok((640, 480)));
    let untold = [
        canvas(0, 640, 480),
        lossy(640, 480),
        webp_chunk(*b"EXIF", &exif(6)),
    ];
    assert_eq!(sides(&webp(&untold)), Ok((640, 480)));
}

/// The two bits above a side of 14 are a scale (RFC 6386 9.1).
#[test]
fn the_scale_of_a_lossy_webp_is_not_part_of_its_sides() {
    let scaled = webp(&[lossy(0x4000 + 300, 0xc000 + 200)]);
    assert_eq!(sides(&scaled), Ok((300, 200)));
    let lossless = webp(&[webp_chunk(*b"VP8L", b"\x2f\xff\xc1\x0f\0\0")]);
    assert_eq!(sides(&lossless), Ok((512, 64)));
}

/// What no browser can open: a checksum that is wrong, no known first chunk, sides of nothing.
#[test]
fn a_head_that_contradicts_its_format_is_broken() {
    let good = png_with(b"", 3, 2);
    let mut wrong_checksum = good.clone();
    wrong_checksum[29] ^= 1;
    let mut no_header = good.clone();
    no_header[12..16].copy_from_slice(b"gAMA");
    let twice = png_with(&good[8..33], 3, 2);
    let of_colour = |depth_and_colour: &[u8; 2]| {
        let data = [b"\0\0\0\x01\0\0\0\x01", &depth_and_colour[..], b"\0\0\0"].concat();
        [png::SIGNATURE, &png::made(*b"IHDR", &data), &good[33..]].concat()
    };
    let mut no_frame = jpeg_with(b"", 3, 2);
    no_frame.drain(2..2 + frame(3, 2).len());
    for (what, bytes) in [
        ("a wrong checksum", wrong_checksum),
        ("no header first", no_header),
        ("two headers", twice),
        ("no width", png_with(b"", 0, 2)),
        ("more than 31 bits of height", png_with(b"", 3, 0x8000_0000)),
        ("a colour there is not", of_colour(b"\x08\x01")),
        ("a depth there is not", of_colour(b"\x04\x06")),
        (
            "an unknown first chunk",
            webp(&[webp_chunk(*b"JUNK", b"1234567890")]),
        ),
        (
            "no key frame",
            webp(&[webp_chunk(*b"VP8 ", b"\x11\0\0\x9d\x01\x2a\x01\0\x01\0")]),
        ),
        (
            "no start code",
            webp(&[webp_chunk(*b"VP8 ", b"\x10\0\0\x9d\x01\x2b\x01\0\x01\0")]),
        ),
        (
            "a version there is not",
            webp(&[webp_chunk(*b"VP8L", b"\x2f\0\0\0\xe0\0")]),
        ),
        ("no frame", no_frame),
        ("a height that comes later", jpeg_with(b"", 3, 0)),
        ("an end before the pixels", b"\xff\xd8\xff\xd9".to_vec()),
        ("an end before the frame", jpeg_with(b"\xff\xd9", 3, 2)),
        ("a second begin", jpeg_with(b"\xff\xd8", 3, 2)),
    ] {
        assert_eq!(judged(&bytes), Err(Unsupported::Broken), "{what}");
    }
}

#[test]
fn a_jpeg_that_no_browser_opens_is_called_that() {
    let ordinary = jpeg_with(b"", 3, 2);
    let mut arithmetic = ordinary.clone();
    arithmetic[3] = 0xc9;
    let mut twelve_bits = ordinary;
    twelve_bits[6] = 12;
    for bytes in [arithmetic, twelve_bits] {
        assert_eq!(judged(&bytes), Err(Unsupported::UncommonJpeg));
    }
}

/// Nothing that is said in a file leads outside of it, or on for ever.
#[test]
fn any_bytes_behind_a_signature_come_to_an_end() {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    let starts = [
        jpeg_with(&segment(0xe1, &exif(6)), 640, 480),
        png_with(&png::made(*b"eXIf", &exif(6)[6..]), 640, 480),
        webp(&[
            canvas(0x08, 9, 9),
            lossy(9, 9),
            webp_chunk(*b"EXIF", &exif(6)),
        ]),
    ];
    for start in &starts {
        for _ in 0..3000 {
            let mut bytes = start.clone();
            for _ in 0..=random() % 4 {
                let place = usize::try_from(random()).unwrap() % bytes.len();
                bytes[place] = u8::try_from(random()).unwrap();
            }
            bytes.truncate(
                bytes.len() - usize::try_from(random() % 2 * random()).unwrap() % bytes.len(),
            );
            let judged = judged(&bytes);
            assert_eq!(judged_by_ranges(&bytes, 8).0, judged);
            if let Ok((head, stripped)) = strip(&Bytes::from(bytes)) {
                assert_eq!(strip(&stripped), Ok((head, stripped.clone())));
            }
        }
    }
}

/// The kinds of colour of a PNG, and the bits that each may have (PNG specification, table 11.1).
#[test]
fn a_png_has_one_of_the_colours_that_there_are() {
    let png = |depth: u8, colour: u8| {
        [
            png::SIGNATURE,
            &png::made(*b"IHDR", &[0, 0, 0, 3, 0, 0, 0, 2, depth, colour, 0, 0, 0]),
            &png::made(*b"IDAT", b"pixels"),
            &png::made(*b"IEND", b""),
        ]
        .concat()
    };
    let grey = [1, 2, 4, 8, 16];
    let of_colours = [
        (0, &grey[..]),
        (2, &grey[3..]),
        (3, &grey[..4]),
        (4, &grey[3..]),
        (6, &grey[3..]),
    ];
    for colour in 0..=8 {
        let depths = of_colours.iter().find(|(of, _)| *of == colour);
        let depths = depths.map_or(&[][..], |(_, depths)| *depths);
        for depth in 0..=32 {
            let expected = if depths.contains(&depth) {
                Ok((3, 2))
            } else {
                Err(Unsupported::Broken)
            };
            assert_eq!(
                sides(&png(depth, colour)),
                expected,
                "{depth} bits of colour {colour}"
            );
        }
    }
}

#[test]
fn a_lossy_webp_has_two_sides() {
    assert_eq!(sides(&webp(&[lossy(1, 1)])), Ok((1, 1)));
    for (width, height) in [(0, 1), (1, 0), (0x4000, 1)] {
        let none = sides(&webp(&[lossy(width, height)]));
        assert_eq!(none, Err(Unsupported::Broken), "{width} x {height}");
    }
}

/// A file that says that it ends before its first chunk, with more bytes behind.
#[test]
fn a_webp_that_ends_before_it_begins_is_broken() {
    for length in 0..12_u8 {
        let mut bytes = webp(&[lossy(1, 1)]);
        bytes[4] = length;
        assert_eq!(sides(&bytes), Err(Unsupported::Broken), "{length}");
    }
}
