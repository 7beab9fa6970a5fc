//! What is removed of a picture, and what stays, byte for byte.

use super::*;

fn stripped(bytes: Vec<u8>) -> Vec<u8> {
    let (head, stripped) = strip(&Bytes::from(bytes)).unwrap();
    assert_eq!(strip(&stripped), Ok((head, stripped.clone())), "once more");
    stripped.to_vec()
}

fn turned() -> Vec<u8> {
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    segment(0xe1, &[&b"Exif\0\0"[..], tiff].concat())
}

const JFIF: &[u8] = b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0";

/// Where a photo was taken is nobody's business: pollinations/pollinations #13859.
#[test]
fn a_jpeg_keeps_its_pixels_its_colours_and_which_way_up_it_is() {
    let kept = [
        segment(0xe2, b"ICC_PROFILE\0\x01\x01profile"),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xdb, &[1; 65]),
    ]
    .concat();
    let before = [
        segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x01abcdef"),
        segment(0xe0, b"JFXX\0\x10thumbnail"),
        segment(0xe1, &exif(6)),
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        kept.clone(),
        segment(0xe2, b"MPF\0where the previews are"),
        segment(0xed, b"Photoshop 3.0\08BIM"),
        segment(0xee, b"Somebody's own"),
        segment(0xfe, b"a comment"),
        b"\xff\xff".to_vec(),
    ];
    let film = b"a film with places of its own";
    let given = [&jpeg_with(&before.concat(), 640, 480), &film[..]].concat();
    let expected = [segment(0xe0, JFIF), turned(), kept].concat();
    assert_eq!(stripped(given), jpeg_with(&expected, 640, 480));
}

#[test]
fn a_jpegs_orientation_comes_first_where_there_is_no_jfif() {
    let given = jpeg_with(&segment(0xe1, &exif(6)), 640, 480);
    assert_eq!(stripped(given), jpeg_with(&turned(), 640, 480));
    let upright = jpeg_with(&segment(0xe1, &exif(1)), 640, 480);
    assert_eq!(stripped(upright), jpeg_with(b"", 640, 480));
}

/// A progressive picture has many scans; what is between them goes as well.
#[test]
fn metadata_between_scans_goes_and_the_scans_stay() {
    let table = segment(0xc4, &[2; 20]);
    let mut given = jpeg_with(b"", 640, 480);
    given.truncate(given.len() - 2);
    let expected = [&given[..], &table, SCAN, b"\xff\xd9"].concat();
    let given = [
        &given[..],
        &segment(0xfe, b"why"),
        &table,
        SCAN,
        b"\xff\xff\xd9",
    ]
    .concat();
    assert_eq!(stripped(given), expected);
}

#[test]
fn a_png_keeps_its_pixels_its_colours_and_which_way_up_it_is() {
    let kept = [
        png::made(*b"iCCP", b"profile"),
        png::made(*b"pHYs", &[7; 9]),
        png::made(*b"tRNS", b"\0\0"),
    ]
    .concat();
    let before = [
        png::made(*b"eXIf", &exif(6)[6..]),
        png::made(*b"tEXt", b"Comment\0at home"),
        png::made(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>"),
        png::made(*b"zTXt", b"Raw profile type exif\0\0x"),
        png::made(*b"tIME", &[7; 7]),
        kept.clone(),
        png::made(*b"prVt", b"whatever this is"),
    ];
    let given = [&png_with(&before.concat(), 640, 480)[..], b"#fail"].concat();
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let expected = [kept, png::made(*b"eXIf", tiff)].concat();
    assert_eq!(stripped(given), png_with(&expected, 640, 480));
}

/// Apple's own variant of PNG, which only Apple's software opens.
#[test]
fn a_png_with_a_critical_chunk_that_nobody_knows_is_broken() {
    let given = png_with(&png::made(*b"CrAP", b""), 3, 2);
    assert_eq!(strip(&given.into()), Err(Unsupported::Broken));
}

#[test]
fn a_webp_keeps_its_pixels_its_colours_and_which_way_up_it_is() {
    let profile = webp_chunk(*b"ICCP", b"profile");
    let given = webp(&[
        canvas(0x2c, 640, 480),
        profile.clone(),
        lossy(640, 480),
        webp_chunk(*b"EXIF", &exif(6)),
        webp_chunk(*b"XMP ", b"<x:xmpmeta/>"),
        webp_chunk(*b"What", b"?"),
    ]);
    let given = [&given[..], b"more"].concat();
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = webp(&[
        canvas(0x28, 640, 480),
        profile.clone(),
        lossy(640, 480),
        webp_chunk(*b"EXIF", tiff),
    ]);
    assert_eq!(stripped(given), turned);
    let upright = webp(&[
        canvas(0x2c, 640, 480),
        profile.clone(),
        lossy(640, 480),
        webp_chunk(*b"EXIF", &exif(1)),
    ]);
    let expected = webp(&[canvas(0x20, 640, 480), profile, lossy(640, 480)]);
    assert_eq!(stripped(upright), expected);
}

/// Without a canvas there is one picture, and nobody sees what is behind it.
#[test]
fn a_webp_without_a_canvas_keeps_its_first_pixels_alone() {
    let plain = webp(&[lossy(640, 480)]);
    assert_eq!(stripped(plain.clone()), plain);
    let given = webp(&[
        lossy(640, 480),
        lossy(8, 8),
        webp_chunk(*b"ICCP", b"profile"),
    ]);
    assert_eq!(stripped(given), plain);
}

#[test]
fn an_animated_webp_keeps_all_of_its_frames() {
    let frame = |name: &[u8]| webp_chunk(*b"ANMF", &[name, &[0; 16]].concat());
    let film = webp(&[
        canvas(0x02, 640, 480),
        webp_chunk(*b"ANIM", &[0; 6]),
        frame(b"first!"),
        frame(b"second"),
    ]);
    assert_eq!(stripped(film.clone()), film);
}

/// A canvas without anything on it.
#[test]
fn a_webp_without_pixels_is_broken() {
    let given = webp(&[canvas(0, 640, 480), webp_chunk(*b"XMP ", b"<x/>")]);
    assert_eq!(strip(&given.into()), Err(Unsupported::Broken));
}

/// Nothing is copied where nothing is removed.
#[test]
fn a_picture_without_metadata_stays_where_it_is() {
    for bytes in [
        jpeg_with(&segment(0xe0, JFIF), 640, 480),
        png_with(b"", 640, 480),
    ] {
        let given = Bytes::from(bytes);
        let (_, stripped) = strip(&given).unwrap();
        assert_eq!(stripped.as_ptr(), given.as_ptr());
    }
}
