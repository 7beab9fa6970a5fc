//! Jobs, and what can be asked for.

use serde::Serialize;

use super::Time;
use crate::config::Retention;
use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId, UploadId};
use crate::domain::job::{FailureCode, Job, State, StateName, StoredImage};
use crate::domain::ledger::Movement;
use crate::domain::model::{PictureLimits, Takes};
use crate::domain::options::{Choices, Options};
use crate::domain::picture::PictureFormat;
use crate::service::{Atelier, Offer, Quote, Upload};

/// A picture somebody sent us.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Upload"))]
pub(in crate::http) struct UploadView {
    id: UploadId,
    content_type: PictureFormat,
    bytes: u64,
    /// In pixels.
    width: u32,
    /// In pixels.
    height: u32,
    /// Until when it can be used.
    expires_at: Time,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id,
            content_type: upload.head.format,
            bytes: upload.bytes,
            width: upload.head.width,
            height: upload.head.height,
            expires_at: Time(upload.expires_at),
        }
    }
}

/// What is on offer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Models {
    /// The default one first.
    pub(in crate::http) models: Vec<OfferView>,
    pub(in crate::http) kept_for: KeptFor,
}

/// How long pictures are kept; then the sweep removes them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct KeptFor {
    upload_seconds: u64,
    /// Null: until somebody deletes them.
    image_seconds: Option<u64>,
}

impl From<Retention> for KeptFor {
    fn from(retention: Retention) -> Self {
        Self {
            upload_seconds: retention.uploads.as_secs(),
            image_seconds: retention.results.map(|age| age.as_secs()),
        }
    }
}

/// A model on offer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Model"))]
pub(in crate::http) struct OfferView {
    id: &'static str,
    provider: &'static str,
    takes: Takes,
    /// The pictures that it works with, photo and garment alike; any other is refused with 422.
    pictures: PictureLimits,
    /// Width to height, such as `3:4`.
    aspect_ratios: &'static [&'static str],
    /// How many pictures it makes at once.
    max_count: u8,
    /// How long a prompt may be; 0 if it takes none.
    max_prompt_characters: usize,
    credits_per_image: Credits,
    /// How long it usually takes.
    typical_seconds: u64,
    options: Choices,
    /// Whether its provider takes jobs right now, as far as is known.
    available: bool,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        let model = offer.listing.model;
        Self {
            id: model.id,
            provider: model.provider,
            takes: model.takes,
            pictures: model.pictures,
            aspect_ratios: model.aspect_ratios,
            max_count: model.max_count,
            max_prompt_characters: model.max_prompt_chars,
            credits_per_image: offer.listing.credits_per_image,
            typical_seconds: model.typical.as_secs(),
            options: model.choices,
            available: offer.is_available,
        }
    }
}

/// What a generation would cost right now. Nothing is reserved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Quote"))]
pub(in crate::http) struct QuoteView {
    credits: Credits,
    available: Credits,
    enough: bool,
    /// What it would take of each package, in the order of consumption; all there is, if that is
    /// not enough.
    from: Vec<Share>,
    model: &'static str,
}

/// A part of a package.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Share {
    package: PackageId,
    credits: Credits,
    expires_at: Option<Time>,
}

impl From<&Quote> for QuoteView {
    fn from(quote: &Quote) -> Self {
        let shares = quote.from.iter().map(|item| Share {
            package: item.package,
            credits: item.amount,
            expires_at: item.expires_at.map(Time),
        });
        Self {
            credits: quote.credits,
            available: quote.available,
            enough: quote.is_enough(),
            from: shares.collect(),
            model: quote.model,
        }
    }
}

/// A generation, as its user sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Job"))]
pub(in crate::http) struct JobView<'a> {
    id: JobId,
    #[cfg_attr(test, schemars(with = "JobStatus"))]
    status: &'static str,
    /// 0 to 100.
    progress: u8,
    model: &'a str,
    prompt: Option<&'a str>,
    aspect_ratio: Option<&'a str>,
    options: Options,
    count: u8,
    created_at: Time,
    updated_at: Time,
    /// How much of the model's usual time is left; null if it is past, or the job is over.
    eta_seconds: Option<u64>,
    cancel_requested: bool,
    /// Empty unless completed, and once they have been removed.
    images: Vec<ImageView>,
    /// When its pictures were removed, if they have been.
    images_removed_at: Option<Time>,
    /// Null unless failed, canceled or expired.
    error: Option<Failure>,
    credits: JobCredits,
    /// From which packages the credits are.
    receipt: Vec<JobReceiptLine>,
}

/// A page of one's own jobs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Jobs<'a> {
    /// Newest first, each as `GET /v1/jobs/{id}` has it.
    pub(in crate::http) jobs: Vec<JobView<'a>>,
    /// The `cursor` of the next page, if there is one.
    pub(in crate::http) next_cursor: Option<JobId>,
}

/// Where a job is.
#[cfg(test)]
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "it is for the document alone")]
enum JobStatus {
    Queued,
    Running,
    Uncertain,
    Storing,
    Completed,
    Failed,
    Canceled,
    Expired,
}

/// A finished picture.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Image"))]
struct ImageView {
    /// A link that is good for an hour at the least; a later look at the job gives a new one.
    url: String,
    content_type: PictureFormat,
    /// In pixels.
    width: u32,
    /// In pixels.
    height: u32,
}

/// Why a job came to nothing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Failure {
    code: FailureCode,
    /// In a plain sentence or two, for the person who asked.
    message: &'static str,
}

/// What a job costs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JobCredits {
    quoted: Credits,
    /// What is reserved while it is open.
    held: Credits,
    paid: Credits,
    returned: Credits,
    /// Whether it came late, and nothing was charged.
    on_the_house: bool,
}

/// What a job has of one package: what it holds while open, what it took once closed, and what went
/// back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JobReceiptLine {
    package: PackageId,
    credits: Credits,
    returned: Credits,
    /// When what is left of it expires: with its grace, if anything went back after its time.
    expires_at: Option<Time>,
    /// What the package had before the job.
    remaining_before: Credits,
    /// What it had after the job was asked for and, once that is over, after its end.
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
    /// The job, as of now.
    pub(in crate::http) fn new(atelier: &Atelier, job: &'a Job) -> Self {
        let state = &job.lifecycle.state;
        let on_the_house = matches!(state, State::Completed { waived: true });
        let image = |image: &StoredImage| ImageView {
            url: atelier.result_link(job.id, image.position),
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
            eta_seconds: eta_seconds(atelier, job),
            cancel_requested: job.lifecycle.cancel_requested,
            images: job.images.iter().map(image).collect(),
            images_removed_at: job.images_removed_at.map(Time),
            error,
            credits: JobCredits {
                quoted: hold.amount,
                held,
                paid: hold.settled,
                returned: hold.released,
                on_the_house,
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
        // What came back to an expired package can be used for a grace.
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

/// How much of the model's usual time is left, as long as it is the model that takes it.
fn eta_seconds(atelier: &Atelier, job: &Job) -> Option<u64> {
    let typical = crate::provider::model(&job.request.model)?.typical;
    let left = typical.saturating_sub(atelier.age(job)).as_secs();
    let is_being_made = matches!(job.state(), StateName::Dispatching | StateName::Running);
    (is_being_made && left > 0).then_some(left)
}
