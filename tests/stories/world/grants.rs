//! Credits for users, granted by an operator.

use std::time::Duration;

use atelier::ports::Clock;
use http::Method;
use serde_json::Value;

use super::{ADMIN_TOKEN, World};

impl World {
    /// Grants credits that never expire.
    pub(crate) async fn grant(&self, name: &str, credits: u64) -> Value {
        self.grant_with(name, credits, "paid", None).await
    }

    /// Grants credits that expire after a duration.
    pub(crate) async fn grant_for(&self, name: &str, credits: u64, life: Duration) -> Value {
        self.grant_with(name, credits, "paid", Some(life)).await
    }

    pub(crate) async fn grant_with(
        &self,
        name: &str,
        credits: u64,
        kind: &str,
        life: Option<Duration>,
    ) -> Value {
        let number = self.database.query("select id from packages").len();
        let expires_at = life.map(|life| self.clock.now().plus(life).to_string());
        let grant = serde_json::json!({
            "account": name, "credits": credits, "kind": kind, "expires_at": expires_at,
            "reference": format!("grant-{number}"),
        });
        let answer = self
            .call(Method::POST, "/v1/admin/grants", ADMIN_TOKEN, &grant)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["package"].clone()
    }
}
