//! Jobs that were opened, and which no provider has yet.

use super::world::{When, World};

/// The client heard 503 and saw its job in the list. What is canceled before a provider has it ends there, and so
/// does what was to be forgotten. A story of our own: the Worker asks for the answer that it lost, and whoever gets
/// it submits the job.
#[tokio::test]
async fn a_job_that_is_canceled_before_its_first_answer_came_is_never_submitted() {
    for forgets in [false, true] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let request = ada.request().await;
        world.accounts.lose(1, 1, When::After);
        assert_eq!(ada.generate_as("k", &request).await.status, 503);
        let listed = ada.get("/v1/jobs").await;
        let job = listed.body["jobs"][0]["id"].as_str().unwrap().to_owned();
        if forgets {
            assert_eq!(ada.delete("/v1/account").await.status, 200);
        } else {
            assert_eq!(ada.cancel(&job).await.status, 200);
        }
        world.run_background().await;
        assert!(world.outside.submitted().is_empty());
        assert_eq!(ada.credits().await, (20, 0));
        let state = format!("select state from jobs where id = '{job}'");
        assert_eq!(world.database.query(&state)[0]["state"], "canceled");
        world.check().await;
    }
}
