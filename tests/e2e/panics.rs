//! A panic is logged with its file and line, and ends only the request that caused it.

use super::case::{Case, until};
use super::settings::WELCOME;

/// The log line of a panic in a file, with its line and column.
fn panic_in(log: &str, file: &str) -> Option<(u32, u32)> {
    let (_, place) = log.split_once(&format!("panicked at {file}:"))?;
    let mut numbers = place.split(':').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

async fn is_told(case: &Case, place: &str, path: &str, file: &str) {
    let system = &case.system;
    let user = case.user().await;
    system.kill().await;
    let more = [format!("PANIC_AT:{place}")];
    system.boot_with(&more).await.unwrap();
    let address = format!("{}{path}", system.address);
    let asked = system.client.get(address).bearer_auth(&user.token);
    let answer = asked.send().await.unwrap();
    assert!(answer.status().is_server_error(), "{answer:?}");
    until("the log tells of the panic", async || {
        panic_in(&system.workshop.log(), file)
    })
    .await;
    // The isolate, which the panic would have ended without unwinding, continues.
    let health = system.ask("GET", "/healthz", |request| request).await;
    health.ok(200);
    system.restart().await;
    user.has(WELCOME).await;
}

pub(crate) async fn a_panic_of_the_worker_names_its_file_and_line(case: Case) {
    is_told(
        &case,
        "/v1/models",
        "/v1/models",
        "src/cloudflare/events.rs",
    )
    .await;
}

pub(crate) async fn a_panic_of_the_account_object_names_its_file_and_line(case: Case) {
    is_told(&case, "account", "/v1/me", "src/cloudflare/object.rs").await;
}
