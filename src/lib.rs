//! Atelier: the backend of an AI clothes changer.
//!
//! # Layout
//! - [`domain`]: credits, the ledger, a job's life, an account's decisions. Pure.
//! - [`provider`]: the outside services, each a codec.
//! - [`identity`], [`mail`], [`moderation`]: the ways in, the letters that one of them sends, and judges of content;
//!   codecs, too.
//! - [`processor`]: the processors of payments; codecs, too.
//! - [`config`], [`signer`], [`claims`], [`jwt`], [`jwk`]: configuration, our own signatures, what is claimed
//!   for good, users' tokens, and the published keys that verify them.
//! - [`standard_webhooks`]: a way in which vendors sign what they call back about.
//! - [`redact`]: vendors' texts, before they are stored or logged.
//! - [`fields`]: reading bodies, queries and rows.
//! - [`ports`]: the traits that adapters implement.
//! - [`store`]: all SQL, in terms of the domain.
//! - [`account`]: the only writer of an account's rows.
//! - [`service`]: use cases: generate, dispatch, webhook, ingest, reconciler, cancel, credits.
//! - [`http`]: routes, and answers.
//! - `cloudflare`: the adapters and the events; compiled for wasm32 alone.

pub mod domain;

pub mod provider;

pub mod identity;
pub mod mail;
pub mod moderation;
pub mod processor;

pub mod claims;
pub mod config;
pub mod jwk;
pub mod jwt;
pub mod signer;
pub mod standard_webhooks;

pub mod redact;

pub mod fields;

pub mod ports;

pub mod store;

pub mod account;

pub mod service;

pub mod http;

#[cfg(target_arch = "wasm32")]
mod cloudflare;
