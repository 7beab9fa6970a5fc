//! Numbers and times in text: each has exactly one spelling.

use http::{Method, Request};
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, Answer, World};

async fn grant(world: &World, field: &str, value: &str) -> Answer {
    let mut body = json!({"account": "ada", "credits": 5, "kind": "paid", "reference": "r-1"});
    body[field] = "VALUE".into();
    let body = body.to_string().replace("\"VALUE\"", value);
    let request = Request::post("/v1/admin/grants")
        .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
        .header("content-type", "application/json")
        .body(body.into());
    world.send(request.unwrap()).await
}

fn says(answer: &Answer, field: &str, message: &str) {
    let error = json!({"field": field, "message": message});
    assert_eq!(
        (answer.status, &answer.body["errors"]),
        (422, &json!([error])),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_time_with_a_leap_second_or_a_non_ascii_minus_is_refused() {
    let world = World::new();
    for time in [
        "2030-01-01T10:00:60Z",
        "2030-01-01T10:00:00\u{2212}01:00",
        "2030-01-01",
    ] {
        let refused = grant(&world, "expires_at", &format!("\"{time}\"")).await;
        says(&refused, "expires_at", "is not a time as RFC 3339 has it");
    }
    let taken = grant(&world, "expires_at", "\"2030-01-01T10:00:00-01:00\"").await;
    let expires_at = &taken.body["package"]["expires_at"];
    assert_eq!(expires_at, "2030-01-01T11:00:00.000Z");
    world.check().await;
}

#[tokio::test]
async fn a_number_that_does_not_fit_is_out_of_range() {
    let world = World::new();
    for (number, message) in [
        ("18446744073709551616", "is out of range"),
        ("-1", "is out of range"),
        ("1.5", "is not a whole number"),
        ("\"5\"", "is not a whole number"),
    ] {
        says(&grant(&world, "credits", number).await, "credits", message);
    }
    world.check().await;
}

#[tokio::test]
async fn a_number_in_a_query_must_have_no_sign_and_no_padding() {
    let world = World::new();
    let ada = world.user("ada").await;
    let whole = "is not a whole number";
    for (path, field, message) in [
        ("/v1/jobs?limit=%2B5", "limit", whole),
        ("/v1/jobs?limit=05", "limit", whole),
        ("/v1/jobs?limit=+5", "limit", whole),
        ("/v1/jobs?limit=-5", "limit", "is out of range"),
        (
            "/v1/jobs?limit=18446744073709551616",
            "limit",
            "is out of range",
        ),
        ("/v1/jobs?limit=256", "limit", "is out of range"),
        ("/v1/jobs?limit=101", "limit", "must be 1 to 100"),
        (
            "/v1/credits/history?cursor=007",
            "cursor",
            "is not a `next_cursor`",
        ),
        (
            "/v1/credits/history?cursor=%2B7",
            "cursor",
            "is not a `next_cursor`",
        ),
        (
            "/v1/credits/history?cursor=-7",
            "cursor",
            "is not a `next_cursor`",
        ),
    ] {
        says(&ada.get(path).await, field, message);
    }
    assert_eq!(
        ada.get("/v1/credits/history?cursor=7&limit=5").await.status,
        200
    );
    world.grant("ada", 1).await;
    for (after, message) in [("007", whole), ("%2B1", whole), ("-1", "is out of range")] {
        let path = format!("/v1/admin/journal.csv?account=ada&after={after}");
        let answer = world.call(Method::GET, &path, ADMIN_TOKEN, &Value::Null);
        says(&answer.await, "after", message);
    }
    world.check().await;
}

/// For a range that does not follow RFC 9110, the whole picture is served.
#[tokio::test]
async fn a_range_with_a_sign_is_ignored() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    let job = ada.job(&job).await;
    let link = job["images"][0]["url"].as_str().unwrap();
    let link = link.strip_prefix("https://app.test").unwrap();
    for (range, status) in [
        ("bytes=0-3", 206),
        ("bytes=00-03", 206),
        ("bytes=+0-3", 200),
        ("bytes=0-+3", 200),
        ("bytes=-+3", 200),
    ] {
        let request = Request::get(link).header("range", range);
        let answer = world.send(request.body(bytes::Bytes::new()).unwrap()).await;
        assert_eq!(answer.status, status, "{range}");
    }
    for expires in ["+1", "01"] {
        let odd = link.replacen("expires=", &format!("expires={expires}"), 1);
        let odd = odd.replacen("expires=+", "expires=%2B", 1);
        assert_eq!(ada.get(&odd).await.status, 422, "{odd}");
    }
    world.check().await;
}
