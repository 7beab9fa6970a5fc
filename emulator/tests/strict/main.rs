//! What a vendor would refuse is refused, with the vendor's status and in the vendor's shape of error:
//! fields that a model does not have, wrong types, values outside of limits, unknown parameters of
//! a query.

#[cfg(test)]
mod refusals;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
