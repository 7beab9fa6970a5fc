//! One user with a flood of requests, and another with few.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, FuturesUnordered};
use serde_json::json;
use tokio::time::{Instant, interval, sleep};

use super::super::case::Case;
use super::super::pictures;
use super::super::settings::is_whole_attack;
use super::super::user::User;
use super::tell;

/// The attacker's requests per second.
const RATE: u32 = 50;

/// The other user's requests in a round, one after the other.
const ASKED: usize = 60;

/// How often the rounds alternate.
const ROUNDS: usize = 5;

/// The median time of another user's answers is at most twice what it is without the attacker. Times mean
/// nothing while other tests run, so this one runs alone.
pub(crate) async fn an_attacker_does_not_slow_others_down(case: Case) {
    if !is_whole_attack() {
        return;
    }
    let (user, attacker) = (case.user().await, case.user().await);
    let mut all = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        all[0].extend(answers(&user).await);
        let mut attack = Box::pin(attack(&attacker));
        let beside = tokio::select! {
            times = answers(&user) => times,
            () = &mut attack => unreachable!("it goes on until it is dropped"),
        };
        all[1].extend(beside);
        drop(attack);
        sleep(Duration::from_millis(500)).await;
    }
    let [alone, beside] = all.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    tell(&format!(
        "beside {RATE} requests a second: median {beside:.1?}, alone {alone:.1?}"
    ));
    assert!(beside <= alone * 2, "{beside:?} beside, {alone:?} alone");
}

/// How long each of a user's answers takes.
async fn answers(user: &User) -> Vec<Duration> {
    let each = stream::iter(0..ASKED).then(async |_| {
        let begun = Instant::now();
        user.credits().await;
        begun.elapsed()
    });
    each.collect().await
}

/// Uploads, generates, cancels and polls at the given rate, whatever the answers.
async fn attack(attacker: &User) {
    let picture = pictures::small([7, 7, 7, 255]);
    let generation = json!({"photo": "upl_01M7V98KR00000000000000007", "prompt": "x"});
    let mut pace = interval(Duration::from_secs(1) / RATE);
    let mut under_way = FuturesUnordered::new();
    for number in 0_u32.. {
        pace.tick().await;
        let (picture, generation) = (picture.clone(), &generation);
        under_way.push(async move {
            match number % 4 {
                0 => drop(attacker.upload(picture).await),
                1 => drop(attacker.generate(generation).await),
                2 => {
                    let quote =
                        attacker.ask("POST", "/v1/quotes", |request| request.json(generation));
                    drop(quote.await);
                }
                _ => drop(attacker.get("/v1/jobs").await),
            }
        });
        // Drops requests that were answered.
        while futures::FutureExt::now_or_never(under_way.next())
            .flatten()
            .is_some()
        {}
    }
}
