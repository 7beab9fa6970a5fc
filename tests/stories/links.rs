//! Links to pictures: ranges, conditions and caching.

use bytes::Bytes;
use http::Request;

use super::world::{Answer, User, World};

/// The path of a stored picture.
async fn picture(world: &World, ada: &User) -> String {
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let url = ada.job(&job).await["images"][0]["url"].clone();
    url.as_str().unwrap().replace("https://app.test", "")
}

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn a_range_gives_part_of_a_picture_or_416() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    let whole = get(&world, &path, &[]).await.bytes;
    let size = whole.len();
    for (range, first, last) in [
        ("bytes=0-9".to_owned(), 0, 9),
        ("bytes=-5".into(), size - 5, size - 1),
        ("bytes=0-99999".into(), 0, size - 1),
        (format!("bytes=0-{}", size - 1), 0, size - 1),
        ("bytes=0-".into(), 0, size - 1),
    ] {
        let part = get(&world, &path, &[("range", &range)]).await;
        assert_eq!(
            (part.status, &part.bytes),
            (206, &whole.slice(first..=last))
        );
        let of = format!("bytes {first}-{last}/{size}");
        assert_eq!(part.headers["content-range"], of.as_str(), "{range}");
        let length = (last - first + 1).to_string();
        assert_eq!(part.headers["content-length"], length.as_str(), "{range}");
    }
    for range in [
        format!("bytes={size}-"),
        "bytes=99999-".into(),
        "bytes=-0".into(),
    ] {
        let beyond = get(&world, &path, &[("range", &range)]).await;
        assert_eq!(
            (beyond.status, beyond.code()),
            (416, "range_not_satisfiable")
        );
        let of = format!("bytes */{size}");
        assert_eq!(beyond.headers["content-range"], of.as_str(), "{range}");
    }
    let several = get(&world, &path, &[("range", "bytes=0-1,4-5")]).await;
    assert_eq!((several.status, several.bytes), (200, whole));
    world.check().await;
}

#[tokio::test]
async fn a_range_with_another_pictures_etag_gives_the_whole_picture() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    let whole = get(&world, &path, &[]).await;
    let tag = whole.headers["etag"].to_str().unwrap();
    let weak = format!("W/{tag}");
    for (validator, status) in [
        (tag, 206),
        (weak.as_str(), 200),
        ("\"another\"", 200),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 200),
    ] {
        for range in ["bytes=0-9", "bytes=99999-"] {
            let headers = [("range", range), ("if-range", validator)];
            let answer = get(&world, &path, &headers).await;
            let status = if (status, range) == (206, "bytes=99999-") {
                416
            } else {
                status
            };
            assert_eq!(answer.status, status, "{validator} {range}");
            assert!(status != 200 || answer.bytes == whole.bytes);
        }
    }
    world.check().await;
}

#[tokio::test]
async fn a_picture_that_the_client_has_is_not_sent_again() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    let tag = get(&world, &path, &[]).await.headers["etag"].clone();
    let tag = tag.to_str().unwrap();
    for known in [tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
        let answer = get(&world, &path, &[("if-none-match", known)]).await;
        assert_eq!((answer.status, answer.bytes.len()), (304, 0), "{known}");
        assert_eq!(answer.headers["etag"], tag);
    }
    let other = get(&world, &path, &[("if-none-match", "\"x\"")]).await;
    assert_eq!(other.status, 200);
    world.check().await;
}

/// `If-Match` comes before all other conditions, and before the range (RFC 9110 13.2.1, 13.2.2).
#[tokio::test]
async fn if_match_refuses_another_picture_or_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    let tag = get(&world, &path, &[]).await.headers["etag"].clone();
    let tag = tag.to_str().unwrap();
    for right in [tag, "*", &format!("\"x\", {tag}")] {
        let answer = get(&world, &path, &[("if-match", right)]).await;
        assert_eq!(answer.status, 200, "{right}");
    }
    for wrong in ["\"x\"", &format!("W/{tag}")] {
        for more in [
            ("accept", "*/*"),
            ("if-none-match", tag),
            ("range", "bytes=0-9"),
            ("range", "bytes=99999-"),
        ] {
            let answer = get(&world, &path, &[("if-match", wrong), more]).await;
            let refused = (answer.status, answer.code());
            assert_eq!(refused, (412, "precondition_failed"), "{wrong} {more:?}");
        }
    }
    let nowhere = get(
        &world,
        "/v1/images/x?expires=1&signature=x",
        &[("if-match", "\"x\"")],
    );
    assert_eq!(nowhere.await.status, 404);
    let job = ada.running_job().await;
    let job = format!("/v1/jobs/{job}");
    let bearer = format!("Bearer {}", ada.token());
    let status = async |asked: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-match", asked)];
        get(&world, &job, &headers).await
    };
    let there = status("*").await;
    assert_eq!(there.status, 200);
    // A job's tag is weak, and `If-Match` compares strongly, so it never matches.
    let tag = there.headers["etag"].to_str().unwrap();
    for wrong in [tag, "\"x\""] {
        let answer = status(wrong).await;
        let refused = (answer.status, answer.code());
        assert_eq!(refused, (412, "precondition_failed"), "{wrong}");
    }
    world.check().await;
}

#[tokio::test]
async fn a_saved_picture_has_a_file_name() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    let job = ada.get("/v1/jobs").await.body["jobs"][0]["id"].clone();
    let shown = get(&world, &path, &[]).await;
    let named = format!("inline; filename=\"{}-1-ai.png\"", job.as_str().unwrap());
    assert_eq!(shown.headers["content-disposition"], named.as_str());
    world.check().await;
}

/// A token, a balance or a list must not be cached; only a picture and a job may be.
#[tokio::test]
async fn personal_answers_are_never_cached() {
    let world = World::new();
    let ada = world.user("ada").await;
    let path = picture(&world, &ada).await;
    for path in [
        "/v1/credits",
        "/v1/credits/history",
        "/v1/jobs",
        "/v1/models",
        "/v1/nope",
    ] {
        assert_eq!(
            ada.get(path).await.headers["cache-control"],
            "no-store",
            "{path}"
        );
    }
    let session = ada.post("/v1/session", &serde_json::json!({})).await;
    assert_eq!(session.headers["cache-control"], "no-store");
    let picture = get(&world, &path, &[]).await;
    assert_eq!(
        picture.headers["cache-control"],
        "private, max-age=86400, immutable"
    );
    world.check().await;
}
