//! Results: how many, how they differ, and the hashtags of serving them.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::json;

use crate::stage::Stage;

fn is_png(bytes: &[u8]) -> bool {
    image::load_from_memory(bytes).is_ok()
}

#[tokio::test]
async fn several_results_differ_and_the_same_order_repeats_them() {
    let stage = Stage::new().await;
    let first = stage.finish(&stage.several("x", 3)).await;
    let again = stage.finish(&stage.several("x", 3)).await;
    assert_eq!(first["results"].as_array().unwrap().len(), 3);
    let bytes = stage.emulator.result_bytes(first["id"].as_str().unwrap());
    assert_eq!(
        bytes,
        stage.emulator.result_bytes(again["id"].as_str().unwrap())
    );
    assert!(bytes[0] != bytes[1] && bytes[1] != bytes[2] && bytes[0] != bytes[2]);
}

#[tokio::test]
async fn partial_makes_one_less() {
    let stage = Stage::new().await;
    for (asked, made) in [(3, 2), (1, 0)] {
        let task = stage.finish(&stage.several("#partial", asked)).await;
        assert_eq!(task["status"], "completed");
        assert_eq!(task["results"].as_array().unwrap().len(), made);
    }
}

#[tokio::test]
async fn expired_lists_addresses_that_are_gone() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.several("#expired", 2)).await;
    for (index, status) in [(0, 404), (1, 410)] {
        let address = task["results"][index].as_str().unwrap();
        assert_eq!(
            stage.http.get(address).send().await.unwrap().status(),
            status
        );
    }
}

#[tokio::test]
async fn chunked_has_no_length() {
    let stage = Stage::new().await;
    let response = stage.result_of("#chunked").await;
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    assert!(!response.headers().contains_key("content-length"));
    assert!(is_png(&response.bytes().await.unwrap()));
}

#[tokio::test]
async fn truncated_breaks_off() {
    let stage = Stage::new().await;
    let mut response = stage.result_of("#truncated").await;
    let announced = response.content_length().unwrap();
    let mut arrived = 0;
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => arrived += chunk.len() as u64,
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(
        broken && arrived == announced / 2,
        "{arrived} of {announced}"
    );
}

#[tokio::test]
async fn half_announces_what_it_sends() {
    let stage = Stage::new().await;
    let response = stage.result_of("#half").await;
    let announced = response.content_length().unwrap();
    let bytes = response.bytes().await.unwrap();
    let id = stage.emulator.created()[0].id.clone();
    let made = &stage.emulator.result_bytes(&id)[0];
    assert_eq!(announced, bytes.len() as u64);
    assert_eq!(bytes, made[..made.len() / 2]);
}

#[tokio::test]
async fn huge_streams_what_it_announces() {
    let stage = Stage::new().await;
    let mut response = stage.result_of("#huge").await;
    assert_eq!(response.content_length(), Some(64 * 1024 * 1024));
    let mut arrived = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        arrived += chunk.len();
    }
    assert_eq!(arrived, 64 * 1024 * 1024);
}

#[tokio::test]
async fn html_says_it_is_a_picture() {
    let stage = Stage::new().await;
    let response = stage.result_of("#html").await;
    assert_eq!(response.headers()["content-type"], "image/png");
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("<!doctype html>")
    );
}

#[tokio::test]
async fn redirect_stays_on_the_host() {
    let stage = Stage::new().await;
    let response = stage.result_of("#redirect").await;
    assert_eq!(response.status(), 307);
    let path = response.headers()["location"].to_str().unwrap().to_owned();
    let address = format!("{}{path}", stage.emulator.base_url());
    let moved = stage.http.get(address).send().await.unwrap();
    assert!(is_png(&moved.bytes().await.unwrap()));
}

#[tokio::test]
async fn ssrf_points_inwards() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("#ssrf")).await;
    assert_eq!(task["results"], json!(["http://169.254.169.254/latest"]));
}

#[tokio::test]
async fn unlisted_points_at_a_host_of_nobody() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("#unlisted")).await;
    assert_eq!(
        task["results"],
        json!(["https://unlisted.example/result.png"])
    );
}

#[tokio::test]
async fn gzip_comes_unasked() {
    let stage = Stage::new().await;
    let response = stage.result_of("#gzip").await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["content-type"], "image/png");
    let packed = response.bytes().await.unwrap();
    let mut picture = Vec::new();
    GzDecoder::new(&*packed).read_to_end(&mut picture).unwrap();
    let id = stage.emulator.created()[0].id.clone();
    assert_eq!(stage.emulator.result_bytes(&id), [picture]);
}

#[tokio::test]
async fn svg_says_it_is_a_png() {
    let stage = Stage::new().await;
    let response = stage.result_of("#svg").await;
    assert_eq!(response.headers()["content-type"], "image/png");
    assert!(response.text().await.unwrap().starts_with("<svg "));
}

#[tokio::test]
async fn large_is_a_picture_of_just_under_25_megabytes() {
    let stage = Stage::new().await;
    let response = stage.result_of("#large").await;
    let announced = response.content_length().unwrap();
    assert!((24_500_000..25_000_000).contains(&announced));
    let bytes = response.bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, announced);
    assert!(is_png(&bytes));
    let id = stage.emulator.created()[0].id.clone();
    assert!(stage.emulator.result_bytes(&id) == [bytes.to_vec()]);
}
