//! Users whose tokens an identity provider has signed.

use super::case::Case;
use super::identity::{Key, PUBLISHED};

pub(crate) async fn tokens_of_every_algorithm_are_taken(case: Case) {
    let user = case.user().await;
    for key in PUBLISHED {
        let token = key.token(&user.name, key.id());
        let asked = case
            .system
            .ask("GET", "/v1/credits", |request| request.bearer_auth(&token));
        let credits = asked.await.ok(200);
        assert_eq!(
            credits["available"],
            super::settings::WELCOME,
            "{}",
            key.id()
        );
    }
}

pub(crate) async fn tokens_that_pass_for_others_are_refused(case: Case) {
    let user = case.user().await;
    let good = Key::EdDsa.token(&user.name, "eddsa");
    let (message, _) = good.rsplit_once('.').unwrap();
    let (_, of_other) = Key::Stranger
        .token(&user.name, "eddsa")
        .rsplit_once('.')
        .map(|(m, s)| (m.to_owned(), s.to_owned()))
        .unwrap();
    for wrong in [
        // Signed by somebody else, under a published name and under no published name.
        Key::Stranger.token(&user.name, "eddsa"),
        Key::Stranger.token(&user.name, "stranger"),
        // Signed with a published key, under another one's name.
        Key::EdDsa.token(&user.name, "rs256"),
        Key::Es256.token(&user.name, "eddsa"),
        format!("{message}.{of_other}"),
        format!("{message}."),
        good[..good.len() - 8].to_owned(),
    ] {
        let asked = case
            .system
            .ask("GET", "/v1/credits", |request| request.bearer_auth(&wrong));
        asked.await.problem(401, "unauthenticated");
    }
}
