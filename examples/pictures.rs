//! How uploads are read and stripped, for `scripts/pictures/compare.py` to compare with another decoder.
//!
//! Reads paths of files, one per line, and writes a line of JSON for each: why it is refused, or its
//! format, its size, and the path of its stripped bytes in the given directory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a script that goes wrong stops there"
)]

use std::io::stdin;
use std::path::PathBuf;

use atelier::domain::picture::strip;
use bytes::Bytes;
use serde_json::json;

fn main() {
    let into = PathBuf::from(std::env::args().nth(1).expect("a directory"));
    for (number, path) in stdin().lines().enumerate() {
        let path = path.expect("a path");
        let bytes = Bytes::from(std::fs::read(&path).expect("a file"));
        let line = match strip(&bytes) {
            Ok((head, stripped)) => {
                let stored = into.join(number.to_string());
                std::fs::write(&stored, &stripped).expect("a place for it");
                let again = strip(&stripped).map(|(head, bytes)| (head.width, head.height, bytes));
                json!({
                    "path": path, "taken": true, "format": head.format, "width": head.width, "height": head.height,
                    "stored": stored, "is_stable": again == Ok((head.width, head.height, stripped)),
                })
            }
            Err(why) => json!({"path": path, "taken": false, "why": why.to_string()}),
        };
        println!("{line}");
    }
}
