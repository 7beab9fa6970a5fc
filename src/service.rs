//! Use cases: each file is one thing that a user, an operator, a provider or the cron can ask for.
//!
//! **What a use case may touch is what it is handed.** Each is a type whose private fields are the list, and
//! `wiring`, which alone has all of the outside, hands them out. So a quote, which has a
//! [`Reader`](crate::store::Reader), can write no row, and only the cleanup, deletions and the self-test can
//! remove a picture.
//!
//! `generate` opens a job and hands it to `dispatch`; the provider's answer comes by `webhook`, or the
//! `reconciler`, which `cron` runs, asks for it. All of them end in `perform`, which tells the account what
//! happened and goes on with what follows; `ingest` stores the pictures. What happens to jobs and credits
//! is decided in the domain alone.

mod accounts;
mod anchor;
mod ask;
mod audit;
mod auth;
mod blocks;
mod cancel;
mod candidates;
mod cleanup;
mod configured;
mod content;
mod counting;
mod credits;
mod cron;
mod delete;
mod dispatch;
mod error;
mod generate;
mod grants;
mod ids;
mod ingest;
mod isolate;
mod jobs;
mod keys;
mod limits;
mod mailing;
mod models;
mod operator;
mod perform;
mod pictures;
mod quote;
mod reconciler;
mod reported;
mod reports;
mod selftest;
mod selling;
mod session;
mod sessions;
mod sign_in;
mod thumbnails;
mod turnstile;
mod uploads;
mod verifier;
mod waiting;
mod ways_in;
mod webhook;
mod welcome;
mod wiring;

pub use anchor::{AnchoredPart, Anchors};
pub use audit::{AuditReport, Books, Problem as AuditProblem};
pub use auth::{Access, Operator, User};
pub use blocks::Blocks;
pub use cancel::Cancellations;
pub use configured::Site;
pub use credits::{CreditStatements, ExpiringSoon, LowBalance, Statement, StatementOfCredits};
pub use cron::{Cron, CronReport};
pub use delete::{Deletion, Forgotten};
pub use error::{CannotBuy, Error};
pub use generate::Generations;
pub use grants::{Granted, Grants, NewGrant};
pub use ids::request_id;
pub use isolate::{Bodies, Isolate, Reserved, Sender};
pub use jobs::{Jobs, JobsPage};
pub use limits::Limits;
pub use models::{Models, Offer};
pub use operator::Operators;
pub use pictures::{Links, Pictures, RESULT_LINK_STEP, picture_key};
pub use quote::{Quote, Quotes};
pub use reconciler::Reconciler;
pub use reports::Reports;
pub use selftest::{Check, MIGRATION, SelfTest};
pub use selling::{
    CheckoutBegun, Checkouts, NewOrder, OwnOrders, PaymentEvents, Refunded, Refunds, SoldBooks,
    SoldReport, WantedRefund,
};
pub use session::{DemoSessions, Session};
pub use sessions::{OwnSessions, SESSION_TTL, SignedIn};
pub use sign_in::{Arrived, Begun, CodeRequest, NotArrived, Returned, SignIn};
pub use thumbnails::Thumbnails;
pub use turnstile::ACTION as CHALLENGE_ACTION;
pub use uploads::Uploads;
pub use ways_in::WaysIn;
pub use webhook::Callbacks;
pub use wiring::Atelier;

pub use crate::store::{
    AdminAttempt, AdminJob, AdminJobs, AdminOrders, AdminPage, AllCredits, Blocked, Earned,
    HoldState, JournalPage, Liability, Linked, ModelTimes, OpenJob, Order, Outcome, Overview,
    ProviderHealth, RevenueLine, SessionRow, UnlistedHosts, Upload,
};
