//! Tokens, compared with another implementation.

use jsonwebtoken::{DecodingKey, EncodingKey, Validation};
use serde_json::json;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn claims() -> Claims {
    Claims {
        sub: "ada".into(),
        exp: 1000,
        nbf: None,
        iss: None,
        aud: None,
        client_id: None,
        azp: None,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second.saturating_mul(1000))
}

#[test]
fn another_implementation_reads_our_tokens_and_we_read_its() {
    let ours = claims().sign(SECRET).unwrap();
    let validation = Validation {
        validate_exp: false,
        ..Validation::default()
    };
    let key = DecodingKey::from_secret(SECRET.as_bytes());
    let read = jsonwebtoken::decode::<Claims>(&ours, &key, &validation).unwrap();
    assert_eq!(read.claims, claims());

    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let theirs = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims(), &key).unwrap();
    assert_eq!(
        Unverified::parse(&theirs)
            .unwrap()
            .verified_by_secret(SECRET),
        Some(claims())
    );
}

#[test]
fn a_modified_token_is_refused() {
    let token = claims().sign(SECRET).unwrap();
    for place in 0..token.len() {
        let mut touched = token.clone().into_bytes();
        touched[place] = if touched[place] == b'A' { b'B' } else { b'A' };
        let touched = String::from_utf8(touched).unwrap();
        let verified =
            Unverified::parse(&touched).and_then(|token| token.verified_by_secret(SECRET));
        assert_eq!(verified, None, "{place}");
    }
    assert_eq!(
        Unverified::parse(&token)
            .unwrap()
            .verified_by_secret("another"),
        None
    );
}

#[test]
fn a_token_is_verified_only_by_the_algorithm_that_it_names() {
    let with = |header: &str| {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.", part(header), part(r#"{"sub":"ada","exp":1000}"#))
    };
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"HS256","crit":["x"]}"#,
        r#"{"alg":"HS256","typ":"logout+jwt"}"#,
        "{}",
    ] {
        assert!(Unverified::parse(&with(header)).is_none(), "{header}");
    }
    // Signed with the secret but labelled as signed with a private key, and the reverse.
    let message = with(r#"{"alg":"RS256"}"#);
    let message = message.trim_end_matches('.');
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())
        .unwrap()
        .chain_update(message);
    let token = format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    );
    assert_eq!(
        Unverified::parse(&token)
            .unwrap()
            .verified_by_secret(SECRET),
        None
    );
    let token = claims().sign(SECRET).unwrap();
    assert_eq!(
        Unverified::parse(&token)
            .unwrap()
            .verified_by_public_key(true),
        None
    );
}

#[test]
fn claims_are_valid_in_their_time_for_their_issuer_and_audience() {
    let claims = Claims {
        nbf: Some(500),
        iss: Some("them".into()),
        aud: Some(json!(["us", "others"])),
        ..claims()
    };
    assert!(claims.hold(at(700), Some("them"), Some("us")));
    assert!(claims.hold(at(700), None, None));
    assert!(!claims.hold(at(700), Some("others"), None));
    assert!(!claims.hold(at(700), None, Some("you")));
    assert!(claims.hold(at(1029), None, None) && !claims.hold(at(1030), None, None));
    assert!(claims.hold(at(470), None, None) && !claims.hold(at(469), None, None));
    assert!(!self::claims().hold(at(700), None, Some("us")));
    // Cognito's and Clerk's tokens have no audience.
    let given_to = |client_id: Option<&str>, azp: Option<&str>, aud: Option<Value>| Claims {
        client_id: client_id.map(Into::into),
        azp: azp.map(Into::into),
        aud,
        ..self::claims()
    };
    for (claims, is_for_us) in [
        (given_to(Some("us"), None, None), true),
        (given_to(None, Some("us"), None), true),
        (given_to(Some("you"), Some("you"), None), false),
        (given_to(Some("us"), Some("us"), Some(json!("you"))), false),
        (given_to(Some("us"), None, Some(json!([]))), false),
    ] {
        assert_eq!(claims.hold(at(700), None, Some("us")), is_for_us);
    }
}

/// RFC 7519 counts seconds in any JSON number.
#[test]
fn a_moment_may_have_a_fraction() {
    let with = |claims: &str| {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let message = format!("{}.{}", part(r#"{"alg":"HS256"}"#), part(claims));
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(&message).finalize().into_bytes();
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac));
        Unverified::parse(&token)?.verified_by_secret(SECRET)
    };
    for (moment, seconds) in [
        ("1795197963", 1_795_197_963),
        ("1795197963.0", 1_795_197_963),
        ("1795197963.5", 1_795_197_963),
        ("1.795197963e9", 1_795_197_963),
        ("-0.5", -1),
        ("9007199254740992", 9_007_199_254_740_992),
    ] {
        let token = format!(r#"{{"sub":"ada","exp":{moment},"nbf":{moment},"iat":{moment}}}"#);
        let read = with(&token).map(|claims| (claims.exp, claims.nbf));
        assert_eq!(read, Some((seconds, Some(seconds))), "{moment}");
    }
    for moment in [
        "1e17",
        "-1e300",
        "1e400",
        "NaN",
        "\"1795197963\"",
        "true",
        "[]",
    ] {
        let exp = format!(r#"{{"sub":"ada","exp":{moment}}}"#);
        let nbf = format!(r#"{{"sub":"ada","exp":1000,"nbf":{moment}}}"#);
        assert_eq!((with(&exp), with(&nbf)), (None, None), "{moment}");
    }
    assert!(with(r#"{"sub":"ada","exp":1000,"nbf":null}"#).is_some());
}
