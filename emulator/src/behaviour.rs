//! The hashtags of a prompt or a picture, as types. The crate's documentation has the table.

use std::collections::BTreeSet;

/// Every known hashtag, without its `#`.
pub const HASHTAGS: [&str; 37] = [
    "fast",
    "hang",
    "hangback",
    "lagging",
    "429",
    "500",
    "402",
    "slow",
    "late",
    "fail",
    "refused",
    "unreadable",
    "partial",
    "lost",
    "dup",
    "forged",
    "reorder",
    "progress",
    "payloadnull",
    "badsig",
    "oldsig",
    "nosig",
    "tampered",
    "truncsig",
    "cancelrace",
    "expired",
    "chunked",
    "truncated",
    "half",
    "huge",
    "html",
    "redirect",
    "ssrf",
    "unlisted",
    "gzip",
    "svg",
    "large",
];

/// The hashtags of a text, in lower case and without their `#`.
pub(crate) fn hashtags(text: &str) -> impl Iterator<Item = String> {
    text.split('#').skip(1).map(|after| {
        let word = after.chars().take_while(char::is_ascii_alphanumeric);
        word.map(|c| c.to_ascii_lowercase()).collect()
    })
}

/// How far from the end of a picture's file its hashtags may begin, in bytes.
const TAIL: usize = 256;

/// How a task behaves. The default is without faults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// The providers that are down: they refuse the request, all others accept it.
    pub down: BTreeSet<String>,
    /// How create is answered.
    pub answer: Answer,
    /// How long the work takes.
    pub pace: Pace,
    /// How the task ends.
    pub end: End,
    /// Whether one picture less than requested is made.
    pub partial: bool,
    /// What is wrong with the callbacks.
    pub callbacks: BTreeSet<CallbackFault>,
    /// What is wrong with the signature of the true callbacks. A provider that does not sign sends
    /// none of them then.
    pub signature: Option<SignatureFault>,
    /// Whether a cancel is answered as accepted and then has no effect.
    pub cancel_race: bool,
    /// Whether the pictures are of just under 25 MB.
    pub large: bool,
    /// What is wrong with the result's address or bytes.
    pub result: Option<ResultFault>,
}

/// How create is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answer {
    /// At once.
    #[default]
    AtOnce,
    /// Only once the first terminal callback has been sent and answered.
    AfterCallback,
    /// A while later, though the task exists and runs.
    Later,
    /// Never, though the task exists and runs.
    Never,
    /// With an error, and no task.
    Refused(Refusal),
}

/// Why create refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests.
    RateLimited,
    /// The provider itself failed.
    Internal,
    /// The operator's account is out of credit.
    NoCredit,
}

/// How long the work takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// `Settings::work`.
    #[default]
    Normal,
    /// No time beyond what the picture needs.
    Instant,
    /// `Settings::slow`.
    Slow,
    /// `Settings::late`.
    Late,
}

/// How a task ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// With pictures.
    #[default]
    Completed,
    /// With a temporary error.
    ServiceError,
    /// With the content policy's refusal.
    Refused,
    /// With an error about an unusable picture.
    Unreadable,
}

/// What can be wrong with callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallbackFault {
    /// The true callback is never sent.
    Lost,
    /// The true callback is delivered three times.
    Thrice,
    /// Forged ones come first.
    Forged,
    /// A failure follows the completion.
    Contradicted,
    /// Progress callbacks come before the end.
    Progress,
    /// The true callback leaves out the result, where the protocol has a way to say so.
    NoPayload,
}

/// What can be wrong with a callback's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureFault {
    /// It was made with another key.
    WrongKey,
    /// It was made ten minutes ago.
    Old,
    /// It is missing.
    Missing,
    /// The body was changed after it was made.
    Tampered,
    /// Its second half is missing.
    Truncated,
}

/// What can be wrong with a result's address or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultFault {
    /// The address answers 404 or 410.
    Gone,
    /// There is no `Content-Length`.
    Chunked,
    /// The connection closes too early.
    Truncated,
    /// The first half of the picture, with the length of that half.
    Half,
    /// 64 MiB.
    Huge,
    /// A web page under a picture's content type.
    Html,
    /// A redirect within the host.
    Redirect,
    /// The address is in the receiver's own network.
    Internal,
    /// The address is on a host that no vendor uses.
    Unlisted,
    /// Compressed with gzip, whether or not that was asked for.
    Gzip,
    /// An SVG under a picture's content type.
    Svg,
}

/// The text that was appended to a picture's file: the printable ASCII at the end of its last 256
/// bytes. Picture formats end with a byte that is not printable.
pub(crate) fn appended(file: &[u8]) -> String {
    let tail = file.len().saturating_sub(TAIL);
    let words: Vec<u8> = file
        .iter()
        .skip(tail)
        .rev()
        .take_while(|byte| matches!(byte, b' '..=b'~' | b'\n'))
        .copied()
        .collect();
    words.into_iter().rev().map(char::from).collect()
}

impl Behaviour {
    /// Reads the hashtags of a prompt. A later one replaces an earlier one of its group.
    pub fn of(prompt: &str) -> Self {
        let mut behaviour = Self::default();
        for hashtag in hashtags(prompt) {
            behaviour.apply(&hashtag);
        }
        behaviour
    }

    fn apply(&mut self, hashtag: &str) {
        if let Some(provider) = hashtag.strip_prefix("down") {
            self.down.insert(provider.to_owned());
        }
        match hashtag {
            "fast" => {
                self.answer = Answer::AfterCallback;
                self.pace = Pace::Instant;
            }
            "hang" => {
                self.answer = Answer::Never;
                self.callbacks.insert(CallbackFault::Lost);
            }
            "hangback" => self.answer = Answer::Never,
            "lagging" => self.answer = Answer::Later,
            "429" => self.answer = Answer::Refused(Refusal::RateLimited),
            "500" => self.answer = Answer::Refused(Refusal::Internal),
            "402" => self.answer = Answer::Refused(Refusal::NoCredit),
            "slow" => self.pace = Pace::Slow,
            "late" => self.pace = Pace::Late,
            "fail" => self.end = End::ServiceError,
            "refused" => self.end = End::Refused,
            "unreadable" => self.end = End::Unreadable,
            "partial" => self.partial = true,
            "lost" => self.fault(CallbackFault::Lost),
            "dup" => self.fault(CallbackFault::Thrice),
            "forged" => self.fault(CallbackFault::Forged),
            "reorder" => self.fault(CallbackFault::Contradicted),
            "progress" => self.fault(CallbackFault::Progress),
            "payloadnull" => self.fault(CallbackFault::NoPayload),
            "badsig" => self.signature = Some(SignatureFault::WrongKey),
            "oldsig" => self.signature = Some(SignatureFault::Old),
            "nosig" => self.signature = Some(SignatureFault::Missing),
            "tampered" => self.signature = Some(SignatureFault::Tampered),
            "truncsig" => self.signature = Some(SignatureFault::Truncated),
            "cancelrace" => self.cancel_race = true,
            "expired" => self.result = Some(ResultFault::Gone),
            "chunked" => self.result = Some(ResultFault::Chunked),
            "truncated" => self.result = Some(ResultFault::Truncated),
            "half" => self.result = Some(ResultFault::Half),
            "huge" => self.result = Some(ResultFault::Huge),
            "html" => self.result = Some(ResultFault::Html),
            "redirect" => self.result = Some(ResultFault::Redirect),
            "ssrf" => self.result = Some(ResultFault::Internal),
            "unlisted" => self.result = Some(ResultFault::Unlisted),
            "gzip" => self.result = Some(ResultFault::Gzip),
            "svg" => self.result = Some(ResultFault::Svg),
            "large" => self.large = true,
            _ => {}
        }
    }

    fn fault(&mut self, fault: CallbackFault) {
        self.callbacks.insert(fault);
    }

    /// Whether the callbacks have this fault.
    pub fn has(&self, fault: CallbackFault) -> bool {
        self.callbacks.contains(&fault)
    }
}

#[cfg(test)]
mod tests;
