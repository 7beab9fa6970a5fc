//! The declared capabilities are those of the codec, and those that the folder has answers for.

use atelier::domain::time::Timestamp;
use atelier::provider::{BadSignature, Callback, Capabilities, Task};
use http::HeaderMap;
use libtest_mimic::Trial;

use super::cases::right;
use super::fixture::{Case, Folder};
use super::sign::Scheme;

/// The trial of one provider.
pub(crate) fn trial(folder: &Folder) -> Trial {
    let name = format!(
        "{}::its_capabilities_are_what_it_does",
        folder.provider.name()
    );
    let folder = folder.clone();
    Trial::test(name, move || Ok(check(&folder)?))
}

fn check(folder: &Folder) -> Result<(), String> {
    let said = folder.provider.capabilities();
    let codec = of_codec(folder);
    right(said == codec, &(said, "and its codec does", codec))?;
    let can_be_found = matches!(folder.case("found-running"), Ok(Case::Said(_)));
    right(can_be_found == said.find, &(said, "beside found-running"))?;
    let scheme = folder.scheme();
    let is_signed = scheme != Scheme::None;
    right(is_signed == said.signed_callbacks, &(said, scheme))
}

/// The capabilities of the codec: which requests it builds, and whether it refuses an unsigned
/// callback.
fn of_codec(folder: &Folder) -> Capabilities {
    let (provider, access) = (folder.provider, folder.access());
    let task = Task {
        id: "task-1",
        vendor_id: Some(provider.models()[0].vendor_id),
    };
    let unsigned = Callback {
        headers: &HeaderMap::new(),
        body: b"{}",
        now: Timestamp::default(),
        keys: &folder.scheme().keys(),
    };
    Capabilities {
        cancel: provider.cancel(&access, &task).is_some(),
        find: provider.find(&access, "att_1").is_some(),
        signed_callbacks: provider.read_callback(&access, &unsigned) == Err(BadSignature),
    }
}
