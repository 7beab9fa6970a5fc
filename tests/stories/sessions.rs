//! Sessions: how long they last, where they are, and how they end.

use std::time::Duration;

use serde_json::{Value, json};

use super::sign_in::{SESSION, deployment};
use super::world::Browser;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_sixty_days_at_most() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let idle = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    idle.sign_in("ada@example.com").await;
    for _ in 0..4 {
        world.tick(13 * DAY);
        assert_eq!(browser.get("/v1/me").await.status, 200);
    }
    assert_eq!(idle.get("/v1/me").await.status, 401);
    world.tick(8 * DAY - Duration::from_secs(1));
    assert_eq!(browser.get("/v1/me").await.status, 200);
    world.tick(Duration::from_secs(1));
    assert_eq!(browser.get("/v1/me").await.status, 401);
    // Cron removes their rows.
    world.tick(DAY - Duration::from_mins(8));
    world.pass(61).await;
    assert_eq!(
        world.database.query("select * from sessions"),
        [] as [Value; 0]
    );
    assert_eq!(
        world.database.query("select * from sign_ins"),
        [] as [Value; 0]
    );
    world.check().await;
}

/// A status read with a cookie is one read more than with a token, and writes nothing.
#[tokio::test]
async fn a_use_writes_a_row_once_a_day() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    browser.get("/v1/jobs").await;
    let before = world.database.batches();
    browser.get("/v1/jobs").await;
    assert_eq!(world.database.batches() - before, 2);
    world.tick(DAY);
    let before = world.database.batches();
    browser.get("/v1/jobs").await;
    browser.get("/v1/jobs").await;
    assert_eq!(world.database.batches() - before, 2 + 1 + 2);
    world.check().await;
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_it() {
    let world = deployment(&[]);
    let (desk, phone) = (
        Browser::at(&world, "203.0.113.7"),
        Browser::at(&world, "198.51.100.1"),
    );
    desk.sign_in("ada@example.com").await;
    world.tick(Duration::from_mins(1));
    phone.sign_in("ada@example.com").await;
    let listed = desk.get("/v1/sessions").await.body;
    let sessions = listed["sessions"].as_array().unwrap();
    let current: Vec<_> = sessions
        .iter()
        .map(|session| &session["is_current"])
        .collect();
    assert_eq!(current, [&json!(false), &json!(true)]);
    assert_eq!(sessions[0]["browser"], "Firefox on Linux");
    let of_phone = sessions[0]["id"].as_str().unwrap();
    // Nobody ends somebody else's.
    let eve = Browser::at(&world, "192.0.2.1");
    eve.sign_in("eve@example.com").await;
    let path = format!("/v1/sessions/{of_phone}");
    assert_eq!(eve.delete(&path).await.status, 404);
    assert_eq!(phone.get("/v1/me").await.status, 200);
    assert_eq!(desk.delete(&path).await.status, 204);
    assert_eq!(phone.get("/v1/me").await.status, 401);
    assert_eq!(desk.delete(&path).await.status, 404);
    // Everywhere.
    phone.sign_in("ada@example.com").await;
    assert_eq!(desk.delete("/v1/sessions").await.status, 204);
    for browser in [&desk, &phone] {
        assert_eq!(browser.get("/v1/me").await.status, 401);
    }
    assert_eq!(desk.cookie(SESSION), None);
    assert_eq!(eve.get("/v1/me").await.status, 200);
    world.check().await;
}

#[tokio::test]
async fn signing_out_and_signing_in_anew_end_the_session_that_was() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let first = browser.cookie(SESSION).unwrap();
    browser.sign_in("eve@example.com").await;
    let second = browser.cookie(SESSION).unwrap();
    assert_ne!(first, second);
    browser.set_cookie(SESSION, &first);
    assert_eq!(browser.get("/v1/me").await.status, 401);
    browser.set_cookie(SESSION, &second);
    assert_eq!(
        browser.post("/v1/auth/sign-out", &Value::Null).await.status,
        204
    );
    assert_eq!(browser.cookie(SESSION), None);
    browser.set_cookie(SESSION, &second);
    assert_eq!(browser.get("/v1/me").await.status, 401);
    // Nobody is signed out twice, and it is no error.
    assert_eq!(
        browser.post("/v1/auth/sign-out", &Value::Null).await.status,
        204
    );
    world.check().await;
}

/// A token in a session's cookie that a stranger planted is not taken over: each sign-in makes its own.
#[tokio::test]
async fn no_session_is_fixed_beforehand() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.set_cookie(SESSION, "planted");
    browser.sign_in("ada@example.com").await;
    assert_ne!(browser.cookie(SESSION).unwrap(), "planted");
    world.check().await;
}
