//! Words that ask for what must not be made, in English and Chinese: the first net, which is always there. It is before
//! anything is held, so what it catches costs nothing.
//!
//! It is meant to be read and extended. A clothes changer is misused to undress people, so that is what it looks for,
//! and children together with anything sexual. What fashion says of itself must pass: nude heels, a baby-blue bikini.

use super::words::is_blank;

/// Why a prompt is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nudity, or taking clothes off.
    Undressing,
    /// A child, or a young person, in a sexual light.
    Minors,
}

impl Refusal {
    /// Its name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undressing => "undressing",
            Self::Minors => "minors",
        }
    }
}

/// Words that are refused wherever they stand.
const UNDRESSED: &[&str] = &[
    "nudes",
    "nudity",
    "nudify",
    "nudifier",
    "naked",
    "undress",
    "undressed",
    "undressing",
    "undresses",
    "unclothed",
    "topless",
    "bottomless",
    "nsfw",
    "porn",
    "porno",
    "pornographic",
    "pornography",
    "hentai",
    "nipple",
    "nipples",
    "genital",
    "genitals",
    "genitalia",
    "penis",
    "vagina",
    "vulva",
    "deepnude",
    "striptease",
    "blowjob",
    "handjob",
    "cumshot",
    "masturbate",
    "masturbating",
    "orgasm",
    "bukkake",
];

/// A colour as well: refused unless one of these follows.
const NUDE: &str = "nude";
const OF_THE_COLOUR: &[&str] = &[
    "color",
    "colour",
    "colored",
    "coloured",
    "tone",
    "tones",
    "toned",
    "shade",
    "shades",
    "palette",
    "beige",
    "pink",
    "heel",
    "heels",
    "pump",
    "pumps",
    "shoe",
    "shoes",
    "sandal",
    "sandals",
    "lip",
    "lips",
    "lipstick",
    "makeup",
    "nail",
    "nails",
    "polish",
    "tights",
    "stockings",
    "leather",
    "bag",
    "hue",
    "hues",
];

/// Of these nothing may be taken off, or be missing; a coat may.
const LAST_CLOTHES: &[&str] = &[
    "clothes",
    "clothing",
    "underwear",
    "panties",
    "bra",
    "lingerie",
    "bikini",
    "swimsuit",
    "everything",
];
const TAKES_OFF: &[&str] = &[
    "remove", "removes", "removed", "removing", "without", "strip", "stripped", "strips", "delete",
    "erase",
];

/// How many words may stand between the two.
const REACH: usize = 5;

/// After these, it is clothes that are taken off to put others on.
const IN_FAVOUR: &[&str] = &[
    "replace",
    "replaced",
    "replacing",
    "change",
    "changing",
    "swap",
    "swapped",
    "wear",
    "wearing",
    "dressed",
    "add",
    "instead",
];

const YOUNG: &[&str] = &[
    "child",
    "children",
    "childlike",
    "kid",
    "kids",
    "toddler",
    "toddlers",
    "infant",
    "teen",
    "teens",
    "teenage",
    "teenager",
    "teenagers",
    "preteen",
    "tween",
    "minor",
    "minors",
    "underage",
    "schoolgirl",
    "schoolgirls",
    "schoolboy",
    "loli",
    "lolita",
    "shota",
    "jailbait",
    "kindergarten",
];
const SEXUAL: &[&str] = &[
    "sexy",
    "sexual",
    "sensual",
    "seductive",
    "erotic",
    "lingerie",
    "bra",
    "panties",
    "thong",
    "underwear",
    "bikini",
    "fetish",
    "bondage",
    "cleavage",
    "provocative",
    "nude",
];

/// In Chinese there is no space between words: what these parts are in is refused,
const UNDRESSED_CHINESE: &[&str] = &[
    "脱衣",
    "脱光",
    "脱掉衣",
    "脱下衣",
    "脱去衣",
    "去掉衣",
    "去除衣",
    "移除衣",
    "不穿衣",
    "没穿衣",
    "没有衣服",
    "无衣",
    "一丝不挂",
    "全裸",
    "半裸",
    "裸体",
    "裸照",
    "裸身",
    "裸露",
    "裸女",
    "裸男",
    "光着身",
    "赤身",
    "露点",
    "乳头",
    "乳房",
    "阴部",
    "生殖器",
    "色情",
    "黄片",
    "情色",
];
/// and this, unless it is the colour, or bare shoulders.
const BARE: char = '裸';
const BARE_BUT_DECENT: &[&str] = &[
    "裸色", "裸粉", "裸妆", "裸靴", "裸鞋", "裸感", "裸唇", "裸肩", "裸背", "裸足",
];

const YOUNG_CHINESE: &[&str] = &[
    "儿童",
    "小孩",
    "孩子",
    "幼女",
    "幼童",
    "萝莉",
    "正太",
    "未成年",
    "小学生",
    "初中生",
    "女童",
    "男童",
    "少女",
    "婴儿",
    "幼儿",
];
const SEXUAL_CHINESE: &[&str] = &[
    "性感",
    "诱惑",
    "内衣",
    "内裤",
    "丁字裤",
    "比基尼",
    "情趣",
    "撩人",
    "胸罩",
    "文胸",
    "裸",
];

/// What a prompt asks for that must not be made, if it does.
pub fn refusal(prompt: &str) -> Option<Refusal> {
    if is_blank(prompt) {
        return None;
    }
    let words = words_of(prompt);
    let chinese: String = prompt.chars().filter(|char| is_han(*char)).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let has_chinese = |list: &[&str]| list.iter().any(|part| chinese.contains(part));
    let is_young = has(YOUNG) || has_chinese(YOUNG_CHINESE);
    if is_young && (has(SEXUAL) || has_chinese(SEXUAL_CHINESE)) {
        return Some(Refusal::Minors);
    }
    let is_undressed = has(UNDRESSED) || is_nude(&words) || takes_off(&words);
    let is_undressed = is_undressed || has_chinese(UNDRESSED_CHINESE) || is_bare(&chinese);
    is_undressed.then_some(if is_young {
        Refusal::Minors
    } else {
        Refusal::Undressing
    })
}

fn is_nude(words: &[String]) -> bool {
    let mut pairs = words
        .iter()
        .zip(words.iter().skip(1).map(Some).chain([None]));
    pairs.any(|(word, next)| {
        word == NUDE && next.is_none_or(|next| !OF_THE_COLOUR.contains(&next.as_str()))
    })
}

fn takes_off(words: &[String]) -> bool {
    let is = |word: &String, list: &[&str]| list.contains(&word.as_str());
    if words.iter().any(|word| is(word, IN_FAVOUR)) {
        return false;
    }
    let places = words.iter().enumerate();
    let mut beginnings = places.filter(|(place, word)| {
        let next = words.get(place.saturating_add(1));
        is(word, TAKES_OFF)
            || (["take", "takes", "taking", "rip", "tear"].contains(&word.as_str())
                && next.is_some_and(|next| next == "off"))
            || (word.as_str() == "no"
                && next.is_some_and(|next| is(next, &["clothes", "clothing"])))
    });
    beginnings.any(|(place, _)| {
        let after = words.iter().skip(place.saturating_add(1));
        after.take(REACH).any(|word| is(word, LAST_CLOTHES))
    })
}

fn is_bare(chinese: &str) -> bool {
    let decent = BARE_BUT_DECENT
        .iter()
        .fold(chinese.to_owned(), |text, decent| text.replace(decent, ""));
    decent.contains(BARE)
}

/// The words of a text in lower case, without what is put in to hide them: letters that stand alone are one word, and
/// digits that look like letters are letters.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_spelling = false;
    let visible: String = text
        .chars()
        .filter(|char| !is_blank(char.encode_utf8(&mut [0; 4])) || char.is_whitespace())
        .collect();
    for part in visible
        .to_lowercase()
        .split(|char: char| !(char.is_alphanumeric() || "@$".contains(char)))
    {
        let word: String = part.chars().filter(|char| !is_han(*char)).collect();
        if word.is_empty() {
            continue;
        }
        let is_letter = word.chars().count() == 1;
        match words.last_mut() {
            Some(last) if is_letter && is_spelling => last.push_str(&word),
            _ => words.push(word),
        }
        is_spelling = is_letter;
    }
    words.iter().map(|word| plain(word)).collect()
}

fn plain(word: &str) -> String {
    if !word.chars().any(char::is_alphabetic) {
        return word.into();
    }
    let letter = |char| match char {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        other => wide(other),
    };
    word.chars().map(letter).collect()
}

/// Letters of full width, as Chinese keyboards type them, are letters.
fn wide(char: char) -> char {
    match char {
        '\u{ff41}'..='\u{ff5a}' => u32::from(char)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(char),
        other => other,
    }
}

const fn is_han(char: char) -> bool {
    matches!(char, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests;
