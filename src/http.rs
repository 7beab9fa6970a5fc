//! The HTTP contract: routes, what they take, what they answer. It knows services, never ports.

mod account;
mod admin;
mod around;
mod blocks;
mod body;
mod client;
mod cookies;
mod credits;
mod extract;
mod images;
mod jobs;
mod me;
#[cfg(test)]
mod openapi;
mod orders;
mod origin;
mod overview;
mod page;
mod payments;
mod problem;
mod route;
mod routes;
mod sales;
mod session;
mod sessions;
mod sign_in;
mod site;
mod tags;
mod uploads;
mod view;
mod ways_in;
mod webhooks;

pub use problem::{misconfigured, unreadable};
pub use routes::{router, routes};
