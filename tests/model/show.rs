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
        Command::Open {
            job,
            key,
            count,
            price,
        } => format!("open job {job} of {count} at {price} under key {key}"),
        Command::Event { job, event } => format!("job {job}: {event:?}"),
        Command::ExpireHold { job } => format!("where is job {job}?"),
        Command::Clawback {
            number,
            package,
            credits,
        } => format!("clawback {number} of {credits} from package {package}"),
        Command::Delete { job } => format!("delete job {job}"),
        Command::Forget => "forget".into(),
        Command::Look => "look".into(),
    };
    format!("{}: {command}", moment(Some(step.clock)))
}

/// An answer on one line.
pub(crate) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Granted { receipt, .. } | Answer::ClawedBack(receipt) => lines(receipt),
        Answer::Opened(opened) => {
            let until = moment(Some(opened.deadline));
            format!("{}; held until {until}", lines(&opened.receipt))
        }
        Answer::SameJob(job) => format!("as job {job}"),
        Answer::Job {
            state,
            moved: true,
            receipt,
        } => format!("now {} {}", state.name(), lines(receipt)),
        Answer::Job { state, .. } => format!("still {}", state.name()),
        Answer::Deleted => "deleted".into(),
        Answer::Forgotten(open) => format!("forgotten; jobs {open:?} are to be stopped"),
        Answer::Balance { available, held } => format!("{available} available, {held} held"),
        Answer::Refused(refused) => format!("refused: {refused}"),
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
