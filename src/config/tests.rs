//! Which variable is reported when one is missing or malformed.

use super::*;

const SET: &[(&str, &str)] = &[
    ("PUBLIC_URL", "https://app.test/"),
    ("PROVIDER", "evolink"),
    ("EVOLINK_API_KEY", "sk"),
    ("AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"),
    ("ADMIN_TOKEN", "0123456789abcdef0123456789abcdef"),
    ("SIGNING_SECRET", "0123456789abcdef0123456789abcdef"),
];

fn read(changes: &[(&str, &str)]) -> Result<Config, String> {
    let find = |list: &[(&str, &str)], name: &str| {
        list.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Config::read(&|name| find(changes, name).or_else(|| find(SET, name)))
        .map_err(|error| error.to_string())
}

#[test]
fn the_minimal_configuration_is_enough() {
    let config = read(&[]).unwrap();
    assert_eq!(config.public_url, "https://app.test");
    assert_eq!(config.rules.hold_ttl, DEFAULT_HOLD_TTL);
    assert_eq!(
        config.providers[0].access.base_url,
        "https://api.evolink.ai"
    );
    assert!(!config.local);
}

#[test]
fn a_missing_or_malformed_variable_is_named() {
    for (changes, error) in [
        ([("PUBLIC_URL", "")], "PUBLIC_URL is not set"),
        ([("PUBLIC_URL", "app.test")], "PUBLIC_URL is not an address"),
        (
            [("PUBLIC_URL", "http://app.test")],
            "PUBLIC_URL must begin with https:// unless ENVIRONMENT is \"local\"",
        ),
        (
            [("PUBLIC_URL", "https://app.test/#x")],
            "PUBLIC_URL has a query or a fragment",
        ),
        (
            [("PROVIDER", "acme")],
            "PROVIDER names \"acme\", which is not one of evolink",
        ),
        (
            [("PROVIDER_FALLBACKS", "acme")],
            "PROVIDER_FALLBACKS names \"acme\", which is not one of evolink",
        ),
        ([("EVOLINK_API_KEY", " ")], "EVOLINK_API_KEY is not set"),
        (
            [("EVOLINK_BASE_URL", "api")],
            "EVOLINK_BASE_URL is not an address",
        ),
        (
            [("EVOLINK_BASE_URL", "http://api.test")],
            "EVOLINK_BASE_URL must begin with https://",
        ),
        (
            [("EVOLINK_BASE_URL", "https://api.test/?key=1")],
            "EVOLINK_BASE_URL has a query or a fragment",
        ),
        (
            [("EVOLINK_API_KEY", "sk two")],
            "EVOLINK_API_KEY has white space",
        ),
        ([("PROVIDER", "replicate")], "REPLICATE_API_KEY is not set"),
        (
            [("MODEL_OVERRIDES", "{")],
            "MODEL_OVERRIDES is not an object of overrides",
        ),
        (
            [("SIGNING_SECRET", "short")],
            "SIGNING_SECRET is shorter than 32 characters",
        ),
        (
            [("WELCOME_CREDITS", "-1")],
            "WELCOME_CREDITS is not a whole number from 0 to 4294967295",
        ),
        (
            [("MAX_OPEN_JOBS", "+4")],
            "MAX_OPEN_JOBS is not a whole number from 0 to 4294967295",
        ),
        (
            [("HOLD_TTL_SECONDS", "4294967296")],
            "HOLD_TTL_SECONDS is not a whole number from 0 to 4294967295",
        ),
        (
            [("RESULT_HOSTS", "https://media.example")],
            "RESULT_HOSTS has \"https://media.example\", which is no host, host:port or *.host",
        ),
        ([("MAX_OPEN_JOBS", "0")], "MAX_OPEN_JOBS must be above 0"),
        (
            [("MAX_FAILED_PER_HOUR", "-1")],
            "MAX_FAILED_PER_HOUR is not a whole number from 0 to 4294967295",
        ),
        ([("UPLOAD_DAYS", "0")], "UPLOAD_DAYS must be above 0"),
        (
            [("MAX_UPLOAD_MIB_PER_DAY", "9")],
            "MAX_UPLOAD_MIB_PER_DAY is neither 0 nor at least 10",
        ),
        (
            [("ALLOWED_ORIGINS", "*")],
            "ALLOWED_ORIGINS has \"*\", which is no origin",
        ),
        (
            [("AUTH_JWT_SECRET", "")],
            "AUTH_JWT_SECRET is not set, and neither is AUTH_JWKS_URL",
        ),
        (
            [("AUTH_JWKS_URL", "https://issuer.test/keys")],
            "AUTH_ISSUER is not set: without it, AUTH_JWKS_URL lets the tokens of other apps in",
        ),
        (
            [("AUTH_JWKS_URL", "ftp://x")],
            "AUTH_JWKS_URL must begin with https:// unless ENVIRONMENT is \"local\"",
        ),
    ] {
        let said = read(&changes).err().unwrap();
        assert!(said.starts_with(error), "{said}");
    }
}

/// With a malformed secret, every callback of a provider that signs would be refused.
#[test]
fn a_missing_or_malformed_signing_secret_is_named() {
    let with = |name: &str, secret: &str| {
        let prefix = name.to_ascii_uppercase();
        let [key, url, variable] =
            ["API_KEY", "BASE_URL", "WEBHOOK_SECRET"].map(|part| format!("{prefix}_{part}"));
        read(&[
            ("PROVIDER", name),
            (&key, "key"),
            (&url, "https://vendor.test"),
            (&variable, secret),
        ])
    };
    let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (name, bad, problem) in [
        ("replicate", "whsec_not-base64!", "is not base64"),
        ("kling", "hunter2", "is not base64"),
        ("generic", "whsec_", "is not base64"),
        ("kie", "two words", "has white space"),
    ] {
        let variable = format!("{}_WEBHOOK_SECRET", name.to_ascii_uppercase());
        let missing = with(name, " ").err().unwrap();
        assert_eq!(missing, format!("{variable} is not set"));
        for secret in [bad.to_owned(), format!("{good},{bad}")] {
            let said = with(name, &secret).err().unwrap();
            assert!(said.starts_with(&format!("{variable} {problem}")), "{said}");
        }
        let rotating = with(name, &format!("{good}, {good}")).unwrap();
        assert_eq!(rotating.providers[0].access.webhook_secrets, [good, good]);
    }
    for name in ["fal", "fashn", "evolink", "runware"] {
        assert!(with(name, "").is_ok(), "{name} needs no secret");
    }
}

/// An issuer may publish one key set for all its customers.
#[test]
fn published_keys_need_an_issuer_and_an_audience_but_no_secret() {
    const KEYS: (&str, &str) = ("AUTH_JWKS_URL", "https://issuer.test/keys");
    const NO_SECRET: (&str, &str) = ("AUTH_JWT_SECRET", "");
    let issuer = ("AUTH_ISSUER", "https://issuer.test/");
    let audience = ("AUTH_AUDIENCE", "atelier");
    let said = |changes: &[(&str, &str)]| read(changes).err().unwrap_or_default();
    assert!(said(&[KEYS, audience]).starts_with("AUTH_ISSUER is not set"));
    assert!(said(&[KEYS, issuer]).starts_with("AUTH_AUDIENCE is not set"));
    let auth = read(&[KEYS, issuer, audience, NO_SECRET]).unwrap().auth;
    assert_eq!(auth.secret, None);
    assert_eq!(auth.issuer.as_deref(), Some("https://issuer.test/"));
    assert_eq!(auth.audience.as_deref(), Some("atelier"));
    let loose = ("ENVIRONMENT", "local");
    assert_eq!(said(&[KEYS, NO_SECRET, loose]), "");
    let short = ("AUTH_JWT_SECRET", "short");
    assert!(said(&[KEYS, issuer, audience, short]).starts_with("AUTH_JWT_SECRET is shorter"));
}

#[test]
fn a_custom_provider_needs_its_address() {
    let secret = (
        "GENERIC_WEBHOOK_SECRET",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    );
    let said = read(&[("PROVIDER", "generic"), ("GENERIC_API_KEY", "key"), secret]);
    assert_eq!(said.err().as_deref(), Some("GENERIC_BASE_URL is not set"));
}

#[test]
fn a_previous_secret_is_checked_too() {
    for name in ["SIGNING_SECRET", "AUTH_JWT_SECRET", "ADMIN_TOKEN"] {
        let previous = format!("{name}_PREVIOUS");
        let said = read(&[(&previous, "short")]).err().unwrap();
        assert_eq!(said, format!("{previous} is shorter than 32 characters"));
        assert!(read(&[(&previous, &"x".repeat(32))]).is_ok());
        assert!(read(&[(&previous, "")]).is_ok());
    }
}

/// Whoever tries the Worker here without set-up has no processor's key. Elsewhere that is a mistake.
#[test]
fn without_its_processors_key_a_local_worker_sells_nothing_and_any_other_is_misconfigured() {
    let selling = ("PROCESSOR", "stripe");
    let said = read(&[selling]).err().unwrap();
    assert!(said.starts_with("STRIPE_API_KEY is not set"), "{said}");
    let local = ("ENVIRONMENT", "local");
    assert!(read(&[selling, local]).unwrap().selling.is_none());
    let key = ("STRIPE_API_KEY", "sk_test_1");
    let said = read(&[selling, local, key]).err().unwrap();
    assert!(
        said.starts_with("STRIPE_WEBHOOK_SECRET is not set"),
        "{said}"
    );
    let secret = ("STRIPE_WEBHOOK_SECRET", "whsec_1");
    assert!(
        read(&[selling, local, key, secret])
            .unwrap()
            .selling
            .is_some()
    );
}
