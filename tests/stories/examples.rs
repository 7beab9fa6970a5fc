//! The examples in the API's document: each matches its schema, and those of the main job are what a client
//! gets.

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, World, contract};

fn example(method: &str, path: &str, status: &str) -> &'static Value {
    let operation = &contract::document()["paths"][path][method];
    let answer = &operation["responses"][status];
    let example = &answer["content"]["application/json"]["example"];
    assert!(!example.is_null(), "{method} {path} has no example");
    example
}

/// Whether two values have the same fields with values of the same types. A value that is null or empty in
/// one of them matches anything in the other.
fn same_shape(one: &Value, other: &Value) -> Result<(), String> {
    match (one, other) {
        (Value::Null, _)
        | (_, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => Ok(()),
        (Value::Array(one), Value::Array(other)) => match (one.first(), other.first()) {
            (Some(one), Some(other)) => same_shape(one, other),
            _ => Ok(()),
        },
        (Value::Object(one), Value::Object(other)) => {
            let (names, others): (Vec<_>, Vec<_>) = (one.keys().collect(), other.keys().collect());
            if names != others {
                return Err(format!("{names:?} is not {others:?}"));
            }
            one.iter().try_for_each(|(name, value)| {
                same_shape(value, &other[name]).map_err(|what| format!("{name}: {what}"))
            })
        }
        _ => Err(format!("{one} is of another type than {other}")),
    }
}

/// Options that were not requested are absent.
fn without_options(job: &Value) -> Value {
    let mut job = job.clone();
    job["options"] = json!({});
    job
}

#[test]
fn every_example_matches_its_schema() {
    let mut examples = 0;
    let mut check = |what: String, content: &Value| {
        if let Some(example) = content.get("example") {
            let fits = contract::fits(&content["schema"], example);
            assert_eq!(fits, Ok(()), "{what}");
            examples += 1;
        }
    };
    let document = contract::document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let request = &operation["requestBody"]["content"]["application/json"];
            check(format!("{method} {path}"), request);
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let answer = &answer["content"]["application/json"];
                check(format!("{method} {path} {status}"), answer);
            }
        }
    }
    assert!(examples >= 18, "{examples}");
    let components = &document["components"];
    for (code, example) in components["examples"].as_object().unwrap() {
        let fits = contract::fits(&components["schemas"]["Problem"], &example["value"]);
        assert_eq!(fits, Ok(()), "{code}");
    }
}

#[tokio::test]
async fn the_examples_of_the_main_job_are_what_a_client_gets() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let generation = ada.request().await;
    let quote = ada.post("/v1/quotes", &generation).await.body;
    let queued = ada.generate(&generation).await;
    world.run_background().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    let job = ada.job(&queued.id()).await;
    assert_eq!(
        job["status"],
        example("get", "/v1/jobs/{id}", "200")["status"]
    );

    for (method, path, status, answer) in [
        ("post", "/v1/quotes", "200", quote),
        ("post", "/v1/generate", "202", queued.body),
        ("get", "/v1/jobs/{id}", "200", job),
        ("get", "/v1/me", "200", ada.get("/v1/me").await.body),
        ("get", "/v1/models", "200", ada.get("/v1/models").await.body),
        (
            "get",
            "/v1/credits",
            "200",
            ada.get("/v1/credits").await.body,
        ),
        (
            "get",
            "/v1/credits/history",
            "200",
            ada.get("/v1/credits/history").await.body,
        ),
    ] {
        let mut example = example(method, path, status).clone();
        if path.contains("job") || path.contains("generate") {
            example = without_options(&example);
        }
        assert_eq!(same_shape(&example, &answer), Ok(()), "{method} {path}");
    }
    world.check().await;
}

/// The example requests can be sent unchanged by a user who has the uploads that they name.
#[tokio::test]
async fn the_example_requests_are_accepted() {
    let world = World::new();
    let request = |path: &str| {
        let operation = &contract::document()["paths"][path]["post"];
        operation["requestBody"]["content"]["application/json"]["example"].clone()
    };
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let mut generation = request("/v1/generate");
    let placed = ada.request().await;
    generation["photo"] = placed["photo"].clone();
    generation["garment"] = placed["garment"].clone();
    assert_eq!(ada.generate(&generation).await.status, 202);
    world.run_background().await;
    let quoted = ada.post("/v1/quotes", &request("/v1/quotes")).await;
    assert_eq!(quoted.status, 200, "{}", quoted.body);

    let grants = "/v1/admin/grants";
    let granted = world
        .call(Method::POST, grants, ADMIN_TOKEN, &request(grants))
        .await;
    assert_eq!(granted.status, 201, "{}", granted.body);
    assert_eq!(
        same_shape(example("post", grants, "201"), &granted.body),
        Ok(())
    );
    let clawbacks = "/v1/admin/clawbacks";
    let mut clawback = request(clawbacks);
    clawback["package"] = granted.body["package"]["id"].clone();
    let taken = world
        .call(Method::POST, clawbacks, ADMIN_TOKEN, &clawback)
        .await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    assert_eq!(
        same_shape(example("post", clawbacks, "201"), &taken.body),
        Ok(())
    );
    world.check().await;
}
