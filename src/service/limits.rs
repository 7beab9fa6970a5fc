//! How much of what may be asked for is used.

use super::{Atelier, Error, unexpected};
use crate::account::{Command, Reply};
use crate::domain::id::AccountId;
use crate::domain::limits::Usage;

impl Atelier {
    /// How much an account has used of each limit that there is. What is counted elsewhere than by the
    /// account's object, such as uploads, is to be added here.
    pub async fn limits(&self, account: AccountId) -> Result<Vec<Usage>, Error> {
        match self.ports.accounts.call(account, Command::Limits).await? {
            Reply::Limits(usage) => Ok(usage),
            other => Err(unexpected(&other)),
        }
    }
}
