//! New ids: the moment, and randomness.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Random};

/// Makes ids, which begin with the moment at which they are made.
#[derive(Clone)]
pub(super) struct Ids {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Ids {
    pub(super) fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ends after a while.
    pub(super) async fn sleep(&self, while_: Duration) {
        self.clock.sleep(while_).await;
    }

    /// 128 random bits.
    pub(super) fn bits(&self) -> u128 {
        self.random.bits()
    }

    /// The same for what nobody may guess. Where there is no randomness at all, they are zeros, and nothing is made.
    pub(super) fn secret_bits(&self) -> Result<u128, Error> {
        match self.random.bits() {
            0 => Err(Error::Internal("there is no randomness".into())),
            bits => Ok(bits),
        }
    }

    pub(super) fn request_id(&self) -> String {
        request_id(self.random.as_ref())
    }
}

/// The id of an answer, by which it is found in the log.
pub fn request_id(random: &dyn Random) -> String {
    format!("req_{:032x}", random.bits())
}
