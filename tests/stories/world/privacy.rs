//! Checks that requests to providers reveal nothing of the account.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::Request;

/// Everything in a request that its receiver can read.
pub(super) fn text(request: &Request<Bytes>) -> String {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        format!("{name}: {value}")
    });
    let first = format!("{} {}", request.method(), request.uri());
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let lines: Vec<_> = std::iter::once(first)
        .chain(headers)
        .chain([body])
        .collect();
    lines.join("\n")
}

/// Whether a text contains an account's id: as text, as hexadecimal, or within anything that decodes as base64.
pub(crate) fn tells_of(text: &str, account: atelier::domain::id::AccountId) -> bool {
    let id = account.to_string();
    let bytes = account.to_bytes();
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let lower = text.to_ascii_lowercase();
    let written = id.trim_start_matches("acc_").to_ascii_lowercase();
    if lower.contains(&written) || lower.contains(&hex) {
        return true;
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "-_+/".contains(c);
    let runs = text.split(|c: char| !is_base64(c)).flat_map(|run| {
        // A slash may be part of the base64, or separate two runs.
        std::iter::once(run).chain(run.split('/'))
    });
    runs.filter(|run| run.len() >= 22).any(|run| {
        [alphabet::STANDARD, alphabet::URL_SAFE]
            .iter()
            .any(|alphabet| {
                let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
                let engine = GeneralPurpose::new(
                    alphabet,
                    lenient
                        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
                );
                (0..4).any(|start| {
                    let rest = run.get(start..).unwrap_or_default();
                    let whole = rest.len() - usize::from(rest.len() % 4 == 1);
                    let read = engine.decode(&rest[..whole]).unwrap_or_default();
                    read.windows(bytes.len()).any(|window| window == bytes)
                })
            })
    })
}
