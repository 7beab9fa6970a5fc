//! Faults: the kinds, how likely each is under a seed, and how often each occurred.

use super::random::Random;

macro_rules! faults {
    ($($name:ident: $odds:literal, $words:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($name),* }

        /// Each kind with its description, and its highest probability in a thousand.
        const KINDS: &[(&str, u32)] = &[$(($words, $odds)),*];
    };
}

faults! {
    BatchBefore: 60, "batches lost before their effect";
    BatchAfter: 60, "batches whose answer was lost";
    CallBefore: 60, "calls to an object lost";
    CallAfter: 60, "answers of an object lost";
    CallLeft: 60, "callers that gave up on a call that went on";
    Stall: 80, "calls that took long";
    LongStall: 20, "calls that took very long";
    ObjectDied: 40, "objects that died in the middle of a command";
    ObjectEvicted: 60, "objects evicted";
    ObjectTwin: 60, "objects that lived on beside their successor";
    ObjectFormer: 400, "calls that reached a former object";
    ClockOff: 500, "objects with a clock of their own";
    TaskKilled: 30, "requests or background tasks cut off";
    ProcessDied: 12, "deaths of everything that ran";
    CronStopped: 3, "hours without cron";
    CronDoubled: 200, "two crons at once";
    ClockJump: 12, "jumps of the clock";
    SubmitLost: 150, "submissions lost before their effect";
    SubmitUnheard: 150, "submissions taken whose answer was lost";
    SubmitLimited: 150, "submissions refused for now";
    SubmitLied: 300, "submissions refused for now, and taken all the same";
    SubmitGateway: 100, "submissions answered by a gateway's page";
    SubmitRefused: 100, "submissions refused for good";
    SubmitMute: 100, "submissions taken without a name";
    SubmitLate: 1000, "submissions answered after their time";
    AskLost: 150, "questions about a task that got no answer";
    AskBroken: 100, "questions about a task answered with an error";
    CancelIgnored: 400, "cancels that a provider did not support";
    TaskForgotten: 120, "tasks that a provider forgot";
    TaskFailed: 300, "tasks that failed";
    TaskCanceled: 150, "tasks that a provider canceled";
    TaskOdd: 200, "tasks with another number of pictures";
    TaskElsewhere: 250, "tasks whose pictures are on a host that nobody has listed";
    TaskContradicted: 300, "tasks whose end changed afterwards";
    CallbackLost: 400, "callbacks lost";
    CallbackDoubled: 300, "callbacks doubled";
    CallbackForged: 60, "callbacks forged";
    CallbackMisled: 100, "callbacks about the task of another job";
    FetchBroken: 200, "downloads broken";
    FetchUnheard: 80, "downloads stored whose answer was lost";
    FetchGone: 60, "downloads of what is gone";
    FetchRefused: 30, "downloads of what is no picture";
    FetchHalf: 150, "downloads of half a picture";
    FetchRedirect: 200, "downloads sent elsewhere";
    FetchUnlisted: 80, "downloads sent to a host that nobody has listed";
    HostListed: 3, "hosts that an operator listed while results waited for them";
    RemoveBroken: 250, "removals broken";
    RemoveUnheard: 80, "removals whose answer was lost";
    TillDown: 4, "a while in which Stripe did not answer";
    TillLost: 150, "requests to Stripe lost before their effect";
    TillUnheard: 150, "answers of Stripe lost";
    TillErrored: 150, "errors of Stripe that it repeated";
    TillBusy: 100, "requests that Stripe refused for now";
    PaymentDelayed: 300, "payments that took long";
    PaymentFailed: 300, "payments that failed in the end";
    RefundFailed: 400, "refunds that failed afterwards";
    EventLost: 400, "events of Stripe lost";
    EventDoubled: 300, "events of Stripe doubled";
    EventForged: 60, "events of Stripe forged";
    EventStrange: 100, "events of somebody else's money";
}

/// The number of kinds.
pub(crate) const COUNT: usize = KINDS.len();

impl Fault {
    /// The kind's description.
    pub(crate) fn words(self) -> &'static str {
        KINDS[self as usize].0
    }
}

/// The description of the kind at this index.
pub(crate) fn words(place: usize) -> &'static str {
    KINDS[place].0
}

/// The probability of each kind under a seed, in a thousand. In most seeds some kinds do not occur at all, so
/// that others can be seen in isolation.
#[derive(Debug, Clone)]
pub(crate) struct Weather([u32; COUNT]);

impl Weather {
    /// The probabilities of a seed.
    pub(crate) fn of(random: &mut Random) -> Self {
        let storm = random.below(10);
        let mut odds = [0; COUNT];
        for (odds, (_, worst)) in odds.iter_mut().zip(KINDS) {
            *odds = match random.below(10) {
                _ if storm == 0 => 0,
                drawn if drawn < storm.min(6) => 0,
                8 | 9 => *worst,
                6 | 7 => worst.div_ceil(2),
                _ => worst.div_ceil(5),
            };
        }
        Self(odds)
    }

    /// The probability of a kind, in a thousand.
    pub(crate) const fn odds(&self, fault: Fault) -> u64 {
        self.0[fault as usize] as u64
    }
}
