//! The pure domain: credits, jobs, pictures. No I/O, no clock, no randomness.
//!
//! Read in this order: the vocabulary ([`number`], [`words`], [`id`], [`time`], [`credits`]), the money
//! ([`ledger`], [`usd`], [`money`]), the work ([`model`], [`options`], [`job`], [`limits`], [`health`]), the sale
//! ([`order`]), an account's decisions ([`account`]), who somebody is ([`email`], [`client`]), and checks of input
//! from outside ([`content`], [`picture`], [`result_host`]).

pub mod number;
pub mod words;

pub mod id;
pub mod time;

pub mod credits;
pub mod ledger;
pub mod money;
pub mod usd;

pub mod account;
pub mod field_error;
pub mod health;
pub mod job;
pub mod limits;
pub mod model;
pub mod options;
pub mod order;

pub mod client;
pub mod email;

pub mod content;

pub mod picture;
pub mod result_host;
