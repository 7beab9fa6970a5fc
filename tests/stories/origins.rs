//! Front ends on other origins.

use bytes::Bytes;
use http::{Method, Request};

use super::world::{Answer, World, configured};

async fn send(world: &World, method: Method, origin: &str) -> Answer {
    let request = Request::builder().method(method).uri("/v1/models");
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    world.send(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn a_front_end_on_a_listed_origin_may_use_the_api_and_no_other() {
    let list = "https://a.test, https://b.test";
    let world = World::with(configured(&[("ALLOWED_ORIGINS".into(), list.into())]));
    let asked = send(&world, Method::OPTIONS, "https://b.test").await;
    let header = |name: &str| asked.headers[name].to_str().unwrap();
    assert_eq!((asked.status, header("vary")), (204, "origin"));
    assert_eq!(header("access-control-allow-origin"), "https://b.test");
    assert_eq!(
        header("access-control-allow-methods"),
        "GET, POST, PUT, DELETE"
    );
    for allowed in ["idempotency-key", "range"] {
        assert!(header("access-control-allow-headers").contains(allowed));
    }
    assert_eq!(header("access-control-max-age"), "7200");
    let answered = send(&world, Method::GET, "https://b.test").await;
    assert_eq!(
        answered.headers["access-control-allow-origin"],
        "https://b.test"
    );
    let exposed = answered.headers["access-control-expose-headers"]
        .to_str()
        .unwrap();
    for read in ["etag", "retry-after", "content-range", "content-length"] {
        assert!(exposed.contains(read), "{exposed}");
    }
    assert!(!answered.headers.contains_key("access-control-max-age"));
    for origin in ["https://c.test", "https://a.test.evil", "null"] {
        let refused = send(&world, Method::OPTIONS, origin).await;
        assert_eq!(refused.status, 405, "{origin}");
        let answered = send(&world, Method::GET, origin).await;
        assert_eq!(answered.status, 200);
        assert!(
            !answered.headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
    world.check().await;
}

#[tokio::test]
async fn without_a_list_no_other_origin_is_allowed() {
    let world = World::new();
    assert_eq!(
        send(&world, Method::OPTIONS, "https://a.test").await.status,
        405
    );
    let answered = send(&world, Method::GET, "https://a.test").await;
    assert!(!answered.headers.contains_key("vary"));
    assert!(!answered.headers.contains_key("access-control-allow-origin"));
    world.check().await;
}
