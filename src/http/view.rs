//! What the domain looks like in JSON.

use serde_json::{Value, json};

use crate::domain::credits::Credits;
use crate::domain::job::{Job, State, Status};
use crate::domain::ledger::{Entry, Package, Receipt};
use crate::domain::time::Timestamp;
use crate::service::{Atelier, JournalPage, Offer, Upload};

pub(super) fn time(moment: Timestamp) -> Value {
    Value::String(moment.to_string())
}

fn time_or_null(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, time)
}

pub(super) fn receipt(receipt: &Receipt) -> Value {
    let lines = receipt.0.iter().map(|line| {
        json!({
            "movement": line.movement, "package": line.package, "credits": line.credits,
            "expires_at": time_or_null(line.expires_at), "remaining_before": line.remaining_before,
            "remaining_after": line.remaining_after,
        })
    });
    lines.collect()
}

pub(super) fn package(package: &Package) -> Value {
    json!({
        "id": package.id, "kind": package.kind, "granted": package.granted, "remaining": package.remaining,
        "held": package.held, "spent": package.spent, "expired": package.expired,
        "clawed_back": package.clawed_back, "granted_at": time(package.granted_at),
        "expires_at": time_or_null(package.credits_expire_at()),
    })
}

pub(super) fn entry(entry: &Entry) -> Value {
    json!({
        "seq": entry.seq, "at": time(entry.at), "kind": entry.movement, "amount": entry.amount,
        "package": entry.package, "job": entry.job, "remaining_after": entry.remaining_after,
        "held_after": entry.held_after,
    })
}

/// Rows of a journal, as RFC 4180 has it. No value has a comma or a quote in it.
pub(super) fn csv(page: &JournalPage) -> String {
    fn or_empty(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let header = "seq,at,kind,amount,package,job,remaining_after,held_after,expires_at,hash\r\n";
    let rows = page.iter().map(|(entry, hash)| {
        let cells = [
            entry.seq.to_string(),
            entry.at.to_string(),
            entry.movement.name().into(),
            entry.amount.to_string(),
            or_empty(entry.package),
            or_empty(entry.job),
            entry.remaining_after.to_string(),
            entry.held_after.to_string(),
            or_empty(entry.expires_at),
            hash.to_string(),
        ];
        cells.join(",") + "\r\n"
    });
    std::iter::once(header.to_owned()).chain(rows).collect()
}

pub(super) fn upload(upload: &Upload) -> Value {
    json!({
        "id": upload.id, "content_type": upload.head.format, "bytes": upload.bytes, "width": upload.head.width,
        "height": upload.head.height, "expires_at": time(upload.expires_at),
    })
}

pub(super) fn offer(offer: &Offer) -> Value {
    let model = offer.model;
    json!({
        "id": model.id, "provider": model.provider, "takes": model.takes, "aspect_ratios": model.aspect_ratios,
        "max_count": model.max_count, "credits_per_image": model.credits_per_image,
        "typical_seconds": model.typical.as_secs(), "options": model.choices, "available": offer.is_available,
    })
}

/// A job's state as its user sees it.
fn status(state: State) -> &'static str {
    match state {
        State::Dispatching => "queued",
        State::Running
        | State::Uncertain
        | State::Storing
        | State::Completed
        | State::Failed
        | State::Canceled
        | State::Expired => state.name(),
    }
}

pub(super) fn job(atelier: &Atelier, job: &Job) -> Value {
    let state = job.status.state();
    let (images, on_the_house) = match &job.status {
        Status::Completed {
            images,
            on_the_house,
        } => (images.as_slice(), *on_the_house),
        _ => (&[][..], false),
    };
    let images: Value = images
        .iter()
        .map(|image| {
            json!({
                "url": atelier.result_link(job.account, job.id, image.position), "content_type": image.format,
                "width": image.width, "height": image.height,
            })
        })
        .collect();
    let error = match &job.status {
        Status::Over { reason, .. } => json!({"code": reason, "message": reason.message()}),
        _ => Value::Null,
    };
    let hold = &job.hold;
    let held = if hold.closing.is_none() {
        hold.amount
    } else {
        Credits::ZERO
    };
    json!({
        "id": job.id, "status": status(state), "progress": job.progress, "model": job.model, "prompt": job.prompt,
        "aspect_ratio": job.aspect_ratio, "options": job.options, "count": job.count, "created_at": time(job.created_at),
        "updated_at": time(job.updated_at), "eta_seconds": eta_seconds(atelier, job),
        "cancel_requested": job.cancel_requested, "images": images, "error": error,
        "credits": {
            "quoted": hold.amount, "held": held, "paid": hold.settled, "returned": hold.released,
            "on_the_house": on_the_house,
        },
        "receipt": job_receipt(job),
    })
}

/// What the job has of each package: what it holds while open, what it took once closed, and what
/// went back.
fn job_receipt(job: &Job) -> Value {
    let closed = job
        .hold
        .closed
        .as_ref()
        .map(|receipt| receipt.0.as_slice())
        .unwrap_or_default();
    let lines = job.hold.frozen.0.iter().map(|frozen| {
        let of_package = closed.iter().filter(|line| line.package == frozen.package);
        let returned = of_package.filter(|line| line.movement == crate::domain::ledger::Movement::Release);
        let returned = Credits::sum(returned.map(|line| line.credits)).unwrap_or_default();
        json!({
            "package": frozen.package, "credits": frozen.credits.minus(returned).unwrap_or_default(),
            "returned": returned, "expires_at": time_or_null(frozen.expires_at),
            "remaining_before": frozen.remaining_before, "remaining_after": frozen.remaining_after,
        })
    });
    lines.collect()
}

/// How much of the model's usual time is left; null if it is past, or the job is over.
fn eta_seconds(atelier: &Atelier, job: &Job) -> Option<u64> {
    let typical = crate::provider::model(&job.model)?.typical;
    let left = typical.saturating_sub(atelier.age(job)).as_secs();
    (job.status.state().is_open() && left > 0).then_some(left)
}
