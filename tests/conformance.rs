//! Every provider's wire format, in the same cases for all. A new provider is covered as soon as it
//! is registered, and fails for each file it lacks.
//!
//! 1. `fixture`: `conformance/<provider>/<case>.http` is one answer as it comes over the wire, or
//!    one callback. A case that a provider cannot say stands in `conformance/<provider>/never`, one
//!    per line, with the reason after a colon. `conformance/<provider>/signs` says how its
//!    callbacks are signed.
//! 2. `cases`: what must come out of each, by its name alone.
//! 3. `callbacks`: what must come out of a callback; of a signed one also in all the ways that it
//!    can be wrong.
//! 4. `sign`: how each provider signs.
//! 5. `requests`: what must be in the requests for every model with every choice that it declares.
//! 6. `capabilities`: what a provider says it can do is what its codec does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that goes wrong stops there"
)]

use std::process::ExitCode;

use atelier::provider::PROVIDERS;
use libtest_mimic::{Arguments, Trial};

mod conformance {
    pub(crate) mod callbacks;
    pub(crate) mod capabilities;
    pub(crate) mod cases;
    pub(crate) mod fixture;
    pub(crate) mod requests;
    pub(crate) mod sign;
}

use conformance::{callbacks, capabilities, cases, fixture::Folder, requests};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for provider in PROVIDERS {
        let folder = Folder::of(*provider);
        trials.extend(cases::trials(&folder));
        trials.extend(callbacks::trials(&folder));
        trials.extend(requests::trials(*provider));
        trials.push(capabilities::trial(&folder));
        let name = format!("{}::every_file_is_of_a_case", provider.name());
        trials.push(Trial::test(name, move || {
            Ok(folder.check_names(&cases::names())?)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
