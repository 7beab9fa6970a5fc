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

#[test]
fn the_torso_follows_the_head_sideways() {
    let head = RgbaImage::from_fn(100, 100, |x, y| {
        let skin = (30..46).contains(&x) && (8..30).contains(&y);
        Rgba(if skin {
            [214, 160, 130, 255]
        } else {
            [70, 90, 110, 255]
        })
    });
    assert_eq!(torso::Torso::of(&head).centre, 38);
    assert_eq!(torso::Torso::of(&photo(100, 100)).centre, 50);
}
