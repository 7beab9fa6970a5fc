//! What a provider can do besides making pictures.

/// What a provider can do besides making pictures. The conformance suite compares it with what the
/// codec does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// It can be asked to stop a task: [`Provider::cancel`](super::Provider::cancel).
    pub cancel: bool,
    /// A task can be looked up by our reference: [`Provider::find`](super::Provider::find).
    pub find: bool,
    /// It signs its callbacks, though perhaps not their bodies: one without a good signature is
    /// refused.
    pub signed_callbacks: bool,
}

impl Capabilities {
    /// It makes pictures and nothing else, and its callbacks are unsigned.
    pub const NONE: Self = Self {
        cancel: false,
        find: false,
        signed_callbacks: false,
    };
}
