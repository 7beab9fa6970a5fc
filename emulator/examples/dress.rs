//! Composes one result from files, for visual inspection: `dress PERSON GARMENT|WORDS RATIO
//! OUT.png`.

use std::{env, error::Error, fs};

use atelier_emulator::picture::{Ratio, Subject, compose};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [person, garment, ratio, out] = arguments.as_slice() else {
        return Err("usage: dress PERSON GARMENT|WORDS RATIO OUT.png".into());
    };
    let ratio = match ratio.split_once(':') {
        Some((width, height)) => Ratio::Fixed {
            width: width.parse()?,
            height: height.parse()?,
        },
        None => Ratio::Auto,
    };
    let results = compose(&Subject {
        person: Some(image::open(person)?.into_rgba8()),
        garment: image::open(garment)
            .ok()
            .map(image::DynamicImage::into_rgba8),
        prompt: garment.clone(),
        ratio,
        count: 1,
        side: 1024,
    })?;
    for result in results {
        fs::write(out, result)?;
    }
    Ok(())
}
