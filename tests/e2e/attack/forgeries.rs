//! Forged tokens, and twenty identical requests at once.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::settings::SECRET;
use super::super::{credits, idempotency};
use super::{few_or, tell};

/// A time in 2100, in Unix seconds.
const FAR: u64 = 4_102_444_800;

/// Each is refused, and none causes a 5xx.
pub(crate) async fn forged_tokens_are_refused(case: Case) {
    let user = case.user().await;
    let rounds = few_or(30, 1);
    let mut tried = 0;
    for round in 0..rounds {
        for token in forgeries(&user.name, &user.token, round) {
            let answer = case.system.ask("GET", "/v1/credits", |request| {
                request.header("authorization", format!("Bearer {token}"))
            });
            answer.await.problem(401, "unauthenticated");
            tried += 1;
        }
    }
    tell(&format!("{tried} forged tokens: all refused"));
}

fn forgeries(name: &str, real: &str, round: usize) -> Vec<String> {
    let signed = |claims: &Value, header: &Header, secret: &str| {
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(header, claims, &key).unwrap()
    };
    let claims = json!({"sub": name, "exp": FAR, "jti": round});
    let plain = Header::default();
    let with = |field: &str, value: Value| {
        let mut claims = claims.clone();
        claims[field] = value;
        signed(&claims, &plain, SECRET)
    };
    let mut forged = vec![
        signed(&claims, &plain, "not the secret at all, but as long as it"),
        signed(&claims, &Header::new(Algorithm::HS512), SECRET),
        with("exp", json!(1_000_000_000 + round)),
        with("exp", json!("never")),
        with("exp", Value::Null),
        with("nbf", json!(FAR - 1)),
        with("sub", json!("")),
        with("sub", json!(7)),
        with("sub", json!([name])),
    ];
    let parts: Vec<_> = real.split('.').collect();
    let half = &parts[2][..parts[2].len() / 2];
    forged.push(format!("{}.{}.", parts[0], parts[1]));
    forged.push(format!("{}.{}.{half}", parts[0], parts[1]));
    forged.push(format!("{}.{}", parts[0], parts[1]));
    forged.push(format!("eyJhbGciOiJub25lIn0.{}.{}", parts[1], parts[2]));
    forged.push(real.repeat(2));
    forged
}

/// Operations that must happen once do, however many requests ask for them.
pub(crate) async fn concurrent_requests_take_effect_once(case: Case) {
    let rounds = few_or(20, 1);
    for _ in 0..rounds {
        credits::twenty_requests_on_credits_for_one_are_one_job(case.clone()).await;
        idempotency::a_key_is_one_job_however_often_it_is_sent(case.clone()).await;
    }
    tell(&format!("{rounds} rounds of races: each won once"));
}
