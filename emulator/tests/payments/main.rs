//! The processors of payments: Stripe and Polar.

#[cfg(test)]
mod buy;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod polar;
#[cfg(test)]
mod polar_refunds;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod stripe_create;
#[cfg(test)]
mod stripe_events;
#[cfg(test)]
mod stripe_refunds;
