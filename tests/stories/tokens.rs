//! Tokens of an outside issuer, verified by the keys that it publishes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::{Key, Wire, World, configured};

/// The number of issuers so far. Each gets its own URL, since keys are cached by it.
static ISSUERS: AtomicUsize = AtomicUsize::new(0);

/// A world in which these keys verify the tokens of users.
struct Issued {
    world: World,
    address: String,
}

impl Issued {
    fn by(keys: &[Value]) -> Self {
        Self::with(keys, &[])
    }

    fn with(keys: &[Value], changes: &[(&str, &str)]) -> Self {
        let number = ISSUERS.fetch_add(1, Ordering::Relaxed);
        let address = format!("issuer.test/{number}/keys");
        let url = format!("https://{address}");
        let changes = changes
            .iter()
            .copied()
            .map(|(name, value)| (name.into(), value.into()));
        let changes: Vec<_> = changes.chain([("AUTH_JWKS_URL".into(), url)]).collect();
        let world = World::with(configured(&changes));
        let issued = Self { world, address };
        issued.publishes(keys);
        issued
    }

    /// The issuer publishes these keys from now on.
    fn publishes(&self, keys: &[Value]) {
        let at = format!("GET {}", self.address);
        let set = Wire::json(200, &json!({"keys": keys}));
        self.world.outside.answers(&at, [set]);
    }

    /// The status of a request with this token.
    async fn status(&self, token: &str) -> u16 {
        let asked = self
            .world
            .call(Method::GET, "/v1/credits", token, &Value::Null);
        asked.await.status
    }

    fn looks(&self) -> usize {
        let line = format!("GET {}", self.address);
        let went_out = self.world.went_out();
        went_out
            .iter()
            .filter(|sent| sent.starts_with(&line))
            .count()
    }
}

/// An issuer publishes a key for encryption before the one that signs, both under one id, and every
/// token was refused. Seen in [opensearch-project/security
/// #4618](https://github.com/opensearch-project/security/issues/4618) and [keycloak/keycloak
/// #14794](https://github.com/keycloak/keycloak/issues/14794).
#[tokio::test]
async fn an_encryption_key_under_the_same_id_is_skipped() {
    for (key, other) in [
        (Key::Rs256, Key::FormerRs256),
        (Key::Es256, Key::FormerEs256),
        (Key::EdDsa, Key::Stranger),
    ] {
        for not_for_signatures in [
            json!({"kid": "k", "use": "enc", "alg": null}),
            json!({"kid": "k", "alg": "RSA-OAEP"}),
            json!({"kid": "k", "key_ops": ["encrypt", "wrapKey"]}),
            json!({"kid": "k", "use": "enc", "alg": "ECDH-ES", "kty": "OKP", "crv": "X25519", "x": "AAAA"}),
        ] {
            let issued = Issued::by(&[
                other.published(&not_for_signatures),
                key.published(&json!({"kid": "k", "use": "sig"})),
            ]);
            let (token, others) = (
                key.token("ada", &json!({"kid": "k"})),
                other.token("ada", &json!({"kid": "k"})),
            );
            let seen = (issued.status(&token).await, issued.status(&others).await);
            assert_eq!(seen, (200, 401), "{key:?} after {not_for_signatures}");
            issued.world.check().await;
        }
    }
}

/// RFC 7517 4.5: keys of one set may share an id, so each suitable one is tried.
#[tokio::test]
async fn two_keys_with_one_id_are_both_tried() {
    for (key, former, stranger) in [
        (Key::Rs256, Key::FormerRs256, Key::Es256),
        (Key::Es256, Key::FormerEs256, Key::Rs256),
    ] {
        let named = json!({"kid": "k"});
        let issued = Issued::by(&[former.published(&named), key.published(&named)]);
        for (signer, expected) in [(former, 200), (key, 200), (stranger, 401)] {
            let token = signer.token("ada", &named);
            assert_eq!(issued.status(&token).await, expected, "{signer:?}");
        }
        assert_eq!(issued.looks(), 1);
        issued.world.check().await;
    }
}

/// A token that names no key may be signed by any suitable one.
#[tokio::test]
async fn a_token_without_a_key_id_is_tried_with_each_suitable_key() {
    let issued = Issued::by(&[
        Key::Rs256.published(&json!({"kid": "1"})),
        Key::FormerEs256.published(&json!({"kid": "2", "use": "enc", "alg": null})),
        Key::Es256.published(&json!({"kid": "3"})),
        Key::FormerRs256.published(&json!({})),
    ]);
    for (signer, expected) in [
        (Key::Es256, 200),
        (Key::Rs256, 200),
        (Key::FormerRs256, 200),
        (Key::FormerEs256, 401),
        (Key::EdDsa, 401),
    ] {
        let token = signer.token("ada", &json!({}));
        assert_eq!(issued.status(&token).await, expected, "{signer:?}");
    }
    issued.world.check().await;
}

/// Without an id, only a signature that no key verifies reveals that the keys were replaced.
#[tokio::test]
async fn a_replaced_key_is_found_without_an_id_after_the_pause() {
    let issued = Issued::by(&[Key::FormerEs256.published(&json!({}))]);
    let (former, now) = (
        Key::FormerEs256.token("ada", &json!({})),
        Key::Es256.token("ada", &json!({})),
    );
    assert_eq!(issued.status(&former).await, 200);
    issued.publishes(&[Key::Es256.published(&json!({}))]);
    for _ in 0..3 {
        assert_eq!(issued.status(&now).await, 401);
    }
    assert_eq!(issued.looks(), 1);
    issued.world.tick(Duration::from_secs(1));
    assert_eq!(issued.status(&now).await, 200);
    assert_eq!((issued.status(&former).await, issued.looks()), (401, 2));
    issued.world.check().await;
}

/// RFC 9864 2.2: `Ed25519` is the new name for `EdDSA` with such a key.
#[tokio::test]
async fn ed25519_is_accepted_under_its_old_and_new_name() {
    for of_key in ["EdDSA", "Ed25519"] {
        let issued = Issued::by(&[Key::EdDsa.published(&json!({"kid": "k", "alg": of_key}))]);
        for (of_token, expected) in [
            ("EdDSA", 200),
            ("Ed25519", 200),
            ("Ed448", 401),
            ("ed25519", 401),
        ] {
            let token = Key::EdDsa.token("ada", &json!({"kid": "k", "alg": of_token}));
            assert_eq!(
                issued.status(&token).await,
                expected,
                "{of_token} by {of_key}"
            );
        }
        let strangers = Key::Stranger.token("ada", &json!({"kid": "k", "alg": "Ed25519"}));
        assert_eq!(issued.status(&strangers).await, 401);
        issued.world.check().await;
    }
}

/// Each of them names another key, none of which is published.
#[tokio::test]
async fn forty_forged_tokens_cause_one_key_fetch() {
    let issued = Issued::by(&[Key::EdDsa.published(&json!({"kid": "k"}))]);
    let good = Key::EdDsa.token("ada", &json!({"kid": "k"}));
    let forged: Vec<_> = (0..40)
        .map(|number| Key::Stranger.token("ada", &json!({"kid": number.to_string()})))
        .collect();
    let all = |cold: bool| {
        let issued = &issued;
        let forged = &forged;
        let good = &good;
        async move {
            let seen = forged.iter().map(|token| issued.status(token));
            let seen = futures::future::join_all(seen).await;
            assert_eq!(seen, [401; 40], "cold: {cold}");
            assert_eq!(issued.status(good).await, 200);
        }
    };
    all(true).await;
    assert_eq!(issued.looks(), 1);
    issued.world.tick(Duration::from_mins(2));
    all(false).await;
    assert_eq!(issued.looks(), 2);
    issued.world.check().await;
}

/// A stream of forged tokens makes fetches less frequent: 1, 2, 4 … 60 s apart.
#[tokio::test]
async fn the_pause_between_key_fetches_grows_to_a_minute_while_they_find_nothing() {
    let issued = Issued::by(&[Key::EdDsa.published(&json!({"kid": "k"}))]);
    let forged = Key::Stranger.token("ada", &json!({"kid": "x"}));
    for _ in 0..600 {
        assert_eq!(issued.status(&forged).await, 401);
        issued.world.tick(Duration::from_secs(1));
    }
    // After 0, 1, 2, 4, 8, 16, 32, 64 s and then each minute.
    assert_eq!(issued.looks(), 8 + 8);
    // A new key is still found within a minute, and the pause is short again.
    issued.publishes(&[Key::Es256.published(&json!({"kid": "new"}))]);
    issued.world.tick(Duration::from_mins(1));
    let new = Key::Es256.token("ada", &json!({"kid": "new"}));
    assert_eq!(issued.status(&new).await, 200);
    issued.publishes(&[Key::Rs256.published(&json!({"kid": "newer"}))]);
    issued.world.tick(Duration::from_secs(1));
    let newer = Key::Rs256.token("ada", &json!({"kid": "newer"}));
    assert_eq!(issued.status(&newer).await, 200);
    issued.world.check().await;
}

/// For a day, an outage of the issuer keeps nobody out.
#[tokio::test]
async fn keys_that_cannot_be_refreshed_stay_valid_for_a_day() {
    let issued = Issued::by(&[Key::EdDsa.published(&json!({"kid": "k"}))]);
    let good = Key::EdDsa.token("ada", &json!({"kid": "k"}));
    assert_eq!(issued.status(&good).await, 200);
    let at = format!("GET {}", issued.address);
    issued.world.outside.answers(&at, [Wire(503, "x".into())]);
    for _ in 0..23 {
        issued.world.tick(Duration::from_hours(1));
        assert_eq!(issued.status(&good).await, 200);
    }
    assert_eq!(issued.looks(), 24);
    issued.world.tick(Duration::from_hours(1));
    assert_eq!(issued.status(&good).await, 503);
    // It is back: the first request after the pause succeeds.
    issued.publishes(&[Key::EdDsa.published(&json!({"kid": "k"}))]);
    issued.world.tick(Duration::from_mins(1));
    assert_eq!(issued.status(&good).await, 200);
    issued.world.check().await;
}

/// One failed fetch was once a minute of 503 in every isolate without keys.
#[tokio::test]
async fn a_failed_key_fetch_refuses_tokens_for_one_second() {
    let issued = Issued::by(&[]);
    let at = format!("GET {}", issued.address);
    let keys = json!({"keys": [Key::EdDsa.published(&json!({"kid": "k"}))]});
    let wires = [Wire(503, "x".into()), Wire::json(200, &keys)];
    issued.world.outside.answers(&at, wires);
    let good = Key::EdDsa.token("ada", &json!({"kid": "k"}));
    let seen = futures::future::join_all((0..5).map(|_| issued.status(&good))).await;
    assert_eq!((seen, issued.looks()), (vec![503; 5], 1));
    issued.world.tick(Duration::from_secs(1));
    assert_eq!(issued.status(&good).await, 200);
    issued.world.check().await;
}

/// Sign-in gives a browser an ID token, and a provider that ends a session sends a logout token:
/// signed with the same key, and valid for no API.
#[tokio::test]
async fn a_well_signed_token_that_is_no_access_token_is_refused() {
    let issued = Issued::by(&[Key::EdDsa.published(&json!({"kid": "k"}))]);
    for (typ, claims, expected) in [
        ("JWT", json!({}), 200),
        ("at+jwt", json!({}), 200),
        ("JWT", json!({"typ": "Bearer", "nonce": "n"}), 200),
        ("JWT", json!({"nonce": "n"}), 401),
        ("JWT", json!({"typ": "ID"}), 401),
        ("JWT", json!({"typ": "Refresh"}), 401),
        ("JWT", json!({"token_use": "id"}), 401),
        ("logout+jwt", json!({"events": {}}), 401),
    ] {
        let header = json!({"kid": "k", "typ": typ});
        let token = Key::EdDsa.token_of("ada", &header, &claims);
        assert_eq!(issued.status(&token).await, expected, "{typ} {claims}");
    }
    issued.world.check().await;
}

/// An issuer that signs for many apps with one key: only tokens for us are accepted.
#[tokio::test]
async fn a_token_of_another_app_of_the_same_issuer_is_refused() {
    let issued = Issued::with(
        &[Key::EdDsa.published(&json!({"kid": "k"}))],
        &[
            ("ENVIRONMENT", "production"),
            ("AUTH_ISSUER", "https://issuer.test"),
            ("AUTH_AUDIENCE", "atelier"),
        ],
    );
    let us = json!({"iss": "https://issuer.test", "aud": ["atelier"]});
    for (changes, expected) in [
        (json!({}), 200),
        (json!({"aud": "atelier"}), 200),
        (json!({"aud": null, "client_id": "atelier"}), 200),
        (json!({"aud": "another", "client_id": "atelier"}), 401),
        (json!({"aud": null}), 401),
        (json!({"iss": "https://issuer.test/"}), 401),
        (json!({"iss": null}), 401),
    ] {
        let mut claims = us.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let token = Key::EdDsa.token_of("ada", &json!({"kid": "k"}), &claims);
        assert_eq!(issued.status(&token).await, expected, "{claims}");
    }
    issued.world.check().await;
}
