//! Tokens that an identity provider has signed.

use serde_json::json;

use super::case::Case;
use super::identity::PUBLISHED;
use super::keys::Key;

/// Before each key, another one with the same id is published for encryption. Seen in
/// [opensearch-project/security #4618](https://github.com/opensearch-project/security/issues/4618) and
/// [keycloak/keycloak #14794](https://github.com/keycloak/keycloak/issues/14794).
pub(crate) async fn tokens_of_every_algorithm_are_accepted(case: Case) {
    let user = case.user().await;
    for (kid, _, key) in PUBLISHED {
        let mut headers = vec![json!({"kid": kid}), json!({})];
        if key == Key::EdDsa {
            headers.push(json!({"kid": kid, "alg": "Ed25519"})); // RFC 9864.
        }
        for header in headers {
            let token = key.token(&user.name, &header);
            let asked = case
                .system
                .ask("GET", "/v1/credits", |request| request.bearer_auth(&token));
            let credits = asked.await.ok(200);
            let available = &credits["available"];
            assert_eq!(available, super::settings::WELCOME, "{key:?} {header}");
        }
    }
}

pub(crate) async fn tokens_signed_with_the_wrong_key_are_refused(case: Case) {
    let user = case.user().await;
    let signed = |key: Key, kid: &str| key.token(&user.name, &json!({"kid": kid}));
    let good = signed(Key::EdDsa, "eddsa");
    let (message, _) = good.rsplit_once('.').unwrap();
    let others = signed(Key::Stranger, "eddsa");
    let (_, of_other) = others.rsplit_once('.').unwrap();
    for wrong in [
        // Signed with keys that are published for encryption, or with an unpublished id.
        signed(Key::Stranger, "eddsa"),
        signed(Key::FormerRs256, "rs256"),
        signed(Key::FormerEs256, "es256"),
        Key::Stranger.token(&user.name, &json!({})),
        signed(Key::Stranger, "stranger"),
        // Signed with a published key, but with the id of another.
        signed(Key::EdDsa, "rs256"),
        signed(Key::Es256, "eddsa"),
        Key::EdDsa.token(&user.name, &json!({"kid": "eddsa", "alg": "Ed448"})),
        format!("{message}.{of_other}"),
        format!("{message}."),
        good[..good.len() - 8].to_owned(),
    ] {
        let asked = case
            .system
            .ask("GET", "/v1/credits", |request| request.bearer_auth(&wrong));
        asked.await.problem(401, "unauthenticated");
    }
}
