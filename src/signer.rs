//! Our signatures: the tokens in callback URLs and the links to pictures; and what is stored of codes, mailboxes and networks.
//!
//! All are HMAC-SHA256 with `SIGNING_SECRET`, each under its own label, so that one is never valid as
//! another. None reveals the account, since providers and anybody with a link can read them. During a rotation
//! of that secret, signatures by the previous one are still valid.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::id::{AccountId, JobId};
use crate::domain::job::AttemptId;
use crate::domain::time::Timestamp;

/// The first byte of a callback token.
const TOKEN_VERSION: u8 = 2;

/// Account, job and ordinal of an attempt: the whole payload of the previous version, without its
/// MAC.
const ATTEMPT_BYTES: usize = 16 + 16 + 1;

/// 128 bits, which cannot be guessed within a job's life.
const MAC_BYTES: usize = 16;

/// Signs and verifies, with comparisons in constant time.
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha256>,
    /// The previous secret's key, which verifies and never signs.
    previous: Option<Hmac<Sha256>>,
}

impl Signer {
    /// A signer with this secret; `None` if HMAC cannot use it as a key. Configuration checks its
    /// length.
    pub fn new(secret: &str) -> Option<Self> {
        Some(Self {
            keyed: Hmac::new_from_slice(secret.as_bytes()).ok()?,
            previous: None,
        })
    }

    /// The same signer, which also accepts signatures by the previous secret.
    pub fn after(self, previous: &str) -> Option<Self> {
        let previous = Hmac::new_from_slice(previous.as_bytes()).ok()?;
        Some(Self {
            previous: Some(previous),
            ..self
        })
    }

    /// The token for an attempt's callbacks from a provider, in base64url: (1) the version; (2) the
    /// account, encrypted with a pad that is unique to this attempt; (3) job and ordinal; (4) a MAC over
    /// all of it.
    ///
    /// So the account of a callback is known without a query: looking it up by the job would be a
    /// fifth batch of a generation, which may take four. A job has one account, so a pad never
    /// encrypts anything else, and without the key the account's bytes look random.
    pub fn callback_token(&self, provider: &str, attempt: AttemptId) -> String {
        let named = named(attempt.job, attempt.ordinal);
        let mut bytes = vec![TOKEN_VERSION]; // (1)
        bytes.extend(padded(
            &self.keyed,
            provider,
            &named,
            attempt.account.to_bytes(),
        )); // (2)
        bytes.extend(named); // (3)
        let mac = self
            .mac("callback", &[provider.as_bytes(), &bytes])
            .finalize()
            .into_bytes();
        bytes.extend(mac.iter().take(MAC_BYTES)); // (4)
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The attempt that a callback's token is for; `None` if the token is not ours. Tokens of the
    /// previous version have no version byte, and the account's bytes in plain. They are accepted
    /// while their tasks may be running; no new ones can be made.
    pub fn open_callback_token(&self, provider: &str, token: &str) -> Option<AttemptId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let length = bytes.len().checked_sub(MAC_BYTES)?;
        let (attempt, mac) = bytes.split_at_checked(length)?;
        let keyed = self.keys().find(|keyed| {
            let ours = self::mac(keyed, "callback", &[provider.as_bytes(), attempt]);
            ours.verify_truncated_left(mac).is_ok()
        })?;
        let (version, rest) = match length {
            ATTEMPT_BYTES => (None, attempt),
            _ => attempt
                .split_first()
                .map(|(first, rest)| (Some(*first), rest))?,
        };
        let (account, named) = rest.split_first_chunk::<16>()?;
        let (job, ordinal) = named.split_first_chunk::<16>()?;
        let [ordinal] = ordinal.try_into().ok()?;
        let account = match version {
            None => *account,
            Some(TOKEN_VERSION) => padded(keyed, provider, named, *account),
            Some(_) => return None,
        };
        Some(AttemptId {
            account: AccountId::from_bytes(account),
            job: JobId::from_bytes(*job),
            ordinal,
        })
    }

    /// The signature of a link to the picture under `key` that is valid until `expires`.
    pub fn picture_signature(&self, key: &str, expires: Timestamp) -> String {
        let expires = expires.seconds().to_string();
        let mac = self.mac("picture", &[key.as_bytes(), expires.as_bytes()]);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether a link to a picture is ours; the caller checks whether it has expired.
    pub fn verifies_picture(&self, key: &str, expires: Timestamp, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let expires = expires.seconds().to_string();
        self.macs("picture", &[key.as_bytes(), expires.as_bytes()])
            .any(|ours| ours.verify_slice(&signature).is_ok())
    }

    /// What is stored of a sign-in's code: it cannot be guessed from it without the secret, though there are only
    /// 10^8 codes, and is of no other sign-in.
    pub fn sign_in_code(&self, sign_in: &str, code: &str) -> String {
        let mac = self.mac("sign-in code", &[sign_in.as_bytes(), code.as_bytes()]);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether what is stored is that of this code.
    pub fn verifies_sign_in_code(&self, sign_in: &str, code: &str, stored: &str) -> bool {
        let stored = URL_SAFE_NO_PAD.decode(stored).unwrap_or_default();
        self.macs("sign-in code", &[sign_in.as_bytes(), code.as_bytes()])
            .any(|ours| ours.verify_slice(&stored).is_ok())
    }

    /// By what somebody is counted, such as the prefix of an address, which is personal data and is not stored.
    pub fn counted(&self, what: &str, whom: &str) -> String {
        let mac = self.mac("counted", &[what.as_bytes(), whom.as_bytes()]);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    fn mac(&self, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        mac(&self.keyed, label, parts)
    }

    /// The valid MACs: by the secret, and by the previous one.
    fn macs(&self, label: &str, parts: &[&[u8]]) -> impl Iterator<Item = Hmac<Sha256>> {
        self.keys().map(move |keyed| mac(keyed, label, parts))
    }

    fn keys(&self) -> impl Iterator<Item = &Hmac<Sha256>> {
        std::iter::once(&self.keyed).chain(&self.previous)
    }
}

/// A MAC over a label and parts, each preceded by its length, so that no two lists of parts give the
/// same bytes.
pub(crate) fn mac(keyed: &Hmac<Sha256>, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = keyed.clone();
    for part in [label.as_bytes()].iter().chain(parts) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// The bytes of a job's id and an attempt's ordinal.
fn named(job: JobId, ordinal: u8) -> [u8; 17] {
    let mut bytes = [ordinal; 17];
    let job = job.to_bytes();
    bytes
        .iter_mut()
        .zip(job)
        .for_each(|(byte, of_job)| *byte = of_job);
    bytes
}

/// An account's bytes, combined with an attempt's pad by XOR; applied twice, it restores them.
fn padded(keyed: &Hmac<Sha256>, provider: &str, named: &[u8], account: [u8; 16]) -> [u8; 16] {
    let pad = mac(keyed, "callback account", &[provider.as_bytes(), named]);
    let mut bytes = account;
    let pad = pad.finalize().into_bytes();
    bytes
        .iter_mut()
        .zip(pad)
        .for_each(|(byte, of_pad)| *byte ^= of_pad);
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

    fn signer() -> Signer {
        Signer::new("a secret of thirty-two characters").unwrap()
    }

    /// Pinned: providers hold tokens for as long as their jobs run, and a change would lose their
    /// callbacks.
    #[test]
    fn a_callback_token_never_changes() {
        let token = signer().callback_token("evolink", ATTEMPT);
        assert_eq!(
            token,
            "ApP0Y8-wJDnC83BaSEOjhcMCAgICAgICAgICAgICAgICAxxZNXWuYs1qFAIons9agqw"
        );
        assert_eq!(
            signer().open_callback_token("evolink", &token),
            Some(ATTEMPT)
        );
    }

    /// Providers still hold these when a version that issues others is deployed.
    #[test]
    fn a_callback_token_of_the_previous_version_is_still_accepted() {
        let token = "AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgIDjhgud08UGL-jY2bupCl-Og";
        assert_eq!(
            signer().open_callback_token("evolink", token),
            Some(ATTEMPT)
        );
        assert_eq!(signer().open_callback_token("fal", token), None);
        let new = Signer::new("another secret of thirty-two characters").unwrap();
        assert_eq!(new.open_callback_token("evolink", token), None);
        let both = new.after("a secret of thirty-two characters").unwrap();
        assert_eq!(both.open_callback_token("evolink", token), Some(ATTEMPT));
        assert_ne!(both.callback_token("evolink", ATTEMPT).len(), token.len());
    }

    /// It reveals neither the account, nor that two jobs have the same one.
    #[test]
    fn a_callback_token_does_not_reveal_the_account() {
        let opened = |provider, attempt| {
            let token = signer().callback_token(provider, attempt);
            let back = signer().open_callback_token(provider, &token);
            assert_eq!(back, Some(attempt));
            URL_SAFE_NO_PAD.decode(token).unwrap()
        };
        let others = [
            ("evolink", ATTEMPT),
            ("fal", ATTEMPT),
            (
                "evolink",
                AttemptId {
                    ordinal: 4,
                    ..ATTEMPT
                },
            ),
            (
                "evolink",
                AttemptId {
                    job: JobId::from_bytes([9; 16]),
                    ..ATTEMPT
                },
            ),
        ];
        let others = others.map(|(provider, attempt)| opened(provider, attempt));
        for (place, token) in others.iter().enumerate() {
            let mut pairs = token.windows(2);
            assert!(pairs.all(|pair| pair != [1, 1]), "{token:?}");
            for other in &others[..place] {
                assert_ne!(token[1..17], other[1..17]);
            }
        }
    }

    #[test]
    fn a_forged_token_is_refused() {
        let token = signer().callback_token("evolink", ATTEMPT);
        assert_eq!(signer().open_callback_token("fal", &token), None);
        assert_eq!(
            Signer::new("another secret")
                .unwrap()
                .open_callback_token("evolink", &token),
            None
        );
        for length in 0..token.len() {
            assert_eq!(
                signer().open_callback_token("evolink", &token[..length]),
                None,
                "{length}"
            );
        }
        assert_eq!(
            signer().open_callback_token("evolink", &format!("{token}AAAA")),
            None
        );
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                signer().open_callback_token("evolink", &URL_SAFE_NO_PAD.encode(&bytes)),
                None,
                "{bit}"
            );
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn the_previous_secret_verifies_and_never_signs() {
        let new = || Signer::new("another secret of thirty-two characters").unwrap();
        let both = new().after("a secret of thirty-two characters").unwrap();
        let token = signer().callback_token("evolink", ATTEMPT);
        // With the pad applied, too.
        assert_eq!(both.open_callback_token("evolink", &token), Some(ATTEMPT));
        assert_eq!(new().open_callback_token("evolink", &token), None);
        let expires = Timestamp::from_millis(1_795_161_600_000);
        let signature = signer().picture_signature("results/b/0", expires);
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
    fn a_picture_link_is_valid_for_one_key_and_one_expiry() {
        let expires = Timestamp::from_millis(1_795_161_600_000);
        let signature = signer().picture_signature("results/a/b/0", expires);
        assert!(signer().verifies_picture("results/a/b/0", expires, &signature));
        assert!(!signer().verifies_picture("results/a/b/1", expires, &signature));
        assert!(!signer().verifies_picture(
            "results/a/b/0",
            Timestamp::from_millis(1_795_161_601_000),
            &signature
        ));
        assert!(!signer().verifies_picture("results/a/b/0", expires, &signature[..20]));
        assert!(!signer().verifies_picture("results/a/b/0", expires, ""));
    }
}
