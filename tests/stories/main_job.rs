//! The main job, from the photo to the picture.

use serde_json::json;

use super::world::{World, png, tells_of};

#[tokio::test]
async fn a_person_changes_clothes_and_pays_for_the_picture() {
    let world = World::new();
    let ada = world.user("ada").await;
    let package = world.grant("ada", 20).await;
    let request = ada.request().await;

    let placed = ada.generate(&request).await;
    assert_eq!(
        (placed.status, &placed.body["status"]),
        (202, &json!("queued"))
    );
    let id = placed.id();
    assert_eq!(placed.headers["location"], format!("/v1/jobs/{id}"));
    assert_eq!(ada.credits().await, (16, 4));

    world.run_background().await;
    let running = ada.job(&id).await;
    assert_eq!(
        (&running["status"], &running["credits"]["held"]),
        (&json!("running"), &json!(4))
    );

    let results = world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);

    let done = ada.job(&id).await;
    assert_eq!(done["status"], "completed");
    let credits = json!({"quoted": 4, "held": 0, "paid": 4, "returned": 0, "waived": false});
    assert_eq!(done["credits"], credits);
    let receipt = json!([{
        "package": package["id"], "credits": 4, "returned": 0, "expires_at": null,
        "remaining_before": 20, "remaining_after": 16,
    }]);
    assert_eq!(done["receipt"], receipt);
    assert_eq!(ada.credits().await, (16, 0));

    let link = done["images"][0]["url"].as_str().unwrap();
    assert!(!tells_of(link, World::account("ada")), "{link}");
    let picture = ada
        .get(link.strip_prefix("https://app.test").unwrap())
        .await;
    assert_eq!((picture.status, picture.bytes), (200, png(&results[0])));

    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "settle 4 of A: 16 left, 0 held",
        ]
    );
    world.check().await;
}

/// The provider gets links to both pictures, which it can read, and which are ours.
#[tokio::test]
async fn the_provider_can_read_the_pictures_it_is_given() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    ada.running_job().await;
    let submitted = &world.outside.submitted()[0];
    assert_eq!(submitted.model, "gemini-3.1-flash-lite-image");
    assert!(
        submitted.prompt.contains("the garment shown in image 2"),
        "{}",
        submitted.prompt
    );
    let mut read = Vec::new();
    for link in &submitted.pictures {
        read.push(
            ada.get(link.strip_prefix("https://app.test").unwrap())
                .await
                .bytes,
        );
    }
    assert_eq!(read, [png("me"), png("coat")]);
    world.check().await;
}

/// The receipt of a job that spans three packages lists each, before and after.
#[tokio::test]
async fn the_receipt_names_every_package() {
    let world = World::new();
    let ada = world.user("ada").await;
    let day = std::time::Duration::from_hours(24);
    let last = world.grant("ada", 9).await;
    let second = world.grant_for("ada", 2, 30 * day).await;
    let first = world.grant_for("ada", 1, 2 * day).await;
    let job = ada.running_job().await;
    let line = |package: &serde_json::Value, credits, before| {
        json!({
            "package": package["id"], "credits": credits, "returned": 0, "expires_at": package["expires_at"],
            "remaining_before": before, "remaining_after": before - credits,
        })
    };
    let receipt = json!([line(&first, 1, 1), line(&second, 2, 2), line(&last, 1, 9)]);
    assert_eq!(ada.job(&job).await["receipt"], receipt);
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.job(&job).await["receipt"], receipt);
    assert_eq!(
        ada.journal().await[3..],
        [
            "freeze 1 of C: 0 left, 1 held",
            "freeze 2 of B: 0 left, 2 held",
            "freeze 1 of A: 8 left, 1 held",
            "settle 1 of C: 0 left, 0 held",
            "settle 2 of B: 0 left, 0 held",
            "settle 1 of A: 8 left, 0 held",
        ]
    );
    world.check().await;
}
