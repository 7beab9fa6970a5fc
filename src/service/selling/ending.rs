//! Ending checkouts that nobody may pay any more.

use super::fulfilment::Fulfilment;
use crate::domain::id::AccountId;
use crate::domain::order::CheckoutSession;
use crate::service::Error;

/// Ends the open checkouts of somebody who is forgotten.
pub(in crate::service) struct OpenCheckouts {
    fulfilment: Fulfilment,
}

impl OpenCheckouts {
    pub(in crate::service) fn new(fulfilment: Fulfilment) -> Self {
        Self { fulfilment }
    }

    /// The sessions that an account can still pay.
    pub(in crate::service) async fn of(
        &self,
        account: AccountId,
    ) -> Result<Vec<(String, CheckoutSession)>, Error> {
        Ok(self.fulfilment.store().open_sessions(account).await?)
    }

    /// Ends sessions at their processors. A payment that is under way all the same is granted.
    pub(in crate::service) async fn end(&self, sessions: &[(String, CheckoutSession)]) {
        for (processor, session) in sessions {
            if let Ok(of) = self.fulfilment.processors().get(processor) {
                self.fulfilment.processors().expire(of, session).await;
            }
        }
    }
}
