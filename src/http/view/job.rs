//! Jobs.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::job::{FailureCode, Job, State, StateName, StoredImage};
use crate::domain::ledger::Movement;
use crate::domain::options::Options;
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;
use crate::service::Links;

/// A job: one generation, from the request to its pictures.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Job"))]
pub(in crate::http) struct JobView<'a> {
    /// The job's id.
    id: JobId,
    /// The state of the job.
    #[cfg_attr(test, schemars(with = "JobStatus"))]
    status: &'static str,
    /// An estimate of how far it is, 0 to 100.
    progress: u8,
    /// The id of the model.
    model: &'a str,
    /// The prompt; null if there was none, or it was deleted with the job.
    prompt: Option<&'a str>,
    /// The aspect ratio that was requested; null for the photo's own.
    aspect_ratio: Option<&'a str>,
    /// The options that were requested.
    options: Options,
    /// How many pictures were requested.
    count: u8,
    /// When it was requested.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
    /// How much of the model's usual time is left, in seconds; null if it has passed or the job is
    /// over.
    eta_seconds: Option<u64>,
    /// Whether its user has asked to cancel it.
    cancel_requested: bool,
    /// The finished pictures. Empty unless `completed`, and after they were removed.
    images: Vec<ImageView>,
    /// When the pictures were removed; null while they are kept.
    images_removed_at: Option<Time>,
    /// Why there are no pictures; null unless `failed`, `canceled` or `expired`.
    error: Option<Failure>,
    /// What it costs.
    credits: JobCredits,
    /// Which packages the credits came from.
    receipt: Vec<JobReceiptLine>,
}

/// A page of the user's jobs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Jobs<'a> {
    /// Newest first, each as `GET /v1/jobs/{id}` answers it.
    pub(in crate::http) jobs: Vec<JobView<'a>>,
    /// The `cursor` of the next page; null on the last page.
    pub(in crate::http) next_cursor: Option<JobId>,
}

/// Where a job is. The first four are open; the last four are final.
#[cfg(test)]
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "it is for the document alone")]
enum JobStatus {
    /// Being submitted to the provider.
    Queued,
    /// The provider is working on it.
    Running,
    /// Whether the provider has it is not known yet. It is looked up where the provider allows that,
    /// and never submitted twice.
    Uncertain,
    /// The provider has finished; the pictures are being stored.
    Storing,
    /// The pictures are ready. They were charged for, unless `credits.waived`.
    Completed,
    /// There are no pictures, and nothing was charged: see `error`.
    Failed,
    /// It was canceled, and nothing was charged.
    Canceled,
    /// There was no result in time, and nothing was charged.
    Expired,
}

/// A finished picture.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Image"))]
struct ImageView {
    /// A link to the picture, which needs no token. It works for at least a day; requests for the job after that have a
    /// new one.
    url: String,
    /// A link to a small version of it in the same way; null while there is none.
    thumbnail: Option<String>,
    /// The format.
    content_type: PictureFormat,
    /// The width, in pixels.
    width: u32,
    /// The height, in pixels.
    height: u32,
}

/// Why a job has no pictures.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Failure {
    /// The reason, for a program.
    code: FailureCode,
    /// The reason in one or two plain sentences, for the person who asked.
    message: &'static str,
}

/// What a job costs, in credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JobCredits {
    /// The price when it was requested: the most it can cost.
    quoted: Credits,
    /// How many are reserved; 0 once it is over.
    held: Credits,
    /// How many were charged.
    paid: Credits,
    /// How many were returned.
    returned: Credits,
    /// Whether the pictures came after their hold had ended, and were not charged for.
    waived: bool,
}

/// What a job did to one package.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JobReceiptLine {
    /// The package.
    package: PackageId,
    /// How many of its credits are reserved while the job is open, and were charged once it is over.
    credits: Credits,
    /// How many of its credits were returned.
    returned: Credits,
    /// When what remains of the package expires, with any grace for credits that were returned after
    /// their time; null if never.
    expires_at: Option<Time>,
    /// What the package had remaining before the job.
    remaining_before: Credits,
    /// What it had remaining after the job was requested or, once it is over, after it ended.
    remaining_after: Credits,
}

/// A job's state as its user sees it.
pub(in crate::http) fn status(state: StateName) -> &'static str {
    match state {
        StateName::Dispatching => "queued",
        StateName::Running
        | StateName::Uncertain
        | StateName::Storing
        | StateName::Completed
        | StateName::Failed
        | StateName::Canceled
        | StateName::Expired => state.name(),
    }
}

impl<'a> JobView<'a> {
    /// The job as it is now, with fresh links to its pictures.
    pub(in crate::http) fn new(job: &'a Job, links: &Links, now: Timestamp) -> Self {
        let state = &job.lifecycle.state;
        let waived = matches!(state, State::Completed { waived: true });
        let image = |image: &StoredImage| ImageView {
            url: links.result(job.id, image.position, now),
            thumbnail: job
                .thumbnails
                .contains(&image.position)
                .then(|| links.thumbnail(job.id, image.position, now)),
            content_type: image.format,
            width: image.width,
            height: image.height,
        };
        let error = state.reason().map(|reason| Failure {
            code: reason,
            message: reason.message(),
        });
        let hold = &job.hold;
        let held = hold.closing.map_or(hold.amount, |_| Credits::ZERO);
        Self {
            id: job.id,
            status: status(job.state()),
            progress: job.lifecycle.progress,
            model: &job.request.model,
            prompt: job.request.prompt.as_deref(),
            aspect_ratio: job.request.aspect_ratio.as_deref(),
            options: job.request.options,
            count: job.request.count,
            created_at: Time(job.created_at),
            updated_at: Time(job.updated_at),
            eta_seconds: eta_seconds(job, now),
            cancel_requested: job.lifecycle.cancel_requested,
            images: job.images.iter().map(image).collect(),
            images_removed_at: job.images_removed_at.map(Time),
            error,
            credits: JobCredits {
                quoted: hold.amount,
                held,
                paid: hold.settled,
                returned: hold.released,
                waived,
            },
            receipt: receipt(job),
        }
    }
}

fn receipt(job: &Job) -> Vec<JobReceiptLine> {
    let closed = job
        .hold
        .closed
        .as_ref()
        .map(|receipt| receipt.0.as_slice())
        .unwrap_or_default();
    let lines = job.hold.frozen.0.iter().map(|frozen| {
        let mut of_package = closed.iter().filter(|line| line.package == frozen.package);
        let returned = of_package
            .clone()
            .filter(|line| line.movement == Movement::Release);
        let returned = Credits::sum(returned.map(|line| line.credits)).unwrap_or_default();
        // Credits that returned to an expired package can be used for a grace period.
        let last = of_package.next_back().unwrap_or(frozen);
        JobReceiptLine {
            package: frozen.package,
            credits: frozen.credits.minus(returned).unwrap_or_default(),
            returned,
            expires_at: last.expires_at.map(Time),
            remaining_before: frozen.remaining_before,
            remaining_after: last.remaining_after,
        }
    });
    lines.collect()
}

/// The rest of the model's usual time, while the model is working.
pub(crate) fn eta_seconds(job: &Job, now: Timestamp) -> Option<u64> {
    let typical = crate::provider::model(&job.request.model)?.typical;
    let left = typical.saturating_sub(now.since(job.created_at)).as_secs();
    let is_being_made = matches!(job.state(), StateName::Dispatching | StateName::Running);
    (is_being_made && left > 0).then_some(left)
}
