//! The account's keeper: the only writer of an account's rows.
//!
//! One [`Keeper`] per account lives in a Durable Object. It keeps the account's state in memory, decides
//! each command with the pure domain, and commits the decision as one batch, in which the job's row
//! changes together with the money. Its mutex makes contention rare; what makes it correct is the
//! journal's key in the database, so an outdated second instance of the object is refused, and decides
//! again.

mod keeper;
pub mod message;

pub use keeper::{Keeper, Turn};
