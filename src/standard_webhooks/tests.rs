//! The test vectors that Svix, Standard Webhooks and Kling publish, and the cases of their test
//! suites.

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", id.parse().unwrap());
    headers.insert("webhook-timestamp", timestamp.parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers
}

fn check(secrets: &[&str], headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let keys = secrets.iter().filter_map(|secret| key(secret));
    let now = Timestamp::from_millis(now.saturating_mul(1000));
    verify(keys, headers, body, now).is_ok()
}

fn signed(signature: &str) -> bool {
    check(
        &[SECRET],
        &headers(ID, &AT.to_string(), signature),
        BODY,
        AT,
    )
}

#[test]
fn the_published_vectors_pass() {
    assert!(signed(GOOD));
    let kling = headers(
        "9876543210",
        "1781080794",
        "v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=",
    );
    let body = br#"{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,"update_time":1781080794151}"#;
    let secret = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=";
    assert!(check(&[secret], &kling, body, 1_781_080_794));
}

#[test]
fn one_good_signature_among_several_is_enough() {
    let other = WRONG.replace("v1,", "v2,");
    assert!(signed(&format!("{WRONG} {other} {GOOD} {WRONG}")));
}

#[test]
fn a_signature_that_is_wrong_empty_cut_short_or_of_another_label_is_refused() {
    assert!(!signed(WRONG));
    assert!(!signed(&GOOD.replace("v1,", "v2,")));
    assert!(!signed(&GOOD.replace("v1,", "v1a,")));
    assert!(!signed("v1,"));
    assert!(!signed("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    for length in 0..GOOD.len() {
        assert!(!signed(&GOOD[..length]), "{length}");
    }
}

#[test]
fn a_header_that_is_missing_or_no_number_is_refused() {
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = headers(ID, &AT.to_string(), GOOD);
        headers.remove(missing);
        assert!(!check(&[SECRET], &headers, BODY, AT), "{missing}");
    }
    for timestamp in ["", "soon", "1614265330.5", "99999999999999999999"] {
        assert!(!check(&[SECRET], &headers(ID, timestamp, GOOD), BODY, AT));
    }
}

#[test]
fn a_timestamp_more_than_five_minutes_off_is_refused_in_both_directions() {
    let headers = headers(ID, &AT.to_string(), GOOD);
    for (later, good) in [
        (-301, false),
        (-300, true),
        (300, true),
        (301, false),
        (600, false),
    ] {
        let now = AT.saturating_add(later);
        assert_eq!(check(&[SECRET], &headers, BODY, now), good, "{later}");
    }
}

#[test]
fn another_body_id_or_time_is_refused() {
    let at = AT.to_string();
    assert!(!check(&[SECRET], &headers(ID, &at, GOOD), b"{}", AT));
    assert!(!check(&[SECRET], &headers("msg_2", &at, GOOD), BODY, AT));
    let later = AT.saturating_add(1).to_string();
    assert!(!check(&[SECRET], &headers(ID, &later, GOOD), BODY, AT));
}

#[test]
fn a_secret_may_lack_its_prefix_and_there_may_be_two() {
    let headers = headers(ID, &AT.to_string(), GOOD);
    let bare = SECRET.trim_start_matches("whsec_");
    let other = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=";
    assert!(check(&[bare], &headers, BODY, AT));
    assert!(check(&[other, SECRET], &headers, BODY, AT));
    assert!(!check(&[other], &headers, BODY, AT));
    for none in [&[][..], &[""], &["whsec_"], &["whsec_?"]] {
        assert!(!check(none, &headers, BODY, AT), "{none:?}");
    }
}
