//! Commands and answers as text. Moments are counted from the sequence's begin.

use atelier::domain::ledger::{PackageKind, Receipt, ReceiptLine};
use atelier::domain::time::Timestamp;

use super::command::{Answer, Command, Step};
use super::generate::BEGIN;

/// A command with its time.
pub(crate) fn step(step: &Step) -> String {
    let command = match step.command {
        Command::Grant {
            package,
            kind,
            credits,
            expires_at,
        } => {
            let kind = match kind {
                PackageKind::Promo => "promo",
                PackageKind::Paid => "paid",
            };
            let expiry = moment(expires_at);
            format!("grant {credits} {kind} as package {package} until {expiry}")
        }
        Command::Freeze { job, credits } => format!("freeze {credits} for job {job}"),
        Command::Settle { job, credits } => format!("settle {credits} of job {job}"),
        Command::Release { job } => format!("release job {job}"),
        Command::Clawback { package, credits } => {
            format!("take {credits} of package {package} back")
        }
        Command::LateSuccess { job, credits } => format!("late success of job {job}: {credits}"),
        Command::Touch => "touch".into(),
    };
    format!("{}: {command}", moment(Some(step.clock)))
}

/// An answer on one line.
pub(crate) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Moved(receipt) => lines(receipt),
        Answer::Done => "done".into(),
        Answer::Undone => "undone: the job had a hold already".into(),
        Answer::Refused(refusal) => format!("refused: {refusal}"),
    }
}

fn lines(receipt: &Receipt) -> String {
    let line = |line: &ReceiptLine| {
        format!(
            "{} {} of package {} ({} -> {}, until {})",
            line.movement.name(),
            line.credits,
            line.package.to_bytes()[0],
            line.remaining_before,
            line.remaining_after,
            moment(line.expires_at.map(Timestamp::millis)),
        )
    };
    receipt.0.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn moment(millis: Option<i64>) -> String {
    millis.map_or("ever".into(), |millis| format!("{:+} ms", millis - BEGIN))
}
