//! Judges of prompts and photos, as codecs, one file each.

pub mod openai;

/// What a judge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be made.
    Allowed,
    /// It must not be made, for these categories in the judge's words.
    Denied(Vec<String>),
}

/// Who judges, and what happens while nobody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderation {
    /// Where its API is.
    pub base_url: String,
    /// Its key.
    pub key: String,
    /// Whether a request is refused while the judge does not answer.
    pub refuses_unjudged: bool,
}
