//! Each hashtag, on a model that has no prompt.

use crate::stage::Stage;

#[path = "../stage/hashtags.rs"]
mod every;

use every::{
    Expected::{Hangs, Refused, Serves, Tells},
    Language,
};

const LANGUAGE: Language = Language {
    create: |stage, tag| stage.run(&stage.try_on(&format!("labelled/{tag}"))),
    read: |stage, id| stage.http.get(stage.at(&format!("/v1/status/{id}"))),
    id: "/id",
    error: "/error",
    told: "/status",
    status: "/status",
    result: "/output/0",
    usual: Tells(&["completed"], "completed"),
};

#[tokio::test]
async fn every_hashtag() {
    let silent = Tells(&[], "completed");
    let failed = Tells(&["failed"], "failed");
    LANGUAGE
        .check(&[
            ("hang", Hangs(&[])),
            ("hangback", Hangs(&["completed"])),
            ("429", Refused(429, "RateLimitExceeded")),
            ("500", Refused(500, "InternalServerError")),
            ("402", Refused(429, "OutOfCredits")),
            ("fail", failed),
            ("refused", failed),
            ("unreadable", failed),
            ("partial", Serves("")),
            ("lost", silent),
            ("dup", Tells(&["completed"; 3], "completed")),
            (
                "forged",
                Tells(
                    &["completed", "completed", "failed", "completed"],
                    "completed",
                ),
            ),
            ("reorder", Tells(&["completed", "failed"], "completed")),
            (
                "progress",
                Tells(&["processing", "processing", "completed"], "completed"),
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

#[tokio::test]
async fn a_prompt_speaks_before_the_picture() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.edit("red, please #refused")).await;
    assert_eq!(task["error"]["name"], "ContentModerationError");
    let mut body = stage.try_on("tagged/fail");
    body["model_name"] = "tryon-max".into();
    let inputs = body["inputs"].as_object_mut().unwrap();
    let garment = inputs.remove("garment_image").unwrap();
    inputs.insert("product_image".to_owned(), garment);
    assert_eq!(stage.finish(&body).await["error"]["name"], "PipelineError");
    body["inputs"]["prompt"] = "tuck the shirt in".into();
    assert_eq!(stage.finish(&body).await["status"], "completed");
}
