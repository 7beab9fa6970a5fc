//! A job as it is read.

use super::*;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::ledger::{Closing, Receipt};
use crate::domain::options::Options;

#[test]
fn an_open_hold_has_expired_from_its_very_deadline_on_and_a_closed_one_never() {
    let deadline = Timestamp::from_millis(1000);
    let open = HoldSummary {
        amount: Credits::of(4),
        closing: None,
        settled: Credits::ZERO,
        released: Credits::ZERO,
        opened_at: Timestamp::from_millis(0),
        deadline,
        frozen: Receipt::default(),
        closed: None,
    };
    let closed = HoldSummary {
        closing: Some(Closing::Settled),
        ..open.clone()
    };
    let moments = [999, 1000, 1001].map(Timestamp::from_millis);
    assert_eq!(
        moments.map(|now| open.has_expired(now)),
        [false, true, true]
    );
    assert_eq!(moments.map(|now| closed.has_expired(now)), [false; 3]);
}

#[test]
fn a_job_tells_its_state_and_the_id_of_its_attempt_and_the_times_of_an_open_hold() {
    let [_, lifecycle, ..] = jobs(false);
    let id = JobId::from_bytes([2; 16]);
    let account = AccountId::from_bytes([1; 16]);
    let hold = HoldSummary {
        amount: Credits::of(4),
        closing: None,
        settled: Credits::ZERO,
        released: Credits::ZERO,
        opened_at: HOLD.opened_at,
        deadline: HOLD.deadline,
        frozen: Receipt::default(),
        closed: None,
    };
    assert_eq!(hold.times(), Some(HOLD));
    let closed = HoldSummary {
        closing: Some(Closing::Released),
        ..hold.clone()
    };
    assert_eq!(closed.times(), None);
    let job = Job {
        id,
        account,
        request: GenerationRequest {
            model: "a/model".into(),
            photo: UploadId::from_bytes([3; 16]),
            garment: None,
            prompt: None,
            aspect_ratio: None,
            options: Options::default(),
            count: 2,
            credits_per_image: Credits::of(2),
            fingerprint: String::new(),
        },
        lifecycle,
        attempt: Attempt {
            ordinal: 3,
            provider: "a".into(),
            model: None,
            task_id: None,
        },
        images: Vec::new(),
        thumbnails: Vec::new(),
        hold,
        images_removed_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(job.state(), StateName::Running);
    let attempt = AttemptId {
        account,
        job: id,
        ordinal: 3,
    };
    assert_eq!(job.attempt_id(), attempt);
}

#[test]
fn a_submission_is_named_after_its_job_and_its_place() {
    let attempt = AttemptId {
        account: AccountId::from_bytes([1; 16]),
        job: JobId::from_bytes([0; 16]),
        ordinal: 2,
    };
    assert_eq!(attempt.reference(), "job_00000000000000000000000000-2");
}
