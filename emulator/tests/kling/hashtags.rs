//! Each hashtag; they come with the garment.

#[path = "../stage/hashtags.rs"]
mod every;

use every::{
    Expected::{Hangs, Refused, Serves, Tells},
    Language,
};

const WELL: &[&str] = &["submitted", "processing", "succeed"];
const BADLY: &[&str] = &["submitted", "processing", "failed"];
const THRICE: &[&str] = &["submitted", "processing", "succeed", "succeed", "succeed"];
const CONTRADICTED: &[&str] = &["submitted", "processing", "succeed", "failed"];
const TALKATIVE: &[&str] = &[
    "submitted",
    "processing",
    "processing",
    "processing",
    "succeed",
];
/// Each lie comes with another key's signature and without any.
const AMONG_LIES: &[&str] = &[
    "submitted",
    "processing",
    "succeed",
    "succeed",
    "succeed",
    "succeed",
    "failed",
    "failed",
    "succeed",
];

const LANGUAGE: Language = Language {
    create: |stage, tag| stage.post(&stage.body(&format!("labelled/{tag}"))),
    read: |stage, id| stage.http.get(stage.address(id)),
    id: "/data/task_id",
    error: "/code",
    told: "/task_status",
    status: "/data/task_status",
    result: "/data/task_result/images/0/url",
    usual: Tells(WELL, "succeed"),
};

#[tokio::test]
async fn every_hashtag() {
    LANGUAGE
        .check(&[
            ("hang", Hangs(&[])),
            ("hangback", Hangs(WELL)),
            ("429", Refused(429, "1303")),
            ("500", Refused(500, "5000")),
            ("402", Refused(429, "1102")),
            ("fail", Tells(BADLY, "failed")),
            ("refused", Tells(BADLY, "failed")),
            ("unreadable", Tells(BADLY, "failed")),
            ("partial", Serves("")),
            ("lost", Tells(&[], "succeed")),
            ("dup", Tells(THRICE, "succeed")),
            ("forged", Tells(AMONG_LIES, "succeed")),
            ("reorder", Tells(CONTRADICTED, "succeed")),
            ("progress", Tells(TALKATIVE, "succeed")),
            // All of them, the early ones too, have the hostile result.
            ("tampered", Tells(&["succeed"; 3], "succeed")),
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
