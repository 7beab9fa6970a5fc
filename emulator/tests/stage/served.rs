//! What a result's address serves, in a word.

use super::Stage;

/// Fetches a result's address, as far as it goes.
pub(crate) async fn served(stage: &Stage, address: &str) -> &'static str {
    if address.starts_with("http://169.254.") {
        return "an internal address";
    }
    if address == "https://unlisted.example/result.png" {
        return "an unlisted address";
    }
    let mut response = stage.http.get(address).send().await.unwrap();
    let has = |name: &str| response.headers().contains_key(name);
    let word = match response.status().as_u16() {
        404 => return "nothing",
        307 => return "a redirect",
        _ if has("content-encoding") => "a packed picture",
        _ if has("transfer-encoding") => "a picture without a length",
        _ => "a picture",
    };
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return "half a picture",
        }
    }
    match bytes.len() {
        _ if bytes.starts_with(b"<svg") => "a drawing",
        _ if bytes.starts_with(b"<!doctype html>") => "a page",
        67_108_864 => "64 MiB",
        24_500_000..25_000_000 => "a large picture",
        _ if bytes.starts_with(b"\x89PNG") && !bytes.ends_with(b"IEND\xaeB`\x82") => {
            "half a picture"
        }
        _ => word,
    }
}

/// The same, by the hashtag that has it so.
pub(crate) fn expected(hashtag: &str) -> &'static str {
    match hashtag {
        "expired" => "nothing",
        "chunked" => "a picture without a length",
        "half" => "half a picture",
        "truncated" => "half a picture",
        "huge" => "64 MiB",
        "html" => "a page",
        "redirect" => "a redirect",
        "unlisted" => "an unlisted address",
        "ssrf" => "an internal address",
        "gzip" => "a packed picture",
        "svg" => "a drawing",
        "large" => "a large picture",
        _ => "a picture",
    }
}
