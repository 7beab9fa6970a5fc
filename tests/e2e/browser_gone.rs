//! The browser sends a generation request, and is gone before the answer.

use std::io::Write;
use std::net::TcpStream;

use serde_json::Value;

use super::case::Case;
use super::provider_faults::{assert_completed, movements};
use super::settings::{PRICE, WELCOME};
use super::user::{User, id_of};

const KEY: &str = "from-a-train";

/// Sends a generation request, and disconnects without reading anything.
fn send_and_leave(case: &Case, user: &User, generation: &Value) {
    let host = case.system.address.trim_start_matches("http://");
    let (token, body) = (&user.token, generation.to_string());
    let request = format!(
        "POST /v1/generate HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nidempotency-key: {KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(host).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
}

/// The key returns the job, and there is only one.
async fn found_again(case: &Case, user: &User, generation: &Value) -> String {
    case.accepted(user).await;
    let id = id_of(&user.generate_under_key(KEY, generation).await.ok(202));
    assert_eq!(
        user.movements().await[..2],
        movements(&[("grant", WELCOME), ("freeze", PRICE)])
    );
    id
}

pub(crate) async fn a_job_goes_on_without_its_browser(case: Case) {
    let user = case.user().await;
    let generation = user.generation("").await;
    send_and_leave(&case, &user, &generation);
    let id = found_again(&case, &user, &generation).await;
    assert_completed(&user.followed(&id).await, PRICE, 0);
    case.task(&user);
    user.has(WELCOME - PRICE).await;
}

pub(crate) async fn a_job_whose_callback_is_lost_too_is_completed_by_the_reconciler(case: Case) {
    let user = case.user().await;
    let generation = user.generation("#lost").await;
    send_and_leave(&case, &user, &generation);
    let id = found_again(&case, &user, &generation).await;
    let job = user.followed_by_the_reconciler(&id).await;
    assert_completed(&job, PRICE, 0);
    case.task(&user);
    user.has(WELCOME - PRICE).await;
}
