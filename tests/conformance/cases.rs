//! How an answer has to be read, by the name of its case.

use std::fmt::Debug;

use atelier::domain::job::FailureCode::{ContentRefused, InputRefused};
use atelier::provider::{Created, Report, Unavailable};
use libtest_mimic::Trial;

use super::callbacks;
use super::fixture::{Case, Fixture, Folder};

/// A case, and the check of what was read.
pub(crate) type Expected<T> = (&'static str, fn(&T) -> bool);

/// The answers to a submission, and how each has to be read.
const CREATED: &[Expected<Created>] = &[
    (
        "created-accepted",
        |created| matches!(created, Created::Accepted { task_id, .. } if !task_id.is_empty()),
    ),
    (
        "created-input-refused",
        |created| matches!(created, Created::Refused { reason, .. } if *reason == InputRefused),
    ),
    (
        "created-content-refused",
        |created| matches!(created, Created::Refused { reason, .. } if *reason == ContentRefused),
    ),
    ("created-picture-refused", |created| {
        matches!(created, Created::PictureRefused { .. })
    }),
    ("created-out-of-credit", |created| {
        matches!(
            created,
            Created::Unavailable {
                cause: Unavailable::Misconfigured,
                ..
            }
        )
    }),
    ("created-bad-key", |created| {
        matches!(
            created,
            Created::Unavailable {
                cause: Unavailable::Misconfigured,
                ..
            }
        )
    }),
    ("created-rate-limited", |created| {
        matches!(
            created,
            Created::Unavailable {
                cause: Unavailable::RateLimited,
                ..
            }
        )
    }),
    ("created-broken", |created| {
        matches!(
            created,
            Created::Unavailable {
                cause: Unavailable::Down,
                ..
            }
        )
    }),
    ("created-gateway-page", |created| {
        matches!(created, Created::Unknown { .. })
    }),
    ("created-empty", |created| {
        matches!(created, Created::Unknown { .. })
    }),
];

/// The reports on a task, and how each has to be read.
const REPORTS: &[Expected<Report>] = &[
    ("queued", is_running),
    ("running", is_running),
    (
        "succeeded-one",
        |report| matches!(report, Report::Succeeded { results, .. } if results.len() == 1),
    ),
    (
        "succeeded-several",
        |report| matches!(report, Report::Succeeded { results, .. } if results.len() > 1),
    ),
    ("succeeded-without-pictures", has_failed),
    ("failed", has_failed),
    ("content-refused", is_content_refused),
    ("canceled", |report| *report == Report::Canceled),
    ("unknown-status", is_running),
    ("not-found", |report| *report == Report::NotFound),
    ("garbage", |report| {
        matches!(report, Report::Unreadable { .. })
    }),
];

/// Those of them that are about the result of a finished task.
const RESULTS: &[&str] = &[
    "succeeded-one",
    "succeeded-several",
    "succeeded-without-pictures",
    "failed",
    "content-refused",
    "canceled",
    "not-found",
    "garbage",
];

/// The answers to a lookup by our reference, and how each has to be read.
const FOUND: &[Expected<Found>] = &[
    ("found-running", |(task, report)| {
        task.as_ref().is_some_and(|id| !id.is_empty()) && is_running(report)
    }),
    ("found-not-found", |(task, report)| {
        task.is_none() && *report == Report::NotFound
    }),
];

/// A task's id and its report.
type Found = (Option<String>, Report);

pub(crate) fn is_running(report: &Report) -> bool {
    matches!(report, Report::Running { .. })
}

pub(crate) fn has_failed(report: &Report) -> bool {
    matches!(report, Report::Failed { reason, .. } if *reason != ContentRefused)
}

pub(crate) fn is_content_refused(report: &Report) -> bool {
    matches!(report, Report::Failed { reason, .. } if *reason == ContentRefused)
}

/// The names of all cases.
pub(crate) fn names() -> Vec<String> {
    let created = CREATED.iter().map(|(name, _)| (*name).to_owned());
    let tasks = REPORTS.iter().map(|(name, _)| format!("task-{name}"));
    let results = RESULTS.iter().map(|name| format!("result-{name}"));
    let found = FOUND.iter().map(|(name, _)| (*name).to_owned());
    let callbacks = callbacks::names().map(String::from);
    created
        .chain(tasks)
        .chain(results)
        .chain(found)
        .chain(callbacks)
        .collect()
}

/// One trial per case of an answer.
pub(crate) fn trials(folder: &Folder) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, is_right) in CREATED {
        trials.extend(trial(folder, name, "", |folder, fixture| {
            let created = folder.provider.read_created(&fixture.response()?);
            right(is_right(&created), &created)
        }));
    }
    let is_in_two_steps = is_in_two_steps(folder);
    for (name, is_right) in REPORTS {
        let finished = is_in_two_steps && *name == "succeeded-one";
        let check = move |folder: &Folder, fixture: &Fixture| {
            let report = folder.provider.read_task(&fixture.response()?);
            let is_right = is_right(&report) || (finished && report == Report::Finished);
            right(is_right, &report)?;
            folder.check_hosts(&report)
        };
        trials.extend(trial(folder, &format!("task-{name}"), "", check));
    }
    let results = REPORTS.iter().filter(|(name, _)| RESULTS.contains(name));
    for (name, is_right) in results.filter(|_| is_in_two_steps) {
        let check = |folder: &Folder, fixture: &Fixture| {
            let report = folder.provider.read_result(&fixture.response()?);
            right(is_right(&report), &report)?;
            folder.check_hosts(&report)
        };
        trials.extend(trial(folder, &format!("result-{name}"), "", check));
    }
    for (name, is_right) in FOUND {
        trials.extend(trial(folder, name, "", |folder, fixture| {
            let found = folder.provider.read_found(&fixture.response()?);
            right(is_right(&found), &found)
        }));
    }
    trials
}

/// The trial of one case, or of a change to it; `None` for a case that cannot occur.
pub(crate) fn trial(
    folder: &Folder,
    case: &str,
    change: &str,
    check: impl FnOnce(&Folder, &Fixture) -> Result<(), String> + Send + 'static,
) -> Option<Trial> {
    let name = format!("{}::{case}{change}", folder.provider.name());
    let (folder, case) = (folder.clone(), folder.case(case));
    let fixture = match case {
        Ok(Case::Never) => return None,
        Ok(Case::Said(fixture)) => Ok(fixture),
        Err(problem) => Err(problem),
    };
    Some(Trial::test(name, move || Ok(check(&folder, &fixture?)?)))
}

/// Fails with what was read, if it is wrong.
pub(crate) fn right(is_right: bool, read: &impl Debug) -> Result<(), String> {
    is_right
        .then_some(())
        .ok_or_else(|| format!("is read as {read:?}"))
}

/// Whether a task of this provider only says that it has finished, and its outcome has to be read
/// separately.
fn is_in_two_steps(folder: &Folder) -> bool {
    let Ok(Case::Said(fixture)) = folder.case("task-succeeded-one") else {
        return false;
    };
    let response = fixture.response();
    response.is_ok_and(|response| folder.provider.read_task(&response) == Report::Finished)
}
