//! Commands as an account is told them.

use atelier::domain::account::{Clawback, Command, Grant, Open};
use atelier::domain::id::UploadId;
use atelier::domain::job::{Event, FailureCode, GenerationRequest, StoredImage};
use atelier::domain::options::Options;
use atelier::domain::picture::PictureFormat;

use super::command::{self, JobEvent, credits, job_id, moment, package_id};

/// The same command in an account's words.
pub(crate) fn command(command: command::Command) -> Command {
    match command {
        command::Command::Grant {
            package,
            kind,
            credits: amount,
            expires_at,
        } => Command::Grant(Grant {
            subject: None,
            may_create: true,
            package: package_id(package),
            kind,
            credits: credits(amount),
            expires_at: moment(expires_at),
            reference: format!("grant {package}"),
            operator: None,
            claims: Vec::new(),
        }),
        command::Command::Open {
            job,
            key,
            count,
            price,
        } => Command::Open(Box::new(open(job, key, count, price))),
        command::Command::Event { job, event } => Command::JobEvent {
            job: job_id(job),
            attempt: None,
            event: happened(event),
        },
        command::Command::ExpireHold { job } => Command::ExpireHold { job: job_id(job) },
        command::Command::Clawback {
            number,
            package,
            credits: amount,
        } => Command::Clawback(Clawback {
            package: package_id(package),
            credits: credits(amount),
            reason: "a refund".into(),
            reference: format!("clawback {number}"),
            operator: None,
        }),
        command::Command::Delete { job } => Command::Delete { job: job_id(job) },
        command::Command::Forget => Command::Forget,
        command::Command::Look => Command::Balance,
    }
}

fn open(job: u8, key: u8, count: u8, price: u64) -> Open {
    let model = String::from("a/model");
    Open {
        job: job_id(job),
        first: model.clone(),
        idempotency_key: Some(format!("key {key}")),
        request: GenerationRequest {
            model,
            photo: UploadId::from_bytes([1; 16]),
            garment: None,
            prompt: Some("a hat".into()),
            aspect_ratio: None,
            options: Options::default(),
            count,
            credits_per_image: credits(price),
            fingerprint: format!("{count} at {price}"),
        },
    }
}

fn happened(event: JobEvent) -> Event {
    let task_id = || String::from("task");
    let detail = || String::from("no more is known");
    match event {
        JobEvent::Accepted => Event::Accepted {
            task_id: task_id(),
            cost: None,
        },
        JobEvent::Rejected => Event::SubmissionRejected {
            reason: FailureCode::ProviderUnavailable,
            detail: detail(),
            health: None,
            next: None,
        },
        JobEvent::Succeeded { pictures } => Event::Succeeded {
            task_id: task_id(),
            // Where they are is nothing to the ledger, and empty addresses are cheap to copy.
            results: vec![String::new(); pictures.into()],
            cost: None,
            stored: vec![],
        },
        JobEvent::Delivered { pictures } => Event::Succeeded {
            task_id: task_id(),
            results: vec![String::new(); pictures.into()],
            cost: None,
            stored: (0..pictures).map(image).collect(),
        },
        JobEvent::Failed => Event::Failed {
            task_id: None,
            reason: FailureCode::GenerationFailed,
            detail: detail(),
        },
        JobEvent::Stored { pictures } => Event::Stored {
            images: (0..pictures).map(image).collect(),
        },
        JobEvent::IngestRetried { attempts } => Event::IngestRetried { attempts },
        JobEvent::Discarded { pictures } => Event::DiscardedAfterDeletion {
            task_id: None,
            cost: None,
            made: pictures,
        },
        JobEvent::IngestFailed => Event::IngestFailed { detail: detail() },
        JobEvent::CancelRequested => Event::CancelRequested,
        JobEvent::CancelConfirmed => Event::CancelConfirmed { task_id: task_id() },
    }
}

const fn image(position: u8) -> StoredImage {
    StoredImage {
        position,
        format: PictureFormat::Png,
        bytes: 9,
        width: 1,
        height: 1,
    }
}
