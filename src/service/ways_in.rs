//! A user's ways in: which there are, and how one is removed.

use std::sync::Arc;

use super::sessions::session_of;
use super::{Error, User};
use crate::domain::time::Timestamp;
use crate::identity::SignInMethod;
use crate::ports::Clock;
use crate::store::{Linked, People};

/// Lists and removes ways in.
pub struct WaysIn {
    people: People,
    clock: Arc<dyn Clock>,
}

impl WaysIn {
    pub(super) fn new(people: People, clock: Arc<dyn Clock>) -> Self {
        Self { people, clock }
    }

    /// In the order in which they were added; none for who has a token of an outside issuer.
    pub async fn list(&self, user: &User) -> Result<Vec<Linked>, Error> {
        match user.session() {
            Some(session) => Ok(self.people.ways_in(session.user).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Removes a way in, and ends the sessions that it began: whoever has lost it is not let in by it. One must
    /// remain.
    pub async fn unlink(&self, user: &User, method: SignInMethod) -> Result<(), Error> {
        let session = session_of(user)?;
        session.check_is_fresh(self.now())?;
        let ways_in = self.people.ways_in(session.user).await?;
        if !ways_in.iter().any(|way| way.method == method) {
            return Err(Error::NotFound);
        }
        if self.people.unlink(session.user, method, session.id).await? {
            log::info!(
                "event=way_in_unlinked account={} method={}",
                user.account,
                method.as_str()
            );
            return Ok(());
        }
        Err(Error::Conflict(
            "this is your only way in: add another one first",
        ))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
