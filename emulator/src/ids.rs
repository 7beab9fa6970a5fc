//! Ids that look random, do not repeat, and are derived from their input.

use sha2::{Digest, Sha256};

/// 16 bytes derived from a text.
pub(crate) fn bytes(of: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (byte, drawn) in bytes.iter_mut().zip(Sha256::digest(of.as_bytes())) {
        *byte = drawn;
    }
    bytes
}

/// A version 4 UUID derived from a text.
pub(crate) fn uuid(of: &str) -> String {
    let drawn = u128::from_be_bytes(bytes(of));
    let version = drawn & !(0xF << 76) | (4 << 76);
    let variant = version & !(0b11 << 62) | (0b10 << 62);
    let mut text = format!("{variant:032x}");
    for place in [20, 16, 12, 8] {
        text.insert(place, '-');
    }
    text
}

/// 26 characters of a-z and 2-7 derived from a text: its 128 bits in base32, the last character
/// filled up.
pub(crate) fn base32(of: &str) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut rest = u128::from_be_bytes(bytes(of));
    let last = (rest & 0b111) << 2;
    rest >>= 3;
    let mut places = vec![last];
    for _ in 0..25 {
        places.push(rest & 31);
        rest >>= 5;
    }
    let digit = |place: u128| DIGITS.get(usize::try_from(place).ok()?);
    places
        .into_iter()
        .rev()
        .filter_map(digit)
        .copied()
        .map(char::from)
        .collect()
}

/// Eight characters of 0-9 and a-z that never repeat: the serial times an odd number, modulo 2^40,
/// is a bijection, and 36^8 > 2^40.
pub(crate) fn suffix(serial: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = serial.wrapping_mul(0x9E37_79B9_7F4A_7C15) & 0xFF_FFFF_FFFF;
    let mut text = String::with_capacity(8);
    for _ in 0..8 {
        let digit = usize::try_from(rest % 36).unwrap_or(0);
        text.push(DIGITS.get(digit).copied().map_or('0', char::from));
        rest /= 36;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn suffixes_have_eight_characters_and_never_repeat() {
        let suffixes: HashSet<String> = (0..5_000).map(suffix).collect();
        assert_eq!(suffixes.len(), 5_000);
        assert!(suffixes.iter().all(|suffix| suffix.len() == 8));
    }

    #[test]
    fn base32_has_26_characters() {
        let ids: HashSet<String> = (0..5_000).map(|n| base32(&n.to_string())).collect();
        assert_eq!(ids.len(), 5_000);
        for id in ids {
            assert_eq!(id.len(), 26);
            assert!(id.chars().all(|c| matches!(c, 'a'..='z' | '2'..='7')));
            assert!("aeimquy4".contains(&id[25..]), "{id}");
        }
    }

    #[test]
    fn uuids_have_their_version_and_variant() {
        let id = uuid("x");
        let parts: Vec<&str> = id.split('-').collect();
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']));
        assert_eq!(id, uuid("x"));
        assert_ne!(id, uuid("y"));
    }
}
