#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels"
)]

use image::Rgba;

use super::*;

fn photo(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_pixel(width, height, Rgba([90, 110, 130, 255]))
}

/// A red square with transparent surroundings.
fn garment() -> RgbaImage {
    RgbaImage::from_fn(60, 60, |x, y| {
        let inside = (10..50).contains(&x) && (10..50).contains(&y);
        Rgba([200, 20, 20, if inside { 255 } else { 0 }])
    })
}

fn subject() -> Subject {
    Subject {
        person: Some(photo(120, 160)),
        garment: Some(garment()),
        prompt: "dress the person".to_owned(),
        ratio: Ratio::Auto,
        count: 1,
        side: 128,
    }
}

fn results(subject: &Subject) -> Vec<RgbaImage> {
    compose(subject)
        .unwrap()
        .iter()
        .map(|bytes| {
            assert!(bytes.starts_with(b"\x89PNG"));
            image::load_from_memory(bytes).unwrap().into_rgba8()
        })
        .collect()
}

fn only(subject: &Subject) -> RgbaImage {
    results(subject).remove(0)
}

#[test]
fn the_ratio_is_the_asked_one_or_the_persons() {
    let sized = |ratio, person: Option<RgbaImage>| {
        only(&Subject {
            person,
            ratio,
            ..subject()
        })
        .dimensions()
    };
    let fixed = |width, height| Ratio::Fixed { width, height };
    assert_eq!(sized(Ratio::Auto, Some(photo(120, 160))), (96, 128));
    assert_eq!(sized(fixed(3, 4), Some(photo(300, 100))), (96, 128));
    assert_eq!(sized(fixed(16, 9), Some(photo(100, 100))), (128, 72));
    assert_eq!(sized(fixed(1, 8), Some(photo(1, 900))), (16, 128));
    assert_eq!(sized(Ratio::Auto, None), (128, 128));
}

#[test]
fn the_garment_covers_the_torso_and_leaves_the_head() {
    let result = only(&subject());
    let Rgba([red, green, _, _]) = *result.get_pixel(48, 80);
    assert!(red > 150 && green < 60, "the chest is the garment's");
    assert_eq!(*result.get_pixel(48, 12), Rgba([90, 110, 130, 255]));
}

#[test]
fn a_white_background_goes_and_a_white_middle_stays() {
    let white = Rgba([255; 4]);
    let ring = RgbaImage::from_fn(60, 60, |x, y| {
        let within =
            |margin: u32| (margin..60 - margin).contains(&x) && (margin..60 - margin).contains(&y);
        if within(10) && !within(18) {
            Rgba([200, 20, 20, 255])
        } else {
            white
        }
    });
    let cut = garment::cut_out(&ring).unwrap();
    assert_eq!(cut.dimensions(), (40, 40));
    assert_eq!(*cut.get_pixel(20, 20), white);
    assert!(garment::cut_out(&RgbaImage::from_pixel(9, 9, white)).is_none());
}

#[test]
fn words_alone_tint_the_torso() {
    let words = Subject {
        garment: None,
        prompt: "a navy coat".to_owned(),
        ..subject()
    };
    let result = only(&words);
    let Rgba([red, _, blue, _]) = *result.get_pixel(48, 110);
    assert!(blue > red.saturating_add(20), "navy, not {red} {blue}");
    assert_eq!(*result.get_pixel(48, 8), Rgba([90, 110, 130, 255]));
}

#[test]
fn results_differ_from_each_other_and_never_from_themselves() {
    for garment in [Some(garment()), None] {
        let four = Subject {
            garment,
            count: 4,
            ..subject()
        };
        let first = compose(&four).unwrap();
        assert_eq!(first, compose(&four).unwrap());
        for (index, one) in first.iter().enumerate() {
            assert!(!first[..index].contains(one), "result {index} repeats");
        }
    }
}

fn sample(name: &str) -> RgbaImage {
    let path = format!("{}/../samples/{name}", env!("CARGO_MANIFEST_DIR"));
    image::open(path).unwrap().into_rgba8()
}

const PERSONS: [&str; 2] = ["person-woman.jpg", "person-man.jpg"];

/// A sample person in a sample garment: the photo, what it became, and where the body is.
fn dressed(person: &str, garment: &str) -> (RgbaImage, RgbaImage, Figure) {
    let subject = Subject {
        person: Some(sample(person)),
        garment: Some(sample(garment)),
        side: 480,
        ..subject()
    };
    let photo = frame::of(&subject);
    let figure = Figure::of(&photo);
    (photo, only(&subject), figure)
}

/// The share of a box's pixels that changed visibly, in hundredths.
fn changed(before: &RgbaImage, after: &RgbaImage, [left, top, right, bottom]: [f32; 4]) -> usize {
    let inside =
        |x: u32, y: u32| (left..right).contains(&(x as f32)) && (top..bottom).contains(&(y as f32));
    let pairs = || {
        before
            .enumerate_pixels()
            .zip(after.pixels())
            .filter(|((x, y, _), _)| inside(*x, *y))
    };
    let differs = |a: &Rgba<u8>, b: &Rgba<u8>| {
        let parts = a.0.iter().zip(b.0);
        parts.map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>() > 24
    };
    let all = pairs().count();
    assert!(all > 0, "the box is outside the picture");
    pairs().filter(|((_, _, a), b)| differs(a, b)).count() * 100 / all
}

/// The box of the face.
fn face(figure: &Figure) -> [f32; 4] {
    let head = figure.head;
    [
        head.left,
        head.top,
        head.right,
        head.neck - head.height() * 0.2,
    ]
}

/// The samples are read as the people they show: head above shoulders above armpits, in proportion.
#[test]
fn the_sample_persons_are_found_before_their_plain_background() {
    for person in PERSONS {
        let photo = sample(person);
        let figure = Figure::of(&photo);
        assert!(figure.outline.is_some(), "{person}");
        let [left, right] = figure.shape.shoulders;
        let heads = figure.shape.span() / figure.head.height();
        assert!((1.5..2.6).contains(&heads), "{person}: {heads} heads wide");
        assert!(
            (left.y - right.y).abs() < figure.head.height() * 0.2,
            "{person}"
        );
        assert!(left.y > figure.head.neck, "{person}");
        assert!(
            figure.shape.arms.iter().all(|arm| arm.len() > 40),
            "{person}"
        );
    }
}

#[test]
fn the_sample_garments_are_of_their_kind() {
    use garment::Kind::{Bottom, OnePiece, Top};
    for (garment, kind, has_sleeves) in [
        ("garment-linen-shirt.png", Top, true),
        ("garment-knit-sweater.png", Top, true),
        ("garment-denim-jacket.png", Top, true),
        ("garment-summer-dress.png", OnePiece, false),
        ("garment-chino-trousers.png", Bottom, false),
    ] {
        let found = Garment::of(&sample(garment)).unwrap();
        assert_eq!(
            (found.kind, found.has_sleeves()),
            (kind, has_sleeves),
            "{garment}"
        );
    }
}

/// The jacket once hung three times too wide from a standing woman's waist.
#[test]
fn tops_cover_the_trunk_from_the_shoulders_and_no_more_than_the_arms() {
    for person in PERSONS {
        for garment in [
            "garment-linen-shirt.png",
            "garment-knit-sweater.png",
            "garment-denim-jacket.png",
        ] {
            let (photo, result, figure) = dressed(person, garment);
            let [left, right] = figure.shape.shoulders;
            let unit = figure.head.height();
            let half = figure.shape.span() * 0.3;
            let axis = figure.shape.axis;
            let chest = [
                axis - half,
                right.y.max(left.y) + unit * 0.2,
                axis + half,
                left.y + unit * 1.4,
            ];
            let covered = changed(&photo, &result, chest);
            assert!(
                covered > 90,
                "{person} in {garment}: {covered} of the chest"
            );
            let beside = [0.0, left.y, left.x - unit * 0.75, left.y + unit * 1.5];
            let spilled = changed(&photo, &result, beside);
            assert!(spilled < 3, "{person} in {garment}: {spilled} of the wall");
            let touched = changed(&photo, &result, face(&figure));
            assert!(touched < 2, "{person} in {garment}: {touched} of the face");
        }
    }
}

#[test]
fn a_dress_hangs_from_the_shoulders_over_the_hips() {
    for person in PERSONS {
        let (photo, result, figure) = dressed(person, "garment-summer-dress.png");
        let (axis, unit) = (figure.shape.axis, figure.head.height());
        let crotch = figure.crotch().y;
        let half = unit * 0.5;
        let skirt = [axis - half, crotch - unit * 0.4, axis + half, crotch];
        assert!(changed(&photo, &result, skirt) > 90, "{person}");
        assert!(changed(&photo, &result, face(&figure)) < 2, "{person}");
    }
}

#[test]
fn trousers_cover_the_legs_and_leave_the_chest() {
    for person in PERSONS {
        let (photo, result, figure) = dressed(person, "garment-chino-trousers.png");
        let (axis, unit) = (figure.shape.axis, figure.head.height());
        let crotch = figure.crotch().y;
        let thighs = [
            axis - unit * 0.45,
            crotch - unit * 0.1,
            axis + unit * 0.45,
            crotch,
        ];
        assert!(changed(&photo, &result, thighs) > 60, "{person}");
        let chest = [
            axis - unit * 0.4,
            figure.head.neck,
            axis + unit * 0.4,
            crotch - unit,
        ];
        assert!(changed(&photo, &result, chest) < 2, "{person}");
        assert!(changed(&photo, &result, face(&figure)) < 2, "{person}");
    }
}

#[test]
fn words_colour_what_is_worn_and_neither_face_nor_wall() {
    for person in PERSONS {
        let subject = Subject {
            person: Some(sample(person)),
            garment: None,
            prompt: "a red shirt".to_owned(),
            side: 480,
            ..subject()
        };
        let photo = frame::of(&subject);
        let figure = Figure::of(&photo);
        let result = only(&subject);
        let (axis, unit) = (figure.shape.axis, figure.head.height());
        let chest = figure.head.neck + unit;
        let Rgba([red, green, _, _]) = *result.get_pixel(axis as u32, chest as u32);
        assert!(red > green.saturating_add(30), "{person}: {red} {green}");
        let shape = [
            axis - unit * 0.3,
            chest - unit * 0.2,
            axis + unit * 0.3,
            chest + unit * 0.2,
        ];
        assert!(changed(&photo, &result, shape) > 90, "{person}");
        assert!(changed(&photo, &result, face(&figure)) < 2, "{person}");
        assert!(
            changed(&photo, &result, [0.0, 0.0, 20.0, 640.0]) < 1,
            "{person}"
        );
    }
}

/// A portrait before a flag and a shuttle: nobody stands out there, so the face alone tells.
#[test]
fn a_portrait_before_anything_is_dressed_below_its_chin() {
    let (photo, result, figure) =
        dressed("person-nasa-eileen-collins.jpg", "garment-linen-shirt.png");
    assert!(
        (180.0..240.0).contains(&figure.shape.axis),
        "{}",
        figure.shape.axis
    );
    assert!(changed(&photo, &result, face(&figure)) < 2);
    let (axis, unit) = (figure.shape.axis, figure.head.height());
    let below = figure.head.neck + unit * 0.6;
    let chest = [
        axis - unit * 0.3,
        below,
        axis + unit * 0.3,
        (below + unit).min(480.0),
    ];
    assert!(changed(&photo, &result, chest) > 80);
}

#[test]
fn a_cut_keeps_the_head() {
    let wide = Subject {
        person: Some(sample("person-woman.jpg")),
        ratio: Ratio::Fixed {
            width: 1,
            height: 1,
        },
        side: 480,
        ..subject()
    };
    let head = Figure::of(&frame::of(&wide)).head;
    assert!(head.top > 2.0 && head.height() > 60.0, "{head:?}");
}

#[test]
fn the_lowest_rows_of_a_garment_are_not_of_it() {
    let mut marked = garment();
    for x in 0..60 {
        marked.put_pixel(x, 59, Rgba([9, 9, 9, 255]));
    }
    assert_eq!(garment::cut_out(&marked), garment::cut_out(&garment()));
}

#[test]
fn odd_pictures_are_taken_as_they_are() {
    let odd = [
        photo(1, 1),
        photo(3, 400),
        photo(400, 3),
        RgbaImage::from_fn(90, 120, |x, y| {
            Rgba([(x * y) as u8, (x ^ y) as u8, y as u8, 255])
        }),
    ];
    for person in &odd {
        for garment in &odd {
            let result = only(&Subject {
                person: Some(person.clone()),
                garment: Some(garment.clone()),
                ..subject()
            });
            assert_eq!(result.width().max(result.height()), 128);
        }
    }
}
