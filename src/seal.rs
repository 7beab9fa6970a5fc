//! What we sign ourselves: the tokens in callback addresses and the links to pictures.
//!
//! Both are HMAC-SHA256 with `SIGNING_SECRET`, each under a label of its own, so that one never
//! passes for the other. While that secret is being replaced, what was signed with the one before is
//! still verified.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::id::{AccountId, JobId};
use crate::domain::job::AttemptId;
use crate::domain::time::Timestamp;

/// Account, job and ordinal of an attempt.
const ATTEMPT_BYTES: usize = 16 + 16 + 1;

/// 128 bits: nobody guesses that in the life of a job.
const MAC_BYTES: usize = 16;

/// Signs and verifies. Comparisons take the same time whatever is wrong.
#[derive(Clone)]
pub struct Seal {
    keyed: Hmac<Sha256>,
    /// It verifies, and never signs.
    previous: Option<Hmac<Sha256>>,
}

impl Seal {
    /// With this secret. `None` if it is no key at all; how long it must be is for configuration to
    /// say.
    pub fn new(secret: &str) -> Option<Self> {
        Some(Self {
            keyed: Hmac::new_from_slice(secret.as_bytes()).ok()?,
            previous: None,
        })
    }

    /// The same, which also verifies what was signed with the secret before.
    pub fn after(self, previous: &str) -> Option<Self> {
        let previous = Hmac::new_from_slice(previous.as_bytes()).ok()?;
        Some(Self {
            previous: Some(previous),
            ..self
        })
    }

    /// The token for an attempt's callbacks from a provider: base64url of the attempt and a MAC
    /// over it.
    pub fn callback_token(&self, provider: &str, attempt: AttemptId) -> String {
        let mut bytes = attempt_bytes(attempt);
        let mac = self
            .mac("callback", &[provider.as_bytes(), &bytes])
            .finalize()
            .into_bytes();
        bytes.extend(mac.iter().take(MAC_BYTES));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The attempt that a callback's token is for, if the token is ours.
    pub fn open_callback_token(&self, provider: &str, token: &str) -> Option<AttemptId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (attempt, mac) = bytes.split_at_checked(ATTEMPT_BYTES)?;
        if mac.len() != MAC_BYTES {
            return None;
        }
        self.macs("callback", &[provider.as_bytes(), attempt])
            .any(|ours| ours.verify_truncated_left(mac).is_ok())
            .then_some(())?;
        let (account, rest) = attempt.split_first_chunk::<16>()?;
        let (job, ordinal) = rest.split_first_chunk::<16>()?;
        let (account, job) = (AccountId::from_bytes(*account), JobId::from_bytes(*job));
        Some(AttemptId {
            account,
            job,
            ordinal: *ordinal.first()?,
        })
    }

    /// The signature of a link to the picture under `key` that is good until `expires`.
    pub fn picture_signature(&self, key: &str, expires: Timestamp) -> String {
        let expires = expires.seconds().to_string();
        let mac = self.mac("picture", &[key.as_bytes(), expires.as_bytes()]);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether a link to a picture is ours; whether it is still good is for the caller to see.
    pub fn verifies_picture(&self, key: &str, expires: Timestamp, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let expires = expires.seconds().to_string();
        self.macs("picture", &[key.as_bytes(), expires.as_bytes()])
            .any(|ours| ours.verify_slice(&signature).is_ok())
    }

    fn mac(&self, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        mac(&self.keyed, label, parts)
    }

    /// The MACs that are good: by the secret, and by the one before it.
    fn macs(&self, label: &str, parts: &[&[u8]]) -> impl Iterator<Item = Hmac<Sha256>> {
        let keys = std::iter::once(&self.keyed).chain(&self.previous);
        keys.map(move |keyed| mac(keyed, label, parts))
    }
}

/// A MAC over a label and parts, each with its length before it, so that no two lists of parts are the
/// same bytes.
fn mac(keyed: &Hmac<Sha256>, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = keyed.clone();
    for part in [label.as_bytes()].iter().chain(parts) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac
}

fn attempt_bytes(attempt: AttemptId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ATTEMPT_BYTES);
    bytes.extend(attempt.account.to_bytes());
    bytes.extend(attempt.job.to_bytes());
    bytes.push(attempt.ordinal);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: AttemptId = AttemptId {
        account: AccountId::from_bytes([1; 16]),
        job: JobId::from_bytes([2; 16]),
        ordinal: 3,
    };

    fn seal() -> Seal {
        Seal::new("a secret of thirty-two characters").unwrap()
    }

    /// Providers hold tokens for as long as their jobs run: changing this loses their callbacks.
    #[test]
    fn a_callback_token_never_changes() {
        let token = seal().callback_token("evolink", ATTEMPT);
        assert_eq!(
            token,
            "AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgIDjhgud08UGL-jY2bupCl-Og"
        );
        assert_eq!(seal().open_callback_token("evolink", &token), Some(ATTEMPT));
    }

    #[test]
    fn a_token_that_is_not_ours_is_refused() {
        let token = seal().callback_token("evolink", ATTEMPT);
        assert_eq!(seal().open_callback_token("fal", &token), None);
        assert_eq!(
            Seal::new("another secret")
                .unwrap()
                .open_callback_token("evolink", &token),
            None
        );
        for length in 0..token.len() {
            assert_eq!(
                seal().open_callback_token("evolink", &token[..length]),
                None,
                "{length}"
            );
        }
        assert_eq!(
            seal().open_callback_token("evolink", &format!("{token}AAAA")),
            None
        );
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                seal().open_callback_token("evolink", &URL_SAFE_NO_PAD.encode(&bytes)),
                None,
                "{bit}"
            );
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn the_secret_before_verifies_and_never_signs() {
        let new = || Seal::new("another secret of thirty-two characters").unwrap();
        let both = new().after("a secret of thirty-two characters").unwrap();
        let token = seal().callback_token("evolink", ATTEMPT);
        assert_eq!(both.open_callback_token("evolink", &token), Some(ATTEMPT));
        assert_eq!(new().open_callback_token("evolink", &token), None);
        let expires = Timestamp::from_millis(1_795_161_600_000);
        let signature = seal().picture_signature("results/b/0", expires);
        assert!(both.verifies_picture("results/b/0", expires, &signature));
        assert!(!both.verifies_picture("results/b/1", expires, &signature));
        assert!(!new().verifies_picture("results/b/0", expires, &signature));
        assert_eq!(
            both.callback_token("evolink", ATTEMPT),
            new().callback_token("evolink", ATTEMPT)
        );
        assert_eq!(
            both.picture_signature("results/b/0", expires),
            new().picture_signature("results/b/0", expires)
        );
    }

    #[test]
    fn a_picture_link_is_good_for_one_key_and_one_expiry() {
        let expires = Timestamp::from_millis(1_795_161_600_000);
        let signature = seal().picture_signature("results/a/b/0", expires);
        assert!(seal().verifies_picture("results/a/b/0", expires, &signature));
        assert!(!seal().verifies_picture("results/a/b/1", expires, &signature));
        assert!(!seal().verifies_picture(
            "results/a/b/0",
            Timestamp::from_millis(1_795_161_601_000),
            &signature
        ));
        assert!(!seal().verifies_picture("results/a/b/0", expires, &signature[..20]));
        assert!(!seal().verifies_picture("results/a/b/0", expires, ""));
    }
}
