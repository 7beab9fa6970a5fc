//! Account names from operators: a typo must not create an account for a stranger.

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN_TOKEN, Answer, User, World};

async fn grant(world: &World, account: &str, more: &Value) -> Answer {
    let mut body = json!({"account": account, "credits": 5, "kind": "paid", "reference": "r-1"});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    let path = "/v1/admin/grants";
    world.call(Method::POST, path, ADMIN_TOKEN, &body).await
}

async fn claw_back(world: &World, account: &str, reason: &str, reference: &str) -> Answer {
    let body = json!({
        "account": account, "package": "pkg_01M7VZGC000000000000000007", "credits": 1, "reason": reason,
        "reference": reference,
    });
    let path = "/v1/admin/clawbacks";
    world.call(Method::POST, path, ADMIN_TOKEN, &body).await
}

async fn look(world: &World, path: &str, account: &str) -> Answer {
    let account: String = url::form_urlencoded::byte_serialize(account.as_bytes()).collect();
    let path = format!("/v1/admin/{path}?account={account}");
    world
        .call(Method::GET, &path, ADMIN_TOKEN, &Value::Null)
        .await
}

fn is_refused(answer: &Answer, field: &str, what: &str) {
    assert_eq!(
        (answer.status, &answer.body["errors"][0]["field"]),
        (422, &json!(field)),
        "{what:?}: {}",
        answer.body
    );
}

#[tokio::test]
async fn a_name_like_an_account_id_must_be_an_existing_account() {
    let world = World::new();
    world.grant("ada", 10).await;
    let id = World::account("ada").to_string();
    let stranger = World::account("adda").to_string();
    let before = world.database.number("select count(*) from accounts");
    for name in [
        id.to_lowercase(),
        format!("Acc_{}", &id[4..]),
        id[..29].to_owned(),
        format!("{id}0"),
        "acc_".into(),
        stranger,
    ] {
        is_refused(&grant(&world, &name, &json!({})).await, "account", &name);
        is_refused(&claw_back(&world, &name, "r", "c").await, "account", &name);
        is_refused(&look(&world, "audit", &name).await, "account", &name);
        is_refused(&look(&world, "journal.csv", &name).await, "account", &name);
    }
    let accounts = world.database.number("select count(*) from accounts");
    assert_eq!(accounts, before);
    let granted = grant(&world, &id, &json!({})).await;
    assert_eq!(
        (granted.status, &granted.body["account_created"]),
        (201, &json!(false))
    );
    assert_eq!(look(&world, "audit", &id).await.body["accounts"], 1);
    world.check().await;
}

#[tokio::test]
async fn a_name_with_outer_white_space_or_control_characters_is_refused() {
    let world = World::new();
    for name in [
        "ada\n",
        " lead",
        "trail ",
        "a\tb",
        "ada\u{0}",
        "\u{200b}ada",
        "\u{3000}",
        " ",
    ] {
        is_refused(&grant(&world, name, &json!({})).await, "account", name);
        is_refused(&claw_back(&world, name, "r", "c").await, "account", name);
        is_refused(&look(&world, "audit", name).await, "account", name);
        is_refused(&look(&world, "journal.csv", name).await, "account", name);
        let session = json!({"account": name});
        let session = world.call(Method::POST, "/v1/session", "", &session).await;
        is_refused(&session, "account", name);
    }
    assert_eq!(world.database.number("select count(*) from accounts"), 0);
    world.check().await;
}

/// Two references that look alike would be two grants.
#[tokio::test]
async fn a_reference_and_a_reason_must_not_be_blank() {
    let world = World::new();
    world.grant("ada", 10).await;
    for text in ["", " ", "\u{200b}", "\u{fe0f}\u{2060}", "r-1 ", "r\n1"] {
        let refused = grant(&world, "ada", &json!({"reference": text})).await;
        is_refused(&refused, "reference", text);
        is_refused(
            &claw_back(&world, "ada", "r", text).await,
            "reference",
            text,
        );
    }
    // SQLite's length of a text ends at NUL, so the database would refuse the row of the last one for ever.
    for text in ["", " \n", "\u{200b}\u{ad}", "\0refund"] {
        is_refused(&claw_back(&world, "ada", text, "c").await, "reason", text);
    }
    world.check().await;
}

#[tokio::test]
async fn the_answer_says_when_an_account_is_new_also_when_repeated() {
    let world = World::new();
    let first = grant(&world, "ada", &json!({})).await;
    assert_eq!(
        (first.status, &first.body["account_created"]),
        (201, &json!(true))
    );
    let second = grant(&world, "ada", &json!({"reference": "r-2"})).await;
    assert_eq!(second.body["account_created"], false);
    world.accounts.evict_all();
    let again = grant(&world, "ada", &json!({})).await;
    assert_eq!(again.body, first.body);
    let again = grant(&world, "ada", &json!({"reference": "r-2"})).await;
    assert_eq!(again.body["account_created"], false);
    world.check().await;
}

/// So that an operator can be asked before a grant would have to be clawed back.
#[tokio::test]
async fn no_account_is_created_unless_allowed() {
    let world = World::new();
    let careful = json!({"create_account": false});
    let refused = grant(&world, "adda", &careful).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"));
    assert_eq!(world.database.number("select count(*) from accounts"), 0);
    for odd in [json!("no"), json!(0), json!(null)] {
        let refused = grant(&world, "adda", &json!({"create_account": odd})).await;
        is_refused(&refused, "create_account", "a flag");
    }
    let made = grant(&world, "adda", &json!({"create_account": true})).await;
    assert_eq!(made.body["account_created"], true);
    // Repeated, it returns the grant that was made, with either flag.
    assert_eq!(grant(&world, "adda", &careful).await.body, made.body);
    let more = json!({"create_account": false, "reference": "r-2"});
    assert_eq!(grant(&world, "adda", &more).await.status, 201);
    world.check().await;
}

/// An account that was created while its object's state said that there was none.
#[tokio::test]
async fn an_account_created_by_another_object_is_found() {
    let world = World::new();
    let ada = World::account("ada");
    let stale = world.accounts.keeper(ada);
    let careful = json!({"create_account": false});
    assert_eq!(grant(&world, "ada", &careful).await.status, 409);
    world.accounts.another(ada);
    assert_eq!(grant(&world, "ada", &json!({})).await.status, 201);
    world.accounts.install(ada, stale);
    let more = json!({"create_account": false, "reference": "r-2"});
    let granted = grant(&world, "ada", &more).await;
    assert_eq!(
        (granted.status, &granted.body["account_created"]),
        (201, &json!(false))
    );
    world.check().await;
}

async fn words(ada: &User, prompt: &str) -> (Answer, Answer) {
    let request = json!({"photo": ada.upload("me").await, "prompt": prompt});
    (
        ada.post("/v1/quotes", &request).await,
        ada.generate(&request).await,
    )
}

/// Invisible characters describe no garment.
#[tokio::test]
async fn an_invisible_prompt_is_no_garment() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    for prompt in [
        "\u{200b}\u{200b}",
        "\u{200d}\u{feff} \u{a0}",
        "\u{fe0f}\u{e0100}",
        "\u{3164}\u{2800}",
        "\n\t\u{0}",
    ] {
        let (quoted, generated) = words(&ada, prompt).await;
        for answer in [quoted, generated] {
            is_refused(&answer, "garment", prompt);
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("a garment is needed"), "{message}");
        }
    }
    assert_eq!(ada.credits().await, (20, 0));
    // With a picture of the garment the prompt may be blank.
    let mut request = ada.request().await;
    request["prompt"] = "\u{200b}".into();
    let job = ada.generate(&request).await;
    assert_eq!((job.status, &job.body["prompt"]), (202, &Value::Null));
    world.check().await;
}

#[tokio::test]
async fn a_blank_idempotency_key_is_refused() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    for key in ["", " ", "\t", "key "] {
        let refused = ada.generate_as(key, &request).await;
        is_refused(&refused, "Idempotency-Key", key);
    }
    assert_eq!(ada.generate_as("a key", &request).await.status, 202);
    world.check().await;
}
