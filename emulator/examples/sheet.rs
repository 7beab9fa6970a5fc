//! Composes every person with every garment, side by side, for visual inspection: `sheet OUT.png
//! PERSON... -- GARMENT|WORDS...`.

use std::{env, error::Error, path::Path};

use atelier_emulator::picture::{Ratio, Subject, compose};
use image::{DynamicImage, RgbaImage, imageops};

/// The width and height of one picture of the sheet, in pixels.
const CELL: (u32, u32) = (300, 400);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut lists = arguments.split(|argument| argument == "--");
    let (Some([out, persons @ ..]), Some(garments)) = (lists.next(), lists.next()) else {
        return Err("usage: sheet OUT.png PERSON... -- GARMENT|WORDS...".into());
    };
    let (width, height) = CELL;
    let count = |list: &[String]| u32::try_from(list.len());
    let mut sheet = RgbaImage::new(
        width.saturating_mul(count(garments)?),
        height.saturating_mul(count(persons)?),
    );
    for (row, person) in (0_i64..).zip(persons) {
        for (column, garment) in (0_i64..).zip(garments) {
            let result = dressed(person, garment)?
                .thumbnail(width, height)
                .into_rgba8();
            let (left, top) = (i64::from(width), i64::from(height));
            imageops::replace(
                &mut sheet,
                &result,
                left.saturating_mul(column),
                top.saturating_mul(row),
            );
        }
    }
    sheet.save(out)?;
    Ok(())
}

fn dressed(person: &str, garment: &str) -> Result<DynamicImage, Box<dyn Error>> {
    let garment_picture = if Path::new(garment).exists() {
        Some(image::open(garment)?.into_rgba8())
    } else {
        None
    };
    let results = compose(&Subject {
        person: Some(image::open(person)?.into_rgba8()),
        garment: garment_picture,
        prompt: garment.to_owned(),
        ratio: Ratio::Auto,
        count: 1,
        side: 800,
    })?;
    let result = results.first().ok_or("no result")?;
    Ok(image::load_from_memory(result)?)
}
