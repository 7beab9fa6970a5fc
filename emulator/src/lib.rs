//! A stand-in for the outside image providers: it speaks their wire protocols over HTTP, makes real
//! pictures, and misbehaves when a prompt asks for it, so that the whole system runs without a key.
//!
//! Reading order:
//!
//! 1. [`Emulator`] and [`Settings`]: start it, look at what it saw, force a state, forge a callback.
//! 2. [`Behaviour`]: the hashtags of a prompt, as types.
//! 3. `evolink`: the first protocol; one file each for its route table, rules, models and wire types.
//! 4. `protocol`, `task`, `world`: what a protocol must give, a task's state, the shared memory.
//! 5. `run`, `inputs`, `callback`, `files`: a task's life, from its input pictures to its results.
//! 6. [`picture`]: the garment laid over the person.
//!
//! # Hashtags
//!
//! They are read from the prompt, in any case and order, and combine (`#slow #dup #chunked`); where
//! two of one group contradict each other the later one wins. Unknown hashtags mean nothing.
//!
//! | group | hashtag | what it does |
//! |---|---|---|
//! | answer | `#fast` | the callback is sent and answered before create is answered |
//! | answer | `#hang` | the task runs, but create is never answered, nor is there a callback |
//! | answer | `#hangback` | as `#hang`, but the callback comes |
//! | answer | `#429` | create is refused: rate limited; no task |
//! | answer | `#500` | create is refused: internal error; no task |
//! | answer | `#402` | create is refused: the operator's account is out of credit; no task |
//! | pace | `#slow` | takes [`Settings::slow`], 30 s |
//! | pace | `#late` | takes [`Settings::late`], 3 min, meant to be past a hold's deadline |
//! | end | `#fail` | fails with the provider's retryable service error |
//! | end | `#refused` | fails with the provider's content policy error |
//! | end | `#partial` | completes with one picture less than asked for (of one, none) |
//! | callback | `#lost` | never calls back; the task's own address tells the truth |
//! | callback | `#dup` | the terminal callback is delivered three times |
//! | callback | `#forged` | before the end: a wrong token with a hostile result, another task's id, a false failure |
//! | callback | `#reorder` | a failure is called back after the completion |
//! | callback | `#progress` | calls back twice before the end (`EvoLink` does not; to be survived) |
//! | result | `#expired` | the result's address answers 404 (the second's 410), though it stays listed |
//! | result | `#chunked` | served with `Transfer-Encoding: chunked`, without a length |
//! | result | `#truncated` | the connection closes halfway through the announced length |
//! | result | `#huge` | announces and streams 64 MiB |
//! | result | `#html` | a web page that says it is `image/png` |
//! | result | `#redirect` | redirects to another path of the same host |
//! | result | `#ssrf` | the result's address is `http://169.254.169.254/latest` |

mod behaviour;
mod callback;
mod clock;
mod emulator;
mod evolink;
mod files;
mod inputs;
pub mod picture;
mod protocol;
mod record;
mod run;
mod settings;
mod task;
mod world;

pub use behaviour::{Answer, Behaviour, CallbackFault, End, HASHTAGS, Pace, Refusal, ResultFault};
pub use emulator::{Emulator, EmulatorError};
pub use record::{Call, CallbackAttempt, CallbackKind, CreatedTask};
pub use settings::Settings;
