//! Each hashtag, on a model that needs no prompt; they come in the garment's pixels.

#[path = "../stage/hashtags.rs"]
mod every;

use every::{
    Expected::{Hangs, Refused, Serves, Tells},
    Language,
};
use serde_json::json;

/// A failure calls its errors back, which have no status of their own beside them.
const BADLY: &[&str] = &[""];
const WELL: &[&str] = &["success"];

const LANGUAGE: Language = Language {
    create: |stage, tag| stage.post(&json!([stage.try_on(&format!("labelled/{tag}"))])),
    read: |stage, id| stage.question(id),
    id: "/data/0/taskUUID",
    error: "/errors/0/code",
    told: "/status",
    status: "/data/0/status",
    result: "/data/0/imageURL",
    usual: Tells(WELL, "success"),
};

#[tokio::test]
async fn every_hashtag() {
    let silent = Tells(&[], "success");
    let failed = Tells(BADLY, "");
    LANGUAGE
        .check(&[
            ("hang", Hangs(&[])),
            ("hangback", Hangs(WELL)),
            ("429", Refused(429, "tooManyRequests")),
            ("500", Refused(500, "internalError")),
            ("402", Refused(402, "insufficientCredits")),
            ("fail", failed),
            ("refused", failed),
            ("unreadable", failed),
            ("partial", Serves("")),
            ("lost", silent),
            ("dup", Tells(&["success"; 3], "success")),
            (
                "forged",
                Tells(&["success", "success", "", "success"], "success"),
            ),
            ("reorder", Tells(&["success", ""], "success")),
            (
                "progress",
                Tells(&["processing", "processing", "success"], "success"),
            ),
            // Nothing is signed: nobody could tell a bad signature from a good one.
            ("badsig", silent),
            ("oldsig", silent),
            ("nosig", silent),
            ("tampered", silent),
            ("truncsig", silent),
            ("expired", Serves("404")),
            ("chunked", Serves("200 chunked picture")),
            ("truncated", Serves("200 broken")),
            ("half", Serves("200")),
            ("huge", Serves("200 picture of 64 MiB")),
            ("html", Serves("200 <!doctype")),
            ("redirect", Serves("307")),
            ("ssrf", Serves("http://169.254.169.254/latest")),
            ("unlisted", Serves("https://unlisted.example/result.png")),
            ("gzip", Serves("200 gzip")),
            ("svg", Serves("200 <svg")),
            ("large", Serves("200 picture of 23 MiB")),
        ])
        .await;
}
