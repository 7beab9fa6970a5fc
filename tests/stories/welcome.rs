//! Welcome credits: once a person, also for one who comes back, and never more than a day's.

use std::time::Duration;

use serde_json::{Value, json};

use super::sign_in::deployment;
use super::world::{ADMIN_TOKEN, Browser, World, configured};

/// A browser that signed in with a code, at an address of its own.
async fn newcomer(world: &World, email: &str, address: &str) -> Browser {
    let browser = Browser::at(world, address);
    browser.sign_in(email).await;
    browser
}

#[tokio::test]
async fn who_was_forgotten_and_comes_back_finds_their_credits_and_no_second_welcome() {
    let world = deployment(&[]);
    let browser = newcomer(&world, "ada@example.com", "203.0.113.7").await;
    let account = browser.account().await;
    let grant = json!({"account": account, "credits": 7, "kind": "paid", "reference": "sale-1"});
    world
        .call(http::Method::POST, "/v1/admin/grants", ADMIN_TOKEN, &grant)
        .await;
    let forgotten = browser.delete("/v1/account").await;
    assert_eq!(forgotten.status, 200);
    assert_eq!(browser.cookie("__Host-atelier"), None);
    for table in ["users", "identities", "sessions"] {
        assert_eq!(
            world.database.query(&format!("select * from {table}")),
            [] as [Value; 0],
            "{table}"
        );
    }
    assert_eq!(
        world
            .database
            .query("select * from sign_ins where email = 'ada@example.com'"),
        [] as [Value; 0]
    );
    browser.sign_in("ada@example.com").await;
    assert_eq!(browser.account().await, account);
    assert_eq!(browser.available().await, 27);
    // The same mailbox in another spelling is another account, and not welcomed again.
    let tagged = newcomer(&world, "ada+2@example.com", "198.51.100.1").await;
    assert_ne!(tagged.account().await, account);
    assert_eq!(tagged.available().await, 0);
    world.check().await;
}

/// Every secret but that of the claims may be rotated, and nobody is lost or welcomed twice.
#[tokio::test]
async fn other_secrets_rotate_and_people_stay_who_they_are() {
    let world = deployment(&[]);
    let browser = newcomer(&world, "ada@example.com", "203.0.113.7").await;
    let account = browser.account().await;
    let rotated = [
        ("SIGN_IN", "email"),
        ("MAIL", "cloudflare"),
        ("MAIL_FROM", "hello@app.test"),
        (
            "CLAIMS_SECRET",
            "the secret of claims, which is never rotated",
        ),
        ("WELCOME_CREDITS", "20"),
        ("SIGNING_SECRET", "another secret, of thirty-two characters"),
        (
            "AUTH_JWT_SECRET",
            "one more secret of thirty-two characters",
        ),
    ];
    let rotated = rotated.map(|(name, value)| (name.to_owned(), value.to_owned()));
    world.deploy(configured(&rotated));
    assert_eq!(browser.account().await, account, "sessions go on");
    browser.delete("/v1/account").await;
    browser.sign_in("ada@example.com").await;
    assert_eq!(
        (browser.account().await, browser.available().await),
        (account, 20)
    );
    world.check().await;
}

/// Octopus #788: 1,699 accounts of random sub-domains below five domains, from few networks. Each limit holds by
/// itself, and the day's budget in any case.
#[tokio::test]
async fn a_farm_gets_at_most_the_budget_of_a_day() {
    let of = |limits: [(&'static str, &'static str); 3]| {
        let mut changes = limits.to_vec();
        changes.push(("MAX_SIGN_UPS_PER_DAY", "0"));
        deployment(&changes)
    };
    let open = [
        ("WELCOME_PER_DAY", "0"),
        ("WELCOME_PER_DOMAIN_PER_DAY", "0"),
        ("WELCOME_PER_ADDRESS_PER_DAY", "0"),
    ];
    let with = |nth: usize, value: &'static str| {
        let mut limits = open;
        limits[nth].1 = value;
        limits
    };
    for (limits, granted) in [
        (with(0, "7"), 7),
        // Five domains, one of them in many sub-domains.
        (with(1, "2"), 10),
        (with(2, "3"), 3),
    ] {
        let world = of(limits);
        for number in 0..40 {
            // The budget and the domains are tried from many networks, the network from one.
            let network = if limits[2].1 == "3" { 0 } else { number };
            let email = format!("a@x{number}.farm{}.example", number % 5);
            newcomer(&world, &email, &format!("2001:db8:{network}::1")).await;
        }
        let accounts = world.database.query("select * from accounts");
        assert_eq!(accounts.len(), granted, "{limits:?}");
        assert_eq!(world.database.query("select * from users").len(), 40);
        // The next day there are new ones, also for who got none.
        world.tick(Duration::from_hours(24));
        newcomer(&world, "a@x39.farm4.example", "2001:db8:39::1").await;
        assert_eq!(
            world.database.query("select * from accounts").len(),
            granted + 1
        );
        world.check().await;
    }
}

/// Else whoever signs in again and again would use up what is there for others.
#[tokio::test]
async fn who_was_welcomed_uses_up_nothing_of_the_day() {
    let world = deployment(&[("WELCOME_PER_DAY", "2")]);
    for _ in 0..3 {
        newcomer(&world, "ada@example.com", "203.0.113.7").await;
    }
    let eve = newcomer(&world, "eve@example.org", "198.51.100.1").await;
    assert_eq!(eve.available().await, 20);
    let late = newcomer(&world, "late@example.net", "192.0.2.1").await;
    assert_eq!(late.available().await, 0);
    world.check().await;
}

/// A thousand mailboxes: the defaults.
#[tokio::test]
async fn one_network_makes_only_so_many_accounts_in_a_day() {
    let world = deployment(&[]);
    let mut refused = 0;
    for number in 0..60 {
        let browser = Browser::at(&world, "2001:db8::1");
        let body = json!({"email": format!("a{number}@gmail.com")});
        let asked = browser.post("/v1/auth/email", &body).await;
        assert_eq!(asked.status, 202);
        world.run_background().await;
        let entered = browser.enter_code(&world.code_of_last_mail()).await;
        if entered.status == 429 {
            assert_eq!(entered.body["limit_name"], "sign_ups_per_day");
            refused += 1;
        }
    }
    assert_eq!(refused, 40);
    assert_eq!(world.database.query("select * from accounts").len(), 2);
    assert_eq!(
        Browser::at(&world, "2001:db8::1")
            .post("/v1/auth/email", &json!({"email": "b@gmail.com"}))
            .await
            .status,
        429
    );
    world.check().await;
}

/// A thousand mailboxes on five domains, in random sub-domains, from one network, with every limit on the number of
/// sign-ins lifted: the defaults of the welcome alone.
#[tokio::test]
async fn a_thousand_mailboxes_get_two_welcomes() {
    let world = deployment(&[
        ("MAX_SIGN_UPS_PER_DAY", "0"),
        ("MAX_SIGN_IN_MAILS_PER_HOUR", "0"),
    ]);
    for number in 0..1000 {
        let email = format!("a{number}@x{number}.farm{}.example", number % 5);
        newcomer(&world, &email, "203.0.113.7").await;
    }
    let users = world.database.number("select count(*) from users");
    let accounts = world.database.number("select count(*) from accounts");
    assert_eq!((users, accounts), (1000, 2));
    world.check().await;
}

/// Two browsers of one new person at the same moment.
#[tokio::test]
async fn a_person_who_comes_twice_at_once_is_one_and_welcomed_once() {
    let world = deployment(&[]);
    let (desk, phone) = (
        Browser::at(&world, "203.0.113.7"),
        Browser::at(&world, "198.51.100.1"),
    );
    let first = desk.ask_for_code("ada@example.com").await;
    let second = phone.ask_for_code("ada@example.com").await;
    let (one, other) = futures::join!(desk.enter_code(&first), phone.enter_code(&second));
    assert_eq!((one.status, other.status), (200, 200));
    assert_eq!(desk.account().await, phone.account().await);
    assert_eq!(desk.available().await, 20);
    assert_eq!(world.database.query("select * from users").len(), 1);
    world.check().await;
}

/// The answer of any batch of a sign-in is lost, after its effect or before: the next sign-in makes it whole.
#[tokio::test]
async fn a_sign_in_that_breaks_off_anywhere_is_made_whole_by_the_next() {
    use super::world::When;
    for when in [When::Before, When::After] {
        for nth in 1..10 {
            let world = deployment(&[]);
            let browser = Browser::at(&world, "203.0.113.7");
            let code = browser.ask_for_code("ada@example.com").await;
            world.database.lose(nth, 1, when);
            let _broken = browser.enter_code(&code).await;
            world.database.heal();
            world.accounts.heal();
            let phone = newcomer(&world, "ada@example.com", "198.51.100.1").await;
            assert_eq!(phone.available().await, 20, "{nth}");
            assert_eq!(
                world.database.query("select * from users").len(),
                1,
                "{nth}"
            );
            assert_eq!(
                world.database.query("select * from packages").len(),
                1,
                "{nth}"
            );
            world.check().await;
        }
    }
}
