//! The number of pictures that a prompt asks for, as Seedream reads it: "Generate 3 images".

/// The verbs that a number of pictures follows, …
const VERBS: [&str; 8] = [
    "create", "draw", "generate", "give", "make", "output", "produce", "return",
];
/// … and what is counted.
const NOUNS: [&str; 8] = [
    "image",
    "images",
    "photo",
    "photos",
    "photographs",
    "picture",
    "pictures",
    "variations",
];
/// The numbers that have words here.
const NUMBERS: [&str; 10] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
];
/// How many words may stand between the verb and the number, and the number and the noun.
const BETWEEN: usize = 3;

/// The number of pictures that a prompt asks for: 1 unless it says another.
pub(crate) fn of(prompt: &str) -> u32 {
    let words: Vec<String> = prompt
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let asked = words
        .iter()
        .enumerate()
        .filter(|(_, word)| VERBS.contains(&word.as_str()))
        .find_map(|(place, _)| after_verb(words.get(place.saturating_add(1)..)?));
    asked.unwrap_or(1)
}

/// The first number soon after a verb, if something that is counted stands soon after it.
fn after_verb(words: &[String]) -> Option<u32> {
    let near = words.iter().take(BETWEEN.saturating_add(1));
    let (place, count) = near
        .enumerate()
        .find_map(|(place, word)| Some((place, number(word)?)))?;
    let after = words
        .iter()
        .skip(place.saturating_add(1))
        .take(BETWEEN.saturating_add(1));
    let mut after = after.map(String::as_str);
    after.any(|word| NOUNS.contains(&word)).then_some(count)
}

fn number(word: &str) -> Option<u32> {
    let spelled = NUMBERS.iter().position(|number| *number == word);
    let spelled = spelled.and_then(|place| u32::try_from(place.saturating_add(1)).ok());
    spelled
        .or_else(|| word.parse().ok())
        .filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_pictures_that_is_asked_for_counts() {
        for (prompt, count) in [
            ("Dress the person in image 1 in the garment of image 2.", 1),
            ("Generate 3 images of it.", 3),
            (
                "Dress them. Make exactly 2 separate photographs: each another pose.",
                2,
            ),
            ("Please return a set of four different pictures", 4),
            ("GENERATE THREE IMAGES", 3),
            ("Make one picture", 1),
            ("Create 0 images", 1),
            ("Take 3 images and make it red", 1),
            ("Make a coat with 3 buttons", 1),
            ("", 1),
        ] {
            assert_eq!(of(prompt), count, "{prompt}");
        }
    }
}
