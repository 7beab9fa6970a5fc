//! A stand-in for the outside image providers: it speaks their wire protocols over HTTP, makes real
//! pictures, and misbehaves when a prompt asks for it, so that the whole system runs without a key.
//! It also stands in for the services that send mail, sign people in, tell bots apart, judge content
//! and take payments.
//!
//! Reading order:
//!
//! 1. [`Emulator`] and [`Settings`]: start it, read its records, force a state, forge a callback.
//! 2. [`Behaviour`]: the hashtags of a prompt or a picture, as types.
//! 3. `providers`: the table of them; `evolink`, `replicate`: one file each for the route table,
//!    rules, models and wire types.
//! 4. `protocol`, `schema`, `task`, `world`: what a protocol has to implement, how it describes its
//!    models' inputs, a task's state, the shared memory.
//! 5. `receive`, `create`, `cancel`: what every call goes through, before and after a protocol reads
//!    it.
//! 6. `run`, `inputs`, `callback`, `message`, `signing`, `files`: a task's life, from its input
//!    pictures through its callbacks to its results; `log`: the log.
//! 7. [`picture`]: the garment laid over the person.
//! 8. `services`: the table of what is no image provider; `resend`, `github`, `openid`, `turnstile`,
//!    `openai`: one file each for the route table and what it is about; `sign_in`: the people, the
//!    page where one is chosen, codes and tokens; `parameters`, `html`: forms in, pages out.
//! 9. `payments`: sessions, the page where one pays, the dashboard, deliveries and faults; `stripe`,
//!    `polar`: how each of them is asked and tells it.
//!
//! # Providers
//!
//! Each one's routes are nested under its name: [`Emulator::provider_url`] is a client's base URL.
//! All take the same key, [`Settings::api_key`].
//!
//! | provider | base URL | callbacks |
//! |---|---|---|
//! | `EvoLink` | `/evolink` | at the end; unsigned; retried after 1, 2 and 4 s |
//! | Replicate | `/replicate` | by `webhook_events_filter`; Standard Webhooks; the end is retried over a minute |
//! | FASHN | `/fashn` | at the end; unsigned; retried five times in five minutes |
//! | Kling | `/kling` | at every status; Standard Webhooks; only 200 counts; the end is retried after 1, 5 and 30 s |
//! | fal | `/fal` | at the end; signed with Ed25519, the key published; retried ten times over 2 h |
//! | KIE | `/kie` | at the end; signed with an HMAC that leaves the body out; retried after 5 and 30 s |
//! | Runware | `/runware` | each picture's at the end; unsigned; retried eight times in 32 s |
//!
//! # Hashtags
//!
//! They are read from the prompt, in any case and order, and combine (`#slow #dup #chunked`); where two of one
//! group contradict each other the later one wins. Unknown hashtags are ignored. A request without a prompt has
//! them in its garment picture's pixels, see [`label()`], or at the very end of its file, after the picture's
//! own bytes. A provider that does not sign is silent under a hashtag of a signature, as under `#lost`.
//!
//! | group | hashtag | what it does |
//! |---|---|---|
//! | answer | `#fast` | the callback is sent and answered before create is answered |
//! | answer | `#hang` | the task runs, but create is never answered, nor is there a callback |
//! | answer | `#hangback` | as `#hang`, but the callback comes |
//! | answer | `#lagging` | create is answered 0.6 s after the task exists |
//! | answer | `#429` | create is refused: rate limited; no task |
//! | answer | `#500` | create is refused: internal error; no task |
//! | answer | `#402` | create is refused: the operator's account is out of credit; no task |
//! | answer | `#down<name>` | as `#500`, but only at that provider (`#downfal`): the next one may take it |
//! | pace | `#slow` | takes [`Settings::slow`], 30 s |
//! | pace | `#late` | takes [`Settings::late`], 3 min, meant to be past a hold's deadline |
//! | end | `#fail` | fails with the provider's retryable service error |
//! | end | `#refused` | fails with the provider's content policy error |
//! | end | `#unreadable` | fails with the provider's error for an unusable picture |
//! | end | `#partial` | completes with one picture less than requested (of one, none) |
//! | callback | `#lost` | never calls back; reading the task tells the truth |
//! | callback | `#dup` | the terminal callback is delivered three times |
//! | callback | `#forged` | before the end: a wrong token with a hostile result, another task's id, a false
//! failure; where the provider signs, each signed with another key and again unsigned |
//! | callback | `#reorder` | a failure is called back after the completion |
//! | callback | `#progress` | calls back twice before the end (whether or not the provider does that) |
//! | callback | `#payloadnull` | fal only: says that the result could not be serialised, and leaves it out;
//! reading the request gives it |
//! | signature | `#badsig` | the true callbacks, signed with another key |
//! | signature | `#oldsig` | signed ten minutes ago |
//! | signature | `#nosig` | without the headers of the signature |
//! | signature | `#tampered` | with a hostile result inserted into the body after signing |
//! | signature | `#truncsig` | with half of the signature |
//! | cancel | `#cancelrace` | a cancel is answered as accepted, but the task continues |
//! | result | `#expired` | the result's address answers 404 (the second's 410), though it stays listed |
//! | result | `#chunked` | served with `Transfer-Encoding: chunked`, without a length |
//! | result | `#truncated` | the connection closes halfway through the announced length |
//! | result | `#half` | the first half of the picture, with the length of that half |
//! | result | `#huge` | announces and streams 64 MiB |
//! | result | `#html` | a web page that says it is `image/png` |
//! | result | `#redirect` | redirects to another path of the same host |
//! | result | `#ssrf` | the result's address is `http://169.254.169.254/latest` |
//! | result | `#unlisted` | the result's address is `https://unlisted.example/result.png`, which does not
//! exist |
//! | result | `#gzip` | served with `Content-Encoding: gzip`, whether or not it was asked for |
//! | result | `#svg` | an SVG that says it is `image/png` |
//! | size | `#large` | a true picture, of noise, of just under 25 MB |
//!
//! # Other services
//!
//! Also nested under their names; every secret is [`Settings::api_key`]. What the vendor's page does
//! not have is refused here too.
//!
//! | service | base URL | what it has |
//! |---|---|---|
//! | Resend | `/resend` | `POST /emails`; beside it `/mailbox` for people, `/mailbox.json` and [`Emulator::mails`] for tests |
//! | GitHub | `/github` | sign-in as an OAuth app (client `local-github-client`), `/api/user`, `/api/user/emails` |
//! | Google | `/google` | `OpenID` with RS256 (client `local-google-client`) |
//! | `OpenID` | `/oidc` | the same with ES256 (client `local-oidc-client`); name and e-mail at `/userinfo` only |
//! | Turnstile | `/turnstile` | `POST /v0/siteverify` |
//! | `OpenAI` | `/openai` | `POST /v1/moderations` |
//! | Stripe | `/stripe` | checkout sessions, refunds, disputes, events; `/dashboard` steers them |
//! | Polar | `/polar` | checkouts, orders, refunds, disputes; `/dashboard` steers them |
//!
//! | where | what | what it does |
//! |---|---|---|
//! | a mail's recipient | `+down` (`ada+down@example.com`) | answered with 500; no mail |
//! | a mail's recipient | `+quota` | answered with 429, `daily_quota_exceeded`; no mail |
//! | a mail's recipient | `+hang` | the mail is sent, but never answered |
//! | a free choice of person | `+unverified` | the e-mail address is not verified |
//! | a free choice of person | `+new` | the GitHub account was created today |
//! | a Turnstile token | `#internal` | `internal-error` |
//! | a Turnstile token | `#hang` | never answered |
//! | a text or a picture to be moderated | `#flagged` | flagged as `sexual` |
//! | a text to be moderated | `#minors` | flagged as `sexual/minors` |
//! | a text or a picture to be moderated | `#moderationdown` | answered with 500 |
//! | a buyer's address | `+pay-lost` and the like | a fault of a creation or of events, listed in the README |

mod address;
mod auth;
mod behaviour;
mod callback;
mod callback_url;
mod cancel;
mod claim;
mod clock;
mod create;
mod emulator;
mod evolink;
mod fal;
mod fashn;
mod files;
mod github;
mod html;
mod ids;
mod inputs;
mod kie;
mod kling;
mod label;
mod log;
mod manual;
mod message;
mod openai;
mod openid;
mod parameters;
mod payments;
pub mod picture;
mod polar;
mod protocol;
mod providers;
mod receive;
mod record;
mod replicate;
mod resend;
mod run;
mod runware;
mod schema;
mod services;
mod settings;
mod sign_in;
mod signing;
mod stripe;
mod task;
mod turnstile;
mod world;

pub use behaviour::{
    Answer, Behaviour, CallbackFault, End, HASHTAGS, Pace, Refusal, ResultFault, SignatureFault,
};
pub use emulator::{Emulator, EmulatorError};
pub use label::{LabelError, label};
pub use providers::providers;
pub use record::{Call, CallbackAttempt, CallbackKind, CreatedTask};
pub use resend::Mail;
pub use services::services;
pub use settings::{LogTo, Settings};
pub use signing::{LOCAL_SIGNING_SEED, LOCAL_WEBHOOK_SECRET};
