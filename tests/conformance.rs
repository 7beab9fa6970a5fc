//! Every provider's wire format, in the same cases for all. A new provider is covered as soon as it
//! is registered, and fails for each missing file.
//!
//! 1. `fixture`: `conformance/<provider>/<case>.http` is one answer as it comes over the wire, or
//!    one callback. Cases that cannot occur with a provider are listed in
//!    `conformance/<provider>/never`, one per line, with the reason after a colon.
//!    `conformance/<provider>/signs` says how its callbacks are signed.
//! 2. `cases`: how each has to be read, by its name alone.
//! 3. `callbacks`: how a callback has to be read, and a signed one also with every kind of bad
//!    signature.
//! 4. `sign`: how each provider signs.
//! 5. `requests`: what the requests must contain, for every model with every option that it
//!    declares.
//! 6. `capabilities`: the declared capabilities are those of the codec.

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
